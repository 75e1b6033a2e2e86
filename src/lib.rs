//! guildhall: a guild of experts judges model outputs, settles what it disagrees on, and publishes gold-standard labels
//! that anyone can verify offline.
//!
//! # Bird's-eye view
//!
//! The truth is an append-only **ledger** of signed entries; every table is a **projection** of it that can be made again.
//! A member's command becomes exactly one entry, signed by the member over bytes that are stored verbatim; whatever follows
//! from it is one or more entries that the hall signs and that everybody derives again. Bodies (answers, rationales) are
//! committed to in the entry and kept beside it, so that nothing is opened too early and texts can be destroyed by right.
//!
//! # One judgement's trip
//!
//! `commands::judge` reads the answers → `hall::judge` brings them into their one spelling and claims the item (a lease in
//! `store::work`) → `hall::submit` takes a snapshot, asks `domain::decide`, builds the core, and has the manifest signed
//! (`ssh`), holding no lock → inside the store's transaction it decides **again**, appends, applies `domain::project`, asks
//! `consensus::follow` what follows, appends that, and signs the new head → the receipt names entry, leaf and head. The same
//! `decide`, `project` and `follow` run in `hall::replay`, which is all that `ledger verify`, `ledger rebuild`, `release cut`
//! and `verify DIR` do: there is no second implementation of a rule that could part from the first.
//!
//! In the console the same trip begins in `tui::screens::judge`: a key becomes an `Action` (`tui::keys`), `tui::update` gives it
//! to the screen, whose `Request` comes back as an effect; `tui::run` awaits it (`tui::perform` is the one file that calls the
//! hall) and hands the reply to `update` as a message; when nothing is left to handle, `tui::view` draws one frame.
//!
//! Over SSH `ssh::server` stands where `cli`'s terminal does: a connection's key is a member (`who`), a channel's bytes are keys
//! (`typed`, `wire`), the forwarded agent is the signer (`forwarded`), and the same `tui::run` and `commands::run` are run. On the
//! member's machine `ssh::filter` may be that agent: it takes in the core, the parts and the manifest, and signs what it was
//! shown.
//!
//! # Code map, lowest floor first
//!
//! | floor | module | holds |
//! |---|---|---|
//! | 0 | [`domain`] | items, questions, answers, charters, members, events; `decide` and `project`: pure |
//! | 0 | [`stats`] | agreement coefficients and label aggregation over plain indices and numbers: pure |
//! | 1 | [`ledger`] | canonical entries, SSH signatures, RFC 6962 tree, C2SP checkpoints, proofs, tiles: pure |
//! | 1 | [`consensus`] | the rule `consensus/1`: evidence, verdicts, labels, weights, routing: pure |
//! | 1 | [`governance`] | ballots and their tally, stake in gold labels: pure |
//! | 2 | [`store`] | engines that append and project (SQLite), working state apart |
//! | 2 | [`exchange`] | formats read and written; a release's files |
//! | 2 | [`engine`] | open-weight models: files, decoder, tokenizer, template, sampling, scoring; endpoints asked; downloads |
//! | 3 | [`hall`] | the use cases, and the traits `Signer`, `Clock`, `Random` |
//! | 4 | [`tui`] | the console: pure `update` and `view`, screens over `hall`'s rows, requests awaited in one file |
//! | 4 | [`commands`] | each command's arguments and handler over injected streams |
//! | 5 | [`ssh`] | key files and agents as signers; the server; the filtering agent |
//! | 6 | [`cli`] | real clock and randomness, the local terminal, words for errors, exit codes |
//!
//! A module imports from lower floors only; `tests/architecture.rs` holds that, and the sizes of files.
//!
//! # Invariants, above all what is deliberately absent
//!
//! - **No entry without its rule.** `decide` runs before signing, when appending, and when verifying.
//! - **No verdict that depends on other items.** A label rests on its own judgements and the skill snapshot in force, so it
//!   can be explained, and adding an item changes no other. No expectation-maximisation routes or weighs anything.
//! - **No clock, randomness or file below `store`.** Time is an entry's `at`; ids and salts come from outside.
//! - **No bytes re-made for hashing.** Stored bytes are hashed; reading an entry checks that writing it again gives the same.
//!   What is hashed for a meaning is made in `domain::canonical` alone, and frozen by `tests/vectors.rs`.
//! - **No floats in what is signed or stored.** Amounts are integer millionths; logarithms come from `libm`, the same on
//!   every machine.
//! - **No names in the ledger.** Members and institutions are random ids; the directory that names them can be erased.
//! - **No text drawn that wasn't made safe.** Only `tui::ink` writes cells, from `Shown` and `Prose`, which are made in no other
//!   way than by turning what a text hides into chips; a lint refuses the methods that would go round it.
//! - **No typed word that only the screen has.** Drafts go to the store as fast as it takes them, one behind the other.
//! - **No lock held while somebody signs.** A signature may take a minute; if the author's ledger moved on, it is done again.
//! - **No act in a member's name that isn't marked.** The hall's key signs for a member only while theirs isn't at hand; the entry
//!   says so, and `domain::membership` says which acts and what they are good for.
//! - **No head smaller than the last one signed**, and none over a tree that isn't the one signed before.

// errors are values here, and output goes to the streams a command was given
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss))]

pub mod cli;
pub mod commands;
pub mod consensus;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod governance;
pub mod hall;
pub mod ledger;
pub mod ssh;
pub mod stats;
pub mod store;
pub mod tui;
