//! `agreement`: how far the raters of a file of judgements agree, or those of a guild.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::exchange::Votes;
use crate::hall::agreement_in_words;
use crate::stats::{
    Bootstrap, Coefficient, CohenKappas, Counts, Distance, Judgement, Judgements, Metric, WeightTable, Weights,
    alpha_in_words, cohen_kappas, fleiss_kappa, gwet_ac1, gwet_ac2, kappa_in_words, krippendorff_alphas,
    percent_agreement,
};

use super::context::{CommandError, Context, Outcome};
use super::votes::votes;

/// Arguments of `agreement`.
#[derive(Debug, Args)]
pub struct Agreement {
    /// A CSV with the columns task, worker and label; .gz too
    #[arg(required_unless_present = "guild")]
    votes: Option<PathBuf>,
    /// Instead of a file: a guild of the hall, question by question, over items whose rating is over
    #[arg(long, conflicts_with_all = ["votes", "order", "scale", "pairs", "replicates", "seed"])]
    guild: Option<String>,
    /// With --guild: this question alone
    #[arg(long, requires = "guild")]
    question: Option<String>,
    /// The labels in their order, if they aren't numbers: LOW,MEDIUM,HIGH
    #[arg(long, value_delimiter = ',')]
    order: Vec<String>,
    /// What the labels are: with a weaker scale than numbers have, what needs a stronger one is left undefined
    #[arg(long, value_enum)]
    scale: Option<Scale>,
    /// Leave out pairs of raters who share fewer items than this, for Cohen's kappa; 1, or with --guild 10, or less where nobody shares that much
    #[arg(long)]
    shared: Option<u32>,
    /// List every pair of raters too
    #[arg(long)]
    pairs: bool,
    /// How often items are drawn anew for an interval that has no formula
    #[arg(long, default_value_t = 1000)]
    replicates: u32,
    /// Where that drawing begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A scale, the weakest first (Stevens 1946, doi:10.1126/science.103.2684.677).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Scale {
    /// Labels are the same or not
    Nominal,
    /// They have an order: numbers, or what --order says
    Ordinal,
    /// They are numbers whose differences mean something
    Interval,
    /// They are numbers with a zero
    Ratio,
}

/// A coefficient, or why there is none.
type Found = Result<crate::stats::Estimate, String>;

/// Every coefficient, in the order they are told.
struct Coefficients {
    percent: Found,
    alphas: [Found; 4],
    fleiss: Found,
    ac1: Found,
    ac2: [Found; 3],
    cohen: CohenKappas,
    /// Mean of the weighted kappas.
    weighted_cohen: [Found; 2],
}

const LEVELS: [(&str, Metric, Scale); 4] = [
    ("nominal", Metric::Nominal, Scale::Nominal),
    ("ordinal", Metric::Ordinal, Scale::Ordinal),
    ("interval", Metric::Interval, Scale::Interval),
    ("ratio", Metric::Ratio, Scale::Ratio),
];
const WEIGHTS: [(&str, Weights); 3] =
    [("linear", Weights::Linear), ("quadratic", Weights::Quadratic), ("ordinal", Weights::Ordinal)];
const DISTANCES: [(&str, Distance); 2] = [("linear", Distance::Linear), ("quadratic", Distance::Quadratic)];

/// Runs `agreement`.
pub async fn run(arguments: Agreement, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    if let Some(guild) = &arguments.guild {
        return of_guild(guild, &arguments, context).await;
    }
    let given = votes(arguments.votes.as_deref().unwrap_or(Path::new("")), context)?;
    let scaled = scaled(&given, &arguments)?;
    let counts = Counts::of(&scaled.judgements).with_classes(scaled.classes);
    let bootstrap = Bootstrap { seed: arguments.seed, replicates: arguments.replicates };
    let found = coefficients(&scaled, &counts, (&bootstrap, arguments.shared.unwrap_or(1)));
    let report = json!({
        "items": counts.items(),
        "raters": counts.raters(),
        "judgements": counts.judgements(),
        "repeated_pairs": given.judgements.repeated(),
        "pairable": counts.pairable(),
        "percent_agreement": one(&found.percent),
        "krippendorff_alpha": by_name(LEVELS.map(|(name, ..)| name), &found.alphas),
        "fleiss_kappa": one(&found.fleiss),
        "gwet_ac1": one(&found.ac1),
        "gwet_ac2": by_name(WEIGHTS.map(|(name, _)| name), &found.ac2),
        "cohen_kappa": cohen(&found, &given, arguments.pairs),
    });
    context.emit(&report, || in_words(&counts, &found))
}

