//! `guildhall agent` and `audit --me`, through the real ssh and at the agent's socket.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::Value;

use crate::agents::string;
use crate::filtering::{FAILED, Filter, Honest, Host, NO, SIGNED, Scene, judging, signed_data, texts, with};
use crate::house::{Agent, House, has_ssh, keygen};
use crate::support::{Home, finish, guildhall};

#[test]
fn it_signs_what_it_shows() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let filter = Filter::start(&house.home, "filter", &house.home.key("rater-1"), &[]);
    let id = house.home.fresh();
    let done = with(&house, (&filter, "rater-1"), &texts(&judging(&house.home, &id))).done();
    let seq = done["event"].as_u64().unwrap();
    house.signed_by(seq, &house.home.hall.join("keys/rater-1.pub"));
    let journal = filter.journal();
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0]["kind"], "judgement.submitted");
    assert_eq!(journal[0]["host"], house.host_key.as_str(), "OpenSSH says where it goes");
    let words = journal[0]["words"].as_str().unwrap();
    assert!(words.contains(&id) && words.contains("answers.correct@1 = no") && words.contains("Because."), "{words}");
    // a steward's act isn't a daily one
    let refused = with(&house, (&filter, "rater-1"), &["key", "revoke", "SHA256:xxxx"]);
    assert_ne!(refused.code, 0);
    let line = std::fs::read_to_string(keygen(&house.home, "more", &["-t", "ed25519"]).with_extension("pub")).unwrap();
    let refused = with(&house, (&filter, "rater-1"), &["key", "add", line.trim()]);
    assert!(refused.code == 1 && refused.err.contains("declined"), "{}", refused.err);
    assert_eq!(filter.journal().len(), 1);

    // the log, on the member's own machine
    with(&house, (&filter, "rater-1"), &texts(&judging(&house.home, &house.home.fresh()))).done();
    let log = house.home.path("log");
    house.home.run(&["ledger", "export", &log.display().to_string()]).done();
    let audit = |journal: &Path| {
        let mut command = guildhall();
        command.args(["audit", "--me", "--json", "--key"]).arg(house.home.hall.join("keys/rater-1.pub"));
        finish(command.arg("--journal").arg(journal).arg(&log).env("HOME", house.home.temp.path()))
    };
    let honest = audit(&filter.journal).done();
    assert_eq!(honest["faults"].as_array().unwrap().len(), 0, "{honest}");
    assert!(honest["acts"].as_array().unwrap().iter().any(|act| act["seq"] == seq));
    // a line of the journal that was changed, or taken out, is found; and one that the log lacks
    let text = std::fs::read_to_string(&filter.journal).unwrap();
    let changed = house.home.file("changed.jsonl", text.replacen("correct@1 = no", "correct@1 = yes", 1));
    assert_eq!(audit(Path::new(&changed)).code, 2);
    let cut = house.home.file("cut.jsonl", text.split_inclusive('\n').skip(1).collect::<String>());
    assert_eq!(audit(Path::new(&cut)).code, 2);
    with(&house, (&filter, "rater-1"), &texts(&judging(&house.home, &house.home.fresh()))).done();
    let behind = audit(&filter.journal);
    assert_eq!(behind.code, 1, "the exported log is older than what was signed");
    assert!(behind.json["faults"][0].as_str().unwrap().contains("isn't in this ledger"), "{}", behind.json);
}

