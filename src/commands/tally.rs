//! `tally`: ranked ballots of a file, counted by the one rule for every decision. It needs no hall.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::exchange::{BallotRow, read_ballots, read_institutions};
use crate::governance::{
    BallotError, Ballots, Dropped, Electorate, LeftOut, Majority, Quorum, Tally as Count, leave_one_institution_out,
    tally,
};

use super::context::{CommandError, Context, Outcome};
use super::visible::shown;

/// Arguments of `tally`.
#[derive(Debug, Args)]
pub struct Tally {
    /// A CSV with the columns voter and ranking, A>B=C; what a ballot leaves out is below all that it ranks
    #[arg(long)]
    ballots: PathBuf,
    /// The default option: keep it as it is, discuss further, none of these
    #[arg(long)]
    default: String,
    /// What an option needs over the default
    #[arg(long, value_name = "N:M", default_value = "1:1")]
    majority: Majority,
    /// Ballots that must prefer an option to the default: a number such as 7.5, or a multiple of Q such as 3Q
    #[arg(long, value_name = "R", default_value = "0")]
    quorum: Quorum,
    /// How many may vote, less the recused, for a quorum in Q; else as many as voted
    #[arg(long, value_name = "N")]
    electors: Option<u64>,
    /// The options, if some may be on no ballot: A,B,C. Ballots that rank others are refused
    #[arg(long, value_delimiter = ',')]
    options: Vec<String>,
    /// A CSV with the columns voter and institution: the count again without each institution
    #[arg(long)]
    institutions: Option<PathBuf>,
    /// Say every step in words
    #[arg(long)]
    explain: bool,
}

/// Institutions from which on a result that one of them flips is not robust.
const ROBUST_FROM: usize = 3;

/// Runs `tally`.
pub async fn run(arguments: Tally, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let rows = read(&arguments.ballots, context, read_ballots)?;
    let rankings: Vec<&str> = rows.iter().map(|row| row.ranking.as_str()).collect();
    let ballots = Ballots::read(&rankings, &arguments.default, &arguments.options)
        .map_err(|error| located(&arguments.ballots, &rows, &error))?;
    let voted = u64::try_from(ballots.count()).unwrap_or(u64::MAX);
    let electorate = Electorate(arguments.electors.unwrap_or(voted));
    if electorate.0 < voted {
        let why = format!("{voted} ballots, but --electors says that {} may vote", electorate.0);
        return Err(CommandError::Usage(why));
    }
    let rule = (arguments.majority, (arguments.quorum, electorate));
    let count = tally(&ballots, rule.0, rule.1);
    let left_out = match &arguments.institutions {
        Some(path) => {
            let known = read(path, context, read_institutions)?;
            let of = institutions(&rows, &known, path)?;
            Some(leave_one_institution_out(&ballots, &of, rule.0, rule.1))
        }
        None => None,
    };
    let told = Told { ballots: &ballots, count: &count, left_out: left_out.as_deref(), rule };
    let report = told.report();
    context.emit(&report, || if arguments.explain { told.explained() } else { told.result() })
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
    path: &Path,
) -> Result<Vec<String>, CommandError> {
    let of = |row: &BallotRow| {
        let missing =
            || CommandError::Usage(format!("{}: no institution for the voter `{}`", path.display(), row.voter));
        known.get(&row.voter).cloned().ok_or_else(missing)
    };
    rows.iter().map(of).collect()
}

/// A count, to be told.
struct Told<'a> {
    ballots: &'a Ballots,
    count: &'a Count,
    left_out: Option<&'a [LeftOut]>,
    rule: (Majority, (Quorum, Electorate)),
}

