//! Attacks, each as weakness, scenario, what is verified.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::agents::{OwnAgent, Waiting};
use crate::filtering::{judging, texts};
use crate::house::{Agent, House, fed, has_ssh, keygen, quoted};
use crate::support::{Home, Says, finish};
use crate::terminal::{Terminal, only_ours};

/// Weakness: a server that binds identity when a key is offered, not when it is proved.
/// Scenario: a stranger offers the steward's public key first, is asked for a signature, and signs with their own.
/// Verified: nobody is let in.
#[test]
fn an_offered_key_that_isnt_proved_lets_nobody_in() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let own = keygen(&house.home, "own", &["-t", "ed25519"]);
    // ssh offers what the .pub file says and signs with what lies beside it
    std::fs::copy(house.home.hall.join("keys/steward-1.pub"), own.with_extension("pub")).unwrap();
    let ran = finish(house.ssh_with(&own).args(["127.0.0.1", "status"]));
    assert_eq!(ran.code, 255, "{}", ran.out);
    assert_eq!(house.log().matches("let in").count(), 0);
}

/// Weakness: a key that was revoked while its holder is in, or a session that goes on.
/// Scenario: a member's login key is revoked by a steward while consoles are open, one without an agent and one with their
/// agent forwarded, which is just asked for a signature.
/// Verified: the sessions end with the reason; the key lets nobody in, with or without the agent; nothing is signed or
/// attested any more, also when the agent signs then.
#[test]
fn a_revoked_key_ends_its_sessions() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let (waiting, comes) = Waiting::acts();
    let held = OwnAgent::at(&house.home.path("held"), &agent.socket, comes);
    let words = judging(&house.home, &house.home.fresh());
    let mut without = house.terminal("rater-1", None, (80, 24));
    without.sees("not signed by you");
    let mut console = house.terminal("rater-1", Some(&held), (80, 24));
    console.sees("signed by your agent");
    let (ran, before) = std::thread::scope(|scope| {
        let command = scope.spawn(|| house.with(&held, &texts(&words)));
        waiting.is_asked();
        let listed = house.home.by("rater-1", &["key", "list"]).done();
        let key = listed["keys"][0].as_str().unwrap().to_owned();
        house.home.by("steward-1", &["key", "revoke", &key, "--member", "rater-1"]).done();
        let before = house.entries();
        for terminal in [&mut without, &mut console] {
            let bytes = terminal.ended();
            assert!(String::from_utf8_lossy(&bytes).contains("was revoked"));
        }
        let ran = command.join().unwrap();
        waiting.go.send(()).unwrap();
        (ran, before)
    });
    assert!(ran.code == 1 && ran.err.contains("was revoked"), "{} {}", ran.code, ran.err);
    assert_eq!(house.by("rater-1", &["status"]).code, 255);
    assert_eq!(house.with(&agent, &["status"]).code, 255);
    house.home.by("rater-1", &["status"]).refused("stranger");
    assert_eq!(house.entries(), before, "nothing is signed or attested any more");
}

/// Weakness: keys compared by anything but the hall's own ledger.
/// Scenario: a member of another hall comes with a key that is enrolled there.
/// Verified: refused, as any stranger.
#[test]
fn a_key_of_another_hall_is_a_strangers() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let other = Home::founded();
    let ran = finish(house.ssh_with(&other.key("steward")).args(["127.0.0.1", "status"]));
    assert_eq!(ran.code, 255);
    assert_eq!(ran.out, "");
}

/// Weakness: commands that take an id from whoever gives it.
/// Scenario: a rater shows, judges, rules on, reviews what isn't theirs; and does a steward's work.
/// Verified: the same refusals as at home, and blindness holds.
#[test]
fn roles_and_blindness_hold_from_afar() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let id = house.home.fresh();
    house.home.judge("rater-2", &id, Says::First).done();
    let shown = house.by("rater-1", &["item", "show", &id, "--json"]).done();
    assert_eq!(shown["judgements"].as_array().unwrap().len(), 0, "others' answers are hidden");
    let text = house.by("rater-1", &["ledger", "log", "--json"]).out;
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let key = keygen(&house.home, "x", &["-t", "ed25519"]).with_extension("pub");
    let key = std::fs::read_to_string(key).unwrap().trim().to_owned();
    for (words, rule) in [
        (vec!["item", "withdraw", &id, "--article", "11", "--reason", "x"], "steward-only"),
        (vec!["member", "add", "x", "--key", &key], "steward-only"),
        (vec!["adjudicate", &id, "--opinion", "x", "--answer", "correct@1=no"], "not-disputed"),
        (vec!["review", &id, "--sign"], "not-reviewable"),
        (vec!["erase", &id, "--entry", "234"], "erasure"),
    ] {
        let ran = house.with(&agent, &[&words[..], &["--json"]].concat());
        assert_eq!(ran.code, 1, "{words:?} {} {}", ran.out, ran.err);
        assert_eq!(ran.json["refused"]["rule"], rule, "{words:?}");
    }
    assert!(text.contains("hidden until settled"), "the log names no actor of an open item");
}

