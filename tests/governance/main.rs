//! Decisions and stake: the tally against another implementation, the edges of its source, attacks on a vote, the command; SR-1.
#![allow(clippy::unwrap_used)]

#[path = "../support/people.rs"]
mod people;
#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod commands;
mod decisions;
mod profiles;
mod properties;
mod stake;
mod stake_commands;
