//! The console without a terminal: journeys, snapshots of every screen, keys at random.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod journeys;
mod rehearsal;
mod screens;
mod storm;