/// Weakness: a form that anybody may fill in, as often as they like.
/// Scenario: strangers file petitions one after the other, from one address and with many keys.
/// Verified: one a key, few an address; only who may attest them sees them; a granted one lets in, a declined one doesn't.
#[test]
fn a_petition_flood_stays_small() {
    if !has_ssh() {
        return;
    }
    let house = House::open(Home::demo(), "petitions = true\n", &[]);
    let file = |key: &std::path::Path, name: &str| {
        let mut command = Terminal::program("ssh", house.home.temp.path());
        command.args(house.options());
        command.args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i"]);
        command.arg(key);
        command.args(["-tt", "127.0.0.1"]);
        let mut terminal = Terminal::run(command, (100, 30));
        let screen = terminal.sees("Your name");
        assert!(!screen.contains("St. Demo"), "{screen}");
        terminal.press(&format!("{name}\u{1b}[2J\r"));
        terminal.sees("Where you work");
        terminal.press("A hospital\r");
        terminal.sees("What you are");
        terminal.press("Board certified\r");
        terminal.sees("Why you would");
        terminal.press("To help.\u{202e}\r");
        terminal.sees("File it?");
        terminal.press("y\r");
        let bytes = terminal.ended();
        assert!(!bytes.contains(&0x1b), "what is typed comes back without sequences");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let begun = Instant::now();
    let keys: Vec<_> = (0..2).map(|n| keygen(&house.home, &format!("asks-{n}"), &["-t", "ed25519"])).collect();
    for (n, key) in keys.iter().enumerate() {
        let said = file(key, &format!("person-{n}"));
        assert!(said.contains("Filed as entry"), "{said}");
    }
    let said = file(&keys[0], "person-0 again");
    assert!(said.contains("Nothing was filed") && !said.contains("too many petitions"), "one a key: {said}");
    let (mut filed, mut refused) = (2, false);
    while !refused {
        let said = file(&keygen(&house.home, &format!("floods-{filed}"), &["-t", "ed25519"]), "flood");
        refused = said.contains("too many petitions");
        assert!(refused || said.contains("Filed as entry"), "{said}");
        filed += usize::from(!refused);
        // three at once, the one that came to nothing included, then one a minute
        assert!(filed <= 2 + usize::try_from(begun.elapsed().as_secs() / 60).unwrap(), "{filed} were filed");
    }
    let waiting = house.home.run(&["member", "petitions"]).done();
    let waiting = waiting["petitions"].as_array().unwrap();
    assert_eq!(waiting.len(), filed);
    assert_eq!(waiting[0]["institution"], "A hospital");
    let entry = |n: usize| waiting[n]["petition"].as_u64().unwrap().to_string();
    let lines = house.entry(waiting[0]["petition"].as_u64().unwrap());
    assert!(!lines.iter().any(|line| line.to_string().contains("person-0")), "the ledger names nobody");
    house.home.run(&["member", "add", "newcomer", "--petition", &entry(0)]).done();
    house.home.run(&["member", "decline", &entry(1), "--reason", "Nobody knows them."]).done();
    assert_eq!(finish(house.ssh_with(&keys[0]).args(["127.0.0.1", "status", "--json"])).done()["handle"], "newcomer");
    let reads = finish(house.ssh_with(&keys[0]).args(["127.0.0.1", "member", "petitions", "--json"]));
    reads.refused("attestation");
    assert_eq!(finish(house.ssh_with(&keys[1]).args(["127.0.0.1", "status"])).code, 1);
    assert_eq!(house.home.run(&["member", "petitions"]).done()["petitions"].as_array().unwrap().len(), filed - 2);
    assert_eq!(house.home.ledger().done()["ok"], true);
    assert_eq!(house.home.run(&["ledger", "rebuild"]).done()["differed"], 0);
}

/// Weakness: a screen of the size that the client says.
/// Scenario: a terminal of 65535 by 65535 cells, and sizes that change fast.
/// Verified: the session works, and the server's memory stays small.
#[test]
fn a_terminal_beyond_all_size_is_drawn_small() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut terminal = house.terminal("rater-1", None, (80, 24));
    terminal.sees("Waiting for you");
    for size in [(65_535, 65_535), (1, 1), (65_535, 1), (1, 65_535), (65_535, 65_535)] {
        terminal.claim(size);
    }
    terminal.resize((90, 25));
    terminal.until("its own size", |screen, _| screen.contents_between(24, 0, 24, 89).contains("Enter open"));
    terminal.press("Q");
    terminal.ended();
    assert!(resident(&house) < 200, "{} MB", resident(&house));
}

