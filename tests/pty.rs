//! The real program behind a real terminal emulator: it waits for words on the screen, never for time to pass.
#![allow(clippy::unwrap_used)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::path::Path;

use support::Home;
use terminal::{Terminal, only_ours};

/// The program on a terminal.
fn open(home: &Home, size: (u16, u16), arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let mut command = Terminal::program(env!("CARGO_BIN_EXE_guildhall"), home.temp.path());
    for (name, value) in environment {
        command.env(name, value);
    }
    command.arg("--hall");
    command.arg(&home.hall);
    command.args(arguments);
    Terminal::run(command, size)
}

fn journey(size: (u16, u16)) {
    let home = Home::empty();
    let mut terminal = open(&home, size, &["demo"], &[]);
    terminal.sees("Waiting for you");
    terminal.press("\r");
    terminal.sees("0 of 7 given");
    // each key waits for what it did: nothing is typed ahead of a screen that isn't there
    terminal.press("2232142");
    terminal.sees("7 of 7 given");
    terminal.press("\r");
    terminal.sees("You sign this judgement");
    terminal.press("y");
    terminal.sees("judgement signed, entry 234");
    terminal.press("gd");
    terminal.sees("you may rule");
    terminal.press("\r");
    terminal.sees("Ruling");
    terminal.press("432e");
    terminal.sees("Opinion");
    terminal.press("The second output has the drug right and the dose not.\u{1b}");
    terminal.sees("3 of 3 given");
    terminal.press("\r");
    terminal.sees("You sign this ruling");
    terminal.press("y");
    terminal.sees("ruling signed");
    terminal.reviews_and_cuts();
    terminal.press("Q");
    let bytes = terminal.ended();
    only_ours(&bytes);
    let left = terminal.screen_of(&bytes);
    assert!(!left.screen().alternate_screen() && !left.screen().hide_cursor(), "the terminal is as it was");
    let verified = home.run(&["verify", &home.path("cardiology-0.2.0").display().to_string()]).done();
    assert_eq!(verified["ok"], true);
}

#[test]
fn a_whole_session_at_80_columns() {
    journey((80, 24));
}

#[test]
fn a_whole_session_at_120_columns() {
    journey((120, 40));
}

#[test]
fn killed_in_mid_sentence_it_goes_on_there() {
    let home = Home::demo();
    let mut terminal = open(&home, (80, 24), &[], &[]);
    terminal.sees("Waiting for you");
    terminal.press("\rJ4e");
    terminal.sees("Rationale");
    terminal.press("waiting for bleeding is wr");
    terminal.sees("waiting for bleeding is wr");
    let before = terminal.sees("draft kept");
    terminal.signal("KILL");
    terminal.ended();
    let mut again = open(&home, (80, 24), &[], &[]);
    let after = again.sees("waiting for bleeding is wr");
    let item = |screen: &str| screen.lines().next().unwrap().split('·').nth(1).unwrap().trim().to_owned();
    assert_eq!(item(&before), item(&after));
    again.press("ong\u{1b}");
    again.sees("[4 no]");
    again.sees("waiting for bleeding is wrong");
}

#[test]
fn signals_give_the_terminal_back() {
    for name in ["TERM", "HUP"] {
        let home = Home::demo();
        let mut terminal = open(&home, (80, 24), &[], &[]);
        terminal.sees("Waiting for you");
        terminal.signal(name);
        let bytes = terminal.ended();
        let left = terminal.screen_of(&bytes);
        assert!(!left.screen().alternate_screen() && !left.screen().hide_cursor(), "after {name}");
    }
}

#[test]
fn without_colours_and_without_unicode_all_is_there() {
    let home = Home::demo();
    let mut plain = open(&home, (80, 24), &[], &[("NO_COLOR", "1"), ("LANG", "C")]);
    plain.sees("Waiting for you -----");
    plain.press("\r4");
    plain.sees("[4 no]");
    plain.press("Q");
    let bytes = plain.ended();
    let frames = String::from_utf8(bytes).unwrap();
    assert!(frames.is_ascii(), "an ASCII locale gets ASCII");
    for sequence in frames.split("\u{1b}[").skip(1) {
        let parameters: String = sequence.chars().take_while(|c| c.is_ascii_digit() || *c == ';').collect();
        if !sequence[parameters.len()..].starts_with('m') {
            continue;
        }
        // 39 and 49 are the terminal's own colours
        let is_colour = |n: u32| matches!(n, 30..=38 | 40..=48 | 90..=107);
        let colours: Vec<u32> =
            parameters.split(';').filter_map(|n| n.parse().ok()).filter(|n| is_colour(*n)).collect();
        assert!(colours.is_empty(), "{parameters}");
    }
}

#[test]
fn a_resize_is_followed() {
    let home = Home::demo();
    let mut terminal = open(&home, (80, 24), &[], &[]);
    terminal.sees("Waiting for you");
    terminal.resize((120, 40));
    terminal.until("the wider frame", |screen, _| screen.contents_between(39, 0, 39, 119).contains("Enter open"));
    terminal.press("Q");
    terminal.ended();
}

#[test]
fn judging_by_lines_draws_nothing() {
    let home = Home::demo();
    let mut terminal = open(&home, (80, 24), &["--linear"], &[]);
    terminal.sees("What next?");
    terminal.press("1\n");
    terminal.sees("Question 1 of");
    for answer in ["2", "2", "3", "", "", "", "2", "1", "4", "", "", "", "2", "", "y"] {
        terminal.press(answer);
        terminal.press("\n");
    }
    terminal.until("the receipt", |_, seen| String::from_utf8_lossy(&seen.bytes).contains("Done: judgement signed"));
    terminal.press("b\nb\n");
    let bytes = terminal.ended();
    assert!(!bytes.contains(&0x1b), "no escape sequence at all");
}

#[test]
fn a_key_file_that_clashes_is_refused_with_its_line() {
    let home = Home::demo();
    let keys = home.temp.path().join(".config/guildhall/keys.toml");
    std::fs::create_dir_all(Path::new(&keys).parent().unwrap()).unwrap();
    std::fs::write(&keys, "[judging]\n\"s\" = \"flag\"\n").unwrap();
    let mut terminal = open(&home, (80, 24), &[], &[]);
    terminal.sees("keys.toml:2: `s` is the key of `skip`");
    terminal.ended();
}
