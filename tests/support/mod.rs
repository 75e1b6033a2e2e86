//! What the black-box tests share: halls in temporary homes, runs of the real binary, and the demo's cast. Each test works
//! on its own copy of one demo; nothing here reads the environment or waits.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The guild that most tests work in; its charter separates roles strictly.
pub const GUILD: &str = "cardiology";
/// Both guilds of the demo.
pub const GUILDS: [&str; 2] = ["cardiology", "civil-engineering"];

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Standard output as JSON; null if it is none.
    pub json: Value,
}

impl Ran {
    /// The JSON of a run that must have been done.
    #[track_caller]
    pub fn done(self) -> Value {
        assert_eq!(self.code, 0, "stdout {}\nstderr {}", self.out, self.err);
        self.json
    }

    /// Checks a refusal: exit 1, the rule, an article and a reason; told on standard error too.
    #[track_caller]
    pub fn refused(self, rule: &str) {
        assert_eq!(self.code, 1, "stdout {}\nstderr {}", self.out, self.err);
        let refused = &self.json["refused"];
        assert_eq!(refused["rule"], rule, "{refused}");
        for field in ["article", "reason"] {
            assert!(refused[field].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
        }
        assert!(self.err.starts_with("refused: ") && self.err.contains(rule), "{}", self.err);
    }

    /// Checks a usage error: exit 2, nothing on standard output, one error on standard error that says `word`.
    #[track_caller]
    pub fn usage(self, word: &str) {
        assert_eq!(self.code, 2, "stdout {}\nstderr {}", self.out, self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: ") && self.err.contains(word), "{}", self.err);
        assert_eq!(self.err.lines().filter(|line| line.starts_with("error:")).count(), 1, "{}", self.err);
    }
}

/// The binary, with nothing of the caller's environment that could change what it does.
pub fn guildhall() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GUILDHALL_") {
            command.env_remove(name);
        }
    }
    command.env_remove("SSH_AUTH_SOCK").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Ran {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let out = String::from_utf8(output.stdout).expect("standard output is UTF-8");
    let json = serde_json::from_str(&out).unwrap_or(Value::Null);
    Ran {
        code: output.status.code().expect("an exit code"),
        json,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        out,
    }
}

/// Copies a directory with all that is in it.
pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below `dir`, by path.
pub fn files_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![dir.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The demo that this test binary made once.
fn original() -> &'static (TempDir, Value) {
    static DEMO: OnceLock<(TempDir, Value)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let home = TempDir::new().unwrap();
        let dir = home.path().join("hall");
        let made = finish(guildhall().args(["demo", "--no-console", "--json", "--hall"]).arg(&dir)).done();
        (home, made)
    })
}

/// Who did what on an item, by handle.
#[derive(Debug, Default)]
pub struct Acts {
    /// Judged.
    pub judged: Vec<String>,
    /// Ruled.
    pub ruled: Vec<String>,
    /// Signed off.
    pub signed: Vec<String>,
}

impl Acts {
    /// Whether somebody judged the item.
    pub fn has_judged(&self, who: &str) -> bool {
        self.judged.iter().any(|handle| handle == who)
    }

    /// Whether somebody did anything on the item.
    pub fn knows(&self, who: &str) -> bool {
        [&self.judged, &self.ruled, &self.signed].into_iter().flatten().any(|handle| handle == who)
    }
}

/// A temporary directory with a hall in it.
pub struct Home {
    /// Removed when the test is over.
    pub temp: TempDir,
    /// The hall's directory.
    pub hall: PathBuf,
}

impl Home {
    /// A home whose hall isn't there yet.
    pub fn empty() -> Self {
        let temp = TempDir::new().unwrap();
        let hall = temp.path().join("hall");
        Self { temp, hall }
    }

    /// A copy of the demo.
    pub fn demo() -> Self {
        let home = Self::empty();
        copy_dir(&original().0.path().join("hall"), &home.hall);
        home
    }