/// Weakness: requests that are answered for ever.
/// Scenario: a client sets more variables than any has.
/// Verified: it is cut off; with few of them it works; others go on.
#[test]
fn endless_variables_end_the_connection() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let with = |count: usize| {
        let set: Vec<String> = (0..count).map(|n| format!("LC_V{n}=x")).collect();
        let mut ssh = house.ssh("rater-1");
        finish(ssh.arg("-o").arg(format!("SetEnv={}", set.join(" "))).args(["127.0.0.1", "status", "--json"]))
    };
    assert_eq!(with(10).code, 0);
    assert_eq!(with(200).code, 255);
    assert_eq!(house.by("rater-1", &["status", "--json"]).code, 0, "others go on");
}

/// Weakness: what clients say of themselves is shown or logged.
/// Scenario: sequences in TERM, the user's name, a key's comment, a handle's place, and in pasted text.
/// Verified: nothing of it reaches a terminal or the log as a sequence.
#[test]
fn sequences_from_clients_reach_nobody() {
    if !has_ssh() {
        return;
    }
    let house = House::open(Home::demo(), "petitions = true\n", &[]);
    let mut command = house.at_terminal("rater-1", None, &[]);
    command.env("TERM", "x\u{1b}]0;owned\u{7}\u{1b}[31m");
    let mut terminal = Terminal::run(command, (80, 24));
    terminal.sees("Waiting for you");
    terminal.press("\r");
    terminal.sees("of 7 given");
    terminal.press("e");
    terminal.press("\u{1b}[200~a\u{1b}]52;c;aGk=\u{7}b\u{202e}c\u{1b}[201~");
    terminal.sees("13 hidden characters of what was pasted were left out");
    terminal.press("\u{1b}");
    terminal.sees("0 of 7 given");
    terminal.press("Q");
    only_ours(&terminal.ended());
    let key = keygen(&house.home, "commented", &["-t", "ed25519", "-C", "\u{1b}[31mcomment"]);
    finish(house.ssh_with(&key).args(["127.0.0.1", "--", "'\u{1b}[31m'"]));
    let said = house.by("rater-1", &["\u{1b}[31mstatus"]);
    assert_eq!(said.code, 2);
    assert!(!said.err.contains('\u{1b}'), "{}", said.err);
    // OpenSSH's client sends no such name any more; others do
    log_in_as(&house, "\u{1b}[31mroot");
    assert!(house.log().matches("let in").count() >= 3, "{}", house.log());
    assert!(!house.log().contains('\u{1b}'), "{}", house.log());
}

struct AnyHost;

