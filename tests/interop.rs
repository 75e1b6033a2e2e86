//! Programs that share nothing with this one read what it signs: `ssh-keygen` its signatures, Go's sumdb packages its
//! heads and proofs, and keys behind `ssh-agent` sign. A missing program is told and skipped, unless
//! `GUILDHALL_TESTS=full` asks for all of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use support::{GUILD, Home, Says, answers};

/// Whether `program` can be started.
fn has(program: &str) -> bool {
    let found = Command::new("which").arg(program).stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !found {
        assert!(std::env::var("GUILDHALL_TESTS").as_deref() != Ok("full"), "{program} is needed for this test");
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// Runs a program with `input`; whether it succeeded, and what it printed.
fn run(command: &mut Command, input: &[u8]) -> (bool, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Line 3 of an entry with its line feed, its signature in PEM form, and its author.
fn signed(entry: &str) -> (String, String, String) {
    let lines: Vec<&str> = entry.lines().collect();
    let header: Value = serde_json::from_str(lines[0]).unwrap();
    let core: Value = serde_json::from_str(lines[1]).unwrap();
    let sig = header["sig"].as_str().unwrap().as_bytes();
    assert_eq!(BASE64_STANDARD.encode(BASE64_STANDARD.decode(sig).unwrap()).as_bytes(), sig);
    let rows: Vec<&str> = sig.chunks(70).map(|row| std::str::from_utf8(row).unwrap()).collect();
    let pem = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", rows.join("\n"));
    (format!("{}\n", lines[2]), pem, core["actor"].as_str().unwrap().to_owned())
}

#[test]
fn ssh_keygen_verifies_entries() {
    if !has("ssh-keygen") {
        return;
    }
    let home = Home::demo();
    let handles = home.handles();
    let log = home.run(&["ledger", "log"]).done();
    let entries = log["entries"].as_array().unwrap();
    let first = |kind: &str| entries.iter().find(|entry| entry["kind"] == kind).unwrap()["seq"].to_string();
    for kind in ["hall.founded", "judgement.submitted", "item.routed", "ruling.given", "release.cut"] {
        let (text, pem, actor) = signed(&home.text(&["ledger", "entry", &first(kind)]).out);
        let handle = handles.get(&actor).map_or("hall", String::as_str);
        let public = std::fs::read_to_string(home.hall.join(format!("keys/{handle}.pub"))).unwrap();
        let signers = home.file("signers", format!("{actor} {public}"));
        let signature = home.file("line.sig", &pem);
        let verify = |text: &str| {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-Y", "verify", "-n", "guildhall-ledger-v1", "-f", &signers, "-I", &actor, "-s", &signature]);
            run(&mut keygen, text.as_bytes())
        };
        let (good, said) = verify(&text);
        assert!(good && said.starts_with("Good \"guildhall-ledger-v1\" signature"), "{kind}: {said}");
        assert!(!verify(text.trim_end()).0, "{kind}: the line feed is signed too");
        for place in [2, text.len() / 2, text.len() - 3] {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 0x01;
            assert!(!verify(&String::from_utf8(bytes).unwrap()).0, "{kind}: byte {place} was changed");
        }
    }
}

/// Compiles the Go reader once; none if Go or its packages aren't installed.
fn go_reader(home: &Home) -> Option<std::path::PathBuf> {
    if !has("go") {
        return None;
    }
    let program = home.path("reader");
    let mut build = Command::new("go");
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOCACHE", home.path("go-cache"));
    build.args(["build", "-o"]).arg(&program).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go/main.go"));
    let (built, said) = run(&mut build, b"");
    if !built && said.contains("cannot find package") {
        assert!(std::env::var("GUILDHALL_TESTS").as_deref() != Ok("full"), "{said}");
        eprintln!("skipped: Go's sumdb packages are not installed");
        return None;
    }
    assert!(built, "{said}");
    Some(program)
}

#[test]
fn go_verifies_heads_and_proofs() {
    let home = Home::demo();
    let Some(reader) = go_reader(&home) else { return };
    let vkey = home.text(&["ledger", "head", "--vkey"]).out;
    let head = home.text(&["ledger", "head"]).out;
    let last = home.ledger().done()["entries"].as_u64().unwrap() - 1;
    let read = |files: &[&str]| {
        let paths = files.iter().enumerate().map(|(index, text)| home.file(&format!("go-{index}"), text));
        run(Command::new(&reader).args(paths.collect::<Vec<_>>()), b"")
    };
    let (good, said) = read(&[&vkey, &head]);
    assert!(good && said == format!("ok size={}\n", last + 1), "{said}");
    for seq in [0, 1, 57, last] {
        let proof = home.text(&["ledger", "prove", &seq.to_string()]).out;
        let leaf = home.text(&["ledger", "entry", &seq.to_string()]).out;
        let (good, said) = read(&[&vkey, &head, &proof, &leaf]);
        assert!(good, "entry {seq}: {said}");
        let changed = |text: &str, place: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 0x01;
            String::from_utf8(bytes).unwrap()
        };
        assert!(!read(&[&vkey, &head, &proof, &changed(&leaf, leaf.len() / 2)]).0, "entry {seq}");
        assert!(!read(&[&vkey, &head, &changed(&proof, 30), &leaf]).0, "entry {seq}: its place");
        let hash = proof.find('\n').unwrap() + 20;
        assert!(!read(&[&vkey, &head, &changed(&proof, hash), &leaf]).0, "entry {seq}: a hash");
    }
    for place in [0, head.find('\n').unwrap() + 1, head.len() - 6] {
        let mut bytes = head.clone().into_bytes();
        bytes[place] ^= 0x01;
        assert!(!read(&[&vkey, &String::from_utf8(bytes).unwrap()]).0, "byte {place} of the head");
    }
}

/// An agent that ends with the test.
struct Agent {
    process: Child,
    socket: String,
}

impl Agent {
    fn start(home: &Home) -> Self {
        let socket = home.path("agent").display().to_string();
        let mut command = Command::new("ssh-agent");
        // in the foreground it says its socket's name once it listens
        let mut process = command.args(["-D", "-a", &socket]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let out = process.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        assert!(line.contains("SSH_AUTH_SOCK"), "{line}");
        Self { process, socket }
    }

    fn add(&self, key: &Path) {
        let mut add = Command::new("ssh-add");
        let (added, said) = run(add.arg(key).env("SSH_AUTH_SOCK", &self.socket), b"");
        assert!(added, "{said}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Judges with the key behind the agent whose public half is in `public`.
fn judge_behind(home: &Home, agent: &Agent, public: &str, id: &str) -> support::Ran {
    let given = answers(&home.show(id)["asked"], Says::Wrong);
    let mut command = home.command(&["judge", id, "--rationale", "Why.", "--json", "--as", public]);
    for answer in &given {
        command.args(["--answer", answer]);
    }
    support::finish(command.env("SSH_AUTH_SOCK", &agent.socket))
}

#[test]
fn keys_behind_an_agent_judge() {
    if !["ssh-keygen", "ssh-agent", "ssh-add"].into_iter().all(has) {
        return;
    }
    let home = Home::demo();
    let agent = Agent::start(&home);
    let public = home.hall.join("keys/rater-1.pub").display().to_string();
    let id = home.fresh();
    let refused = judge_behind(&home, &agent, &public, &id);
    assert_eq!(refused.code, 1, "the agent doesn't hold the key yet: {}", refused.out);
    assert!(refused.err.starts_with("error: ") && refused.err.contains("agent"), "{}", refused.err);
    agent.add(&home.key("rater-1"));
    judge_behind(&home, &agent, &public, &id).done();

    for (kind, bits) in [("ecdsa", "256"), ("rsa", "3072")] {
        let key = home.path(kind);
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", kind, "-b", bits, "-N", "", "-C", kind, "-f"]).arg(&key);
        assert!(run(&mut keygen, b"").0);
        agent.add(&key);
        let public = format!("{}.pub", key.display());
        home.run(&["member", "add", kind, "--key", &public]).done();
        let attest = ["credential", "attest", kind, "--guild", GUILD, "--class", "board"];
        home.run(&[&attest[..], &["--institution", kind, "--expires", "2099-01-01"]].concat()).done();
        let done = judge_behind(&home, &agent, &public, &home.fresh()).done();
        let (text, pem, actor) = signed(&home.text(&["ledger", "entry", &done["event"].to_string()]).out);
        let signers = home.file("signers", format!("{actor} {}", std::fs::read_to_string(&public).unwrap()));
        let signature = home.file("line.sig", &pem);
        let mut verify = Command::new("ssh-keygen");
        verify.args(["-Y", "verify", "-n", "guildhall-ledger-v1", "-f", &signers, "-I", &actor, "-s", &signature]);
        let (good, said) = run(&mut verify, text.as_bytes());
        assert!(good, "{kind}: {said}");
    }
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_key_with_a_passphrase_is_sent_to_the_agent() {
    if !has("ssh-keygen") {
        return;
    }
    let home = Home::demo();
    let key = home.key("rater-1").display().to_string();
    assert!(run(Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "secret words", "-f", &key]), b"").0);
    home.by("rater-1", &["queue"]).usage("ssh-add");
}