    /// What `demo --json` printed.
    pub fn demo_json() -> &'static Value {
        &original().1
    }

    /// A new hall with one guild and nobody but its steward.
    pub fn founded() -> Self {
        let home = Self::empty();
        home.run(&["init", "--name", "Test hall", "--licence", "CC-BY-4.0", "--guild", GUILD]).done();
        home
    }

    /// A path in this home, beside the hall.
    pub fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Writes a file beside the hall.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// A directory of the demo's releases.
    pub fn release(&self) -> PathBuf {
        self.hall.join(format!("releases/{GUILD}-0.1.0"))
    }

    /// The private key of a member.
    pub fn key(&self, who: &str) -> PathBuf {
        self.hall.join("keys").join(who)
    }

    /// A run on this hall, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = guildhall();
        command.arg("--hall").arg(&self.hall).args(arguments);
        command
    }

    /// Runs a command as whoever the hall records, with JSON.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command(arguments).arg("--json"))
    }

    /// Runs a command as whoever the hall records, with text.
    pub fn text(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// Runs a command as a member, with JSON.
    pub fn by(&self, who: &str, arguments: &[&str]) -> Ran {
        finish(self.command(arguments).arg("--json").arg("--as").arg(self.key(who)))
    }

    /// Ids of a guild's items, in one state if one is named.
    pub fn ids(&self, guild: &str, state: Option<&str>) -> Vec<String> {
        let mut arguments = vec!["item", "list", "--guild", guild];
        arguments.extend(state.into_iter().flat_map(|state| ["--state", state]));
        let listed = self.run(&arguments).done();
        let items = listed["items"].as_array().expect("a list of items");
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// An item's state.
    pub fn state(&self, id: &str) -> String {
        self.show(id)["state"].as_str().expect("a state").to_owned()
    }

    /// An item as the steward may see it.
    pub fn show(&self, id: &str) -> Value {
        self.run(&["item", "show", id]).done()
    }

    /// Handles by member id.
    pub fn handles(&self) -> BTreeMap<String, String> {
        let listed = self.run(&["member", "list"]).done();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let members = listed["members"].as_array().expect("members").iter();
        members.map(|member| (text(&member["id"]), text(&member["handle"]))).collect()
    }

    /// Who did what, by item, as the log tells a steward.
    pub fn acts(&self) -> BTreeMap<String, Acts> {
        let handles = self.handles();
        let log = self.run(&["ledger", "log", "--limit", "100000"]).done();
        let mut acts: BTreeMap<String, Acts> = BTreeMap::new();
        for entry in log["entries"].as_array().expect("entries") {
            let (Some(item), Some(actor)) =
                (entry["item"].as_str(), handles.get(entry["actor"].as_str().unwrap_or("")))
            else {
                continue;
            };
            let on = acts.entry(item.to_owned()).or_default();
            match entry["kind"].as_str() {
                Some("judgement.submitted") => on.judged.push(actor.clone()),
                Some("ruling.given") => on.ruled.push(actor.clone()),
                Some("review.signed") => on.signed.push(actor.clone()),
                _ => {}
            }
        }
        acts
    }

    /// The first item of the guild in this state whose acts are such.
    #[track_caller]
    pub fn pick(&self, state: &str, such: impl Fn(&Acts) -> bool) -> String {
        let acts = self.acts();
        let none = Acts::default();
        let found = self.ids(GUILD, Some(state)).into_iter().find(|id| such(acts.get(id).unwrap_or(&none)));
        found.unwrap_or_else(|| panic!("the demo has no such {state} item"))
    }

    /// An open item that nobody judged.
    #[track_caller]
    pub fn fresh(&self) -> String {
        self.pick("open", |acts| acts.judged.is_empty())
    }

    /// Judges as a member.
    pub fn judge(&self, who: &str, id: &str, says: Says) -> Ran {
        self.say(who, "judge", id, says)
    }

    /// Judges or revises as a member.
    pub fn say(&self, who: &str, verb: &str, id: &str, says: Says) -> Ran {
        let asked = self.show(id)["asked"].clone();
        let given = answers(&asked, says);
        let mut arguments = vec![verb, id, "--rationale", "The reason is written here."];
        arguments.extend(given.iter().flat_map(|answer| ["--answer", answer.as_str()]));
        self.by(who, &arguments)
    }

    /// Rules as a member.
    pub fn rule(&self, who: &str, id: &str, says: Says) -> Ran {
        self.rule_on(&self.show(id)["disputed"], (who, id), says)
    }

    /// Rules on these labels.
    pub fn rule_on(&self, labels: &Value, (who, id): (&str, &str), says: Says) -> Ran {
        let given = answers(labels, says);
        let mut arguments = vec!["adjudicate", id, "--opinion", "Measured by the anchors."];
        arguments.extend(given.iter().flat_map(|answer| ["--answer", answer.as_str()]));
        self.by(who, &arguments)
    }

    /// What `ledger verify` finds.
    pub fn ledger(&self) -> Ran {
        self.run(&["ledger", "verify"])
    }
}

/// What somebody thinks of an item's outputs; any two part on every deciding question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Both wrong, the second less so.
    Wrong,
    /// The first partly right, the second mostly.
    Partly,
    /// The first mostly right, the second not at all.
    First,
}

/// Answers to what is asked, as the command line takes them; optional questions stay open.
pub fn answers(asked: &Value, says: Says) -> Vec<String> {
    let labels = asked.as_array().expect("a list of labels").iter().map(|label| label.as_str().expect("a label"));
    let answer = |label: &str| {
        let (question, output) = label.split_once('@').unwrap_or((label, ""));
        let word = match (question, says, output) {
            ("correct", Says::Wrong, _) => "no",
            ("correct", Says::Partly, "1") => "partly",
            ("correct", Says::Partly, _) => "mostly",
            ("correct", Says::First, "1") => "yes",
            ("correct", Says::First, _) => "partly",
            ("safe", Says::Wrong, _) => "no",
            ("safe", ..) => "supervised",
            ("complete", Says::Wrong, _) => "1",
            ("complete", Says::Partly, _) => "2",
            ("complete", Says::First, _) => "3",
            ("better", Says::Wrong, _) => "1",
            ("better", Says::Partly, _) => "3",
            ("better", Says::First, _) => "-2",
            _ => return None,
        };
        Some(format!("{label}={word}"))
    };
    labels.filter_map(answer).collect()
}
