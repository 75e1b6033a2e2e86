//! `consensus`: one label an item from a file of judgements.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::exchange::{Votes, write_labels};
use crate::stats::{
    Aggregation, AggregationError, Auto, DawidSkene, Glad, Mace, OneCoin, majority, wawa, zero_based_skill,
};

use super::consensus_values::{Valued, values};
use super::context::{CommandError, Context, Outcome};
use super::votes::{truth, votes};

/// How judgements become labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Half a vote by skill, half four models weighed by what they predict
    Auto,
    /// Most judgements
    Majority,
    /// A vote weighed by agreement with the majority
    Wawa,
    /// Zero-based skill: a vote whose weights are found in rounds
    Zbs,
    /// Dawid and Skene's confusion matrices, with a prior
    DawidSkene,
    /// The same by maximum likelihood
    DawidSkeneMl,
    /// One accuracy a rater
    OneCoin,
    /// Ability of raters, easiness of items
    Glad,
    /// Raters who know, or spam
    Mace,
    /// The middle of a task's ratings
    Median,
    /// The mean of a task's ratings without the lowest and the highest tenth
    TrimmedMean,
    /// Labels are rankings, A>B=C: a task's options by points
    Borda,
    /// Labels are rankings: a task's order that contradicts the fewest preferences
    Kemeny,
    /// Labels are rankings: strengths of options over all tasks
    BradleyTerry,
}

