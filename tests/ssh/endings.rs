//! How sessions end that their member didn't end, and how they live on where something else fails.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::agents::{Comes, OwnAgent, Waiting, is_act};
use crate::filtering::{judging, texts};
use crate::house::{Agent, Held, House, has, has_ssh, quoted};
use crate::support::Home;
use crate::terminal::Terminal;

/// A console that its limits end after a text was typed; what the terminal showed last, and the house served without them.
///
/// Where the machine is so slow that the limit comes before the text, the next one is tried.
fn ended_by(limit: &str) -> (String, House) {
    for seconds in [4, 8, 16, 32] {
        let house = House::open(Home::demo(), &format!("{limit} = {seconds}\n"), &[]);
        let mut terminal = house.terminal("you", None, (80, 24));
        if !terminal.comes_to("Waiting for you") {
            continue;
        }
        terminal.press("\r");
        if !terminal.comes_to("0 of 7 given") {
            continue;
        }
        terminal.press("4e");
        if !terminal.comes_to("Rationale") {
            continue;
        }
        terminal.press("waiting for bleeding");
        if !terminal.comes_to("waiting for bleeding") {
            continue;
        }
        let bytes = terminal.ended();
        let left = terminal.screen_of(&bytes);
        assert!(!left.screen().alternate_screen() && !left.screen().hide_cursor(), "the terminal is given back");
        let words = left.screen().contents();
        let path = house.home.hall.join("config.toml");
        let config = std::fs::read_to_string(&path).unwrap().replace(&format!("{limit} = {seconds}\n"), "");
        std::fs::write(&path, config).unwrap();
        return (words, house.again());
    }
    panic!("too slow for any limit");
}

/// Weakness: a terminal that its member left, or that stays open for days.
/// Scenario: nothing is typed for the idle time; the session lasts as long as one may.
/// Verified: it ends by itself with the reason, the terminal is given back, and what was typed is there the next time.
#[test]
fn idle_and_long_sessions_end_and_keep_what_was_typed() {
    if !has_ssh() {
        return;
    }
    for (limit, reason) in
        [("idle_seconds", "nothing was typed for a while"), ("session_seconds", "as long as one may")]
    {
        let (words, house) = ended_by(limit);
        assert!(words.contains(reason), "{limit}: {words}");
        let mut again = house.terminal("you", None, (80, 24));
        again.sees("waiting for bleeding");
        again.press("\u{1b}");
        again.sees("Answers");
        again.press("Q");
        again.ended();
    }
}

/// At the first item that waits, all answered and the signature asked for.
fn asks_for_a_signature(terminal: &mut Terminal) {
    terminal.sees("signed by your agent");
    terminal.press("\r");
    terminal.sees("0 of 7 given");
    terminal.press("2232142");
    terminal.sees("7 of 7 given");
    signs(terminal);
}

/// On a whole judgement: asks for the signature.
fn signs(terminal: &mut Terminal) {
    terminal.press("\r");
    terminal.sees("You sign this judgement");
    terminal.press("y");
}

/// Weakness: a session that waits for ever on an agent, or breaks over what it says.
/// Scenario: an agent says no to an act; another never answers.
/// Verified: the console tells it in clear words, nothing is signed or attested, the draft stays, the session lives: the same
/// act goes in as soon as the agent gives its signature.
#[test]
fn a_console_lives_through_an_agent_that_declines_or_never_answers() {
    if !has_ssh() {
        return;
    }
    for (answer, words) in [(Some(5), "the signature was declined"), (None, "the agent didn't answer within 2 seconds")]
    {
        let house = House::open(Home::demo(), "agent_seconds = 2\n", &[]);
        let agent = Agent::holding(&house.home, "agent", &[&house.home.key("you")]);
        let lets = house.home.path("lets");
        let let_go = lets.clone();
        let refuses = OwnAgent::at(&house.home.path("refuses"), &agent.socket, move |frame| {
            match (is_act(frame) && !let_go.exists(), answer) {
                (false, _) => Comes::Theirs,
                (true, Some(answer)) => Comes::This(vec![answer]),
                (true, None) => Comes::Nothing,
            }
        });
        let before = house.entries();
        let mut terminal = house.terminal("you", Some(&refuses), (110, 30));
        asks_for_a_signature(&mut terminal);
        let told = terminal.sees("Not done");
        assert!(told.contains(words), "{told}");
        terminal.press("\r");
        terminal.sees("7 of 7 given");
        assert_eq!(house.entries(), before, "nothing is attested in its place");
        std::fs::write(&lets, "").unwrap();
        // where the machine is so slow that the agent's own signature takes too long, it is asked for again
        let signed = (0..20).any(|_| {
            signs(&mut terminal);
            let screen = terminal.until("an answer", |screen, _| {
                let screen = screen.contents();
                screen.contains("judgement signed, entry") || screen.contains("Not done")
            });
            let signed = screen.contains("judgement signed, entry");
            if !signed {
                terminal.press("\r");
                terminal.until("the judgement alone", |screen, _| !screen.contents().contains("Not done"));
            }
            signed
        });
        assert!(signed);
        terminal.press("Q");
        terminal.ended();
        house.signed_by(before, &house.home.hall.join("keys/you.pub"));
    }
}

