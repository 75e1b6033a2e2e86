//! A count of what a hall's members decide: majority, quorum, who may vote and who is recused are the constitution's and the
//! ledger's, not arguments.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::domain::{GuildId, MemberId};
use crate::exchange::BallotRow;
use crate::governance::{Ballots, Interest, Majority, Pairwise, Quorum, Tally};
use crate::hall::{Decision, Elector, Hall, HallError, Poll};

use super::context::CommandError;

/// What a count goes by, from the arguments or from a hall.
#[derive(Debug, Clone)]
pub struct Counting {
    /// What an option needs over the default.
    pub majority: Majority,
    /// Before the electorate is known.
    pub quorum: Quorum,
    /// How many may vote, the recused among them.
    pub electors: Option<u64>,
    /// Where voters work, if that is known.
    pub houses: Option<BTreeMap<String, String>>,
    /// Who stands to gain.
    pub interests: Vec<Interest>,
}

/// A hall's poll, its ballots' voters found.
pub struct Called {
    /// What it goes by.
    pub counting: Counting,
    /// The hall's view of it.
    pub poll: Poll,
    /// Each voter's id.
    voters: BTreeMap<String, MemberId>,
}

/// Finds what the decision goes by, and whose the ballots are.
///
/// Errors: a voter who is no member, has no vote here, or voted twice under two names; each with the line.
pub async fn called(
    hall: &Hall,
    decision: &Decision,
    (path, rows): (&Path, &[BallotRow]),
    candidates: &[String],
) -> Result<Called, CommandError> {
    let poll = hall.poll(decision, candidates).await?;
    let mut voters: BTreeMap<String, MemberId> = BTreeMap::new();
    for row in rows {
        let wrong = |why: &str| CommandError::Usage(format!("{}: line {}: {why}", path.display(), row.line));
        let member = match poll.electors.iter().find(|(id, one)| one.handle == row.voter || id.as_str() == row.voter) {
            Some((id, _)) => id.clone(),
            // the start of an id, or whoever has no vote
            None => match hall.find_member(&row.voter).await {
                Err(HallError::Usage(_)) => return Err(wrong(&format!("no member `{}`", row.voter))),
                found => found?,
            },
        };
        if !poll.electors.contains_key(&member) {
            return Err(wrong(&format!("`{}` has no vote in this decision", row.voter)));
        }
        if voters.values().any(|known| *known == member) {
            return Err(wrong(&format!("`{}` voted already, under another name", row.voter)));
        }
        voters.insert(row.voter.clone(), member);
    }
    let counting = Counting {
        majority: poll.majority,
        quorum: poll.quorum,
        electors: u64::try_from(poll.electors.len()).ok(),
        houses: Some(poll.electors.iter().map(|one| (name(&voters, one), one.1.institution.clone())).collect()),
        interests: interests(&poll, &voters),
    };
    Ok(Called { counting, poll, voters })
}

/// As the ballots name somebody, or the directory.
fn name(voters: &BTreeMap<String, MemberId>, (id, elector): (&MemberId, &Elector)) -> String {
    voters.iter().find(|(_, known)| *known == id).map_or_else(|| elector.handle.clone(), |(name, _)| name.clone())
}

/// Those of people who may vote here; others have nothing to be recused from.
fn interests(poll: &Poll, voters: &BTreeMap<String, MemberId>) -> Vec<Interest> {
    let of = |interest: &Interest| {
        let one = poll.electors.iter().find(|(id, _)| id.as_str() == interest.name)?;
        Some(Interest { ground: interest.ground, name: name(voters, one) })
    };
    poll.interests.iter().filter_map(of).collect()
}

/// What a hall's constitution says of a count beside the rule for every decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// How many may vote, the recused among them.
    pub electors: usize,
    /// Whether the founding's rules hold.
    pub founding: bool,
    /// Whether the count changes nothing by itself: in the founding every founder signs a new text.
    pub advisory: bool,
    /// What each guild's contributors say of the winner, where that is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guilds: Vec<GuildCount>,
    /// Whether more than half of the guilds are for the winner; true where they aren't asked.
    pub by_guilds: bool,
    /// The article that says so.
    pub article: String,
}

/// A guild's ballots for and against an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuildCount {
    /// Which.
    pub guild: String,
    /// Ballots that prefer it to the default.
    pub votes: u64,
    /// Ballots that prefer the default.
    pub against: u64,
}

impl Decided {
    /// Of a count; `rows` are the ballots that count.
    pub fn of(called: &Called, (ballots, rows): (&Ballots, &[BallotRow]), count: &Tally) -> Self {
        let guilds = match count.winners() {
            [winner] if *winner != ballots.default_option() => called.by_guild((ballots, rows), *winner),
            _ => Vec::new(),
        };
        let above = guilds.iter().filter(|guild| guild.votes > guild.against).count();
        Self {
            electors: called.poll.electors.len(),
            founding: called.poll.founding,
            advisory: called.poll.advisory,
            by_guilds: guilds.is_empty() || 2 * above > guilds.len(),
            guilds,
            article: called.poll.article.clone(),
        }
    }
}

impl Called {
    fn by_guild(&self, (ballots, rows): (&Ballots, &[BallotRow]), option: usize) -> Vec<GuildCount> {
        let elector = |row: &BallotRow| -> Option<&Elector> { self.poll.electors.get(self.voters.get(&row.voter)?) };
        let count = |guild: &GuildId| {
            let of_guild =
                |ballot: usize| rows.get(ballot).and_then(elector).is_some_and(|one| one.guilds.contains(guild));
            let part = ballots.without(|ballot| !of_guild(ballot));
            let (pairwise, default) = (Pairwise::of(&part), part.default_option());
            let (votes, against) = (pairwise.prefer(option, default), pairwise.prefer(default, option));
            GuildCount { guild: guild.to_string(), votes, against }
        };
        self.poll.guilds.iter().map(count).collect()
    }
}