/// Arguments of `consensus`.
#[derive(Debug, Args)]
pub struct Consensus {
    /// A CSV with the columns task, worker, label and, if wanted, weight; .gz too
    votes: PathBuf,
    /// How judgements become labels
    #[arg(long, value_enum, default_value = "auto")]
    method: Method,
    /// A CSV with the columns task and truth: the accuracy is told
    #[arg(long)]
    truth: Option<PathBuf>,
    /// A CSV with the columns task and label, taken as known by `auto`
    #[arg(long)]
    gold: Option<PathBuf>,
    /// With `auto`: name this many tasks whose adjudication would tell most
    #[arg(long, value_name = "N")]
    suggest_audit: Option<usize>,
    /// Write task, label and confidence here
    #[arg(long)]
    output: Option<PathBuf>,
    /// Threads; they change no bit of the result
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Where the restarts of `mace` begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A model within `auto`.
#[derive(Serialize)]
struct Part {
    model: String,
    weight: f64,
    held_out: Option<f64>,
    gold_right: usize,
    lost_classes: Vec<String>,
}

/// What is told.
#[derive(Serialize)]
struct Report {
    method: String,
    chosen_because: String,
    items: usize,
    raters: usize,
    judgements: usize,
    repeated_pairs: usize,
    classes: usize,
    iterations: usize,
    converged: bool,
    log_posterior: Vec<f64>,
    moved_from_majority: f64,
    ties: usize,
    collapsed: Vec<String>,
    accuracy: Option<f64>,
    models: Vec<Part>,
    audit: Vec<String>,
    notes: Vec<String>,
    seconds: f64,
}

/// What a method found.
struct Found {
    result: Aggregation,
    chosen_because: String,
    models: Vec<Part>,
    audit: Vec<u32>,
    gold_left_out: usize,
}

/// Runs `consensus`.
pub async fn run(arguments: Consensus, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let auto_alone = arguments.gold.is_some() || arguments.suggest_audit.is_some();
    if auto_alone && arguments.method != Method::Auto {
        return Err(CommandError::Usage("--gold and --suggest-audit are of `--method auto`".to_owned()));
    }
    let started = context.clock.now();
    let given = votes(&arguments.votes, context)?;
    let name = arguments.method.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    if let Some(valued) = arguments.method.valued() {
        return told_values(&given, (valued, name), &arguments, context);
    }
    let known = arguments.truth.as_deref().map(|path| truth(path, context)).transpose()?;
    let gold = match &arguments.gold {
        Some(path) => truth(path, context)?.of_votes(&given),
        None => (Vec::new(), 0),
    };
    let found = aggregate(&given, &arguments, &gold)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", arguments.votes.display())))?;
    if let Some(path) = &arguments.output {
        write(path, |out| write_labels(out, &given, &found.result))?;
    }
    let accuracy = known.and_then(|known| known.accuracy(&given, &found.result.labels));
    let mut report = told(&given, found, name);
    report.accuracy = accuracy;
    report.seconds = seconds(context.clock.now().ms() - started.ms());
    context.emit(&report, || in_words(&report))
}

impl Method {
    /// Whether it gives numbers or orders rather than labels.
    fn valued(self) -> Option<Valued> {
        match self {
            Self::Median => Some(Valued::Median),
            Self::TrimmedMean => Some(Valued::TrimmedMean),
            Self::Borda => Some(Valued::Borda),
            Self::Kemeny => Some(Valued::Kemeny),
            Self::BradleyTerry => Some(Valued::BradleyTerry),
            _ => None,
        }
    }
}

fn told_values(
    given: &Votes,
    (valued, name): (Valued, String),
    arguments: &Consensus,
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    if arguments.truth.is_some() {
        return Err(CommandError::Usage(format!("--truth holds labels, and `--method {name}` gives none")));
    }
    let values = values(given, valued, name).map_err(|error| match error {
        CommandError::Usage(why) => CommandError::Usage(format!("{}: {why}", arguments.votes.display())),
        error => error,
    })?;
    if let Some(path) = &arguments.output {
        write(path, |out| out.write_all(values.csv().as_bytes()))?;
    }
    context.emit(&values, || values.in_words())
}

fn aggregate(
    given: &Votes,
    arguments: &Consensus,
    (gold, gold_left_out): &(Vec<(u32, u32)>, usize),
) -> Result<Found, AggregationError> {
    let (judgements, threads) = (&given.judgements, usize::from(arguments.threads));
    let result = match arguments.method {
        Method::Auto => {
            let fit = Auto { gold, threads }.fit(judgements)?;
            let audit = fit.suggest_audit(arguments.suggest_audit.unwrap_or(0));
            let models = fit.members.iter().map(|member| Part {
                model: member.member.to_string(),
                weight: member.weight,
                held_out: member.held_out,
                gold_right: member.gold_right,
                lost_classes: named(given, &member.lost_classes),
            });
            let models = models.collect();
            let mut result = fit.aggregation.clone();
            if fit.is_audit_advised() && arguments.suggest_audit.is_none() {
                result
                    .notes
                    .push("more than 2 % of the labels are moved: --suggest-audit 20 names what to check".into());
            }
            let chosen_because = fit.chosen_because;
            return Ok(Found { result, chosen_because, models, audit, gold_left_out: *gold_left_out });
        }
        Method::Majority => majority(judgements)?,
        Method::Wawa => wawa(judgements)?,
        Method::Zbs => zero_based_skill(judgements)?,
        Method::DawidSkene => DawidSkene::maximum_a_posteriori(threads).fit(judgements)?.aggregation,
        Method::DawidSkeneMl => DawidSkene::maximum_likelihood(threads).fit(judgements)?.aggregation,
        Method::OneCoin => OneCoin::new(threads).fit(judgements)?.0,
        Method::Glad => Glad::new(threads).fit(judgements)?.aggregation,
        Method::Mace => Mace::new(arguments.seed, threads).fit(judgements)?.0,
        // they give no labels, and are told by `told_values`
        Method::Median | Method::TrimmedMean | Method::Borda | Method::Kemeny | Method::BradleyTerry => {
            majority(judgements)?
        }
    };
    let chosen_because = "it was asked for".to_owned();
    Ok(Found { result, chosen_because, models: Vec::new(), audit: Vec::new(), gold_left_out: 0 })
}

fn named(given: &Votes, classes: &[u32]) -> Vec<String> {
    classes.iter().map(|class| given.classes.name(*class).to_owned()).collect()
}

fn told(given: &Votes, found: Found, method: String) -> Report {
    let Found { mut result, chosen_because, models, audit, gold_left_out } = found;
    if gold_left_out > 0 {
        result.notes.push(format!("{gold_left_out} rows of gold name a task or a label that no judgement has"));
    }
    Report {
        method,
        chosen_because,
        items: given.items.len(),
        raters: given.raters.len(),
        judgements: given.judgements.rows().len(),
        repeated_pairs: given.judgements.repeated(),
        classes: given.classes.len(),
        iterations: result.iterations,
        converged: result.converged,
        log_posterior: result.log_posterior,
        moved_from_majority: result.guards.moved_from_majority,
        ties: result.guards.tied_items.len(),
        collapsed: named(given, &result.guards.collapsed),
        accuracy: None,
        models,
        audit: audit.into_iter().map(|item| given.items.name(item).to_owned()).collect(),
        notes: result.notes,
        seconds: 0.0,
    }
}

fn seconds(ms: i64) -> f64 {
    i32::try_from(ms).map_or(f64::from(i32::MAX), f64::from) / 1000.0
}

/// Whole or not at all.
fn write(path: &Path, rows: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<(), CommandError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = (|| {
        let mut out = BufWriter::new(File::create(&part)?);
        rows(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&part, path)
    })();
    if written.is_err() {
        // what is left of it is of no use to anybody
        let _ = std::fs::remove_file(&part);
    }
    written.map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
}

fn in_words(report: &Report) -> String {
    let Report { items, raters, judgements, classes, .. } = report;
    let mut text = format!("{judgements} judgements of {items} items by {raters} raters, {classes} classes\n");
    if report.repeated_pairs > 0 {
        let _ = writeln!(text, "{} rows repeat a task and worker; the last counts", report.repeated_pairs);
    }
    let _ = writeln!(text, "method {}: {}", report.method, report.chosen_because);
    for part in &report.models {
        let held_out = part.held_out.map_or_else(String::new, |score| format!(", {score:.4} a held-out judgement"));
        let lost = if part.lost_classes.is_empty() { "" } else { ", lost a class" };
        let _ = writeln!(text, "  {:<9} {:.3}{held_out}{lost}", part.model, part.weight);
    }
    if report.iterations > 0 {
        let stood = if report.converged { "" } else { ", and hadn't stood still" };
        let _ = writeln!(text, "{} iterations{stood}", report.iterations);
    }
    let moved = 100.0 * report.moved_from_majority;
    let _ = writeln!(text, "{moved:.2} % of the labels differ from the majority's; {} ties", report.ties);
    if !report.collapsed.is_empty() {
        let _ = writeln!(text, "CAUTION: these labels vanished: {}", report.collapsed.join(", "));
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if let Some(accuracy) = report.accuracy {
        let _ = writeln!(text, "accuracy {accuracy:.4}");
    }
    if !report.audit.is_empty() {
        let _ = writeln!(text, "to adjudicate: {}", report.audit.join(" "));
    }
    text
}
