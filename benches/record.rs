//! Figures of the record, each beside the bare work it can't do without: `cargo bench --bench record`.
//!
//! Prints medians and ratios; asserts nothing, since machines differ.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use guildhall::domain::{ItemState, Timestamp};
use guildhall::hall::{
    Answered, BadRows, Clock, Founder, Founding, Hall, KeyInMemory, NewMember, Random, found, read_key,
};

const ITEMS: usize = 20_000;
const JUDGEMENTS: usize = 400;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_800_000_000_000)
    }
}

struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn percentile(times: &mut [Duration], share: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * share / 100]
}

fn rows(path: &Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for row in 0..ITEMS {
        let text = format!("{row} beam load steel valve dose ").repeat(17);
        writeln!(file, r#"{{"prompt":"Question {row}?","outputs":[{{"text":"{text}"}},{{"text":"{text} b"}}]}}"#)
            .unwrap();
    }
}

fn bare_insert(dir: &Path, file: &Path) -> Duration {
    let text = std::fs::read_to_string(file).unwrap();
    let connection = rusqlite::Connection::open(dir.join("bare.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch("CREATE TABLE rows(n INTEGER PRIMARY KEY, doc TEXT)").unwrap();
    let start = Instant::now();
    let lines: Vec<&str> = text.lines().collect();
    for slice in lines.chunks(8_000) {
        connection.execute_batch("BEGIN").unwrap();
        let mut insert = connection.prepare_cached("INSERT INTO rows(doc) VALUES (?1)").unwrap();
        for line in slice {
            insert.execute([line]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    start.elapsed()
}

fn fsyncs(dir: &Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(dir.join("fsync")).unwrap();
    let sync = |_| {
        let start = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        start.elapsed()
    };
    (0..JUDGEMENTS).map(sync).collect()
}

async fn hall(dir: &Path) -> (Hall, Vec<KeyInMemory>) {
    let founding = Founding {
        name: "Bench".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        founders: vec![Founder { handle: "steward".to_owned(), key: None, steward: true }],
        charters: vec![include_str!("../guilds/cardiology.toml").to_owned()],
        constitution: include_str!("../guilds/constitution.md").to_owned(),
        demo: false,
    };
    let random: Arc<dyn Random> = Arc::new(Counted(AtomicU64::new(1)));
    let (hall, _) = found(&dir.join("hall"), founding, Arc::new(Fixed), random).await.unwrap();
    let steward = KeyInMemory::of(read_key(&hall.dir().join("keys/steward")).unwrap());
    let mut keys = Vec::new();
    for (handle, place) in [("rater-1", "a"), ("rater-2", "b"), ("rater-3", "c")] {
        let new = NewMember { handle: handle.to_owned(), key: None, steward: false, petition: None };
        let (member, path) = hall.add_member(&steward, new).await.unwrap();
        let institution = hall.institution(place).await.unwrap();
        let until = hall.now().plus_ms(86_400_000);
        let guild = "cardiology".parse().unwrap();
        hall.attest(&steward, &member, guild, ("board".to_owned(), institution, until)).await.unwrap();
        keys.push(KeyInMemory::of(read_key(&path.unwrap()).unwrap()));
    }
    keys.push(steward);
    (hall, keys)
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rows.jsonl");
    rows(&file);
    let (hall, keys) = hall(dir.path()).await;
    let guild = "cardiology".parse().unwrap();

    let start = Instant::now();
    hall.import(&keys[3], &file, &guild, BadRows::Stop).await.unwrap();
    let (import, bare) = (start.elapsed(), bare_insert(dir.path(), &file));
    println!(
        "import of {ITEMS} items: {import:.2?}, bare insert {bare:.2?}, ratio {:.1}",
        import.as_secs_f64() / bare.as_secs_f64()
    );

    let answers: BTreeMap<String, String> = [
        ("correct@1", "yes"),
        ("safe@1", "yes"),
        ("complete@1", "4"),
        ("correct@2", "yes"),
        ("safe@2", "yes"),
        ("complete@2", "4"),
        ("better", "tie"),
    ]
    .map(|(key, answer)| (key.to_owned(), answer.to_owned()))
    .into();
    let said = Answered { answers, ..Answered::default() };
    let items = hall.list_items(&guild, Some(ItemState::Open), None).await.unwrap();
    let mut submits = Vec::new();
    for item in items.iter().take(JUDGEMENTS) {
        let start = Instant::now();
        hall.judge(&keys[0], &item.id, &said).await.unwrap();
        submits.push(start.elapsed());
    }
    let mut syncs = fsyncs(dir.path());
    let (p99, sync99) = (percentile(&mut submits, 99), percentile(&mut syncs, 99));
    println!(
        "judge to durable: median {:.2?}, p99 {p99:.2?}; the disk's fsync: median {:.2?}, p99 {sync99:.2?}",
        median(submits.clone()),
        median(syncs.clone())
    );

    let start = Instant::now();
    let verified = hall.verify().await.unwrap();
    let whole = start.elapsed();
    let key = guildhall::ledger::read_public_key(&hall.facts().await.unwrap().key).unwrap();
    let host = read_key(&hall.dir().join("keys/hall")).unwrap();
    let sig = guildhall::ledger::sign(&host, b"text\n").unwrap();
    let start = Instant::now();
    for _ in 0..verified.signatures {
        guildhall::ledger::verify(&key, b"text\n", &sig).unwrap();
    }
    let bare = start.elapsed();
    println!("verify {} entries and {ITEMS} items: {whole:.2?}; their signatures alone {bare:.2?}", verified.entries);
}