impl Told<'_> {
    fn name(&self, option: usize) -> String {
        self.ballots.options().get(option).map(|name| shown(name)).unwrap_or_default()
    }

    fn names(&self, options: &[usize]) -> Vec<&str> {
        options.iter().filter_map(|option| self.ballots.options().get(*option)).map(String::as_str).collect()
    }

    fn listed(&self, options: &[usize]) -> String {
        options.iter().map(|option| self.name(*option)).collect::<Vec<_>>().join(", ")
    }

    fn reason(&self, dropped: &Dropped) -> String {
        let (majority, (quorum, electorate)) = self.rule;
        match dropped {
            Dropped::Quorum { votes, .. } => {
                format!("quorum: {votes} prefer it to the default, {} are needed", quorum.in_words(electorate))
            }
            Dropped::Majority { votes, against, .. } => {
                format!("majority: {votes} to {against} over the default, {}:{} is needed", majority.of, majority.to)
            }
        }
    }

    /// Whether no single institution turns the result; none where that isn't asked, or there are too few.
    fn is_robust(&self) -> Option<bool> {
        let left_out = self.left_out.filter(|all| all.len() >= ROBUST_FROM)?;
        Some(left_out.iter().all(|one| !one.flips))
    }

    fn report(&self) -> Value {
        let Count { pairwise, dropped, rounds, .. } = self.count;
        let options = self.ballots.options();
        let row = |one: usize| {
            let others = (0..options.len()).filter(|other| *other != one);
            let cells = others.map(|other| (options[other].clone(), json!(pairwise.prefer(one, other))));
            Value::Object(cells.collect())
        };
        let matrix: Map<String, Value> = (0..options.len()).map(|one| (options[one].clone(), row(one))).collect();
        let winners = self.names(self.count.winners());
        let reasons = dropped.iter().map(|one| json!({"option": options[one.option()], "reason": self.reason(one)}));
        let first = rounds.first().map(|round| self.names(&round.schwartz)).unwrap_or_default();
        let mut report = json!({
            "ballots": self.ballots.count(),
            "default": options[self.ballots.default_option()],
            "winner": if let [one] = winners.as_slice() { json!(one) } else { Value::Null },
            "winners": winners,
            "dropped": reasons.collect::<Vec<_>>(),
            "pairwise": matrix,
            "schwartz": first,
        });
        if let Some(left_out) = self.left_out {
            let each = left_out.iter().map(|one| {
                let winners = self.names(&one.winners);
                json!({"institution": one.institution, "ballots": one.ballots, "winners": winners, "flips": one.flips})
            });
            report["without"] = each.collect();
            report["robust"] = json!(self.is_robust());
        }
        report
    }

    fn result(&self) -> String {
        let mut text = match self.count.winners() {
            [one] => format!("{} wins", self.name(*one)),
            several => format!("a tie: {}; nobody has a casting vote", self.listed(several)),
        };
        for dropped in &self.count.dropped {
            let _ = write!(text, "\n{} is not considered, {}", self.name(dropped.option()), self.reason(dropped));
        }
        if let Some(left_out) = self.left_out {
            text.push_str(&self.robustness(left_out));
        }
        text
    }

    fn robustness(&self, left_out: &[LeftOut]) -> String {
        let mut text = String::new();
        for one in left_out.iter().filter(|one| one.flips) {
            let _ = write!(
                text,
                "\nwithout {} ({} ballots): {}",
                shown(&one.institution),
                one.ballots,
                self.listed(&one.winners)
            );
        }
        text.push_str(match self.is_robust() {
            Some(true) => "\nrobust: no institution alone turns the result",
            Some(false) => {
                "\nNOT ROBUST: one institution alone turns the result; a second reading is due at the next threshold"
            }
            None => "\nfewer than three institutions: whether one turns the result is only reported",
        });
        text
    }

    fn explained(&self) -> String {
        let Count { pairwise, dropped, defeats, rounds } = self.count;
        let default = self.ballots.default_option();
        let all: Vec<usize> = (0..pairwise.options()).collect();
        let mut text = format!("{} ballots; the default is {}\n\n", self.ballots.count(), self.name(default));
        text.push_str("How many prefer the row to the column:\n");
        let width = all.iter().map(|option| self.name(*option).chars().count()).max().unwrap_or(0).clamp(5, 16);
        let cell = |words: &str| format!(" {:>width$}", words.chars().take(width).collect::<String>());
        text.push_str(&cell(""));
        all.iter().for_each(|option| text.push_str(&cell(&self.name(*option))));
        for row in &all {
            let _ = write!(text, "\n{}", cell(&self.name(*row)));
            let count = |column: &usize| {
                if row == column { "-".to_owned() } else { pairwise.prefer(*row, *column).to_string() }
            };
            all.iter().for_each(|column| text.push_str(&cell(&count(column))));
        }
        let (majority, (quorum, electorate)) = self.rule;
        let _ = write!(
            text,
            "\n\n1. Quorum and majority: {} ballots for an option over the default, and {}:{}",
            quorum.in_words(electorate),
            majority.of,
            majority.to
        );
        for option in all.iter().filter(|option| **option != default) {
            let (votes, against) = (pairwise.prefer(*option, default), pairwise.prefer(default, *option));
            let found = dropped.iter().find(|one| one.option() == *option);
            let outcome = found.map_or_else(|| "stays".to_owned(), |one| format!("falls, {}", self.reason(one)));
            let _ = write!(text, "\n   {}: {votes} to {against} over the default: {outcome}", self.name(*option));
        }
        text.push_str("\n2. Defeats among those that stay:");
        if defeats.is_empty() {
            text.push_str(" none");
        }
        for defeat in defeats {
            let (winner, loser) = (self.name(defeat.winner), self.name(defeat.loser));
            let _ = write!(text, "\n   {winner} over {loser}, {} to {}", defeat.votes, defeat.against);
        }
        text.push_str("\n3. Schwartz sequential dropping:");
        for (number, round) in (1..).zip(rounds) {
            let _ = write!(text, "\n   round {number}: the Schwartz set is {}", self.listed(&round.schwartz));
            for defeat in &round.dropped {
                let (winner, loser) = (self.name(defeat.winner), self.name(defeat.loser));
                let _ = write!(
                    text,
                    "; the weakest defeat falls: {winner} over {loser}, {} to {}",
                    defeat.votes, defeat.against
                );
            }
        }
        let _ = write!(text, "\n\n{}", self.result());
        text
    }
}