#[test]
fn the_block_it_prints_for_ssh_forwards_it() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let signing = |filter: &Filter, own: Option<&Agent>| {
        let told = filter.says("ControlPath none");
        let block = told.split("~/.ssh/config:\n\n").nth(1).unwrap().replace("HOST", "guild");
        let known = house.home.path("known_hosts");
        let more =
            format!("    HostName 127.0.0.1\n    Port {}\n    UserKnownHostsFile {}\n", house.port, known.display());
        let config = house.home.file("ssh_config", format!("{}\n{more}", block.trim_end()));
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", &config, "-o", "BatchMode=yes", "guild", "status", "--json"]).env_remove("SSH_AUTH_SOCK");
        own.iter().for_each(|own| {
            ssh.env("SSH_AUTH_SOCK", &own.socket);
        });
        let status = finish(ssh.env("HOME", house.home.temp.path()).stdin(Stdio::null())).done();
        (status["handle"].clone(), status["signing"].clone())
    };
    let expected = ("rater-1".into(), "member".into());
    let over_file = Filter::start(&house.home, "over a file", &house.home.key("rater-1"), &[]);
    assert_eq!(signing(&over_file, None), expected);
    // with an agent of one's own, which may hold other keys
    let own = Agent::holding(&house.home, "own.agent", &[&house.home.key("rater-2")]);
    assert_eq!(signing(&over_file, Some(&own)), expected);
    drop(over_file);
    let holding = Agent::holding(&house.home, "holding.agent", &[&house.home.key("rater-1")]);
    let public = house.home.hall.join("keys/rater-1.pub");
    let mut command = Filter::command(&house.home, "over an agent", &public, &[]);
    command.env("SSH_AUTH_SOCK", &holding.socket);
    let over_agent = Filter::run(&house.home, "over an agent", command);
    assert_eq!(signing(&over_agent, Some(&holding)), expected);
}

#[test]
fn a_long_batch_is_signed_with_one_signature() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let filter = Filter::start(&house.home, "filter", &house.home.key("rater-1"), &[]);
    let open = |guild: &str| house.home.ids(guild, Some("open"));
    let mut drafted = 0;
    for id in [open("cardiology"), open("civil-engineering")].concat() {
        let mut words = judging(&house.home, &id);
        words.push("--draft".to_owned());
        drafted += usize::from(with(&house, (&filter, "rater-1"), &texts(&words)).code == 0);
    }
    assert!(drafted > 12, "{drafted}");
    let done = with(&house, (&filter, "rater-1"), &["judge", "--all-drafts", "--json"]).done();
    let judged = done["judged"].as_array().unwrap();
    assert_eq!((judged.len(), filter.journal().len()), (drafted, drafted));
    assert!(judged.iter().all(|one| one["receipt"]["signed_by"] == "member"), "{done}");
    house.signed_by(judged[0]["receipt"]["event"].as_u64().unwrap(), &house.home.hall.join("keys/rater-1.pub"));
}

/// Weakness: an agent signs whatever it is asked to.
/// Scenario: a host asks for a login, for other namespaces and hashes, for texts it never showed, or twice.
/// Verified: none is signed.
#[test]
fn only_what_was_shown_is_signed() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    let (honest, blob) = (&scene.honest, scene.honest.blob.as_slice());
    assert_eq!(scene.host().sign(blob, &honest.data(), 0), FAILED, "a text that was never shown");
    assert_eq!(scene.host().sign(blob, b"\0\0\0\x20login", 0), FAILED, "a login");
    let mut host = scene.ready();
    assert_eq!(host.sign(blob, b"\0\0\0\x20login", 0), FAILED, "a login after a text");
    assert_eq!(host.sign(blob, &honest.data(), 0), FAILED, "one text, one try");
    for (what, data) in [
        ("another namespace", signed_data(b"git", b"sha512", &honest.text)),
        ("another hash", signed_data(b"guildhall-ledger-v1", b"sha256", &honest.text)),
        ("bytes after", [honest.data(), vec![0]].concat()),
    ] {
        assert_eq!(scene.ready().sign(blob, &data, 0), FAILED, "{what}");
    }
    assert_eq!(scene.ready().sign(blob, &honest.data(), 4), FAILED, "flags that the key has none of");
    assert_eq!(scene.host().text(&honest.text), NO, "a manifest whose core wasn't shown");
    assert_eq!(scene.filter.journal().len(), 0);
}

