//! What a vote of the members goes by: majority and quorum from the constitution, who may vote, who stands to gain. All of it
//! is found in the entries, so nobody declares it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{DAY_MS, GuildId, Member, MemberId, Number, Rule, State, Timestamp, UNATTESTED};
use crate::governance::{Ground, Interest, Majority, Quorum};
use crate::ledger::Entry;

use super::error::HallError;
use super::opened::{Hall, corrupt};

/// Days of a year, of which a month is a twelfth.
const YEAR_DAYS: i64 = 365;

/// What members decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Another constitution.
    Constitution,
    /// Another charter of this guild.
    Charter(GuildId),
    /// A newcomer whom somebody objects to, by the petition's entry.
    Petition(u64),
    /// Who is to be a steward, of these candidates.
    Steward,
    /// Whether this steward goes on.
    Recall(MemberId),
}

/// Somebody who may vote, if they don't stand to gain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elector {
    /// Name from the directory, or the id.
    pub handle: String,
    /// Where they work: its name from the directory, or its code.
    pub institution: String,
    /// Guilds they contributed to.
    pub guilds: BTreeSet<GuildId>,
}

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// Over the default.
    pub majority: Majority,
    /// In the founding no more than all.
    pub quorum: Quorum,
    /// Whether the founding's rules hold.
    pub founding: bool,
    /// Whether the founders decide, and this count tells them what members want.
    pub advisory: bool,
    /// By id; the recused are among them.
    pub electors: BTreeMap<MemberId, Elector>,
    /// Who stands to gain, by id.
    pub interests: Vec<Interest>,
    /// Guilds of which more than half must be for it; none unless it is asked.
    pub guilds: BTreeSet<GuildId>,
    /// The articles it all stands in.
    pub article: String,
}

/// Who contributed what since then, by guild.
type Contributions = BTreeMap<GuildId, BTreeMap<MemberId, i64>>;

impl Hall {
    /// The decision that a text names: `constitution`, `charter:GUILD`, `petition:ENTRY`, `steward` or `recall:MEMBER`.
    pub async fn find_decision(&self, text: &str) -> Result<Decision, HallError> {
        let wrong = || {
            let known = "constitution, charter:GUILD, petition:ENTRY, steward or recall:MEMBER";
            HallError::Usage(format!("`{text}` is no decision of members: {known}"))
        };
        Ok(match text.split_once(':') {
            None if text == "constitution" => Decision::Constitution,
            None if text == "steward" => Decision::Steward,
            Some(("charter", guild)) => Decision::Charter(self.find_guild(guild).await?),
            Some(("petition", entry)) => Decision::Petition(entry.parse().map_err(|_| wrong())?),
            Some(("recall", member)) => Decision::Recall(self.find_member(member).await?),
            _ => return Err(wrong()),
        })
    }

    /// What a vote on this goes by as the hall stands now; `candidates` are those of an election.
    ///
    /// Errors: there is nothing to decide.
    ///
    /// Complexity: linear in the settled items, where the franchise asks for contributions.
    pub async fn poll(&self, decision: &Decision, candidates: &[String]) -> Result<Poll, HallError> {
        let (state, now) = (self.state().await?, self.now());
        let founding = state.is_founding(now);
        let (majority, quorum) = thresholds(&state, decision, founding);
        let interests = self.interests(&state, decision, candidates).await?;
        let contributed = self.contributions(&state, now).await?;
        let handles: BTreeMap<String, String> = self.names("member").await?.into_iter().collect();
        let places: BTreeMap<String, String> = self.names("institution").await?.into_iter().collect();
        let named =
            |names: &BTreeMap<String, String>, id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let mut electors = BTreeMap::new();
        for member in state.members.values().filter(|member| may_vote(&state, decision, (member, now), &contributed)) {
            let house = home(&state, decision, (member, now));
            let guilds =
                contributed.iter().filter(|(_, by)| by.contains_key(&member.id)).map(|(guild, _)| guild.clone());
            let elector = Elector {
                handle: named(&handles, member.id.as_str()),
                institution: named(&places, &house),
                guilds: guilds.collect(),
            };
            electors.insert(member.id.clone(), elector);
        }
        let guilds = match decision {
            // a guild that nobody works in has nothing to say
            Decision::Constitution => electors.values().flat_map(|elector| elector.guilds.clone()).collect(),
            _ => BTreeSet::new(),
        };
        let article = state.constitution.as_ref().map(|text| text.source(Rule::Entrenched)).unwrap_or_default();
        let advisory = founding && matches!(decision, Decision::Constitution | Decision::Charter(_));
        Ok(Poll { majority, quorum, founding, advisory, electors, interests, guilds, article })
    }