async fn of_guild(guild: &str, arguments: &Agreement, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let (guild, viewer) = (hall.find_guild(guild).await?, hall.member(signer.as_ref()).await?);
    let mut view = hall.agreement(&viewer, &guild, arguments.shared).await?;
    if let Some(key) = &arguments.question {
        let known: Vec<String> = view.questions.iter().map(|question| question.key.clone()).collect();
        view.questions.retain(|question| question.key == *key);
        if view.questions.is_empty() {
            let known = known.join(", ");
            return Err(CommandError::Usage(format!("{guild} asks no question `{key}` that can be compared; {known}")));
        }
    }
    context.emit(&view, || agreement_in_words(&view))
}

/// Judgements on a scale.
struct Scaled {
    judgements: Judgements,
    classes: usize,
    scale: Scale,
    /// Why it isn't a stronger one.
    limit: String,
    /// What the classes stand for, if they are numbers.
    values: Option<Vec<f64>>,
}

fn scaled(given: &Votes, arguments: &Agreement) -> Result<Scaled, CommandError> {
    let number = |name: &&str| name.trim().parse().ok().filter(|value: &f64| value.is_finite());
    let other = given.classes.iter().find(|name| number(name).is_none());
    let values: Option<Vec<f64>> = given.classes.iter().map(|name| number(&name)).collect();
    let (judgements, classes, (most, limit)) = match other {
        _ if !arguments.order.is_empty() => (
            in_order(given, &arguments.order)?,
            arguments.order.len(),
            (Scale::Ordinal, "--order gives places, no values"),
        ),
        None => (given.judgements.clone(), given.classes.len(), (Scale::Ratio, "")),
        Some(_) => (given.judgements.clone(), given.classes.len(), (Scale::Nominal, "")),
    };
    let limit = match other.filter(|_| limit.is_empty()) {
        Some(label) => format!("the labels are not numbers (`{label}`), so they have no order; give it with --order"),
        None => limit.to_owned(),
    };
    let scale = arguments.scale.unwrap_or(most);
    if scale > most {
        return Err(CommandError::Usage(format!("--scale {}: {limit}", scale.name())));
    }
    let limit = if scale < most { format!("the scale is {}", scale.name()) } else { limit };
    // on an ordinal scale weights go by the places of labels, not by what numbers they are
    let values = values.filter(|_| scale >= Scale::Interval);
    Ok(Scaled { judgements, classes, scale, limit, values })
}

impl Scale {
    fn name(self) -> &'static str {
        match self {
            Self::Nominal => "nominal",
            Self::Ordinal => "ordinal",
            Self::Interval => "interval",
            Self::Ratio => "ratio",
        }
    }
}

/// The judgements with their labels numbered in this order.
fn in_order(given: &Votes, order: &[String]) -> Result<Judgements, CommandError> {
    let place = |name: &str| order.iter().position(|ordered| ordered == name);
    let mut places = Vec::new();
    for name in given.classes.iter() {
        let place = place(name).and_then(|place| u32::try_from(place).ok());
        places.push(place.ok_or_else(|| CommandError::Usage(format!("--order doesn't name the label `{name}`")))?);
    }
    let moved = |row: &Judgement| Judgement { class: places[row.class as usize], ..*row };
    Ok(Judgements::new(given.judgements.rows().iter().map(moved).collect()))
}

