//! `guildhall agent`, `connect` and `audit --me`, through the real ssh and at the agent's socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::house::{Agent, House, fed, has_ssh, quoted};
use crate::support::{Home, Ran, Says, answers, finish, guildhall};

/// `guildhall agent`, until this is dropped.
struct Filter {
    process: Child,
    socket: PathBuf,
    journal: PathBuf,
}

impl Filter {
    fn start(home: &Home, name: &str, key: &Path, flags: &[&str]) -> Self {
        let socket = home.path(&format!("{name}.d")).join("agent.sock");
        let journal = home.path(&format!("{name}.jsonl"));
        let mut command = guildhall();
        command
            .arg("agent")
            .arg("--key")
            .arg(key)
            .arg("--socket")
            .arg(&socket)
            .arg("--journal")
            .arg(&journal)
            .args(flags);
        let mut process = command.env("HOME", home.temp.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        for _ in 0..3 {
            out.read_line(&mut String::new()).unwrap();
        }
        // what it tells later isn't read here; a full pipe must not hold it up
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { process, socket, journal }
    }

    fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command over ssh with the filter forwarded; the login is by the key file.
fn with(house: &House, (filter, who): (&Filter, &str), words: &[&str]) -> Ran {
    let mut command = Command::new("ssh");
    command.args(house.options()).arg("-o").arg(format!("ForwardAgent={}", filter.socket.display()));
    command.arg("-i").arg(house.home.key(who)).args(["-o", "IdentitiesOnly=yes"]);
    // ssh forwards nothing at all unless it has an agent of its own
    command.arg("-o").arg(format!("IdentityAgent={}", filter.socket.display()));
    command.env_remove("SSH_AUTH_SOCK").env("HOME", house.home.temp.path()).stdin(Stdio::null());
    finish(command.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))))
}

fn judging(home: &Home, id: &str) -> Vec<String> {
    let given = answers(&home.show(id)["asked"], Says::Wrong);
    let start = ["judge", id, "--rationale", "Because.", "--json"].map(str::to_owned);
    start.into_iter().chain(given.into_iter().flat_map(|answer| ["--answer".to_owned(), answer])).collect()
}

fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

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
    let line =
        std::fs::read_to_string(crate::house::keygen(&house.home, "more", &["-t", "ed25519"]).with_extension("pub"))
            .unwrap();
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

#[test]
fn connect_forwards_it_and_compares_accounts() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let journal = house.home.path("journal.jsonl");
    let connect = |words: &[&str]| {
        let mut command = crate::terminal::Terminal::program(env!("CARGO_BIN_EXE_guildhall"), house.home.temp.path());
        command.arg("connect");
        command.arg("--key");
        command.arg(house.home.key("you"));
        command.args(["--journal", &journal.display().to_string(), "--socket"]);
        command.arg(house.home.path("c.d").join("agent.sock"));
        command.args(house.options().iter().map(|option| format!("--ssh={option}")));
        command.args(words);
        command.env("XDG_RUNTIME_DIR", house.home.path("run"));
        crate::terminal::Terminal::run(command, (80, 24))
    };
    let mut terminal = connect(&["127.0.0.1"]);
    terminal.sees("signed by your guildhall agent");
    terminal.press("\r");
    terminal.sees("0 of 7 given");
    terminal.press("2232142\r");
    terminal.sees("You sign this judgement");
    terminal.press("y");
    terminal.sees("judgement signed, entry 234");
    terminal.press("Q");
    let said = String::from_utf8_lossy(&terminal.ended()).into_owned();
    assert!(said.contains("this session: 1 signed"), "{said}");
    assert!(!said.contains("FAULT") && !said.contains("not in the hall's ledger"), "{said}");
    assert_eq!(std::fs::read_to_string(&journal).unwrap().lines().count(), 1);
    house.signed_by(234, &house.home.hall.join("keys/you.pub"));
}

fn string(field: &[u8]) -> Vec<u8> {
    [&u32::try_from(field.len()).unwrap().to_be_bytes(), field].concat()
}

/// A malicious host's end of the agent's connection.
struct Host(UnixStream);

impl Host {
    fn of(filter: &Filter) -> Self {
        Self(UnixStream::connect(&filter.socket).unwrap())
    }

    fn ask(&mut self, frame: &[u8]) -> Vec<u8> {
        self.0.write_all(&string(frame)).unwrap();
        let mut length = [0; 4];
        if self.0.read_exact(&mut length).is_err() {
            return Vec::new();
        }
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut answer).unwrap();
        answer
    }

    fn show(&mut self, core: &[u8], parts: &[(&[u8], &[u8])]) -> u8 {
        let mut frame = [vec![27], string(b"core@guildhall"), string(core)].concat();
        for (salt, content) in parts {
            frame.extend(string(salt));
            frame.extend(string(content));
        }
        self.ask(&frame)[0]
    }

    fn text(&mut self, text: &[u8]) -> u8 {
        self.ask(&[vec![27], string(b"text@guildhall"), string(text)].concat())[0]
    }

    fn sign(&mut self, blob: &[u8], data: &[u8], flags: u32) -> u8 {
        self.ask(&[vec![13], string(blob), string(data), flags.to_be_bytes().to_vec()].concat())[0]
    }
}

/// What an SSHSIG of this namespace signs.
fn signed_data(namespace: &[u8], hash: &[u8], text: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha512};
    [b"SSHSIG".to_vec(), string(namespace), string(b""), string(hash), string(&Sha512::digest(text))].concat()
}

/// An honest act of a member: core, parts, manifest.
struct Honest {
    core: Vec<u8>,
    parts: Vec<(Vec<u8>, Vec<u8>)>,
    text: Vec<u8>,
    blob: Vec<u8>,
}