    /// Who stands to gain, by what the entries say.
    async fn interests(
        &self,
        state: &State,
        decision: &Decision,
        named: &[String],
    ) -> Result<Vec<Interest>, HallError> {
        let interest = |ground: Ground, member: &MemberId| Interest { ground, name: member.to_string() };
        match decision {
            Decision::Constitution | Decision::Charter(_) => Ok(Vec::new()),
            Decision::Petition(seq) => {
                let waits =
                    state.petitions.get(seq).ok_or_else(|| HallError::Usage(format!("no petition {seq} waits")))?;
                if waits.objection.is_none() {
                    let why = format!("nobody objects to petition {seq}, so the members don't vote on it");
                    return Err(HallError::Usage(why));
                }
                Ok(waits.vouches.iter().map(|vouch| interest(Ground::Attester, &vouch.by)).collect())
            }
            Decision::Recall(member) => {
                let steward = state.members.get(member).is_some_and(|member| member.steward);
                let none = || HallError::Usage(format!("{member} is no steward, so there is nothing to recall"));
                steward.then(|| vec![interest(Ground::Candidate, member)]).ok_or_else(none)
            }
            Decision::Steward => {
                let mut candidates = BTreeSet::new();
                for option in named {
                    if !candidates.insert(self.find_member(option).await?) {
                        return Err(HallError::Usage(format!("`{option}` is a candidate already, under another name")));
                    }
                }
                if candidates.is_empty() {
                    let why = "name the candidates, whoever is on a ballot: --options MEMBER,MEMBER";
                    return Err(HallError::Usage(why.to_owned()));
                }
                Ok(candidates.iter().map(|member| interest(Ground::Candidate, member)).collect())
            }
        }
    }

    /// Accepted contributions within the months that the constitution says: judgements, rulings and sign-offs that stand on
    /// settled items.
    async fn contributions(&self, state: &State, now: Timestamp) -> Result<Contributions, HallError> {
        let days = state.number(Number::FranchiseMonths) * YEAR_DAYS / 12;
        let since = self.first_since(now.plus_ms(-days * DAY_MS)).await?;
        let mut found = Contributions::new();
        for guild in state.guilds.keys() {
            let by = found.entry(guild.clone()).or_default();
            for item in &self.store.settled(guild.clone()).await?.1 {
                let judged = item.live().map(|one| (&one.actor, one.seq));
                let ruled = item.standing_rulings().map(|one| (&one.actor, one.seq));
                let signed = item.sign_offs().map(|one| (&one.actor, one.seq));
                for (who, _) in judged.chain(ruled).chain(signed).filter(|(_, seq)| *seq >= since) {
                    *by.entry(who.clone()).or_default() += 1;
                }
            }
        }
        Ok(found)
    }

    /// The first entry of that time or later; the ledger's time never goes back.
    async fn first_since(&self, time: Timestamp) -> Result<u64, HallError> {
        let (mut low, mut high) = (0, self.store.head().await?.map_or(0, |(size, _)| size));
        while low < high {
            let middle = low + (high - low) / 2;
            let row = self.store.entries(middle, 1).await?;
            let row = row.first().ok_or_else(|| corrupt(format!("entries {middle}"), "it isn't there"))?;
            let entry = Entry::read(&row.bytes).map_err(|error| corrupt(format!("entries {middle}"), error))?;
            if entry.header.at < time { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

/// Majority and quorum of a decision.
fn thresholds(state: &State, decision: &Decision, founding: bool) -> (Majority, Quorum) {
    let (majority, quorum) = match decision {
        Decision::Constitution => (Some(Number::ConstitutionMajority), Number::ConstitutionQuorum),
        Decision::Charter(_) => (Some(Number::CharterMajority), Number::CharterQuorum),
        Decision::Petition(_) => (Some(Number::AdmissionMajority), Number::AdmissionQuorum),
        Decision::Steward => (None, Number::StewardQuorum),
        Decision::Recall(_) => (Some(Number::RecallMajority), Number::RecallQuorum),
    };
    let number = |number| state.number(number).unsigned_abs();
    let of = majority.map_or(1, |majority| u32::try_from(number(majority)).unwrap_or(u32::MAX));
    let times = number(quorum);
    (Majority { of, to: 1 }, if founding { Quorum::AtMostAll(times) } else { Quorum::Times(times) })
}

/// Whether somebody may vote: from the first day in the founding, else after a while and with something accepted; in a guild's
/// own decision who contributes to it, or in the founding has its credential.
fn may_vote(
    state: &State,
    decision: &Decision,
    (member, now): (&Member, Timestamp),
    contributed: &Contributions,
) -> bool {
    let guild = match decision {
        Decision::Charter(guild) => Some(guild),
        _ => None,
    };
    let counted = |by: &BTreeMap<MemberId, i64>| by.get(&member.id).copied().unwrap_or_default();
    let given: i64 = match guild {
        Some(guild) => contributed.get(guild).map_or(0, counted),
        None => contributed.values().map(counted).sum(),
    };
    let enough = given >= state.number(Number::FranchiseContributions);
    let old = member.joined.plus_ms(state.number(Number::FranchiseDays) * DAY_MS) <= now;
    let belongs = guild.is_none_or(|guild| given > 0 || state.standing(member, guild, now).class != UNATTESTED);
    let may = if state.is_founding(now) { belongs } else { enough && old };
    may && member.suspended_until(now).is_none()
}

/// Where somebody counts as working: in the guild that decides, else by their latest credential.
fn home(state: &State, decision: &Decision, (member, now): (&Member, Timestamp)) -> String {
    if let Decision::Charter(guild) = decision {
        return state.standing(member, guild, now).institution;
    }
    let latest = member.institutions(now).last().map(|id| state.institution(id.as_str(), None).to_owned());
    latest.unwrap_or_else(|| UNATTESTED.to_owned())
}
