//! A hall that is served, the clients that come to it, and agents that hold their keys.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use serde_json::Value;

use crate::support::{Home, Ran, finish, guildhall};
use crate::terminal::Terminal;

/// Whether these programs are here.
pub fn has(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        !Command::new("which").arg(program).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    if let Some(program) = missing {
        assert!(std::env::var("GUILDHALL_TESTS").as_deref() != Ok("full"), "{program} is needed for this test");
        eprintln!("skipped: {program} is not installed");
    }
    missing.is_none()
}

/// The tools of OpenSSH's client.
pub fn has_ssh() -> bool {
    has(&["ssh", "ssh-agent", "ssh-add", "ssh-keygen"])
}

/// A served hall; it is stopped when this is dropped.
pub struct House {
    /// The hall and whatever lies beside it.
    pub home: Home,
    /// The server.
    pub server: Child,
    out: BufReader<ChildStdout>,
    /// Where it listens.
    pub port: u16,
    /// Fingerprint of the host's key.
    pub host_key: String,
}

impl House {
    /// Serves a copy of the demo.
    pub fn demo() -> Self {
        Self::open(Home::demo(), "", &[])
    }

    /// Serves a hall with this `[serve]` configuration and these flags.
    pub fn open(home: Home, config: &str, flags: &[&str]) -> Self {
        let path = home.hall.join("config.toml");
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        // tests knock as often as they like, unless one is about that
        let knocks = if config.contains("connections") { "" } else { "connections_at_once = 100000\n" };
        let before = before.split("[serve]").next().unwrap().to_owned();
        std::fs::write(&path, format!("{before}\n[serve]\n{knocks}{config}")).unwrap();
        Self::serve(home, "127.0.0.1:0", flags)
    }

    /// Tries to serve a hall in a way that is refused.
    pub fn refused(home: Home, flags: &[&str]) -> Ran {
        finish(guildhall().arg("--hall").arg(&home.hall).arg("serve").args(flags))
    }

