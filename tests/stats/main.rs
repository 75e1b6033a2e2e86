//! Statistics against printed numbers, other programs and their own laws.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aggregation_properties;
mod aggregation_reference;
mod agreement_coverage;
mod agreement_made_sets;
mod agreement_properties;
mod agreement_public_sets;
mod agreement_reference;
mod auto;
mod collusion;
mod commands;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod votes_csv;
