//! `guildhall agent` at work, a host's end of its socket, and honest acts to show it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use crate::agents::string;
use crate::house::{House, quoted};
use crate::support::{Home, Ran, Says, answers, finish, guildhall};

/// Words that aren't told after this long never are; only a failing test waits so long.
const NEVER: Duration = Duration::from_secs(60);

/// What a program told, and whether it ended.
type Told = Arc<(Mutex<(String, bool)>, Condvar)>;

/// `guildhall agent`, until this is dropped.
pub struct Filter {
    process: Child,
    /// Where it listens.
    pub socket: PathBuf,
    /// What it signed.
    pub journal: PathBuf,
    told: Told,
}

impl Filter {
    /// Over a key file.
    pub fn start(home: &Home, name: &str, key: &Path, flags: &[&str]) -> Self {
        Self::run(home, name, Self::command(home, name, key, flags))
    }

    /// The command, not run yet.
    pub fn command(home: &Home, name: &str, key: &Path, flags: &[&str]) -> Command {
        let (socket, journal) = Self::places(home, name);
        let mut command = guildhall();
        command.arg("agent").arg("--key").arg(key).arg("--socket").arg(socket).arg("--journal").arg(journal);
        command.args(flags).env("HOME", home.temp.path());
        command
    }

    /// Where the agent of this name listens and writes.
    fn places(home: &Home, name: &str) -> (PathBuf, PathBuf) {
        (home.path(&format!("{name}.d")).join("agent.sock"), home.path(&format!("{name}.jsonl")))
    }

    /// Runs the command of the agent of this name until it listens.
    pub fn run(home: &Home, name: &str, mut command: Command) -> Self {
        let (socket, journal) = Self::places(home, name);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = process.stdout.take().unwrap();
        let told = Told::default();
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = out.read(&mut buffer).unwrap_or(0);
                let mut told = heard.0.lock().unwrap();
                told.0.push_str(&String::from_utf8_lossy(&buffer[..read]));
                told.1 = read == 0;
                heard.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let filter = Self { process, socket, journal, told };
        filter.says("ControlPath none");
        filter
    }

    /// Waits until it told these words; gives all it told.
    pub fn says(&self, words: &str) -> String {
        let begun = Instant::now();
        let mut told = self.told.0.lock().unwrap();
        while !told.0.contains(words) {
            assert!(!told.1 && begun.elapsed() < NEVER, "waited for {words}; it told:\n{}", told.0);
            told = self.told.1.wait_timeout(told, NEVER).unwrap().0;
        }
        told.0.clone()
    }

    /// The lines of its journal.
    pub fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Kills it, so that nothing is left to be done.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command over ssh with the filter forwarded; the login is by the key file.
pub fn with(house: &House, (filter, who): (&Filter, &str), words: &[&str]) -> Ran {
    let mut command = Command::new("ssh");
    command.args(house.options()).arg("-o").arg(format!("ForwardAgent={}", filter.socket.display()));
    command.arg("-i").arg(house.home.key(who)).args(["-o", "IdentitiesOnly=yes"]);
    // ssh forwards nothing at all unless it has an agent of its own
    command.arg("-o").arg(format!("IdentityAgent={}", filter.socket.display()));
    command.env_remove("SSH_AUTH_SOCK").env("HOME", house.home.temp.path()).stdin(Stdio::null());
    finish(command.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))))
}

/// The words of a judgement.
pub fn judging(home: &Home, id: &str) -> Vec<String> {
    let given = answers(&home.show(id)["asked"], Says::Wrong);
    let start = ["judge", id, "--rationale", "Because.", "--json"].map(str::to_owned);
    start.into_iter().chain(given.into_iter().flat_map(|answer| ["--answer".to_owned(), answer])).collect()
}

/// As a command takes them.
pub fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// A host's end of the agent's connection.
pub struct Host(pub UnixStream);

impl Host {
    /// A new connection.
    pub fn of(filter: &Filter) -> Self {
        Self(UnixStream::connect(&filter.socket).unwrap())
    }

    /// Sends a message and doesn't wait.
    pub fn send(&mut self, frame: &[u8]) {
        self.0.write_all(&string(frame)).unwrap();
    }

