//! `guildhall connect`: what it forwards, beside an agent that runs too; what it tells at the end; and when it doesn't begin.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::filtering::{Filter, Host, judging, texts};
use crate::house::{House, has_ssh, keygen};
use crate::support::{Home, Ran, finish, guildhall};
use crate::terminal::Terminal;

/// Where a member's agent listens and writes.
struct Places {
    socket: PathBuf,
    journal: PathBuf,
}

impl Places {
    fn of(home: &Home, name: &str) -> Self {
        Self {
            socket: home.path(&format!("{name}.d")).join("agent.sock"),
            journal: home.path(&format!("{name}.jsonl")),
        }
    }

    fn words(&self, house: &House, key: &Path) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let own = ["connect", "--key", &path(key), "--journal", &path(&self.journal), "--socket", &path(&self.socket)];
        let ssh = house.options().into_iter().map(|option| format!("--ssh={option}"));
        own.map(str::to_owned).into_iter().chain(ssh).collect()
    }

    /// At a terminal.
    fn console(&self, house: &House, who: &str) -> Terminal {
        let mut command = Terminal::program(env!("CARGO_BIN_EXE_guildhall"), house.home.temp.path());
        command.args(self.words(house, &house.home.key(who)));
        command.arg("127.0.0.1");
        Terminal::run(command, (80, 24))
    }

    /// Without one, so that the hall says how to come and ends.
    fn command(&self, house: &House, key: &Path, flags: &[&str]) -> Command {
        let mut command = guildhall();
        command.args(self.words(house, key)).args(flags).arg("127.0.0.1").env("HOME", house.home.temp.path());
        command
    }

    fn visit(&self, house: &House, who: &str, flags: &[&str]) -> Ran {
        finish(&mut self.command(house, &house.home.key(who), flags))
    }
}

/// Judges the first item that waits, and leaves; what was told after the console.
fn judges(mut terminal: Terminal) -> String {
    terminal.sees("signed by your guildhall agent");
    terminal.press("\r");
    terminal.sees("0 of 7 given");
    terminal.press("2232142\r");
    terminal.sees("You sign this judgement");
    terminal.press("y");
    terminal.sees("judgement signed, entry 234");
    terminal.press("Q");
    String::from_utf8_lossy(&terminal.ended()).into_owned()
}

#[test]
fn it_forwards_the_filter_and_compares_accounts() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let places = Places::of(&house.home, "own");
    let said = judges(places.console(&house, "you"));
    assert!(said.contains("this session: 1 signed"), "{said}");
    assert!(!said.contains("FAULT") && !said.contains("not in the hall's ledger"), "{said}");
    assert_eq!(std::fs::read_to_string(&places.journal).unwrap().lines().count(), 1);
    house.signed_by(234, &house.home.hall.join("keys/you.pub"));
    let left = std::fs::read_dir(places.socket.parent().unwrap()).unwrap().count();
    assert_eq!(left, 0, "its socket goes with it");
}

/// Weakness: two agents of one key would write two journals; so the second one isn't begun.
/// Scenario: a member's `guildhall agent` runs, and they visit a hall with `connect`.
/// Verified: the one that runs is forwarded, which is said; it signs, writes down, and runs on.
#[test]
fn beside_an_agent_of_the_same_key_that_one_is_forwarded() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut agent = Filter::start(&house.home, "mine", &house.home.key("you"), &[]);
    let places = Places::of(&house.home, "mine");
    let said = judges(places.console(&house, "you"));
    assert!(said.contains("is forwarded; it goes on when you leave"), "{said}");
    assert!(said.contains("signed by your agent meanwhile, here or elsewhere: 1"), "{said}");
    assert!(!said.contains("FAULT") && !said.contains("not in the hall's ledger"), "{said}");
    house.signed_by(234, &house.home.hall.join("keys/you.pub"));
    assert!(agent.runs());
    assert_eq!(agent.journal().len(), 1);

    // it goes by its own rules and its own journal, so others aren't taken and left aside
    for (flags, why) in [
        (vec!["--ask"], "its own --ask"),
        (vec!["--host", "SHA256:x"], "its own --ask"),
        (vec!["--of", "h_x"], "its own --ask"),
    ] {
        places.visit(&house, "you", &flags).usage(why);
    }
    let other = Places { journal: house.home.path("other.jsonl"), ..Places::of(&house.home, "mine") };
    other.visit(&house, "you", &[]).usage("doesn't write");
    let elsewhere = Places { socket: house.home.path("x.d").join("agent.sock"), ..Places::of(&house.home, "mine") };
    elsewhere.visit(&house, "you", &[]).usage("another agent of this key runs");

    // one of another key isn't forwarded, and isn't in the way
    let rater = Places { journal: house.home.path("rater.jsonl"), ..Places::of(&house.home, "mine") };
    let ran = rater.visit(&house, "rater-1", &[]);
    assert!(!ran.out.contains("is forwarded") && ran.out.contains("this session: 0 signed"), "{} {}", ran.out, ran.err);
    assert!(agent.runs());
}