fn coefficients(scaled: &Scaled, counts: &Counts, (bootstrap, shared): (&Bootstrap, u32)) -> Coefficients {
    let values = scaled.values.as_deref();
    let worded = |coefficient: Coefficient| coefficient.map_err(|reason| reason.to_string());
    let on = |scale: Scale, found: Found| if scaled.scale >= scale { found } else { Err(scaled.limit.clone()) };
    let found = krippendorff_alphas(counts, LEVELS.map(|(_, metric, _)| metric), values, bootstrap);
    let mut alphas = found.map(worded);
    for (alpha, (_, _, scale)) in alphas.iter_mut().zip(LEVELS) {
        *alpha = on(scale, alpha.clone());
    }
    let weighted = |weights: Weights| WeightTable::new(weights, counts.classes(), values);
    let ac2 = WEIGHTS
        .map(|(_, weights)| on(Scale::Ordinal, worded(weighted(weights).and_then(|table| gwet_ac2(counts, &table)))));
    let kappas = |distance| cohen_kappas(&scaled.judgements, distance, shared);
    let identity = WeightTable::new(Weights::Identity, counts.classes(), None);
    Coefficients {
        percent: worded(percent_agreement(counts)),
        alphas,
        fleiss: worded(identity.and_then(|table| fleiss_kappa(counts, &table))),
        ac1: worded(gwet_ac1(counts)),
        ac2,
        cohen: kappas(Distance::Plain),
        weighted_cohen: DISTANCES.map(|(_, distance)| on(Scale::Ordinal, worded(kappas(distance).mean))),
    }
}

fn one(found: &Found) -> Value {
    match found {
        Ok(estimate) => json!({"value": estimate.value, "low": estimate.low, "high": estimate.high}),
        Err(reason) => json!({ "undefined": reason }),
    }
}

fn by_name<const N: usize>(names: [&str; N], found: &[Found; N]) -> Value {
    names
        .into_iter()
        .zip(found)
        .map(|(name, found)| (name.to_owned(), one(found)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn cohen(found: &Coefficients, given: &Votes, lists: bool) -> Value {
    let kappas = &found.cohen;
    let worded = |coefficient: &Coefficient| one(&coefficient.map_err(|reason| reason.to_string()));
    let mut value = json!({"mean": worded(&kappas.mean), "pairs": kappas.pairs.len()});
    for ((name, _), mean) in DISTANCES.iter().zip(&found.weighted_cohen) {
        value[*name] = one(mean);
    }
    if lists {
        let each = kappas.pairs.iter().map(|pair| {
            let raters = [given.raters.name(pair.first), given.raters.name(pair.second)];
            json!({"raters": raters, "shared": pair.shared, "agreed": pair.agreed, "kappa": worded(&pair.kappa)})
        });
        value["each"] = each.collect();
    }
    value
}

fn in_words(counts: &Counts, found: &Coefficients) -> String {
    let mut text = format!(
        "{} judgements of {} items by {} raters; {} can be paired with another\n\n",
        counts.judgements(),
        counts.items(),
        counts.raters(),
        counts.pairable()
    );
    let mut line = |name: String, found: &Found, reading: fn(f64) -> &'static str| {
        let _ = match found {
            Ok(one) => {
                let interval = format!("[{:.4} {:.4}]", one.low, one.high);
                writeln!(text, "{name:<30} {:>7.4}  {interval:<18} {}", one.value, reading(one.value))
            }
            Err(reason) => writeln!(text, "{name:<30} undefined: {reason}"),
        };
    };
    line("percent agreement".to_owned(), &found.percent, |_| "");
    for ((name, ..), alpha) in LEVELS.iter().zip(&found.alphas) {
        line(format!("Krippendorff's alpha, {name}"), alpha, alpha_in_words);
    }
    line("Fleiss' kappa".to_owned(), &found.fleiss, kappa_in_words);
    line("Gwet's AC1".to_owned(), &found.ac1, kappa_in_words);
    for ((name, _), ac2) in WEIGHTS.iter().zip(&found.ac2) {
        line(format!("Gwet's AC2, {name}"), ac2, kappa_in_words);
    }
    let cohen = found.cohen.mean.map_err(|reason| reason.to_string());
    line(format!("Cohen's kappa, {} pairs", found.cohen.pairs.len()), &cohen, kappa_in_words);
    for ((name, _), mean) in DISTANCES.iter().zip(&found.weighted_cohen) {
        line(format!("Cohen's kappa, {name}"), mean, kappa_in_words);
    }
    text.push_str(
        "\nIntervals hold 95 %. Krippendorff's limits: from .8 reliable, from .667 tentative. The words beside kappa and AC\n\
         are Landis and Koch's convention. Where classes are skewed the coefficients part; agreement is not truth.\n",
    );
    text
}
