//! A coefficient with its interval, or the reason in words why it has none.

use std::fmt;

/// A value with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The coefficient.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// What every coefficient gives.
pub type Coefficient = Result<Estimate, Undefined>;

impl Estimate {
    /// The value, and `reach` to both sides, cut at `floor` and 1 (but never past the value, which rounding may have
    /// put just outside).
    pub(super) fn symmetric(value: f64, reach: f64, floor: f64) -> Self {
        Self { value, low: (value - reach).max(floor).min(value), high: (value + reach).min(1.0).max(value) }
    }

    /// A value of which the data say nothing about the spread: the interval is the whole range.
    pub(super) fn unbounded(value: f64) -> Self {
        Self { value, low: -1.0, high: 1.0 }
    }
}

/// Why a coefficient has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// No judgement at all.
    NoJudgements,
    /// All judgements are by one rater.
    OneRater,
    /// No item was judged by two raters.
    NoOverlap,
    /// Only one item was judged by two raters.
    OneItem,
    /// The scale has a single class.
    OneClass,
    /// Every judgement that can be paired names this class.
    Unanimous {
        /// Which class.
        class: u32,
    },
    /// The class names are not numbers, or not finite ones.
    NotNumeric,
    /// A ratio scale has no value below zero.
    Negative,
    /// More classes than differences are computed for.
    TooManyClasses {
        /// The most there may be.
        limit: usize,
    },
    /// So many raters share items that comparing them two by two takes no end.
    TooManyPairs {
        /// The most pairs of raters there may be.
        limit: u64,
    },
    /// Fewer than two things were ranked.
    NothingToRank,
    /// The rankings are not of the same things.
    UnequalRankings,
    /// A ranking puts everything in one place.
    AllTied,
    /// Nobody marked a span.
    NoSpans,
    /// A span that ends before it starts, or past the end of its text.
    SpanOutside,
    /// Two spans of one rater lie on the same character.
    SpansOverlap,
    /// Nothing differs: classes with one value, or a text marked alike from end to end.
    NoVariation,
}

impl fmt::Display for Undefined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJudgements => out.write_str("there are no judgements"),
            Self::OneRater => out.write_str("all judgements are by one rater"),
            Self::NoOverlap => out.write_str("no item was judged by two raters"),
            Self::OneItem => out.write_str("only one item was judged by two raters"),
            Self::OneClass => out.write_str("the scale has only one class"),
            Self::Unanimous { .. } => {
                out.write_str("all raters gave one and the same class, so chance agreement cannot be told from skill")
            }
            Self::NotNumeric => out.write_str("the classes are not numbers"),
            Self::Negative => out.write_str("a ratio scale has no values below zero"),
            Self::TooManyClasses { limit } => write!(out, "there are more than {limit} classes"),
            Self::TooManyPairs { limit } => {
                write!(out, "too many raters to compare two by two: there may be more than {limit} pairs")
            }
            Self::NothingToRank => out.write_str("fewer than two things were ranked"),
            Self::UnequalRankings => out.write_str("the rankings are not of the same things"),
            Self::AllTied => out.write_str("a ranking puts everything in one place"),
            Self::NoSpans => out.write_str("nobody marked a span"),
            Self::SpanOutside => out.write_str("a span ends before it starts, or lies outside its text"),
            Self::SpansOverlap => out.write_str("spans of one rater overlap"),
            Self::NoVariation => out.write_str("nothing that was compared differs"),
        }
    }
}

impl std::error::Error for Undefined {}