#[test]
fn what_the_agent_refused_is_told_at_the_end() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let before = (house.entries(), house.releases());
    let mut terminal = Places::of(&house.home, "own").console(&house, "you");
    terminal.sees("signed by your guildhall agent");
    terminal.press("go");
    terminal.sees("newest first");
    terminal.press("c");
    terminal.sees("Directory to make");
    terminal.press("\r\r\r\r");
    terminal.sees("You sign this release");
    terminal.press("y");
    terminal.sees("declined");
    terminal.press("\r");
    terminal.sees("newest first");
    terminal.press("Q");
    let said = String::from_utf8_lossy(&terminal.ended()).into_owned();
    assert!(said.contains("your agent refused: an act: `release.cut` is signed with --ask alone"), "{said}");
    assert!(said.contains("this session: 0 signed"), "{said}");
    assert_eq!((house.entries(), house.releases()), before, "nothing is half there");
}

#[test]
fn the_hall_s_account_is_told_or_that_there_is_none() {
    if !has_ssh() {
        return;
    }
    let mut house = House::demo();
    let words = judging(&house.home, &house.home.fresh());
    house.by("rater-1", &texts(&words)).done();
    let places = Places::of(&house.home, "own");
    let ran = places.visit(&house, "rater-1", &[]);
    assert!(ran.out.contains("attested by the hall in your name, in all: 1 (judgement.submitted)"), "{}", ran.out);
    assert_eq!(ran.code, 1, "the visit itself was none without a terminal");
    house.signal("TERM");
    house.ended();
    let ran = places.visit(&house, "rater-1", &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("the hall's own account couldn't be asked for"), "{}", ran.out);
}

/// Weakness: a key, a program or a question that can't keep what the agent promises.
/// Scenario: an RSA key in a file, which a host could time; no key; an ssh that is too old, or none; `--ask` with nothing to
/// ask by.
/// Verified: `connect`, and `agent` where it is about the agent, end at once with why and what to do.
#[test]
fn what_can_t_be_kept_isn_t_begun() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let places = Places::of(&house.home, "own");
    let rsa = keygen(&house.home, "rsa", &["-t", "rsa", "-b", "3072"]);
    let why = "an RSA key in a file isn't used at a host's asking; load it with ssh-add and name its .pub";
    finish(&mut places.command(&house, &rsa, &[])).usage(why);
    finish(&mut Filter::command(&house.home, "rsa-agent", &rsa, &[])).usage(why);
    let none = house.home.path("none");
    finish(&mut places.command(&house, &none, &[])).usage("none");
    finish(&mut Filter::command(&house.home, "no-agent", &none, &[])).usage("none");
    let public = house.home.hall.join("keys/rater-1.pub");
    let waits = |seconds: &str| finish(&mut Filter::command(&house.home, "w", &public, &["--wait", seconds]));
    waits("0").usage("--wait");
    waits("86401").usage("--wait");
    places.visit(&house, "rater-1", &["--ask"]).usage("set SSH_ASKPASS");
    assert!(!places.journal.exists(), "nothing was begun");

    let bin = house.home.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let mut without = places.command(&house, &house.home.key("rater-1"), &[]);
    finish(without.env("PATH", &bin)).usage("install the OpenSSH client");
    let ssh = house.home.file("bin/ssh", "#!/bin/sh\necho 'OpenSSH_7.9p1, OpenSSL' >&2\n");
    assert!(Command::new("chmod").args(["700", &ssh]).status().unwrap().success());
    let mut old = places.command(&house, &house.home.key("rater-1"), &[]);
    finish(old.env("PATH", &bin)).usage("OpenSSH 8.2 or later");

    // the same key behind ssh-agent serves
    let agent = crate::house::Agent::holding(&house.home, "rsa.agent", &[&rsa]);
    let mut command = Filter::command(&house.home, "behind", &rsa.with_extension("pub"), &[]);
    command.env("SSH_AUTH_SOCK", &agent.socket);
    let filter = Filter::run(&house.home, "behind", command);
    assert_eq!(Host::of(&filter).ask(&[11])[4], 1);
}
