//! `guildhall agent` when what it rests on fails: the agent that holds the key, the journal, its own life. Each as weakness,
//! scenario, what is verified.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::agents::{Comes, OwnAgent, SecurityKey, Waiting, is_act, string};
use crate::filtering::{FAILED, Filter, Honest, Host, SIGNED, judging};
use crate::house::{Agent, Held, House, fed, has, has_ssh, keygen, quoted};
use crate::support::{Home, finish};

/// rater-1's key behind an agent, with an honest act of theirs.
struct Upstream {
    home: Home,
    honest: Honest,
    agent: Agent,
}

impl Upstream {
    fn set() -> Self {
        let home = Home::demo();
        let honest = Honest::of(&home, "rater-1");
        let agent = Agent::holding(&home, "upstream", &[&home.key("rater-1")]);
        Self { home, honest, agent }
    }

    fn public(&self) -> PathBuf {
        self.home.hall.join("keys/rater-1.pub")
    }

    /// A filter over the key behind this agent.
    fn filter(&self, name: &str, (agent, flags): (&dyn Held, &[&str])) -> Filter {
        let mut command = Filter::command(&self.home, name, &self.public(), flags);
        command.env("SSH_AUTH_SOCK", agent.socket());
        Filter::run(&self.home, name, command)
    }

    /// An agent between a filter and the one that holds the key.
    fn between(&self, name: &str, comes: impl Fn(&[u8]) -> Comes + Send + Sync + 'static) -> OwnAgent {
        OwnAgent::at(&self.home.path(name), &self.agent.socket, comes)
    }
}

/// Weakness: the key goes, or its agent is locked, while the filter offers it.
/// Scenario: a key behind ssh-agent serves; the agent is locked and opened again; the key is taken out.
/// Verified: a signature while it can be given, a refusal while it can't, and the filter lives through all of it.
#[test]
fn a_key_behind_ssh_agent_serves_while_it_is_there() {
    if !has_ssh() {
        return;
    }
    let scene = Upstream::set();
    let mut filter = scene.filter("filter", (&scene.agent, &[]));
    let socket = filter.socket.display().to_string();
    let (listed, said) = fed(Command::new("ssh-add").arg("-l").env("SSH_AUTH_SOCK", &socket), b"");
    assert!(listed && said.lines().count() == 1, "{said}");
    let mut host = Host::of(&filter);
    assert_eq!(host.acts(&scene.honest), SIGNED);

    let word = scene.home.file("word", "#!/bin/sh\necho secret\n");
    assert!(Command::new("chmod").args(["700", &word]).status().unwrap().success());
    let lock = |option: &str| {
        let mut add = Command::new("ssh-add");
        add.arg(option).env("SSH_AUTH_SOCK", &scene.agent.socket);
        fed(add.env("SSH_ASKPASS", &word).env("SSH_ASKPASS_REQUIRE", "force"), b"")
    };
    let (locked, said) = lock("-x");
    assert!(locked, "{said}");
    assert_eq!(host.acts(&scene.honest), FAILED, "locked");
    filter.says("is locked");
    assert!(lock("-X").0);
    assert_eq!(host.acts(&scene.honest), SIGNED, "opened again");

    scene.agent.ask(&["-D"], b"");
    assert_eq!(host.acts(&scene.honest), FAILED, "the key is gone");
    assert!(filter.runs());
    // written down first, whether the key could be used or not
    assert_eq!(filter.journal().len(), 4);
}