impl russh::client::Handler for AnyHost {
    type Error = russh::Error;
    async fn check_server_key(&mut self, _key: &russh::keys::PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

/// rater-1 with another client, under any name.
async fn logged_in(house: &House, (name, config): (&str, russh::client::Config)) -> russh::client::Handle<AnyHost> {
    let key = guildhall::hall::read_key(&house.home.key("rater-1")).unwrap();
    let key = russh::keys::PrivateKeyWithHashAlg::new(std::sync::Arc::new(key), None);
    let address = ("127.0.0.1", house.port);
    let mut client = russh::client::connect(std::sync::Arc::new(config), address, AnyHost).await.unwrap();
    assert!(client.authenticate_publickey(name, key).await.unwrap().success());
    client
}

/// Logs in under any name.
fn log_in_as(house: &House, name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    drop(runtime.block_on(logged_in(house, (name, russh::client::Config::default()))));
}

/// Weakness: output that piles up for whoever doesn't read.
/// Scenario: clients with small windows read the first of a long output, or of a console that draws, and then nothing more;
/// others work on.
/// Verified: others are served meanwhile, the server's memory stays small, and it ends within five seconds all the same.
#[test]
fn a_stalled_reader_holds_nobody_up() {
    if !has_ssh() {
        return;
    }
    let mut house = House::demo();
    let before = resident(&house);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let stalled: Vec<_> = (0..8).map(|n| runtime.block_on(stalls(&house, n % 2 == 0))).collect();
    let begun = Instant::now();
    assert_eq!(house.by("rater-2", &["status", "--json"]).code, 0);
    assert!(begun.elapsed() < Duration::from_secs(10), "others are served at once");
    assert!(resident(&house) < before + 100, "{} MB, {before} before", resident(&house));
    house.signal("TERM");
    let (took, _) = house.ended();
    assert!(took < Duration::from_secs(5), "{took:?}");
    drop(stalled);
}

type Stalled = (russh::client::Handle<AnyHost>, russh::Channel<russh::client::Msg>);

/// A client that reads the first of a command's output, or of a console's, and then no more.
async fn stalls(house: &House, is_console: bool) -> Stalled {
    let config = russh::client::Config {
        window_size: 2_048,
        maximum_packet_size: 1_024,
        channel_buffer_size: 1,
        ..russh::client::Config::default()
    };
    let client = logged_in(house, ("rater-1", config)).await;
    let mut channel = client.channel_open_session().await.unwrap();
    if is_console {
        channel.request_pty(false, "xterm-256color", 200, 60, 0, 0, &[]).await.unwrap();
        channel.request_shell(false).await.unwrap();
    } else {
        channel.exec(false, "ledger log --limit 100000 --json").await.unwrap();
    }
    loop {
        let came = tokio::time::timeout(Duration::from_secs(20), channel.wait()).await.expect("it begins");
        if matches!(came, Some(russh::ChannelMsg::Data { .. })) {
            break;
        }
        assert!(came.is_some(), "the session ended");
    }
    if is_console {
        for key in ["j", "k", "?", "?"].iter().cycle().take(40) {
            if tokio::time::timeout(Duration::from_millis(200), channel.data(key.as_bytes())).await.is_err() {
                break;
            }
        }
    }
    (client, channel)
}

/// Memory of the server, MB.
fn resident(house: &House) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.server.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Weakness: connections that say nothing hold places.
/// Scenario: many half-open connections from one address, some with half a greeting.
/// Verified: the address runs out of its bucket, is told nothing, and a later connection works.
#[test]
fn half_open_connections_hold_no_places() {
    if !has_ssh() {
        return;
    }
    let house = House::open(
        Home::demo(),
        "connections_at_once = 20\nconnections_a_minute = 600\n",
        &["--metrics", "127.0.0.1:0"],
    );
    let idle: Vec<_> = (0..40)
        .filter_map(|n| {
            let mut stream = TcpStream::connect(("127.0.0.1", house.port)).ok()?;
            if n % 2 == 0 {
                stream.write_all(b"SSH-2.0-half").ok()?;
            }
            Some(stream)
        })
        .collect();
    let refused = idle.iter().filter(|stream| {
        let mut byte = [0];
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        matches!((&**stream).read(&mut byte), Ok(0) | Err(_))
    });
    assert!(refused.count() >= 15, "most are refused at once");
    let begun = Instant::now();
    let mut answered = false;
    while !answered && begun.elapsed() < Duration::from_secs(20) {
        answered = house.by("rater-1", &["status", "--json"]).code == 0;
    }
    assert!(answered, "the bucket fills again");
    drop(idle);
}

/// Weakness: a host that opens a client's agent unasked.
/// Scenario: a client forwards its agent and runs a command that needs no signature, and one that does; another has the same
/// agent and doesn't forward it.
/// Verified: the server opens channels to the agent of the first, as the client's own log tells; none to that of the second.
#[test]
fn an_agent_that_isnt_offered_isnt_opened() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let words = judging(&house.home, &house.home.fresh());
    let opened = |forwarding: &str, words: &[String]| {
        let mut ssh = Command::new("ssh");
        ssh.args(["-vv", "-o", "LogLevel=DEBUG2"]).args(house.options()).arg(forwarding);
        ssh.env("SSH_AUTH_SOCK", &agent.socket).env("HOME", house.home.temp.path());
        let (done, said) = fed(ssh.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))), b"");
        assert!(done, "{said}");
        said.lines().filter(|line| line.contains("client_input_channel_open: ctype auth-agent@openssh.com")).count()
    };
    let (before, status) = (house.entries(), ["status".to_owned(), "--json".to_owned()]);
    assert_eq!(opened("-a", &status), 0);
    assert!(opened("-A", &status) > 0, "the same is seen where it is offered");
    assert_eq!(opened("-a", &words), 0, "not for a signature either: the hall attests it");
    let words = judging(&house.home, &house.home.fresh());
    assert!(opened("-A", &words) > 0);
    let judged = (before..house.entries()).map(|seq| house.entry(seq));
    let judged: Vec<_> = judged.filter(|entry| entry[1]["kind"] == "judgement.submitted").collect();
    assert_eq!(judged.iter().map(|entry| &entry[0]["signer"]).collect::<Vec<_>>(), ["host", "member"]);
}