    /// The next answer; nothing at the end of the connection.
    pub fn answer(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        if self.0.read_exact(&mut length).is_err() {
            return Vec::new();
        }
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut answer).unwrap();
        answer
    }

    /// Sends a message and waits for what is answered.
    pub fn ask(&mut self, frame: &[u8]) -> Vec<u8> {
        self.send(frame);
        self.answer()
    }

    /// Shows a core with its parts.
    pub fn show(&mut self, core: &[u8], parts: &[(&[u8], &[u8])]) -> u8 {
        let mut frame = [vec![27], string(b"core@guildhall"), string(core)].concat();
        for (salt, content) in parts {
            frame.extend(string(salt));
            frame.extend(string(content));
        }
        self.ask(&frame)[0]
    }

    /// Shows a manifest.
    pub fn text(&mut self, text: &[u8]) -> u8 {
        self.ask(&[vec![27], string(b"text@guildhall"), string(text)].concat())[0]
    }

    /// Asks for a signature; nothing if the connection ends over it.
    pub fn sign(&mut self, blob: &[u8], data: &[u8], flags: u32) -> u8 {
        self.ask(&Self::signing(blob, data, flags)).first().copied().unwrap_or_default()
    }

    /// The message that asks for a signature.
    pub fn signing(blob: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
        [vec![13], string(blob), string(data), flags.to_be_bytes().to_vec()].concat()
    }

    /// Shows all of an honest act.
    pub fn shows(&mut self, honest: &Honest) {
        assert_eq!(self.show(&honest.core, &honest.parts()), YES);
        assert_eq!(self.text(&honest.text), YES);
    }

    /// Shows an honest act and has it signed, or not.
    pub fn acts(&mut self, honest: &Honest) -> u8 {
        self.shows(honest);
        self.sign(&honest.blob, &honest.data(), 0)
    }
}

/// What an SSHSIG of this namespace signs.
pub fn signed_data(namespace: &[u8], hash: &[u8], text: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha512};
    [b"SSHSIG".to_vec(), string(namespace), string(b""), string(hash), string(&Sha512::digest(text))].concat()
}

/// An honest act of a member: core, parts, manifest.
pub struct Honest {
    /// Its core.
    pub core: Vec<u8>,
    /// Salts and contents.
    parts: Vec<(Vec<u8>, Vec<u8>)>,
    /// Its manifest.
    pub text: Vec<u8>,
    /// The key's blob.
    pub blob: Vec<u8>,
}

impl Honest {
    /// A judgement.
    pub fn of(home: &Home, who: &str) -> Self {
        Self::saying(home, who, "The reason is written here.")
    }

    /// A judgement with this rationale.
    pub fn saying(home: &Home, who: &str, rationale: &str) -> Self {
        let id = home.fresh();
        let given = answers(&home.show(&id)["asked"], Says::Wrong);
        let mut words = vec!["judge", &id, "--rationale", rationale];
        words.extend(given.iter().flat_map(|answer| ["--answer", answer.as_str()]));
        let seq = home.by(who, &words).done()["event"].as_u64().unwrap();
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

    /// Its parts.
    pub fn parts(&self) -> Vec<(&[u8], &[u8])> {
        self.parts.iter().map(|(salt, content)| (salt.as_slice(), content.as_slice())).collect()
    }

    /// What is signed of it.
    pub fn data(&self) -> Vec<u8> {
        signed_data(b"guildhall-ledger-v1", b"sha512", &self.text)
    }
}

/// Taken.
pub const YES: u8 = 29;
/// Not taken.
pub const NO: u8 = 28;
/// Refused.
pub const FAILED: u8 = 5;
/// Signed.
pub const SIGNED: u8 = 14;

/// A filter over one member's key, with an honest act of theirs.
pub struct Scene {
    /// The act.
    pub honest: Honest,
    /// The filter.
    pub filter: Filter,
    // lives as long as the scene
    _home: Home,
}

impl Scene {
    /// In a copy of the demo.
    pub fn set() -> Self {
        let home = Home::demo();
        let honest = Honest::of(&home, "rater-1");
        let filter = Filter::start(&home, "filter", &home.key("rater-1"), &[]);
        Self { honest, filter, _home: home }
    }

    /// A host.
    pub fn host(&self) -> Host {
        Host::of(&self.filter)
    }

    /// A host that showed all of the act.
    pub fn ready(&self) -> Host {
        let mut host = self.host();
        host.shows(&self.honest);
        host
    }

    /// What is answered to a core in which something was replaced.
    pub fn changed(&self, from: &str, to: &str) -> u8 {
        let text = String::from_utf8(self.honest.core.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        self.host().show(text.replacen(from, to, 1).as_bytes(), &self.honest.parts())
    }
}