/// Runs a command over ssh with an agent forwarded, without waiting for it.
fn begins(house: &House, agent: &dyn Held, words: &[String]) -> std::process::Child {
    let mut command = Command::new("ssh");
    command.args(house.options()).arg("-A").env("SSH_AUTH_SOCK", agent.socket()).env("HOME", house.home.temp.path());
    command.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The number that a metric has.
fn metric(at: &str, name: &str) -> u64 {
    let text = scraped(at).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// What `/metrics` answers, if it does.
fn scraped(at: &str) -> std::io::Result<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// Waits until something is so.
#[track_caller]
fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A house with metrics, and where they are.
fn metered() -> (House, String) {
    let mut house = House::open(Home::demo(), "", &["--metrics", "127.0.0.1:0"]);
    let line = house.says();
    let at = line.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap().to_owned();
    (house, at)
}

/// Weakness: commands whose client is gone hold places, and sign when nobody is there to see it.
/// Scenario: a client asks for a judgement, its agent is asked to sign, and the client is killed; over a connection of its
/// own, then over a shared one that stays.
/// Verified: the place is free as soon as the client is gone; nothing is signed, also when the agent says yes afterwards; the
/// judgement is still the member's to give.
#[test]
fn a_command_ends_with_its_client() {
    if !has_ssh() {
        return;
    }
    let (house, metrics) = metered();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let (waiting, comes) = Waiting::acts();
    let held = OwnAgent::at(&house.home.path("held"), &agent.socket, comes);
    let before = house.entries();
    let words = judging(&house.home, &house.home.fresh());

    let mut client = begins(&house, &held, &words);
    waiting.is_asked();
    assert_eq!(metric(&metrics, "guildhall_sessions"), 1);
    client.kill().unwrap();
    client.wait().unwrap();
    until("its place", || metric(&metrics, "guildhall_sessions") == 0);
    waiting.go.send(()).unwrap();

    // a shared connection stays when one of its sessions goes, and so does the agent
    let control = house.home.path("c").display().to_string();
    let mut master = Command::new("ssh");
    master.args(house.options()).args(["-A", "-N", "-M", "-S", &control]).env("SSH_AUTH_SOCK", held.socket());
    let mut master = master.env("HOME", house.home.temp.path()).arg("127.0.0.1").stdin(Stdio::null()).spawn().unwrap();
    until("the shared connection", || std::path::Path::new(&control).exists());
    let mut client = Command::new("ssh");
    client.args(house.options()).args(["-A", "-S", &control]).env("SSH_AUTH_SOCK", held.socket());
    client.env("HOME", house.home.temp.path()).args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word)));
    let mut client = client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    waiting.is_asked();
    client.kill().unwrap();
    client.wait().unwrap();
    until("its place", || metric(&metrics, "guildhall_sessions") == 0);
    waiting.go.send(()).unwrap();
    assert_eq!(house.entries(), before, "nothing was signed");

    drop(waiting);
    master.kill().unwrap();
    master.wait().unwrap();
    house.with(&agent, &texts(&words)).done();
    house.signed_by(before, &house.home.hall.join("keys/rater-1.pub"));
}

/// Weakness: what was signed is half done when nobody waits for it any more.
/// Scenario: a steward's release is signed by their agent, and the client is killed as soon as the ledger has it, while its
/// files are made; a few times, since that takes no time.
/// Verified: each release is there, whole.
#[test]
fn what_was_signed_is_finished_without_its_client() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("steward-1")]);
    let database = rusqlite::Connection::open(house.home.hall.join("hall.db")).unwrap();
    let entries =
        || database.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0)).unwrap_or_default();
    for version in ["0.2.0", "0.3.0", "0.4.0", "0.5.0"] {
        let before = entries();
        let name = format!("cardiology-{version}");
        let cut = ["release", "cut", "--guild", "cardiology", "--version", version, "--output", &name];
        let mut client = begins(&house, &agent, &cut.map(str::to_owned));
        until("the entry", || entries() > before);
        client.kill().unwrap();
        client.wait().unwrap();
        until("the release", || house.releases().contains(&name));
        assert_eq!(house.by("steward-1", &["verify", &name, "--json"]).done()["ok"], true);
    }
    house.entries();
}

/// Weakness: a server that ends, in whole or in part, when it has no more files for a moment.
/// Scenario: the server may open no more files; somebody reads the metrics, and somebody logs in; then it may again.
/// Verified: both are served afterwards.
#[test]
fn no_more_files_for_a_moment_end_nothing() {
    if !has_ssh() || !has(&["prlimit"]) {
        return;
    }
    let (house, metrics) = metered();
    let server = house.server.id().to_string();
    let limit = |files: &str| {
        let set = Command::new("prlimit").args(["--pid", &server, &format!("--nofile={files}:1024")]).status();
        assert!(set.unwrap().success());
    };
    limit("3");
    let waits: Vec<_> = [metrics.as_str(), &format!("127.0.0.1:{}", house.port)]
        .map(|at| std::net::TcpStream::connect(at).unwrap())
        .into();
    for of in ["of=\"metrics\"", "of=\"ssh\""] {
        until(of, || house.log().lines().any(|line| line.contains("can't be taken") && line.contains(of)));
    }
    limit("1024");
    drop(waits);
    assert!(scraped(&metrics).unwrap().starts_with("HTTP/1.1 200 OK"));
    assert_eq!(house.by("rater-1", &["status", "--json"]).code, 0);
}