/// Weakness: forwarding, files and other services that an SSH server usually has.
/// Scenario: port forwarding both ways, sftp, X11, a second shell.
/// Verified: all refused.
#[test]
fn nothing_else_is_served() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut remote = house.ssh("rater-1");
    let (_, said) =
        fed(remote.args(["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "127.0.0.1", "status"]), b"");
    assert!(said.contains("forwarding failed"), "{said}");
    let mut sftp = house.ssh("rater-1");
    let (done, _) = fed(sftp.args(["-s", "127.0.0.1", "sftp"]), b"");
    assert!(!done);
    let mut direct = house.ssh("rater-1");
    let (done, said) = fed(direct.args(["-W", "127.0.0.1:22", "127.0.0.1"]), b"");
    assert!(!done && said.contains("forwarding failed"), "{said}");
}

/// Weakness: one member takes all places.
/// Scenario: more consoles than one may have.
/// Verified: the next is refused in words; others get in.
#[test]
fn one_member_cant_fill_the_hall() {
    if !has_ssh() {
        return;
    }
    let house = House::open(Home::demo(), "sessions_of_a_member = 2\nsessions = 3\n", &[]);
    let open = |who| {
        let terminal = house.terminal(who, None, (80, 24));
        terminal.sees("Waiting for you");
        terminal
    };
    let held = [open("rater-1"), open("rater-1")];
    let more = house.by("rater-1", &["status"]);
    assert!(more.code == 1 && more.err.contains("too many sessions"), "{}", more.err);
    let other = open("rater-2");
    let full = house.by("rater-3", &["status"]);
    assert!(full.code == 1 && full.err.contains("full"), "{}", full.err);
    drop((held, other));
}

/// Weakness: certificates that anybody made, or that say nothing of who may use them.
/// Scenario: certificates of a trusted and of another authority; without principal, for another member, expired, for another
/// address, with an option that isn't known.
/// Verified: only the right one lets its member in.
#[test]
fn only_certificates_of_trusted_authorities_count() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let trusted = keygen(&home, "authority", &["-t", "ed25519"]);
    let other = keygen(&home, "other-authority", &["-t", "ed25519"]);
    let line = std::fs::read_to_string(trusted.with_extension("pub")).unwrap().trim().to_owned();
    let house = House::open(home, &format!("certificate_authorities = ['{line}']\n"), &[]);
    let key = keygen(&house.home, "short-lived", &["-t", "ed25519"]);
    let come = |authority: &std::path::Path, options: &[&str]| {
        let mut sign = Command::new("ssh-keygen");
        sign.args(["-q", "-s"]).arg(authority).args(["-I", "test"]).args(options).arg(key.with_extension("pub"));
        let (made, said) = fed(&mut sign, b"");
        assert!(made, "{said}");
        finish(house.ssh_with(&key).args(["127.0.0.1", "status", "--json"]))
    };
    assert_eq!(come(&trusted, &["-n", "rater-1"]).done()["handle"], "rater-1");
    assert_eq!(come(&trusted, &["-n", "rater-1", "-O", "source-address=127.0.0.0/8"]).code, 0);
    for (authority, options) in [
        (&other, vec!["-n", "rater-1"]),
        (&trusted, vec![]),
        (&trusted, vec!["-n", "nobody-here"]),
        (&trusted, vec!["-n", "rater-1", "-V", "20200101:20200102"]),
        (&trusted, vec!["-n", "rater-1", "-O", "source-address=192.0.2.0/24"]),
        (&trusted, vec!["-n", "rater-1", "-O", "critical:made-up=x"]),
        (&trusted, vec!["-h", "-n", "rater-1"]),
    ] {
        assert_eq!(come(authority, &options).code, 255, "{options:?}");
    }
    assert_eq!(finish(house.ssh_with(&house.home.path("authority")).args(["127.0.0.1", "status"])).code, 255);
    // a key that its member revoked isn't brought back by a certificate over it
    house.home.by("rater-1", &["key", "add", &key.with_extension("pub").display().to_string()]).done();
    assert_eq!(come(&trusted, &["-n", "rater-1"]).code, 0);
    let name = guildhall::domain::fingerprint_of(
        &std::fs::read_to_string(key.with_extension("pub")).unwrap().split(' ').take(2).collect::<Vec<_>>().join(" "),
    );
    house.home.by("rater-1", &["key", "revoke", &name]).done();
    assert_eq!(come(&trusted, &["-n", "rater-1"]).code, 255);
}
