//! The program: real clock and randomness, the local terminal, words for errors, exit codes.

mod agent;
mod audit;
mod connect;
mod console;
mod exit;
mod look;
mod machine;
mod pictures;
mod run;
mod serve;
mod sshd;
mod terminal;

pub use run::main;
