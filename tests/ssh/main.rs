//! The real OpenSSH client, agent and key tools against the real server. A missing program is told and skipped, unless
//! `GUILDHALL_TESTS=full` asks for all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;

mod agents;
mod attacks;
mod commands;
mod connect;
mod cut_off;
mod endings;
mod filter;
mod filter_upstream;
mod filtering;
mod house;
mod sessions;
mod signing;
