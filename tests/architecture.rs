//! The house's plan, held as a test: who may import whom, no cycles, sizes of files, a first line in each, no unsafe.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules and their floors; a module imports from lower floors only.
const FLOORS: [(&str, u8); 13] = [
    ("domain", 0),
    ("stats", 0),
    ("ledger", 1),
    ("consensus", 1),
    ("governance", 1),
    ("store", 2),
    ("exchange", 2),
    ("engine", 2),
    ("hall", 3),
    ("tui", 4),
    ("commands", 4),
    ("ssh", 5),
    ("cli", 6),
];
/// What a module never touches although it stands below it.
const NEVER: [(&str, &[&str]); 4] =
    [("tui", &["store", "engine"]), ("commands", &["store"]), ("ssh", &["store", "engine"]), ("engine", &["store"])];
/// What the pure floors never name.
const IMPURE: [&str; 6] = ["tokio", "std::fs", "std::net", "SystemTime", "Instant", "rand::"];
const PURE: [&str; 5] = ["domain", "stats", "ledger", "consensus", "governance"];
/// Files that may hold unsafe code.
const UNSAFE: [&str; 0] = [];

struct Source {
    /// Path below `src`, such as `hall/submit.rs`.
    path: String,
    /// Its text without tests and comments.
    code: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut waiting = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                sources.push(Source { path, code: code_of(&text), text });
            }
        }
    }
    assert!(sources.len() > 50, "the sources were not found");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The text without its test module and without comments.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let uncommented = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    uncommented.collect::<Vec<_>>().join("\n")
}

impl Source {
    /// The module it belongs to; none for `lib.rs` and `main.rs`.
    fn module(&self) -> Option<&str> {
        self.path.split_once('/').map(|(module, _)| module)
    }

    /// What stands behind each `prefix` in its code, up to where a name ends; braces of a use list are opened.
    fn named_after(&self, prefix: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (at, _) in self.code.match_indices(prefix) {
            let rest = &self.code[at + prefix.len()..];
            let list = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => rest,
            };
            let parts: Vec<&str> = if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
            for part in parts {
                let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !name.is_empty() {
                    names.insert(name);
                }
            }
        }
        names
    }
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn upward(source: &Source) -> Vec<String> {
    let Some(module) = source.module() else { return Vec::new() };
    let Some(own) = floor(module) else { return vec![format!("{}: `{module}` is on no floor", source.path)] };
    let never = NEVER.iter().find(|(name, _)| *name == module).map(|(_, never)| *never).unwrap_or_default();
    let imports = source.named_after("crate::");
    let wrong = imports.into_iter().filter(|import| {
        import != module && floor(import).is_some_and(|other| other >= own || never.contains(&import.as_str()))
    });
    wrong.map(|import| format!("{}: imports `{import}`, which it may not", source.path)).collect()
}

#[test]
fn modules_import_from_lower_floors_only() {
    let faults: Vec<String> = sources().iter().flat_map(upward).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let planted = Source { path: "domain/x.rs".into(), code: "use crate::hall::Hall;".into(), text: String::new() };
    assert_eq!(upward(&planted).len(), 1, "a planted import is found");
}

#[test]
fn pure_floors_name_nothing_impure() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.module().is_some_and(|module| PURE.contains(&module))) {
        for word in IMPURE.iter().filter(|word| source.code.contains(**word)) {
            faults.push(format!("{} names `{word}`", source.path));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Which file of a directory defines each name that its `mod.rs` re-exports, by `pub use file::{Name}`.
fn exports(dir: &str, sources: &[Source]) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    let Some(index) = sources.iter().find(|source| source.path == format!("{dir}/mod.rs")) else { return exports };
    for statement in index.code.split(';') {
        let Some((_, used)) = statement.split_once(" use ") else { continue };
        let Some((file, names)) = used.trim().split_once("::") else { continue };
        for name in names.trim_matches(['{', '}', ' ', '\n']).split(',') {
            exports.insert(name.trim().to_owned(), file.to_owned());
        }
    }
    exports
}

/// The files of its own directory that a source imports from.
fn neighbours(source: &Source, dir: &str, sources: &[Source]) -> BTreeSet<String> {
    let exports = exports(dir, sources);
    let inside = format!("crate::{}::", dir.replace('/', "::"));
    let names = source.named_after("use super::").into_iter().chain(source.named_after(&inside));
    let is_file = |name: &str| {
        let there = |path: String| sources.iter().any(|source| source.path == path);
        there(format!("{dir}/{name}.rs")) || there(format!("{dir}/{name}/mod.rs"))
    };
    names.filter_map(|name| if is_file(&name) { Some(name) } else { exports.get(&name).cloned() }).collect()
}

#[test]
fn files_of_a_module_have_no_cycles() {
    let sources = sources();
    let mut edges: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.ends_with("mod.rs")) {
        let Some((dir, file)) = source.path.rsplit_once('/') else { continue };
        let own = file.trim_end_matches(".rs").to_owned();
        let mut to = neighbours(source, dir, &sources);
        to.remove(&own);
        edges.insert((dir.to_owned(), own), to);
    }
    let mut faults = Vec::new();
    for (dir, file) in edges.keys() {
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<String> = edges[&(dir.clone(), file.clone())].iter().cloned().collect();
        while let Some(next) = waiting.pop() {
            if reached.insert(next.clone()) {
                waiting.extend(edges.get(&(dir.clone(), next)).into_iter().flatten().cloned());
            }
        }
        if reached.contains(file) {
            faults.push(format!("{dir}/{file}.rs imports itself by way of others: {reached:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 100, "the imports were not read");
}

#[test]
fn files_are_rooms_not_halls() {
    let sources = sources();
    let lines = |source: &Source| source.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines().count();
    let mut sizes: Vec<(usize, &str)> = sources.iter().map(|source| (lines(source), source.path.as_str())).collect();
    sizes.sort_unstable();
    let largest = sizes.last().unwrap();
    assert!(largest.0 <= 500, "{largest:?} is over 500 lines");
    let ninth = sizes[sizes.len() * 9 / 10];
    assert!(ninth.0 <= 300, "more than one file in ten is over 300 lines: {ninth:?}");
    let median = sizes[sizes.len() / 2];
    assert!(median.0 <= 180, "the median is over 180 lines: {median:?}");
}

#[test]
fn every_file_says_what_it_is_and_is_safe() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            faults.push(format!("{} has no first line", source.path));
        }
        if source.code.contains("unsafe ") && !UNSAFE.contains(&source.path.as_str()) {
            faults.push(format!("{} is unsafe", source.path));
        }
        let name = source.path.trim_end_matches(".rs");
        if ["utils", "helpers", "common", "manager", "misc"].iter().any(|bad| name.ends_with(bad)) {
            faults.push(format!("{} has a name that says nothing", source.path));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
