//! Decisions: the tally against another implementation's winners, the edges of its source, attacks on a vote, and the command.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod commands;
mod profiles;
mod properties;
