//! `tally`: ranked ballots of a file, counted by the one rule for every decision. It needs no hall.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exchange::{BallotRow, read_ballots, read_institutions};
use crate::governance::{
    BallotError, Ballots, Electorate, Ground, Houses, Interest, Majority, Quorum, leave_one_institution_out, recused,
    tally,
};

use super::context::{CommandError, Context, Outcome};
use super::tally_decision::{Counting, Decided, called};
use super::tally_words::{Recused, Told};

/// Arguments of `tally`.
#[derive(Debug, Args)]
pub struct Tally {
    /// A CSV with the columns voter and ranking, A>B=C; what a ballot leaves out is below all that it ranks
    #[arg(long)]
    ballots: PathBuf,
    /// The default option: keep it as it is, discuss further, none of these
    #[arg(long)]
    default: String,
    /// A decision of the hall's members: constitution, charter:GUILD, petition:ENTRY, steward or recall:MEMBER. Majority,
    /// quorum, who may vote, where they work and who is recused are found in the constitution and the ledger as they stand
    /// now; voters are members by id or handle, and in an election so are the candidates, whom --options names
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["majority", "quorum", "electors", "institutions", "interest"])]
    decision: Option<String>,
    /// What an option needs over the default
    #[arg(long, value_name = "N:M", default_value = "1:1")]
    majority: Majority,
    /// Ballots that must prefer an option to the default: a number such as 7.5, or a multiple of Q or K such as 3Q
    #[arg(long, value_name = "R", default_value = "0")]
    quorum: Quorum,
    /// How many may vote, for a quorum in Q, the recused not yet taken off; else as many as voted and are counted
    #[arg(long, value_name = "N")]
    electors: Option<u64>,
    /// The options, if some may be on no ballot: A,B,C. Ballots that rank others are refused
    #[arg(long, value_delimiter = ',')]
    options: Vec<String>,
    /// A CSV with the columns voter and institution: the count again without each institution. With --electors it lists who
    /// may vote, voted or not, since a quorum in Q falls with all of an institution's
    #[arg(long)]
    institutions: Option<PathBuf>,
    /// Who stands to gain, and doesn't vote: submitter=VOTER, trainer=VOTER, attester=VOTER, candidate=VOTER, or with
    /// --institutions vendor=INSTITUTION for all who work there
    #[arg(long, value_name = "GROUND=NAME")]
    interest: Vec<Interest>,
    /// Say every step in words
    #[arg(long)]
    explain: bool,
}

/// Runs `tally`.
pub async fn run(arguments: Tally, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let mut rows = read(&arguments.ballots, context, read_ballots)?;
    let called = match &arguments.decision {
        Some(decision) => {
            let hall = context.open().await?;
            let decision = hall.find_decision(decision).await?;
            let candidates: Vec<String> =
                arguments.options.iter().filter(|option| **option != arguments.default).cloned().collect();
            Some(called(&hall, &decision, (&arguments.ballots, &rows), &candidates).await?)
        }
        None => None,
    };
    let counting = match &called {
        Some(called) => called.counting.clone(),
        None => given(&arguments, context)?,
    };
    let voted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let recused = recusals(&counting, &rows)?;
    rows.retain(|row| !recused.contains_key(&row.voter));
    let rankings: Vec<&str> = rows.iter().map(|row| row.ranking.as_str()).collect();
    let ballots = Ballots::read(&rankings, &arguments.default, &arguments.options)
        .map_err(|error| located(&arguments.ballots, &rows, &error))?;
    let electorate = electorate(&counting, (voted, &rows), &recused)?;
    let rule = (counting.majority, (counting.quorum, electorate));
    let count = tally(&ballots, rule.0, rule.1);
    let left_out = match &counting.houses {
        Some(known) => {
            let of = institutions(&rows, known, arguments.institutions.as_deref())?;
            let electors = electors_of(&counting, known, &recused)?;
            Some(leave_one_institution_out(&ballots, Houses { ballots: &of, electors: &electors }, rule.0, rule.1))
        }
        None => None,
    };
    let decided = called.as_ref().map(|called| Decided::of(called, (&ballots, &rows), &count));
    let told = Told {
        ballots: &ballots,
        count: &count,
        recused: &recused,
        left_out: left_out.as_deref(),
        rule,
        decided: decided.as_ref(),
    };
    let report = told.report();
    context.emit(&report, || if arguments.explain { told.explained() } else { told.result() })
}