/// Weakness: what is shown isn't what is signed.
/// Scenario: cores in another form, of another key, of unknown kinds; parts that are missing or changed.
/// Verified: none is taken.
#[test]
fn nothing_is_taken_but_acts_in_their_one_form() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    for (from, to) in [
        ("\"v\":1", "\"v\": 1"),
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":1,\"w\":1"),
        ("\"v\":1", "\"v\":1,\"v\":1"),
        ("\"key\":\"SHA256:", "\"key\":\"SHA256:x"),
        ("judgement.submitted", "judgement.made"),
    ] {
        assert_eq!(scene.changed(from, to), NO, "{to}");
    }
    let parts = scene.honest.parts();
    assert_eq!(scene.host().show(b"{", &parts), NO, "no JSON");
    assert_eq!(scene.host().show(&scene.honest.core, &parts[1..]), NO, "a part isn't shown");
    let lie: Vec<u8> = parts[0].1.iter().rev().copied().collect();
    let lies = [&[(parts[0].0, lie.as_slice())], &parts[1..]].concat();
    assert_eq!(scene.host().show(&scene.honest.core, &lies), NO, "another part");
    assert_eq!(scene.host().show(&[b' '; 70_000], &[]), NO, "larger than an entry");
}

/// Weakness: a host that serves other halls, or shows another history.
/// Scenario: after one honest act, acts of another hall, over a smaller ledger, over another one of the same size.
/// Verified: none is taken.
#[test]
fn halls_and_histories_are_kept_apart() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    assert_eq!(scene.ready().sign(&scene.honest.blob, &scene.honest.data(), 0), SIGNED, "the honest act itself");
    let core: Value = serde_json::from_slice(&scene.honest.core).unwrap();
    let hall = core["hall"].as_str().unwrap();
    let other = format!("h_{}", "a".repeat(hall.len() - 2));
    assert_eq!(scene.changed(&format!("\"hall\":\"{hall}\""), &format!("\"hall\":\"{other}\"")), NO, "another hall");
    let size = core["seen"]["size"].as_u64().unwrap();
    let back = (format!("\"size\":{size}"), format!("\"size\":{}", size - 1));
    assert_eq!(scene.changed(&back.0, &back.1), NO, "a smaller head than was signed over");
    let root = core["seen"]["root"].as_str().unwrap();
    let mut parted = root.to_owned();
    parted.replace_range(..1, if root.starts_with('A') { "B" } else { "A" });
    assert_eq!(scene.changed(root, &parted), NO, "another root at its size");
    assert_eq!(scene.filter.journal().len(), 1, "one act was signed, and it is written down");
}

/// Weakness: messages that an agent takes from its own user, or without end.
/// Scenario: adding keys, removing them, locking, unknown extensions, refusals by the dozen, a frame of 4 GiB.
/// Verified: all refused; the connection is closed at last, and nothing is allocated.
#[test]
fn hosts_do_not_manage_the_agent() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    for (what, frame) in [
        ("adding a key", vec![17, 0]),
        ("removing all", vec![19]),
        ("locking", [vec![22], string(b"x")].concat()),
        ("an unknown extension", [vec![27], string(b"nonsense@example.org")].concat()),
    ] {
        assert_eq!(scene.host().ask(&frame)[0], FAILED, "{what}");
    }
    let mut host = scene.host();
    let answered = (0..40).take_while(|_| !host.ask(&[99]).is_empty()).count();
    assert!(answered < 33, "a connection that only asks is closed");
    let mut host = scene.host();
    host.0.write_all(&u32::MAX.to_be_bytes()).unwrap();
    assert_eq!(host.0.read(&mut [0]).unwrap(), 0, "a frame of 4 GiB is none");
}

