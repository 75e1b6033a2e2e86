//! The console without a terminal: journeys, snapshots of every screen, keys at random.
#![allow(clippy::unwrap_used)]

#[path = "../support/peer.rs"]
mod peer;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tiny_model.rs"]
mod tiny_model;

mod agreement;
mod evidence;
mod journeys;
mod leaving;
mod live;
mod members;
mod rehearsal;
mod reruns;
mod screens;
mod stake;
mod storm;
