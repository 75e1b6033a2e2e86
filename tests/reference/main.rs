//! Statistics and the rule `consensus/1` against printed numbers and other programs: Krippendorff's example, Dawid and Skene's
//! anaesthetists, the public multi-rater sets, crowd-kit's labels, the rule's golden numbers, the table of colluders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support"]
mod support {
    pub mod items;
}

mod aggregation;
mod agreement;
mod collusion;
mod made_sets;
mod public_sets;
mod rule;
mod tables;
