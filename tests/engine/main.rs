//! Models against logits, tokens and prompts of other programs, and against their own laws.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::print_stdout)]

mod asking;
mod chat;
mod commands;
mod convert;
mod determinism;
mod endpoint;
mod endpoint_real;
mod endpoint_scores;
mod endpoint_trust;
mod facts;
mod formats;
mod hostile;
mod parity_of_families;
#[path = "../support/peer.rs"]
mod peer;
mod refusals;
mod smollm2;
#[path = "../support/mod.rs"]
mod support;
mod text;
#[path = "../support/tiny_model.rs"]
mod tiny_model;