/// Weakness: an ssh client freezes over an agent that doesn't answer.
/// Scenario: the agent that holds the key takes its time over a signature; another never answers.
/// Verified: meanwhile other connections are served; the slow signature comes; the one that never does is answered with a
/// no in time, and the connection goes on.
#[test]
fn a_slow_or_mute_agent_holds_up_nobody_else() {
    if !has_ssh() {
        return;
    }
    let scene = Upstream::set();
    let (waiting, comes) = Waiting::acts();
    let slow = scene.between("slow", comes);
    let filter = scene.filter("over-slow", (&slow, &[]));
    let mut host = Host::of(&filter);
    host.shows(&scene.honest);
    host.send(&Host::signing(&scene.honest.blob, &scene.honest.data(), 0));
    waiting.is_asked();
    let mut other = Host::of(&filter);
    assert_eq!(other.ask(&[11])[4], 1, "another is served");
    other.shows(&scene.honest);
    waiting.go.send(()).unwrap();
    assert_eq!(host.answer()[0], SIGNED);

    let silent = Arc::new(AtomicUsize::new(0));
    let said = Arc::clone(&silent);
    // mute over the first act alone
    let mute = scene.between("mute", move |frame| match is_act(frame) && said.fetch_add(1, Ordering::SeqCst) == 0 {
        true => Comes::Nothing,
        false => Comes::Theirs,
    });
    let filter = scene.filter("over-mute", (&mute, &["--wait", "1"]));
    let mut host = Host::of(&filter);
    assert_eq!(host.acts(&scene.honest), FAILED);
    filter.says("the agent didn't answer within 1 seconds");
    // where the machine is so slow that a signature takes longer than a second, it is asked for again
    assert!((0..20).any(|_| host.acts(&scene.honest) == SIGNED));
    assert!(silent.load(Ordering::SeqCst) >= 2);
}

/// Weakness: an agent that signs something else than it was asked to.
/// Scenario: the agent that holds the key answers with a signature over another text, with one that was made up, with noise.
/// Verified: no signature leaves the filter that isn't one over the act.
#[test]
fn a_wrong_signature_doesn_t_leave() {
    if !has_ssh() {
        return;
    }
    let scene = Upstream::set();
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let lies = scene.between("lies", move |frame| {
        if !is_act(frame) {
            return Comes::Theirs;
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => {
                // the last bytes are the flags; before them stands the text's hash
                let mut other = frame.to_vec();
                let at = other.len() - 10;
                other[at] ^= 1;
                Comes::TheirsTo(other)
            }
            1 => Comes::This([vec![14], string(&[string(b"ssh-ed25519"), string(&[7; 64])].concat())].concat()),
            2 => Comes::This(vec![14, 0, 0, 0, 1, 0]),
            _ => Comes::Theirs,
        }
    });
    let filter = scene.filter("filter", (&lies, &[]));
    let mut host = Host::of(&filter);
    for what in ["over another text", "made up", "noise"] {
        assert_eq!(host.acts(&scene.honest), FAILED, "{what}");
    }
    filter.says("the agent signed something else");
    assert_eq!(host.acts(&scene.honest), SIGNED);
    assert_eq!(tries.load(Ordering::SeqCst), 4);
}