#[test]
fn a_binding_for_a_login_hides_the_key() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    // the guild key is not offered for logging in, so a login with -i works beside it
    let filter = Filter::start(&house.home, "filter", &house.home.key("rater-2"), &[]);
    let status = with(&house, (&filter, "rater-1"), &["status", "--json"]).done();
    assert_eq!(status["handle"], "rater-1");
    assert_eq!(status["signing"], "host", "the filter's key is another member's");
    // a pinned host: another one gets no act taken
    let pinned = Filter::start(&house.home, "pinned", &house.home.key("rater-1"), &["--host", "SHA256:elsewhere"]);
    let id = house.home.fresh();
    let refused = with(&house, (&pinned, "rater-1"), &texts(&judging(&house.home, &id)));
    let state = house.home.by("rater-1", &["item", "show", &id]).done();
    assert!(
        refused.code == 1
            || house.entry(house.home.ledger().done()["entries"].as_u64().unwrap() - 1)[0]["signer"] == "host",
        "{state}"
    );
    assert_eq!(pinned.journal().len(), 0);
    let right = Filter::start(&house.home, "right", &house.home.key("rater-3"), &["--host", &house.host_key]);
    assert_eq!(with(&house, (&right, "rater-3"), &texts(&judging(&house.home, &house.home.fresh()))).code, 0);
    assert_eq!(right.journal().len(), 1);
}

#[test]
fn without_a_journal_nothing_is_signed() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let honest = Honest::of(&home, "rater-1");
    let filter = Filter::start(&home, "filter", &home.key("rater-1"), &[]);
    let second = {
        let mut command = guildhall();
        command.arg("agent").arg("--key").arg(home.key("rater-1")).arg("--socket").arg(home.path("x.d/agent.sock"));
        finish(command.arg("--journal").arg(&filter.journal).env("HOME", home.temp.path()))
    };
    assert!(second.code == 2 && second.err.contains("another agent"), "{}", second.err);
    let same = {
        let mut command = guildhall();
        command.arg("agent").arg("--key").arg(home.key("rater-2")).arg("--socket").arg(&filter.socket);
        finish(command.arg("--journal").arg(home.path("y.jsonl")).env("HOME", home.temp.path()))
    };
    assert!(same.code == 2 && same.err.contains("listens there already"), "{}", same.err);
    // a torn last line is cut off; a changed one stops the agent
    let mut host = Host::of(&filter);
    for _ in 0..2 {
        assert_eq!(host.acts(&honest), SIGNED);
    }
    let journal = filter.journal.clone();
    drop(host);
    drop(filter);
    let whole = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, format!("{whole}{{\"torn")).unwrap();
    let again = Filter::start(&home, "filter", &home.key("rater-1"), &[]);
    assert_eq!(again.journal().len(), 2);
    drop(again);
    std::fs::write(&journal, whole.replacen("judgement", "judgemenu", 1)).unwrap();
    let mut command = guildhall();
    command.arg("agent").arg("--key").arg(home.key("rater-1")).arg("--socket").arg(home.path("z.d/agent.sock"));
    let broken = finish(command.arg("--journal").arg(&journal).env("HOME", home.temp.path()));
    assert!(broken.code == 2 && broken.err.contains(":2:"), "{}", broken.err);
}

/// What ssh says of where a connection goes: the host's key, the session, the host's signature, and whether it is forwarded.
fn binding(host: &SigningKey, signed: &[u8], forwarding: u8) -> Vec<u8> {
    let kind = string(b"ssh-ed25519");
    let blob = [kind.clone(), string(host.verifying_key().as_bytes())].concat();
    let signature = [kind, string(&host.sign(signed).to_bytes())].concat();
    let name = string(b"session-bind@openssh.com");
    [vec![27], name, string(&blob), string(SESSION), string(&signature), vec![forwarding]].concat()
}

const SESSION: &[u8] = b"the id of a session";
const BOUND: u8 = 6;

