//! Statistics against their own laws, and by command; printed numbers and other programs are in `tests/reference`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aggregation_properties;
mod agreement_coverage;
mod agreement_properties;
mod auto;
mod commands;
#[path = "../support/mod.rs"]
mod support;
mod votes_csv;
