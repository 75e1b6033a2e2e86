//! SIGKILL at seeded moments while four processes work on one hall: what was acknowledged is in the ledger once, nobody
//! judges twice, no overlap is exceeded; a killed import leaves nothing to see, and a killed release no half directory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/draw.rs"]
mod draw;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use draw::Rng;
use guildhall::domain::{Charter, Event, Timestamp};
use guildhall::hall::{Clock, Hall, Random};
use guildhall::ledger::{Entry, MemoryNodes, NoteVerifier, leaf_hash, open_checkpoint, root_at};
use serde_json::Value;
use support::{GUILD, Home, Says, answers, finish, guildhall};

const CHARTER: &str = include_str!("../guilds/cardiology.toml");
/// Enough kills; the work ends then, or when everybody has tried every item.
const KILLS: usize = 160;
const ITEMS: usize = 60;
/// Each process's raters.
const WORKERS: [&[&str]; 4] = [&["rater-1", "rater-5"], &["rater-2", "rater-6"], &["rater-3", "you"], &["rater-4"]];
/// How a judgement may be refused when others work on the same items.
const REFUSALS: [&str; 5] = ["leased", "overlap-full", "item-closed", "nobody-to-adjudicate", "gold-by-challenge-only"];

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap())
    }
}

impl Random for Now {
    fn fill(&self, _: &mut [u8]) {
        panic!("whoever only reads needs no randomness");
    }
}

/// How a process ended: killed, or with an exit code; and what it had printed.
struct End {
    code: Option<i32>,
    json: Value,
    err: String,
}

