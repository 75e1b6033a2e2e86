//! The program: real clock and randomness, words for errors, exit codes.

mod exit;
mod machine;
mod run;

pub use run::main;
