//! Killed in the middle: of a copy into the hall, and of a rerun on an item. Nothing half is listed, and nothing that was
//! recorded is lost.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::models;
use crate::support::{GUILD, Home};
use crate::tiny_model::tiny_model;

/// Runs a command and kills it once `after` has passed: what it printed, and whether it was killed.
fn killed(command: &mut Command, after: Duration) -> (Value, bool) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while began.elapsed() < after && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), output.status.code().is_none())
}

/// When to kill in a round of so many: the first time at once, then ever later, and most often early, as a machine that was busy
/// while `longest` was measured may be faster now.
fn moment(longest: Duration, round: u32, rounds: u32) -> Duration {
    let share = f64::from(round) / f64::from(rounds) * 1.1;
    longest.mul_f64(share * share)
}

/// How long it takes undisturbed.
fn typical(command: &mut Command) -> Duration {
    let began = Instant::now();
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    began.elapsed()
}

#[test]
fn a_killed_copy_is_listed_whole_or_not_at_all() {
    let home = Home::demo();
    let model = tiny_model(home.temp.path());
    // large enough that kills fall into the copying and the check
    std::fs::write(model.join("padding.json"), vec![b' '; 12 << 20]).unwrap();
    let add = |name: &str| {
        let mut command = home.command(&["model", "add", "--json", "--name", name]);
        command.arg(&model);
        command
    };
    let longest = typical(&mut add("first"));
    let (mut absent, mut known) = (0, 1);
    for round in 0..14_u32 {
        let name = format!("m{round}");
        let (printed, was_killed) = killed(&mut add(&name), moment(longest, round, 14));
        let now = models(&home);
        if now == known {
            assert!(was_killed && printed.is_null(), "it was done, and nothing is there");
            absent += 1;
            // the same command does it, whatever was left
            assert!(add(&name).stdout(Stdio::null()).status().unwrap().success());
        }
        known += 1;
        assert_eq!(models(&home), known);
        let verified = home.run(&["model", "verify", &name]).done();
        assert_eq!(verified["faults"], serde_json::json!([]), "{name}");
        assert_eq!(home.run(&["model", "list"]).done()["unfinished"], serde_json::json!([]));
        home.run(&["model", "remove", &name]).done();
        known -= 1;
    }
    assert!(absent > 0, "none was killed in time");
}

#[test]
fn a_killed_removal_takes_out_all_or_nothing() {
    let home = Home::demo();
    let model = tiny_model(home.temp.path());
    std::fs::write(model.join("padding.json"), vec![b' '; 4 << 20]).unwrap();
    let add = || assert!(home.command(&["model", "add"]).arg(&model).stdout(Stdio::null()).status().unwrap().success());
    add();
    let longest = typical(&mut home.command(&["model", "remove", "tiny"]));
    add();
    for round in 0..20_u32 {
        killed(&mut home.command(&["model", "remove", "tiny"]), moment(longest, round, 20));
        if models(&home) == 1 {
            assert_eq!(home.run(&["model", "verify"]).done()["faults"], serde_json::json!([]));
        } else {
            // what is left of it is no model, and nobody needs it
            for left in home.run(&["model", "list"]).done()["unfinished"].as_array().unwrap() {
                assert_eq!(left["source"], "removed tiny");
                home.run(&["model", "remove", "removed tiny"]).done();
            }
            add();
        }
    }
}

#[test]
fn a_killed_rerun_is_recorded_whole_or_not_at_all() {
    let home = Home::demo();
    let model = tiny_model(home.temp.path());
    home.run(&["model", "add", model.to_str().unwrap()]).done();
    let item = &home.ids(GUILD, Some("disputed"))[0];
    let rerun = || {
        let mut command = home.command(&["rerun", item, "--model", "tiny", "--samples", "2", "--max-tokens", "60"]);
        command.arg("--json").arg("--as").arg(home.key("you"));
        command
    };
    let recorded = || home.by("you", &["item", "show", item]).done()["reruns"].as_array().unwrap().clone();
    let longest = typical(&mut rerun());
    let (mut known, mut absent) = (recorded(), 0);
    assert_eq!(known.len(), 1);
    for round in 0..24_u32 {
        let (printed, _) = killed(&mut rerun(), moment(longest, round, 24));
        let now = recorded();
        assert_eq!(&now[..known.len()], known, "what was recorded stays as it was");
        assert!(now.len() <= known.len() + 1);
        if printed.is_null() {
            absent += 1;
        } else {
            let last = now.last().unwrap();
            assert!(now.len() == known.len() + 1 && last["entry"] == printed["receipt"]["event"], "{printed}");
            assert_eq!(last["transcript"], printed["transcript"]);
        }
        known = now;
    }
    assert!(absent > 0, "none was killed in time");
    home.ledger().done();
    for rerun in known {
        let again = home.by("you", &["rerun", "--replay", &rerun["entry"].to_string()]).done();
        assert_eq!(again["same"], true);
    }
}
