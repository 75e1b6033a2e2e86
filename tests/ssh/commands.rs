//! `ssh HOST command`: the contract of `serve`, and what strangers see.

use std::time::{Duration, Instant};

use crate::house::{House, has_ssh, keygen};
use crate::support::{Home, finish};

#[test]
fn a_demo_serves_without_more_and_ends_when_told() {
    if !has_ssh() {
        return;
    }
    let begun = Instant::now();
    let mut house = House::demo();
    let status = house.by("rater-1", &["status", "--json"]).done();
    assert!(begun.elapsed() < Duration::from_secs(20), "it answers soon, on a slow day as well");
    assert_eq!(status["signing"], "host");
    assert_eq!(status["handle"], "rater-1");
    assert!(status["hall"].as_str().unwrap().starts_with("h_") && status["member"].as_str().unwrap().starts_with("m_"));
    for guild in status["guilds"].as_array().unwrap() {
        for count in ["open", "disputed"] {
            assert!(guild[count].is_u64(), "{guild}");
        }
        assert!(guild["waiting_for_me"]["judge"].is_u64(), "{guild}");
    }
    let key = house.home.hall.join("keys/ssh_host_ed25519_key");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    house.signal("TERM");
    let (took, code) = house.ended();
    assert_eq!(code, 0, "{}", house.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn commands_end_as_they_do_at_home() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let one_line = |err: &str| assert_eq!(err.trim_end().lines().count(), 1, "{err}");
    let waiting = house.by("rater-1", &["queue", "--json"]).done();
    assert!(!waiting["waiting"].as_array().unwrap().is_empty());
    house.by("rater-1", &["release", "list", "--json"]).done();

    let refused = house.by(
        "rater-1",
        &[
            "credential",
            "attest",
            "rater-2",
            "--guild",
            "cardiology",
            "--class",
            "board",
            "--institution",
            "X",
            "--expires",
            "2099-01-01",
        ],
    );
    assert_eq!(refused.code, 1);
    assert!(refused.err.starts_with("refused: "), "{}", refused.err);
    one_line(&refused.err);
    for (words, says) in [
        (vec!["nonsense"], "unrecognized"),
        (vec!["queue", "'"], "quote"),
        (vec!["backup", "x"], "host's files"),
        (vec!["import", "/etc/passwd", "--guild", "cardiology"], "host's files"),
        (vec!["--hall", "/", "status"], "--hall"),
        (vec!["--as=/etc/passwd", "status"], "--as"),
        (vec!["member", "add", "x", "--key", "/etc/passwd"], "over SSH"),
        (vec!["member", "add", "x"], "--key"),
        (
            vec!["release", "cut", "--guild", "cardiology", "--version", "9.0.0", "--output", "/tmp/x"],
            "name, not a path",
        ),
        (vec!["verify", "../keys"], "name, not a path"),
    ] {
        let mut ssh = house.ssh("steward-1");
        // as it is typed, unquoted
        let ran = finish(ssh.args(["127.0.0.1", "--"]).args(&words));
        assert_eq!(ran.code, 2, "{words:?}: {} {}", ran.out, ran.err);
        assert!(ran.err.contains(says), "{words:?}: {}", ran.err);
        one_line(&ran.err);
        assert_eq!(ran.out, "");
    }
    let item = house.home.fresh();
    let stolen = house.by("rater-1", &["skip", &item, "--reason", "@/etc/passwd"]);
    assert_eq!(stolen.code, 2, "{}", stolen.out);
    assert!(stolen.err.contains("not read over SSH"), "{}", stolen.err);
    // nobody makes the host send requests to addresses of their own
    let asked = ["rerun", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--prompt", "Hi"];
    let sent = house.by("rater-1", &asked);
    assert!(sent.code != 0 && sent.out.is_empty() && !sent.err.contains("reached"), "{} {}", sent.code, sent.err);
    let help = house.by("rater-1", &["--help"]);
    assert!(help.code == 0 && help.out.contains("Usage:"));
    let bare = finish(house.ssh("rater-1").args(["-T", "127.0.0.1"]));
    assert!(bare.code == 2 && bare.err.contains("ssh -t"), "{}", bare.err);
}

#[test]
fn strangers_see_nothing_of_the_hall() {
    if !has_ssh() {
        return;
    }
    for (petitions, code) in [("", 255), ("petitions = true", 1)] {
        let house = House::open(Home::demo(), petitions, &[]);
        let key = keygen(&house.home, "stranger", &["-t", "ed25519"]);
        for words in [vec!["status", "--json"], vec!["queue"], vec!["ledger", "log"], vec!["--help"]] {
            let ran = finish(house.ssh_with(&key).args(["127.0.0.1", "--"]).args(&words));
            assert_eq!(ran.code, code, "{words:?} {}", ran.err);
            assert_eq!(ran.out, "");
            for name in ["St. Demo", "rater", "cardiology", "m_", "h_"] {
                assert!(!ran.err.contains(name), "{name}: {}", ran.err);
            }
        }
    }
}

#[test]
fn config_says_what_holds_and_why() {
    let home = Home::demo();
    let path = home.hall.join("config.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{before}\n[serve]\nidle_seconds = 300\n")).unwrap();
    let shown = home.run(&["config"]).done();
    let find =
        |name: &str| shown["values"].as_array().unwrap().iter().find(|value| value["name"] == name).unwrap().clone();
    assert_eq!(
        (&find("serve.idle_seconds")["value"], &find("serve.idle_seconds")["from"]),
        (&300.into(), &"config.toml".into())
    );
    assert_eq!(
        (&find("serve.petitions")["value"], &find("serve.petitions")["from"]),
        (&false.into(), &"default".into())
    );
    std::fs::write(&path, "[serve]\nidle = 5\n").unwrap();
    home.run(&["config"]).usage("unknown field `idle`");
    std::fs::write(&path, "[serve]\ncertificate_authorities = ['x']\n").unwrap();
    home.run(&["config"]).usage("certificate_authorities");
}

#[test]
fn what_serves_nobody_isn_t_served() {
    let home = Home::demo();
    let path = home.hall.join("config.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let refused = |line: &str, flags: &[&str], why: &str| {
        std::fs::write(&path, format!("{before}\n[serve]\n{line}\n")).unwrap();
        finish(home.command(&["serve", "--listen", "127.0.0.1:0"]).args(flags)).usage(why);
    };
    for name in ["idle_seconds", "session_seconds", "agent_seconds"] {
        for seconds in ["0", "31622401"] {
            refused(&format!("{name} = {seconds}"), &[], &format!("{name} is 1 to 31622400"));
        }
        refused(&format!("{name} = -1"), &[], "invalid value");
        refused(&format!("{name} = '30m'"), &[], "invalid type");
    }
    for name in ["sessions", "sessions_of_a_member", "connections_at_once", "connections_a_minute"] {
        refused(&format!("{name} = 0"), &[], &format!("{name} is at least 1"));
    }
    refused("listen = 'here'", &[], "invalid socket address");
    refused("certificate_authorities = ['ssh-ed25519 AAAA']", &[], "certificate_authorities");
    refused("", &["--metrics", &taken], "127.0.0.1");
    std::fs::write(&path, format!("{before}\n[serve]\nlisten = '{taken}'\n")).unwrap();
    finish(&mut home.command(&["serve"])).usage(&taken);
}

#[test]
fn a_release_is_cut_and_verified_from_afar() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = crate::house::Agent::holding(&house.home, "agent", &[&house.home.key("steward-1")]);
    let cut = ["release", "cut", "--guild", "cardiology", "--version", "0.2.0", "--output", "cardiology-0.2.0"];
    let without = house.by("steward-1", &cut);
    assert!(without.code == 1 && without.err.contains("your own signature"), "{}", without.err);
    assert_eq!(house.with(&agent, &[&cut[..], &["--json"]].concat()).code, 0);
    let verified = house.by("steward-1", &["verify", "cardiology-0.2.0", "--json"]).done();
    assert_eq!(verified["ok"], true);
    assert!(house.home.hall.join("releases/cardiology-0.2.0/SHA256SUMS").is_file());
}