/// What the arguments say.
fn given(arguments: &Tally, context: &Context<'_>) -> Result<Counting, CommandError> {
    let Tally { majority, quorum, electors, institutions, interest, .. } = arguments;
    let houses = institutions.as_deref().map(|path| read(path, context, read_institutions)).transpose()?;
    let (majority, quorum, electors, interests) = (*majority, *quorum, *electors, interest.clone());
    Ok(Counting { majority, quorum, electors, houses, interests })
}

/// Who stands to gain; a name that nobody has is an error, since a misspelt one would vote.
fn recusals(counting: &Counting, rows: &[BallotRow]) -> Result<Recused, CommandError> {
    let none = BTreeMap::new();
    let known = counting.houses.as_ref().unwrap_or(&none);
    for interest in &counting.interests {
        let is_known = match interest.ground {
            Ground::Vendor => known.values().any(|house| *house == interest.name),
            _ => known.contains_key(&interest.name) || rows.iter().any(|row| row.voter == interest.name),
        };
        if !is_known {
            let why = match interest.ground {
                Ground::Vendor if counting.houses.is_none() => "say with --institutions who works where",
                Ground::Vendor => "nobody in --institutions works there",
                _ => "neither --ballots nor --institutions have that voter",
            };
            return Err(CommandError::Usage(format!("--interest {interest}: {why}")));
        }
    }
    Ok(recused(&counting.interests, known))
}

/// How many may vote, less the recused.
fn electorate(
    counting: &Counting,
    (voted, rows): (u64, &[BallotRow]),
    recused: &Recused,
) -> Result<Electorate, CommandError> {
    let counted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let Some(entitled) = counting.electors else { return Ok(Electorate(counted)) };
    let left = entitled.saturating_sub(u64::try_from(recused.len()).unwrap_or(u64::MAX));
    if entitled < voted || left < counted {
        let taken_off = if recused.is_empty() { String::new() } else { format!(", {} recused", recused.len()) };
        let why = format!("{voted} ballots, but --electors says that {entitled} may vote{taken_off}");
        return Err(CommandError::Usage(why));
    }
    Ok(Electorate(left))
}

/// How many of each institution may vote; none known unless the electorate is more than who voted.
fn electors_of(
    counting: &Counting,
    known: &BTreeMap<String, String>,
    recused: &Recused,
) -> Result<BTreeMap<String, u64>, CommandError> {
    let mut electors = BTreeMap::new();
    let Some(entitled) = counting.electors else { return Ok(electors) };
    if u64::try_from(known.len()).is_ok_and(|listed| listed > entitled) {
        let why = format!("--institutions lists {} voters, but --electors says that {entitled} may vote", known.len());
        return Err(CommandError::Usage(why));
    }
    for (_, house) in known.iter().filter(|(voter, _)| !recused.contains_key(*voter)) {
        *electors.entry(house.clone()).or_default() += 1;
    }
    Ok(electors)
}

fn read<T>(
    path: &Path,
    context: &Context<'_>,
    with: impl FnOnce(File) -> Result<T, crate::exchange::CsvError>,
) -> Result<T, CommandError> {
    let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
    if context.opened.is_some() {
        return Err(wrong(&"files are not read over SSH"));
    }
    with(File::open(path).map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))
}

fn located(path: &Path, rows: &[BallotRow], error: &BallotError) -> CommandError {
    let ballot = match error {
        BallotError::Ranking { ballot, .. } | BallotError::Unknown { ballot, .. } => rows.get(*ballot),
        BallotError::TooMany => None,
    };
    let place = ballot.map(|row| format!("line {}: ", row.line)).unwrap_or_default();
    CommandError::Usage(format!("{}: {place}{error}", path.display()))
}

fn institutions(
    rows: &[BallotRow],
    known: &BTreeMap<String, String>,
    path: Option<&Path>,
) -> Result<Vec<String>, CommandError> {
    let place = path.map(|path| format!("{}: ", path.display())).unwrap_or_default();
    let of = |row: &BallotRow| {
        let missing = || CommandError::Usage(format!("{place}no institution for the voter `{}`", row.voter));
        known.get(&row.voter).cloned().ok_or_else(missing)
    };
    rows.iter().map(of).collect()
}