    fn serve(home: Home, listen: &str, flags: &[&str]) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(home.path("server.log")).unwrap();
        let mut command = guildhall();
        command.arg("--hall").arg(&home.hall).args(["serve", "--listen", listen]).args(flags);
        let mut server = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut out = BufReader::new(server.stdout.take().unwrap());
        let mut lines = [String::new(), String::new()];
        for line in &mut lines {
            out.read_line(line).unwrap();
        }
        let port = lines[0].trim().rsplit(':').next().unwrap().parse();
        let port =
            port.unwrap_or_else(|_| panic!("{lines:?}\n{}", std::fs::read_to_string(home.path("server.log")).unwrap()));
        let host_key = lines[1].split(' ').nth(2).unwrap().to_owned();
        let public = std::fs::read_to_string(home.hall.join("keys/ssh_host_ed25519_key.pub")).unwrap();
        let known: Vec<&str> = public.split(' ').take(2).collect();
        std::fs::write(home.path("known_hosts"), format!("[127.0.0.1]:{port} {}\n", known.join(" "))).unwrap();
        Self { home, server, out, port, host_key }
    }

    /// What it printed after its first two lines, up to one more line.
    pub fn says(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path("server.log")).unwrap()
    }

    /// Sends the server a signal.
    pub fn signal(&self, name: &str) {
        let id = self.server.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the server's end; how long it took.
    pub fn ended(&mut self) -> (Duration, i32) {
        let begun = Instant::now();
        let status = self.server.wait().unwrap();
        (begun.elapsed(), status.code().unwrap_or(-1))
    }

    /// Stops the server and serves the same hall at the same port again.
    pub fn again(mut self) -> Self {
        if self.server.try_wait().unwrap().is_none() {
            self.signal("TERM");
            self.ended();
        }
        let (port, temp) = (self.port, std::mem::replace(&mut self.home.temp, tempfile::TempDir::new().unwrap()));
        let home = Home { temp, hall: self.home.hall.clone() };
        Self::serve(home, &format!("127.0.0.1:{port}"), &[])
    }

    /// ssh's options for this house, whatever the machine's configuration says.
    pub fn options(&self) -> Vec<String> {
        let known = self.home.path("known_hosts").display().to_string();
        let port = self.port.to_string();
        [
            "-F",
            "/dev/null",
            "-p",
            &port,
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "BatchMode=yes",
            "-o",
            "LogLevel=ERROR",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain(["-o".to_owned(), format!("UserKnownHostsFile={known}")])
        .collect()
    }

    /// ssh as whoever holds this key file, and no agent.
    pub fn ssh_with(&self, key: &Path) -> Command {
        let mut command = Command::new("ssh");
        command.args(self.options()).args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i"]).arg(key);
        command.env_remove("SSH_AUTH_SOCK").env("HOME", self.home.temp.path()).stdin(Stdio::null());
        command
    }

    /// ssh as a member of the demo.
    pub fn ssh(&self, who: &str) -> Command {
        self.ssh_with(&self.home.key(who))
    }

    /// Runs a command over ssh as a member, without their agent.
    pub fn by(&self, who: &str, words: &[&str]) -> Ran {
        finish(self.ssh(who).args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))))
    }

    /// Runs a command over ssh with an agent forwarded.
    pub fn with(&self, agent: &dyn Held, words: &[&str]) -> Ran {
        let mut command = Command::new("ssh");
        command.args(self.options()).arg("-A").env("SSH_AUTH_SOCK", agent.socket()).env("HOME", self.home.temp.path());
        finish(command.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))).stdin(Stdio::null()))
    }

    /// ssh at a terminal; an agent is forwarded if one is given, else the member's key file is used.
    pub fn terminal(&self, who: &str, agent: Option<&dyn Held>, size: (u16, u16)) -> Terminal {
        Terminal::run(self.at_terminal(who, agent, &[]), size)
    }

    /// The same, not started yet.
    pub fn at_terminal(&self, who: &str, agent: Option<&dyn Held>, words: &[&str]) -> CommandBuilder {
        let mut command = Terminal::program("ssh", self.home.temp.path());
        command.args(self.options());
        match agent {
            Some(agent) => {
                command.arg("-A");
                command.env("SSH_AUTH_SOCK", agent.socket());
            }
            None => {
                command.args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i"]);
                command.arg(self.home.key(who));
            }
        }
        command.args(["-o", "SetEnv=COLORTERM=truecolor", "-tt", "127.0.0.1"]);
        command.args(words);
        command
    }

    /// What lies among the hall's releases.
    pub fn releases(&self) -> Vec<String> {
        let dir = std::fs::read_dir(self.home.hall.join("releases")).unwrap();
        let mut names: Vec<String> = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// How many entries its ledger has, which is whole.
    #[track_caller]
    pub fn entries(&self) -> u64 {
        let ledger = self.home.ledger().done();
        assert_eq!(ledger["ok"], true);
        ledger["entries"].as_u64().unwrap()
    }

    /// An entry's three lines.
    pub fn entry(&self, seq: u64) -> [Value; 3] {
        let text = self.home.text(&["ledger", "entry", &seq.to_string()]).out;
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.try_into().unwrap()
    }

    /// Checks with ssh-keygen that an entry is signed by this public key.
    #[track_caller]
    pub fn signed_by(&self, seq: u64, public: &Path) {
        let text = self.home.text(&["ledger", "entry", &seq.to_string()]).out;
        let [header, core, _] = self.entry(seq);
        let sig = header["sig"].as_str().unwrap();
        let rows: Vec<&str> = sig.as_bytes().chunks(70).map(|row| std::str::from_utf8(row).unwrap()).collect();
        let pem = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", rows.join("\n"));
        let actor = core["actor"].as_str().unwrap();
        let signers = self.home.file("signers", format!("{actor} {}", std::fs::read_to_string(public).unwrap()));
        let signature = self.home.file("line.sig", pem);
        let mut verify = Command::new("ssh-keygen");
        verify.args(["-Y", "verify", "-n", "guildhall-ledger-v1", "-f", &signers, "-I", actor, "-s", &signature]);
        let (good, said) = fed(&mut verify, format!("{}\n", text.lines().nth(2).unwrap()).as_bytes());
        assert!(good, "entry {seq} by {}: {said}", public.display());
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A word as the far side's splitting gives it back.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Runs a program with `input`; whether it succeeded, and what it printed.
pub fn fed(command: &mut Command, input: &[u8]) -> (bool, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // one that doesn't read says no in its own way
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Makes a key with ssh-keygen.
pub fn keygen(home: &Home, name: &str, kind: &[&str]) -> PathBuf {
    let path = home.path(name);
    let made = fed(Command::new("ssh-keygen").args(["-q", "-N", "", "-C", name, "-f"]).arg(&path).args(kind), b"");
    assert!(made.0, "{}", made.1);
    path
}

/// Keys behind a socket.
pub trait Held {
    /// The socket.
    fn socket(&self) -> &str;
}

impl Held for Agent {
    fn socket(&self) -> &str {
        &self.socket
    }
}

/// OpenSSH's agent; it ends with the test.
pub struct Agent {
    process: Child,
    /// Its socket.
    pub socket: String,
}

impl Agent {
    /// Starts one with these keys.
    pub fn holding(home: &Home, name: &str, keys: &[&Path]) -> Self {
        let socket = home.path(name).display().to_string();
        let mut command = Command::new("ssh-agent");
        let mut process = command.args(["-D", "-a", &socket]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let agent = Self { process, socket };
        for key in keys {
            agent.add(key, &[]);
        }
        agent
    }

    /// Adds a key with options.
    pub fn add(&self, key: &Path, options: &[&str]) {
        let mut add = Command::new("ssh-add");
        let (added, said) = fed(add.args(options).arg(key).env("SSH_AUTH_SOCK", &self.socket), b"");
        assert!(added, "{said}");
    }

    /// Asks it something with ssh-add.
    pub fn ask(&self, options: &[&str], input: &[u8]) -> (bool, String) {
        fed(Command::new("ssh-add").args(options).env("SSH_AUTH_SOCK", &self.socket), input)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