#[test]
fn metrics_and_log_say_who_and_what_and_no_answers() {
    if !has_ssh() {
        return;
    }
    let mut house = House::open(Home::demo(), "", &["--metrics", "127.0.0.1:0"]);
    let line = house.says();
    let at = line.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap().to_owned();
    let id = house.home.fresh();
    let secret = "a rationale that nobody else reads";
    house.by("rater-1", &["judge", &id, "--answer", "correct@1=yes", "--rationale", secret, "--draft"]);
    let metrics = {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&at).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(metrics.starts_with("HTTP/1.1 200 OK"), "{metrics}");
    assert!(
        metrics.contains("\nguildhall_logins_total 1\n") && metrics.contains("\nguildhall_commands_total 1\n"),
        "{metrics}"
    );
    let log = house.log();
    assert!(log.contains("command=\"judge\"") && log.contains("member=m_"), "{log}");
    for text in [&metrics, &log] {
        assert!(!text.contains(secret) && !text.contains("correct") && !text.contains("PRIVATE"), "{text}");
    }
    let outside = House::refused(Home::demo(), &["--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]);
    assert!(outside.code == 2 && outside.err.contains("this machine alone"), "{}", outside.err);
}

#[test]
fn under_sshd_the_proved_key_is_the_member() {
    let home = Home::demo();
    let run = |auth: &str, asked: &str| {
        let proof = home.file("auth", auth);
        let mut command = home.command(&["sshd"]);
        finish(command.env("SSH_USER_AUTH", proof).env("SSH_ORIGINAL_COMMAND", asked).env("HOME", home.temp.path()))
    };
    let public = |who: &str| {
        let line = std::fs::read_to_string(home.hall.join(format!("keys/{who}.pub"))).unwrap();
        format!("publickey {}\n", line.split(' ').take(2).collect::<Vec<_>>().join(" "))
    };
    let status = run(&public("rater-1"), "status --json").done();
    assert_eq!((&status["handle"], &status["signing"]), (&"rater-1".into(), &"host".into()));
    run(&public("rater-1"), "backup x").usage("host's files");
    run(&public("rater-1"), "skip it_xxxx --reason @/etc/passwd").usage("not read over SSH");
    let by_lines = {
        let proof = home.file("auth", public("rater-1"));
        let mut command = home.command(&["sshd"]);
        command.env("SSH_USER_AUTH", proof).env("SSH_ORIGINAL_COMMAND", "--linear").env("HOME", home.temp.path());
        // one goes to what waits first and comes back
        crate::house::fed(&mut command, b"1\nb\nb\nb\n")
    };
    assert!(by_lines.0 && !by_lines.1.contains('\u{1b}'), "{}", by_lines.1);
    let order = ["attested by the hall, not signed by you: no agent is forwarded", "What next?", "Question 1 of"];
    let places = order.map(|words| by_lines.1.find(words).unwrap_or_else(|| panic!("{words}: {}", by_lines.1)));
    assert!(places.is_sorted(), "{}", by_lines.1);
    run("password\n", "status").usage("no public key");
    run(&format!("{}password\n", public("rater-1")), "status").usage("more than one method");
    let other = Home::founded();
    let line = std::fs::read_to_string(other.hall.join("keys/steward.pub")).unwrap();
    let stranger = run(&format!("publickey {line}"), "status");
    assert!(stranger.code == 1 && stranger.out.is_empty() && stranger.err.contains("no member's"), "{}", stranger.err);
    finish(&mut home.command(&["sshd"])).usage("ForceCommand");
    let keys = home.text(&["key", "authorized"]).out;
    assert!(
        keys.lines().count() >= 8
            && keys.lines().all(|line| line.starts_with("restrict,pty,agent-forwarding ssh-ed25519 "))
    );
}