impl Honest {
    fn of(home: &Home, who: &str) -> Self {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let id = home.fresh();
        let seq = home.judge(who, &id, Says::Wrong).done()["event"].as_u64().unwrap();
        let lines: Vec<Vec<u8>> =
            home.text(&["ledger", "entry", &seq.to_string()]).out.lines().map(|l| l.as_bytes().to_vec()).collect();
        let database = rusqlite::Connection::open(home.hall.join("hall.db")).unwrap();
        let core: Value = serde_json::from_slice(&lines[1]).unwrap();
        let part = |name: &str| {
            let sql = "SELECT salt, content FROM bodies WHERE seq = ?1 AND part = ?2";
            database.query_row(sql, rusqlite::params![seq, name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
        };
        let parts =
            core["body"].as_array().unwrap().iter().map(|commit| part(commit["part"].as_str().unwrap())).collect();
        let public = std::fs::read_to_string(home.hall.join(format!("keys/{who}.pub"))).unwrap();
        let blob = BASE64_STANDARD.decode(public.split(' ').nth(1).unwrap()).unwrap();
        Self { core: lines[1].clone(), parts, text: [lines[2].as_slice(), b"\n"].concat(), blob }
    }

    fn parts(&self) -> Vec<(&[u8], &[u8])> {
        self.parts.iter().map(|(salt, content)| (salt.as_slice(), content.as_slice())).collect()
    }

    fn data(&self) -> Vec<u8> {
        signed_data(b"guildhall-ledger-v1", b"sha512", &self.text)
    }
}

const YES: u8 = 29;
const NO: u8 = 28;
const FAILED: u8 = 5;

/// A filter over one member's key, with an honest act of theirs.
struct Scene {
    honest: Honest,
    filter: Filter,
    // lives as long as the scene
    _home: Home,
}

impl Scene {
    fn set() -> Self {
        let home = Home::demo();
        let honest = Honest::of(&home, "rater-1");
        let filter = Filter::start(&home, "filter", &home.key("rater-1"), &[]);
        Self { honest, filter, _home: home }
    }

    fn host(&self) -> Host {
        Host::of(&self.filter)
    }

    /// A host that showed the act.
    fn shown(&self) -> Host {
        let mut host = self.host();
        assert_eq!(host.show(&self.honest.core, &self.honest.parts()), YES);
        host
    }

    /// One that showed the manifest, too.
    fn ready(&self) -> Host {
        let mut host = self.shown();
        assert_eq!(host.text(&self.honest.text), YES);
        host
    }

    /// What is answered to a core in which something was replaced.
    fn changed(&self, from: &str, to: &str) -> u8 {
        let text = String::from_utf8(self.honest.core.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        self.host().show(text.replacen(from, to, 1).as_bytes(), &self.honest.parts())
    }
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
    assert_eq!(scene.ready().sign(&scene.honest.blob, &scene.honest.data(), 0), 14, "the honest act itself");
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
        assert_eq!(host.show(&honest.core, &honest.parts()), YES);
        assert_eq!(host.text(&honest.text), YES);
        assert_eq!(host.sign(&honest.blob, &honest.data(), 0), 14);
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

#[test]
fn asked_first_it_signs_only_on_a_yes() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let honest = Honest::of(&home, "rater-1");
    for (program, answer) in [("true", 14), ("false", FAILED)] {
        let socket = home.path(&format!("{program}.d")).join("agent.sock");
        let mut command = guildhall();
        command.arg("agent").arg("--key").arg(home.key("rater-1")).arg("--socket").arg(&socket).arg("--ask");
        command.arg("--journal").arg(home.path(&format!("{program}.jsonl"))).env("SSH_ASKPASS", program);
        let mut process = command.env("HOME", home.temp.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        for _ in 0..3 {
            out.read_line(&mut String::new()).unwrap();
        }
        let mut host = Host(UnixStream::connect(&socket).unwrap());
        assert_eq!(host.show(&honest.core, &honest.parts()), YES);
        assert_eq!(host.text(&honest.text), YES);
        assert_eq!(host.sign(&honest.blob, &honest.data(), 0), answer, "{program}");
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

#[test]
fn a_key_behind_ssh_agent_serves_as_well() {
    if !has_ssh() {
        return;
    }
    let home = Home::demo();
    let honest = Honest::of(&home, "rater-1");
    let upstream = Agent::holding(&home, "upstream", &[&home.key("rater-1")]);
    let socket = home.path("filter.d").join("agent.sock");
    let mut command = guildhall();
    command.arg("agent").arg("--key").arg(home.hall.join("keys/rater-1.pub")).arg("--socket").arg(&socket);
    command.arg("--journal").arg(home.path("journal.jsonl")).env("SSH_AUTH_SOCK", &upstream.socket);
    let mut process = command.env("HOME", home.temp.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(process.stdout.take().unwrap());
    for _ in 0..3 {
        out.read_line(&mut String::new()).unwrap();
    }
    let (listed, said) = fed(Command::new("ssh-add").arg("-l").env("SSH_AUTH_SOCK", &socket), b"");
    assert!(listed && said.lines().count() == 1, "{said}");
    let mut host = Host(UnixStream::connect(&socket).unwrap());
    assert_eq!(host.show(&honest.core, &honest.parts()), YES);
    assert_eq!(host.text(&honest.text), YES);
    assert_eq!(host.sign(&honest.blob, &honest.data(), 0), 14);
    upstream.ask(&["-D"], b"");
    assert_eq!(host.show(&honest.core, &honest.parts()), YES);
    assert_eq!(host.text(&honest.text), YES);
    assert_eq!(host.sign(&honest.blob, &honest.data(), 0), FAILED, "the key is gone");
    process.kill().unwrap();
    process.wait().unwrap();
}