/// Weakness: a binding is believed because it is there.
/// Scenario: one whose host didn't sign it; a second one, as a host in the middle sends when it forwards the agent on; one
/// for a login; one that ends in the middle.
/// Verified: only the one that its host signed, once, for forwarding, gets acts taken; and it is written down.
#[test]
fn a_binding_counts_once_and_signed_by_its_host() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    let (here, elsewhere) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let takes = |host: &mut Host| host.show(&scene.honest.core, &scene.honest.parts());
    let keys = |host: &mut Host| host.ask(&[11])[4];

    let mut host = scene.host();
    assert_eq!(host.ask(&binding(&here, b"another session", 1)), [FAILED], "forged");
    assert_eq!((takes(&mut host), keys(&mut host)), (NO, 0), "nothing more is done over it");
    assert_eq!(host.ask(&binding(&here, SESSION, 1)), [FAILED], "nor is it mended by a right one");

    let mut host = scene.host();
    assert_eq!(host.ask(&binding(&here, SESSION, 1)), [BOUND]);
    assert_eq!(host.ask(&binding(&elsewhere, SESSION, 1)), [FAILED], "forwarded on");
    assert_eq!((takes(&mut host), keys(&mut host)), (NO, 0));

    let mut host = scene.host();
    host.shows(&scene.honest);
    assert_eq!(host.ask(&binding(&here, SESSION, 0)), [BOUND], "for a login");
    assert_eq!((takes(&mut host), keys(&mut host)), (NO, 0));

    let whole = binding(&here, SESSION, 1);
    let mut host = scene.host();
    assert_eq!(host.ask(&whole[..whole.len() - 30]), [FAILED], "cut short");
    assert_eq!(takes(&mut host), NO);

    assert_eq!(scene.filter.journal().len(), 0);
    let mut host = scene.host();
    assert_eq!(host.ask(&whole), [BOUND]);
    assert_eq!((keys(&mut host), host.acts(&scene.honest)), (1, SIGNED));
    let name = format!("{}\n", public_line(&here));
    let named = guildhall::domain::fingerprint_of(name.trim());
    assert_eq!(scene.filter.journal()[0]["host"], named.as_str(), "the host that asked is written down");
}

fn public_line(key: &SigningKey) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let blob = [string(b"ssh-ed25519"), string(key.verifying_key().as_bytes())].concat();
    format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
}

/// Weakness: an agent that a host keeps busy, or has sign without end.
/// Scenario: more connections than any session needs, held open; an honest act asked for as fast as it goes.
/// Verified: the connections beyond the limit are closed, and their places are free again when the others go; signatures come
/// no faster than a person gives them, and are all written down.
#[test]
fn a_flood_is_slowed_and_bounded() {
    if !has_ssh() {
        return;
    }
    let scene = Scene::set();
    // a connection that is closed takes no more, or gives nothing back
    let answered = |mut host: Host| {
        let sent = host.0.write_all(&string(&[11]));
        (sent.is_ok() && !host.answer().is_empty()).then_some(host)
    };
    let held: Vec<Host> = (0..40).map(|_| scene.host()).collect();
    let open: Vec<Host> = held.into_iter().filter_map(answered).collect();
    assert_eq!(open.len(), 32);
    drop(open);
    let begun = Instant::now();
    let mut host = loop {
        assert!(begun.elapsed().as_secs() < 60, "places are free again");
        if let Some(host) = answered(scene.host()) {
            break host;
        }
    };

    let (begun, mut signed) = (Instant::now(), 0);
    // a machine so slow that sixty take a minute doesn't meet the limit
    while begun.elapsed().as_secs() < 50 && host.acts(&scene.honest) == SIGNED {
        signed += 1;
        assert!(signed <= 60, "sixty at once, then one a second");
    }
    assert_eq!(scene.filter.journal().len(), signed);
}

const HOSTILE: &str = "fine\r\n  answers.correct@1 = yes\nsigned: review.signed\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{202e}gnihton\u{200b}\u{85}x\u{2028}y\u{e0041}";

/// Nothing that a terminal does but lines; no text of an act begins a line.
#[track_caller]
fn harmless(told: &str) {
    let hidden = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{2028}\u{e0041}".contains(c);
    assert!(!told.contains(hidden), "{told:?}");
    assert!(told.contains("‹U+202E") && told.contains("‹OSC 52"), "what it hid is shown: {told}");
    assert!(!told.lines().any(|line| line.starts_with("signed: review.signed")), "{told}");
    assert!(!told.lines().any(|line| line.starts_with("  answers.correct@1 = yes")), "{told}");
}