/// Weakness: a signature that was given and isn't written down.
/// Scenario: the disk is full when an act is to be written down; later there is room again.
/// Verified: nothing is signed meanwhile, the key isn't even asked for; no half line stays; afterwards it signs again.
#[test]
fn on_a_full_disk_nothing_is_signed() {
    if !has_ssh() || !has(&["prlimit"]) {
        return;
    }
    let scene = Upstream::set();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let counting = scene.between("counting", move |frame| {
        count.fetch_add(usize::from(is_act(frame)), Ordering::SeqCst);
        Comes::Theirs
    });
    let filter = scene.filter("filter", (&counting, &[]));
    assert_eq!(Host::of(&filter).acts(&scene.honest), SIGNED);
    let (whole, length) = (filter.journal(), std::fs::metadata(&filter.journal).unwrap().len());
    drop(filter);

    // a file may be no longer than half a line more; the kernel cuts the write short there, as a full disk does
    let plain = {
        let mut command = Filter::command(&scene.home, "filter", &scene.public(), &[]);
        command.env("SSH_AUTH_SOCK", counting.socket());
        command
    };
    let room = length + length / 2;
    let mut limited = Command::new("prlimit");
    limited.arg(format!("--fsize={room}")).args(["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    limited.arg(plain.get_program()).args(plain.get_args());
    limited.env("SSH_AUTH_SOCK", counting.socket()).env("HOME", scene.home.temp.path());
    let filter = Filter::run(&scene.home, "filter", limited);
    let mut host = Host::of(&filter);
    assert_eq!(host.acts(&scene.honest), FAILED);
    filter.says("it can't be written down first");
    assert_eq!(host.acts(&scene.honest), FAILED, "and so it stays");
    assert_eq!(
        (asked.load(Ordering::SeqCst), filter.journal()),
        (1, whole),
        "no half line, and the key wasn't asked for"
    );
    drop((host, filter));

    let filter = scene.filter("filter", (&counting, &[]));
    assert_eq!(Host::of(&filter).acts(&scene.honest), SIGNED, "there is room again");
    assert_eq!((asked.load(Ordering::SeqCst), filter.journal().len()), (2, 2));
}

/// Weakness: an agent that signs first and writes down then.
/// Scenario: when the key is asked for, the journal on the disk is looked at; then the agent is killed before the signature
/// comes.
/// Verified: each signature that is asked of the key stands in the journal by then; after the kill it is whole, and it goes on.
#[test]
fn killed_between_journal_and_signature_nothing_is_missing() {
    if !has_ssh() {
        return;
    }
    let scene = Upstream::set();
    let (waiting, comes) = Waiting::acts();
    let journal = scene.home.path("filter.jsonl");
    let written = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&written);
    let held = scene.between("held", move |frame| {
        if is_act(frame) {
            let text = std::fs::read_to_string(&journal).unwrap();
            seen.lock().unwrap().push(text.lines().count());
        }
        comes(frame)
    });
    let mut filter = scene.filter("filter", (&held, &[]));
    let mut host = Host::of(&filter);
    host.shows(&scene.honest);
    host.send(&Host::signing(&scene.honest.blob, &scene.honest.data(), 0));
    waiting.is_asked();
    filter.kill();
    assert!(host.answer().is_empty(), "no signature left");
    waiting.go.send(()).unwrap();

    let filter = scene.filter("filter", (&held, &[]));
    assert_eq!(filter.journal().len(), 1, "what was about to be signed stands there");
    waiting.go.send(()).unwrap();
    assert_eq!(Host::of(&filter).acts(&scene.honest), SIGNED);
    assert_eq!(*written.lock().unwrap(), [1, 2], "each was on the disk before the key was asked for");
    assert_eq!(filter.journal().len(), 2);
}

/// Weakness: keys of another kind, whose signatures hold more than a signature.
/// Scenario: a member whose only key is a security key, behind an agent, forwards the filter over it.
/// Verified: their judgement is signed by it, as ssh-keygen checks, and stands in the journal.
#[test]
fn a_security_key_signs_through_it() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let pair = keygen(&house.home, "p256", &["-t", "ecdsa", "-b", "256"]);
    let token = SecurityKey::Ecdsa(Box::new(guildhall::hall::read_key(&pair).unwrap()));
    let public = PathBuf::from(house.home.file("token.pub", token.line()));
    crate::signing::admit(&house, "token", &public);
    let token = token.behind(&house.home.path("token.sock"));
    let mut command = Filter::command(&house.home, "filter", &public, &[]);
    command.env("SSH_AUTH_SOCK", token.socket());
    let filter = Filter::run(&house.home, "filter", command);

    let mut ssh = Command::new("ssh");
    ssh.args(house.options()).arg("-o").arg(format!("ForwardAgent={}", filter.socket.display()));
    ssh.env("SSH_AUTH_SOCK", token.socket()).env("HOME", house.home.temp.path()).stdin(std::process::Stdio::null());
    let words = judging(&house.home, &house.home.fresh());
    let done = finish(ssh.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word)))).done();
    house.signed_by(done["event"].as_u64().unwrap(), Path::new(&public));
    assert_eq!(filter.journal().len(), 1);
    assert_eq!(house.home.ledger().done()["ok"], true);
}