/// Runs a command and kills it once `after` has passed, unless it has ended by then.
fn run(command: &mut Command, after: Option<Duration>) -> End {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    if let Some(after) = after {
        while start.elapsed() < after && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    End {
        code: output.status.code(),
        json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn moment(rng: &mut Rng, longest: Duration) -> Duration {
    longest.mul_f64(f64::from(u16::try_from(rng.below(1000)).unwrap()) / 1000.0)
}

fn rows(count: usize, batch: usize) -> String {
    let row = |n: usize| {
        let outputs = [format!("First answer {n} of {batch}."), format!("Second answer {n} of {batch}.")];
        let outputs = outputs.map(|text| serde_json::json!({ "text": text }));
        serde_json::json!({"prompt": format!("Question {n} of {batch}?"), "outputs": outputs}).to_string() + "\n"
    };
    (0..count).map(row).collect()
}

/// A receipt that a process printed.
#[derive(Debug, Clone)]
struct Acknowledged {
    who: String,
    item: String,
    receipt: Value,
}

struct Work<'a> {
    home: &'a Home,
    items: &'a [String],
    asked: &'a Value,
    /// How long a run takes that nobody kills: a moving mean, so that kills fall within it whatever the machine does.
    typical_us: AtomicU64,
    kills: AtomicUsize,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

impl Work<'_> {
    fn judge(&self, who: &str, item: &str, says: Says) -> Command {
        let mut command = self.home.command(&["judge", item, "--rationale", "The reason is written here.", "--json"]);
        for answer in answers(self.asked, says) {
            command.args(["--answer", &answer]);
        }
        command.arg("--as").arg(self.home.key(who));
        command
    }

    /// One rater at one item, killed some times and started again with the same words.
    fn persist(&self, rng: &mut Rng, who: &str, item: &str) {
        let says = *rng.pick(&[Says::Wrong, Says::Wrong, Says::Wrong, Says::Partly, Says::First]);
        let mut first: Option<Value> = None;
        for attempt in 0.. {
            let typical = self.typical_us.load(Ordering::SeqCst);
            let after = (attempt < 3 && rng.chance(70)).then(|| moment(rng, Duration::from_micros(typical)));
            let start = Instant::now();
            let end = run(&mut self.judge(who, item, says), after);
            if end.code.is_none() {
                self.kills.fetch_add(1, Ordering::SeqCst);
            } else if after.is_none() {
                let took = u64::try_from(start.elapsed().as_micros()).unwrap();
                self.typical_us.store((typical * 7 + took) / 8, Ordering::SeqCst);
            }
            if end.json["event"].is_u64() {
                // printed is acknowledged, even if the process died right after
                let receipt = end.json.clone();
                for field in ["event", "entry_hash"] {
                    let known = first.as_ref().map_or(&receipt[field], |first| &first[field]);
                    assert_eq!(*known, receipt[field], "{who} on {item}: another judgement than the first");
                }
                let (who, item) = (who.to_owned(), item.to_owned());
                first = Some(receipt.clone());
                self.acknowledged.lock().unwrap().push(Acknowledged { who, item, receipt });
            }
            match end.code {
                None => {}
                Some(0) => return assert!(first.is_some(), "{who} on {item}: done without a receipt"),
                Some(code) => {
                    let rule = end.json["refused"]["rule"].as_str().unwrap_or_default();
                    // who died with the receipt in hand is told that they judged; nobody else may be
                    let fair = if first.is_some() { rule == "judged-already" } else { REFUSALS.contains(&rule) };
                    let fair = code == 1 && fair;
                    return assert!(fair, "{who} on {item}: exit {code} {} {}", end.json, end.err);
                }
            }
        }
    }

    fn toil(&self, seed: usize) {
        let mut rng = Rng(u64::try_from(seed).unwrap());
        let mut pairs: Vec<(&str, &String)> =
            WORKERS[seed].iter().flat_map(|who| self.items.iter().map(move |item| (*who, item))).collect();
        while !pairs.is_empty() && self.kills.load(Ordering::SeqCst) < KILLS {
            // near the front, so that the four meet on the same items
            let next = rng.below(pairs.len().min(4));
            let (who, item) = pairs.remove(next);
            self.persist(&mut rng, who, item);
        }
    }
}

#[test]
fn killed_judges_lose_nothing_and_double_nothing() {
    let home = Home::demo();
    let before: BTreeSet<String> = home.ids(GUILD, None).into_iter().collect();
    let file = home.file("items.jsonl", rows(ITEMS, 0));
    home.by("steward-1", &["import", &file, "--guild", GUILD]).done();
    let items: Vec<String> = home.ids(GUILD, None).into_iter().filter(|id| !before.contains(id)).collect();
    assert_eq!(items.len(), ITEMS);
    let asked = home.show(&items[0])["asked"].clone();
    let work = Work {
        home: &home,
        items: &items,
        asked: &asked,
        typical_us: AtomicU64::new(30_000),
        kills: AtomicUsize::new(0),
        acknowledged: Mutex::default(),
    };
    std::thread::scope(|scope| {
        for seed in 0..WORKERS.len() {
            let work = &work;
            scope.spawn(move || work.toil(seed));
        }
    });
    let (kills, acknowledged) = (work.kills.into_inner(), work.acknowledged.into_inner().unwrap());
    assert!(kills >= KILLS / 2 && acknowledged.len() > ITEMS, "{kills} kills, {} receipts", acknowledged.len());
    assert_eq!(home.ledger().done()["ok"], true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(check(&home, &acknowledged));
    assert_eq!(home.ledger().done()["ok"], true);
}

/// Every receipt is of the log, every judgement in it once, and no item has more than its charter allows.
async fn check(home: &Home, acknowledged: &[Acknowledged]) {
    let hall = Hall::open(&home.hall, Arc::new(Now), Arc::new(Now)).await.unwrap();
    let verifier = NoteVerifier::parse(&hall.vkey().await.unwrap()).unwrap();
    let size: u64 = hall.head().await.unwrap().lines().nth(1).unwrap().parse().unwrap();
    let handles = home.handles();
    let mut nodes = MemoryNodes::default();
    let mut judged: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut of_item: BTreeMap<String, u64> = BTreeMap::new();
    let mut hashes = Vec::new();
    for seq in 0..size {
        let bytes = hall.entry(seq).await.unwrap();
        let entry = Entry::read(&bytes).unwrap();
        nodes.push(leaf_hash(&bytes));
        hashes.push(data_encoding::HEXLOWER.encode(&leaf_hash(&bytes)));
        if matches!(entry.core.event, Event::JudgementSubmitted {}) {
            let item = entry.core.refs[0].to_string();
            *of_item.entry(item.clone()).or_default() += 1;
            let known = judged.insert((handles[&entry.core.actor].clone(), item), seq);
            assert_eq!(known, None, "entry {seq}: its author judged the item before");
        }
    }
    for Acknowledged { who, item, receipt } in acknowledged {
        let seq = receipt["event"].as_u64().unwrap();
        assert_eq!(judged.get(&(who.clone(), item.clone())), Some(&seq), "{who} on {item}: {receipt}");
        assert_eq!(hashes[usize::try_from(seq).unwrap()], receipt["entry_hash"]);
        let head = open_checkpoint(receipt["checkpoint"].as_str().unwrap(), &verifier).unwrap();
        assert!(head.size > seq && root_at(&nodes, head.size) == Some(head.root), "{who} on {item}: a lost head");
    }
    let most = Charter::read(CHARTER).unwrap().overlap.max;
    assert!(of_item.values().all(|count| *count <= u64::from(most)), "{of_item:?}");
    let listed = home.run(&["item", "list", "--guild", GUILD]).done();
    for item in listed["items"].as_array().unwrap() {
        let count = of_item.get(item["id"].as_str().unwrap()).copied().unwrap_or(0);
        assert_eq!(item["judgements"], count, "{item}");
    }
    assert_eq!(hall.rebuild().await.unwrap(), 0, "rows differed from the entries");
}

#[test]
fn a_killed_import_leaves_nothing_and_the_next_imports_everything() {
    const ROWS: usize = 10_000;
    let home = Home::founded();
    let mut rng = Rng(11);
    let open = || home.run(&["status"]).done()["guilds"][0]["items"]["open"].as_u64().unwrap();
    let import = |file: &str| home.command(&["import", file, "--guild", GUILD, "--json"]);
    let start = Instant::now();
    assert_eq!(run(&mut import(&home.file("0.jsonl", rows(ROWS, 0))), None).json["imported"], ROWS);
    let longest = start.elapsed().mul_f64(1.1);
    let mut left_nothing = 0;
    for batch in 1..=10 {
        let (file, before) = (home.file("next.jsonl", rows(ROWS, batch)), open());
        let killed = run(&mut import(&file), Some(moment(&mut rng, longest)));
        let now = open();
        let again = run(&mut import(&file), None);
        assert_eq!(again.code, Some(0), "{}", again.err);
        if now == before {
            assert_eq!(killed.code, None, "it was done, and nothing is there");
            left_nothing += 1;
            assert_eq!((&again.json["imported"], &again.json["duplicates"]), (&ROWS.into(), &0.into()));
        } else {
            assert_eq!((&again.json["imported"], &again.json["duplicates"]), (&0.into(), &ROWS.into()));
        }
        assert_eq!(open(), before + u64::try_from(ROWS).unwrap());
    }
    assert!(left_nothing > 0, "no import was killed in time");
    assert_eq!(home.ledger().done()["ok"], true);
}

#[test]
fn a_killed_release_leaves_no_half_directory() {
    let home = Home::demo();
    let mut rng = Rng(12);
    let verify = |dir: &str| finish(guildhall().args(["verify", dir, "--json"])).done()["ok"].clone();
    let cut = |version: &str, dir: &str| {
        home.command(&["release", "cut", "--guild", GUILD, "--version", version, "--output", dir, "--json"])
    };
    let dir = |number: usize| home.path(&format!("release-{number}")).display().to_string();
    let start = Instant::now();
    assert_eq!(run(&mut cut("1.0.0", &dir(0)), None).code, Some(0));
    let longest = start.elapsed().mul_f64(1.1);
    let (mut absent, mut whole) = (0, 0);
    for number in 1..=30 {
        let (dir, version) = (dir(number), format!("1.{number}.0"));
        run(&mut cut(&version, &dir), Some(moment(&mut rng, longest)));
        if std::path::Path::new(&dir).exists() {
            whole += 1;
            assert_eq!(verify(&dir), true);
            continue;
        }
        absent += 1;
        let again = run(&mut cut(&version, &dir), None);
        if again.code != Some(0) {
            // its entry stands already: the version is spent, and the next one holds the same labels
            assert_eq!(again.json["refused"]["rule"], "release-version", "{}", again.err);
            assert_eq!(run(&mut cut(&format!("1.{number}.1"), &dir), None).code, Some(0));
        }
        assert_eq!(verify(&dir), true);
        let staged = home.path(&format!(".release-{number}.cutting"));
        assert!(!staged.exists(), "what a killed release left is cleared by the next");
    }
    assert!(absent > 0, "no release was killed in time ({whole} were whole)");
    assert_eq!(home.ledger().done()["ok"], true);
}