/// Weakness: what an act says goes to the terminal of whoever reads it.
/// Scenario: a rationale with line ends that look like the agent's own lines, and sequences that a terminal obeys.
/// Verified: where it is told and where a yes is asked for, it does nothing and stands for nothing else.
#[test]
fn hostile_words_are_shown_harmlessly() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let honest = Honest::saying(&home, "rater-1", HOSTILE);
    let filter = Filter::start(&home, "tells", &home.key("rater-1"), &[]);
    assert_eq!(Host::of(&filter).acts(&honest), SIGNED);
    let told = filter.says("    | y");
    harmless(&told);
    assert_eq!(told.lines().filter(|line| line.starts_with("signed: ")).count(), 1);
    assert_eq!(filter.journal().len(), 1);
    drop(filter);

    let asked = home.path("asked");
    let program = script(&home, "asks", &format!("printf '%s' \"$1\" > '{}'\nexit 0", asked.display()));
    let mut command = Filter::command(&home, "asks-first", &home.key("rater-1"), &["--ask"]);
    command.env("SSH_ASKPASS", program);
    let filter = Filter::run(&home, "asks-first", command);
    assert_eq!(Host::of(&filter).acts(&honest), SIGNED);
    let question = std::fs::read_to_string(&asked).unwrap();
    harmless(&question);
    assert!(question.ends_with("asked by host unknown\nSign this?"), "{question}");
}

/// A program of the test's own.
fn script(home: &Home, name: &str, lines: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = home.file(name, format!("#!/bin/sh\n{lines}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// Weakness: a yes that nobody gave.
/// Scenario: asked first, its holder says yes, says no, or says nothing; then a host puts more questions than may wait.
/// Verified: only the yes signs; a question nobody answers ends in time, and its program with it; questions beyond the few
/// that may wait are refused at once; nothing is written down but what was signed.
#[test]
fn asked_first_it_signs_only_on_a_yes() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let honest = Honest::of(&home, "rater-1");
    let asking = |name: &str, program: &str, flags: &[&str]| {
        let flags = [&["--ask"], flags].concat();
        let mut command = Filter::command(&home, name, &home.key("rater-1"), &flags);
        command.env("SSH_ASKPASS", program);
        Filter::run(&home, name, command)
    };
    for (program, answer, written) in [("true", SIGNED, 1), ("false", FAILED, 0)] {
        let filter = asking(program, program, &[]);
        assert_eq!(Host::of(&filter).acts(&honest), answer, "{program}");
        assert_eq!(filter.journal().len(), written);
    }
    let asked = home.path("silent.pid");
    let silent = script(&home, "silent", &format!("echo $$ >> '{}'\nexec sleep 1000", asked.display()));
    let filter = asking("silent-agent", &silent, &["--wait", "2"]);
    assert_eq!(Host::of(&filter).acts(&honest), FAILED);
    filter.says("nobody answered in time");
    // where the machine is so slow that it was taken back before it began, there is nothing to see
    let id = std::fs::read_to_string(&asked).unwrap_or_default().trim().to_owned();
    let begun = Instant::now();
    while !std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default().is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "the question is taken back");
    }

    // a flood of questions: a few wait, each on its own connection, and none holds up another's refusal
    let patient = asking("patient-agent", &silent, &["--wait", "1000"]);
    let mut waiting: Vec<Host> = (0..7).map(|_| Host::of(&patient)).collect();
    for host in &mut waiting {
        host.shows(&honest);
        host.send(&Host::signing(&honest.blob, &honest.data(), 0));
    }
    let (told, answers) = std::sync::mpsc::channel();
    for mut host in waiting {
        let told = told.clone();
        // one that waits ends with its agent, when nobody listens any more
        std::thread::spawn(move || told.send(host.answer()));
    }
    for _ in 0..3 {
        assert_eq!(answers.recv_timeout(Duration::from_secs(60)).unwrap(), [FAILED], "four wait, three are refused");
    }
    assert!(answers.try_recv().is_err());
    assert_eq!((filter.journal().len(), patient.journal().len()), (0, 0));
    drop(patient);
    for id in std::fs::read_to_string(&asked).unwrap_or_default().lines() {
        // the first is gone already
        let _ = Command::new("kill").arg(id).stderr(Stdio::null()).status();
    }
}
