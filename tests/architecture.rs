//! The house's plan, held as a test: who may import whom, no cycles, sizes of files, a first line in each, no unsafe.
//!
//! Sources are read as text: comments, strings and test modules are left out, and each path that remains (`use` trees and
//! paths in the code) is followed to the file that defines it, through the re-exports of `mod.rs`. Limitations: a method
//! call names no file, so `impl` blocks of one type in several files count only by what they import; what a macro builds
//! out of pieces isn't seen.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules and their floors; a module imports from lower floors only. `lib.rs` and `main.rs` stand outside.
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
/// What a module never touches, whatever the floors say.
const NEVER: [(&str, &[&str]); 5] = [
    ("exchange", &["store"]),
    ("engine", &["store"]),
    ("tui", &["store", "engine", "ssh", "cli"]),
    ("commands", &["store", "tui"]),
    ("ssh", &["store", "engine"]),
];
/// Modules without input, output, clock and randomness, and the paths that would bring them in.
const PURE: [&str; 5] = ["domain", "stats", "ledger", "consensus", "governance"];
const IMPURE: [&str; 6] = ["tokio", "std::fs", "std::net", "SystemTime", "Instant::now", "rand"];
/// Files that may hold unsafe code.
const UNSAFE: [&str; 1] = ["engine/model/kernels.rs"];
/// Names that don't say what a file is for.
const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "common", "manager", "misc"];

/// How long the comment, string or character that starts here is; 0 if none does.
fn literal_at(text: &[char]) -> usize {
    let quoted = |from: usize, quote: char| {
        let mut at = from;
        while at < text.len() && text[at] != quote {
            at += if text[at] == '\\' { 2 } else { 1 };
        }
        (at + 1).min(text.len())
    };
    match text {
        ['/', '/', ..] => text.iter().position(|c| *c == '\n').unwrap_or(text.len()),
        ['/', '*', ..] => {
            let (mut at, mut depth) = (2, 1);
            while depth > 0 && at < text.len() {
                match text[at..] {
                    ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
                    ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
                    _ => at += 1,
                }
            }
            at
        }
        ['"', ..] => quoted(1, '"'),
        ['\'', '\\', _, ..] => quoted(1, '\''),
        ['\'', _, '\'', ..] => 3,
        ['b' | 'c', 'r', '#' | '"', ..] => 1 + literal_at(&text[1..]),
        ['r', '#' | '"', ..] => {
            let hashes = text[1..].iter().take_while(|c| **c == '#').count();
            if text.get(1 + hashes) != Some(&'"') {
                return 0;
            }
            let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = 2 + hashes;
            let closed = text[body..].windows(end.len()).position(|window| window == end);
            closed.map_or(text.len(), |at| body + at + end.len())
        }
        _ => 0,
    }
}

/// A name, a `::`, or one other character of the code.
#[derive(Clone)]
struct Token {
    text: String,
    line: usize,
}

fn tokens_of(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < text.len() {
        let literal = literal_at(&text[at..]);
        let word = text[at..].iter().take_while(|c| is_word(c)).count();
        let length = match (literal, word) {
            (0, 0) if text[at..].starts_with(&[':', ':']) => 2,
            (0, 0) => 1,
            (0, word) => word,
            (literal, _) => literal,
        };
        let part = &text[at..at + length];
        if literal == 0 && !part[0].is_whitespace() {
            tokens.push(Token { text: part.iter().collect(), line });
        }
        line += part.iter().filter(|c| **c == '\n').count();
        at += length;
    }
    tokens
}

/// Where the bracket that opens at or after `from` closes, or where a `;` ends the item before any opens.
fn end_of(tokens: &[Token], from: usize, open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            text if text == open => depth += 1,
            text if text == close => depth -= 1,
            ";" if depth == 0 => return at,
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// The token ranges of `#[cfg(test)] mod name { ... }`.
fn test_modules(tokens: &[Token]) -> Vec<(usize, usize)> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    let mut found = Vec::new();
    for start in 0..tokens.len() {
        if !["#", "[", "cfg", "(", "test", ")", "]"].iter().enumerate().all(|(step, text)| is(start + step, text)) {
            continue;
        }
        let mut at = start + 7;
        while is(at, "#") {
            at = end_of(tokens, at, "[", "]") + 1;
        }
        if is(at, "pub") {
            at = if is(at + 1, "(") { end_of(tokens, at, "(", ")") + 1 } else { at + 1 };
        }
        if is(at, "mod") {
            found.push((start, end_of(tokens, at, "{", "}")));
        }
    }
    found
}

/// A path that a file names: from the crate's root if it starts with `crate`, else as it stands.
struct Named {
    path: Vec<String>,
    line: usize,
    /// The name that a `use` binds it to; `*` for a glob.
    bound: Option<String>,
}

/// Reads the paths out of one file's tokens.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The module that is being read, from the root, and the depths at which its inline modules opened.
    home: Vec<String>,
    inline: Vec<usize>,
    depth: usize,
    named: Vec<Named>,
}

impl<'a> Reader<'a> {
    fn read(tokens: &'a [Token], home: Vec<String>) -> Vec<Named> {
        let mut reader = Reader { tokens, at: 0, home, inline: Vec::new(), depth: 0, named: Vec::new() };
        while reader.at < tokens.len() {
            reader.step();
        }
        reader.named
    }

    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn is_name(&self, at: usize) -> bool {
        self.text(at).starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn step(&mut self) {
        let (text, next) = (self.text(self.at), self.text(self.at + 1));
        let before = |back: usize| self.at.checked_sub(back).map_or("", |at| self.text(at));
        match text {
            "{" => self.depth += 1,
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                if self.inline.last() == Some(&self.depth) {
                    self.inline.pop();
                    self.home.pop();
                }
            }
            "pub" if next == "(" => self.at = end_of(self.tokens, self.at, "(", ")"),
            "mod" if self.text(self.at + 2) == "{" => {
                self.home.push(next.to_owned());
                self.inline.push(self.depth);
                self.at += 1;
            }
            "use" if next != "<" => {
                self.at += 1;
                self.tree(&[]);
            }
            _ if self.is_name(self.at) && before(1) != "." && !(before(1) == "::" && before(2) == ">") => {
                let (line, mut path) = (self.tokens[self.at].line, vec![text.to_owned()]);
                while self.text(self.at + 1) == "::" && self.is_name(self.at + 2) {
                    self.at += 2;
                    path.push(self.text(self.at).to_owned());
                }
                if path.len() > 1 {
                    self.name(path, line, None);
                }
            }
            _ => {}
        }
        self.at += 1;
    }

    /// Reads one branch of a `use` tree; stands behind it afterwards.
    fn tree(&mut self, stem: &[String]) {
        let mut path = stem.to_vec();
        loop {
            let (text, line) = (self.text(self.at), self.tokens.get(self.at).map_or(0, |token| token.line));
            self.at += 1;
            match text {
                "::" => {}
                "{" => {
                    while !["}", ""].contains(&self.text(self.at)) {
                        self.tree(&path);
                        self.at += usize::from(self.text(self.at) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "*" => return self.name(path, line, Some("*".to_owned())),
                _ => {
                    if text != "self" || path.is_empty() {
                        path.push(text.to_owned());
                    }
                    if self.text(self.at) == "::" {
                        continue;
                    }
                    let mut bound = path.last().cloned();
                    if self.text(self.at) == "as" {
                        bound = Some(self.text(self.at + 1).to_owned());
                        self.at += 2;
                    }
                    return self.name(path, line, bound);
                }
            }
        }
    }

    fn name(&mut self, written: Vec<String>, line: usize, bound: Option<String>) {
        let mut home = self.home.clone();
        let mut steps = 0;
        while let Some("self" | "super") = written.get(steps).map(String::as_str) {
            if written[steps] == "super" {
                home.pop();
            }
            steps += 1;
        }
        let path = match steps {
            0 => written,
            _ => std::iter::once("crate".to_owned()).chain(home).chain(written[steps..].iter().cloned()).collect(),
        };
        self.named.push(Named { path, line, bound });
    }
}

/// One file below `src`.
struct Source {
    text: String,
    tokens: Vec<Token>,
    /// Tokens and number of lines without test modules.
    code: Vec<Token>,
    lines: usize,
    named: Vec<Named>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let tokens = tokens_of(text);
        let (mut code, mut lines, mut next) = (Vec::new(), text.lines().count(), 0);
        for (start, end) in test_modules(&tokens).into_iter().filter(|(_, end)| *end < tokens.len()) {
            if start >= next {
                code.extend_from_slice(&tokens[next..start]);
                lines -= tokens[end].line - tokens[start].line + 1;
                next = end + 1;
            }
        }
        code.extend_from_slice(&tokens[next..]);
        let mut named = Reader::read(&code, module_of(path));
        let bound = |named: &Named| Some((named.bound.clone()?, named.path.clone()));
        let bindings: BTreeMap<String, Vec<String>> = named.iter().filter_map(bound).collect();
        for Named { path, .. } in named.iter_mut().filter(|named| named.path.len() > 1) {
            if let Some(meant) = bindings.get(&path[0]) {
                path.splice(..1, meant.iter().cloned());
            }
        }
        Source { text: text.to_owned(), tokens, code, lines, named }
    }
}

/// The module that a file is, from the root: `store/sqlite/read.rs` is `store`, `sqlite`, `read`.
fn module_of(path: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if ["lib", "main"].contains(&stem) { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
}

/// An import: from, to (files or top modules), and a line that says where.
type Import = (String, String, String);

/// All files below `src`, by their paths there.
struct House(BTreeMap<String, Source>);

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut waiting, mut files) = (vec![root.clone()], BTreeMap::new());
        while let Some(next) = waiting.pop() {
            for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.insert(name.clone(), Source::new(&name, &std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        assert!(files.len() > 50, "the sources were not found");
        House(files)
    }

    fn planted(files: &[(&str, &str)]) -> Self {
        let root = ("lib.rs", "//! The root.");
        let files = files.iter().chain([&root]);
        House(files.map(|(path, text)| ((*path).to_owned(), Source::new(path, text))).collect())
    }

    /// All files but `lib.rs` and `main.rs`, each with its top module.
    fn on_floors(&self) -> impl Iterator<Item = (&str, &str, &Source)> {
        let files = self.0.iter().filter(|(path, _)| !["lib.rs", "main.rs"].contains(&path.as_str()));
        files.map(|(path, source)| (top_of(path), path.as_str(), source))
    }

    /// The file that holds a module.
    fn file_of(&self, module: &[String]) -> Option<&str> {
        let stem = module.join("/");
        let names = if module.is_empty() {
            ["lib.rs".to_owned(), String::new()]
        } else {
            [format!("{stem}.rs"), format!("{stem}/mod.rs")]
        };
        names.iter().find_map(|name| self.0.get_key_value(name)).map(|(name, _)| name.as_str())
    }

    /// The path from the root without `crate`, if what a file names is of this crate.
    fn inside(&self, file: &str, named: &Named) -> Option<Vec<String>> {
        if named.path.first().is_some_and(|first| first == "crate") {
            return Some(named.path[1..].to_vec());
        }
        // a module names its children without `self::`
        let whole: Vec<String> = module_of(file).into_iter().chain(named.path.iter().cloned()).collect();
        let child = &whole[..=whole.len() - named.path.len()];
        (is_index(file) && self.file_of(child).is_some()).then_some(whole)
    }

    /// The file that defines what a path from the root leads to; none if that can't be told.
    fn definition(&self, path: &[String]) -> Option<&str> {
        self.definition_within(path, 8)
    }

    fn definition_within(&self, path: &[String], steps: usize) -> Option<&str> {
        let depth = (0..=path.len()).take_while(|depth| self.file_of(&path[..*depth]).is_some()).last()?;
        let file = self.file_of(&path[..depth])?;
        let Some(name) = path.get(depth).filter(|_| is_index(file) && steps > 0) else { return Some(file) };
        if self.defines(file, name) {
            return Some(file);
        }
        let bound_as = |wanted: &str| -> BTreeSet<Vec<String>> {
            let uses = self.0[file].named.iter().filter(|named| named.bound.as_deref() == Some(wanted));
            uses.filter_map(|named| self.inside(file, named)).collect()
        };
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for target in bound_as(name) {
            let whole: Vec<String> = target.into_iter().chain(path[depth + 1..].iter().cloned()).collect();
            found.extend(self.definition_within(&whole, steps - 1));
        }
        if found.is_empty() {
            let globs = bound_as("*");
            found.extend(globs.iter().filter_map(|glob| self.file_of(glob)).filter(|file| self.defines(file, name)));
        }
        if found.len() == 1 { found.pop_first() } else { None }
    }

    fn defines(&self, file: &str, name: &str) -> bool {
        let kinds = ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules", "!"];
        let code = &self.0[file].code;
        code.windows(2).any(|pair| kinds.contains(&pair[0].text.as_str()) && pair[1].text == name)
    }

    /// Imports between top modules, by the module that a path names and by the one that defines what it leads to.
    fn between_modules(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (own, file, source) in self.on_floors() {
            for named in &source.named {
                let Some(path) = self.inside(file, named) else { continue };
                let defined = self.definition(&path).map(|file| top_of(file).to_owned());
                let named_first = path.first().cloned().unwrap_or_default();
                for other in BTreeSet::from([named_first, defined.unwrap_or_default()]) {
                    if other != own && (floor(&other).is_some() || self.file_of(std::slice::from_ref(&other)).is_some())
                    {
                        let place = format!("src/{file}:{}: {own} imports {other} ({})", named.line, path.join("::"));
                        imports.push((own.to_owned(), other, place));
                    }
                }
            }
        }
        imports
    }

    /// Imports between the files of each top module, and the paths whose file can't be told.
    fn between_files(&self) -> (Vec<Import>, Vec<String>) {
        let (mut imports, mut unknown) = (Vec::new(), Vec::new());
        for (own, file, source) in self.on_floors().filter(|(_, file, _)| !is_index(file)) {
            for named in &source.named {
                let Some(path) = self.inside(file, named) else { continue };
                let place = format!("src/{file}:{}: {}", named.line, path.join("::"));
                match self.definition(&path) {
                    _ if named.bound.as_deref() == Some("*") && self.file_of(&path).is_some_and(is_index) => {
                        unknown.push(format!("{place}::* (a glob over a whole module)"));
                    }
                    None => unknown.push(place),
                    Some(to) if to != file && !is_index(to) && top_of(to) == own => {
                        imports.push((file.to_owned(), to.to_owned(), format!("{place} is in src/{to}")));
                    }
                    Some(_) => {}
                }
            }
        }
        (imports, unknown)
    }
}

/// The top module that a file belongs to; `lib.rs` belongs to none.
fn top_of(file: &str) -> &str {
    let alone = if file == "lib.rs" { "" } else { file.trim_end_matches(".rs") };
    file.split_once('/').map_or(alone, |(top, _)| top)
}

fn is_index(file: &str) -> bool {
    file == "lib.rs" || file.ends_with("/mod.rs")
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// The imports that lie on a cycle: those from whose end their beginning can be reached.
fn knots(imports: &[Import]) -> Vec<String> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to, _) in imports {
        next.entry(from).or_default().insert(to);
    }
    let reaches = |from: &str, to: &str| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(at) = waiting.pop() {
            if seen.insert(at) {
                waiting.extend(next.get(at).into_iter().flatten().copied());
            }
        }
        seen.contains(to)
    };
    imports
        .iter()
        .filter(|(from, to, _)| reaches(to, from))
        .map(|(_, _, place)| format!("{place}, on a cycle"))
        .collect()
}

fn against_floors(house: &House) -> Vec<String> {
    let allowed = |own: &str, other: &str| {
        let never = NEVER.iter().any(|(name, never)| *name == own && never.contains(&other));
        !never && floor(own).zip(floor(other)).is_some_and(|(own, other)| other < own)
    };
    let imports = house.between_modules();
    let homeless: BTreeSet<&str> =
        house.on_floors().map(|(own, _, _)| own).filter(|own| floor(own).is_none()).collect();
    let homeless = homeless.into_iter().map(|own| format!("src/{own}: on no floor"));
    let wrong = imports.into_iter().filter(|(own, other, _)| !allowed(own, other)).map(|(_, _, place)| place);
    homeless.chain(wrong).collect()
}

fn against_purity(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (_, file, source) in house.on_floors().filter(|(own, _, _)| PURE.contains(own)) {
        for named in &source.named {
            // crates count where a path begins, the rest wherever it stands
            let path = format!("::{}::", named.path.join("::"));
            let crates = ["tokio", "rand"];
            let found = |word: &&str| match path.find(&format!("::{word}::")) {
                Some(at) => at == 0 || !crates.contains(word),
                None => false,
            };
            let faulty = IMPURE.into_iter().find(|word| found(word));
            faults.extend(faulty.map(|word| format!("src/{file}:{}: names {word}", named.line)));
        }
    }
    faults
}

fn against_cycles(house: &House) -> Vec<String> {
    let (files, unknown) = house.between_files();
    let unknown =
        unknown.into_iter().map(|place| format!("{place}: which file defines it can't be told; re-export it by name"));
    // re-exports can be followed because an index holds nothing else
    let items = ["fn", "struct", "enum", "trait", "impl", "const", "static", "type", "macro_rules", "union"];
    let mut full = Vec::new();
    for (_, file, source) in house.on_floors().filter(|(_, file, _)| is_index(file)) {
        let item = source.code.iter().find(|token| items.contains(&token.text.as_str()));
        full.extend(item.map(|item| format!("src/{file}:{}: mod.rs only declares and re-exports", item.line)));
    }
    knots(&house.between_modules()).into_iter().chain(knots(&files)).chain(unknown).chain(full).collect()
}

fn against_sizes(house: &House) -> Vec<String> {
    let over = |limit: usize| -> Vec<String> {
        let large = house.0.iter().filter(|(_, source)| source.lines > limit);
        large.map(|(file, source)| format!("src/{file}:{limit}: {} lines, over {limit}", source.lines)).collect()
    };
    let (halls, large, above) = (over(500), over(300), over(180));
    let mut faults = halls;
    if large.len() * 10 > house.0.len() {
        faults.push(format!("{} of {} files are over 300 lines; one in ten may be", large.len(), house.0.len()));
        faults.extend(large);
    }
    if above.len() * 2 > house.0.len() {
        faults.push(format!("the median of {} files is over 180 lines", house.0.len()));
        faults.extend(above);
    }
    faults
}

fn against_form(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, source) in &house.0 {
        if !source
            .text
            .strip_prefix("//! ")
            .is_some_and(|rest| rest.starts_with(char::is_alphanumeric) || rest.starts_with('`'))
        {
            faults.push(format!("src/{file}:1: has no first line"));
        }
        if EMPTY_NAMES.iter().any(|name| module_of(file).iter().any(|part| part == name)) {
            faults.push(format!("src/{file}:1: has a name that says nothing"));
        }
        let unsafe_at = source.tokens.iter().filter(|token| token.text == "unsafe" && !UNSAFE.contains(&file.as_str()));
        faults.extend(unsafe_at.map(|token| format!("src/{file}:{}: is unsafe", token.line)));
    }
    faults
}

fn holds(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn modules_import_from_lower_floors_only() {
    let house = House::read();
    assert!(house.between_modules().len() > 100, "the imports were not read");
    holds(&against_floors(&house));
}

#[test]
fn pure_floors_name_nothing_impure() {
    holds(&against_purity(&House::read()));
}

#[test]
fn neither_modules_nor_files_form_cycles() {
    let house = House::read();
    assert!(house.between_files().0.len() > 100, "the imports were not read");
    holds(&against_cycles(&house));
}

#[test]
fn files_are_rooms_not_halls() {
    holds(&against_sizes(&House::read()));
}

#[test]
fn every_file_says_what_it_is_and_is_safe() {
    holds(&against_form(&House::read()));
}

/// What a check says of planted files.
fn planted(check: fn(&House) -> Vec<String>, files: &[(&str, &str)]) -> Vec<String> {
    check(&House::planted(files))
}

#[test]
fn a_planted_import_is_found() {
    let found = |file: &str, text: &str| planted(against_floors, &[(file, text)]);
    assert_eq!(
        found("domain/x.rs", "//! x\n\nuse crate::hall::Hall;"),
        ["src/domain/x.rs:3: domain imports hall (hall::Hall)"]
    );
    assert_eq!(found("hall/x.rs", "use crate::{\n    domain::Item,\n    tui::{self, Screen as S},\n};").len(), 2);
    assert_eq!(found("store/x.rs", "fn f() -> crate::exchange::Row { todo!() }").len(), 1, "the same floor");
    assert_eq!(found("store/a/b.rs", "use super::super::super::engine::Run;").len(), 1, "by way of super");
    assert_eq!(
        found("hall/x.rs", "mod inner { use super::super::super::cli::main; }\nuse super::super::cli::main;").len(),
        2
    );
    assert_eq!(found("tui/x.rs", "use crate as root;\nfn f() { root::store::open() }").len(), 1, "by another name");
    assert_eq!(found("annex/x.rs", "fn f() {}").len(), 1, "a module on no floor");
    assert_eq!(found("annex.rs", "fn f() {}").len(), 1, "and one without a directory");
    for (own, never) in NEVER {
        for other in never {
            assert_eq!(found(&format!("{own}/x.rs"), &format!("use crate::{other}::X;")).len(), 1, "{own} and {other}");
        }
    }
    let lent = [
        ("store/mod.rs", "mod rows;\npub use rows::Row;"),
        ("store/rows.rs", "pub struct Row;"),
        ("hall/mod.rs", "pub use crate::store::Row;"),
        ("tui/x.rs", "use crate::hall::Row;"),
    ];
    assert_eq!(planted(against_floors, &lent), ["src/tui/x.rs:1: tui imports store (hall::Row)"], "lent by another");
}

#[test]
fn what_is_no_import_is_left_alone() {
    let text = r##"//! See [`crate::hall::Hall`].
/* use crate::hall::Hall; /* nested */ use crate::cli::main; */
use crate::domain::Item; // use crate::hall::Hall;
pub(in crate::hall) fn f<'a>(of: &'a str) -> impl Iterator<Item = char> + use<'a> {
    let texts = ("use crate::hall::Hall; \" unsafe", r#"crate::hall::Hall " unsafe"#, '"', b'\'', br"\", "unsafe");
    of.chars()
}
#[cfg(test)]
#[allow(clippy::float_cmp)]
pub(crate) mod tests {
    use crate::hall::Hall;
    fn f() { if true { crate::cli::main() } }
}
"##;
    let house = House::planted(&[("store/x.rs", text)]);
    assert_eq!(against_floors(&house), [""; 0]);
    assert_eq!(against_form(&house), [""; 0]);
    assert_eq!(house.0["store/x.rs"].lines, text.lines().count() - 6);
    let behind = format!("{text}\nuse crate::hall::Hall;");
    assert_eq!(planted(against_floors, &[("store/x.rs", &behind)]).len(), 1, "the code goes on behind the tests");
}

#[test]
fn planted_impurity_is_found() {
    for text in [
        "use tokio::sync::Mutex;",
        "use std::{fmt, fs};",
        "fn f() { std::net::TcpStream::connect(a) }",
        "use std::time::SystemTime;",
        "use std::time::Instant;\nfn f() { Instant::now() }",
        "use std::time::Instant as I;\nfn f() { I::now() }",
        "use rand::RngExt;",
    ] {
        assert_eq!(planted(against_purity, &[("stats/x.rs", text)]).len(), 1, "{text}");
        assert_eq!(planted(against_purity, &[("hall/x.rs", text)]).len(), 0, "{text}");
    }
    assert_eq!(planted(against_purity, &[("stats/x.rs", "use std::time::Instant;\nuse strand::fs;")]).len(), 0);
}

#[test]
fn a_planted_cycle_is_found() {
    let index = "mod a;\nmod b;\nmod c;\npub use a::One;\npub use b::{Three, Two as Second};\npub use c::*;";
    let with = |a: &str, b: &str, c: &str| {
        planted(against_cycles, &[("hall/mod.rs", index), ("hall/a.rs", a), ("hall/b.rs", b), ("hall/c.rs", c)])
    };
    assert_eq!(with("use super::Second;", "use super::c::Four;", "pub struct Four;"), [""; 0]);
    assert_eq!(
        with("use super::b;", "use super::One;", ""),
        [
            "src/hall/a.rs:1: hall::b is in src/hall/b.rs, on a cycle",
            "src/hall/b.rs:1: hall::One is in src/hall/a.rs, on a cycle"
        ]
    );
    assert_eq!(with("use crate::hall::Second;", "\nuse crate::hall::{\n    One};", "").len(), 2, "by re-exports");
    assert_eq!(
        with("use super::b::Two;", "use super::Four;", "pub struct Four;\nuse super::One;").len(),
        3,
        "by a glob"
    );
    assert_eq!(with("use crate::hall;\nfn f(_: hall::Three) {}", "use super::One;", "").len(), 2, "by a module's name");
    assert_eq!(with("", "use super::Nowhere;", "").len(), 1, "a name that leads nowhere");
    assert_eq!(with("", "use super::*;", "").len(), 1, "a name that leads everywhere");
    let below = [
        ("store/mod.rs", "mod interface;\nmod sqlite;\npub use interface::Store;"),
        ("store/interface.rs", "use super::sqlite::Engine;\npub struct Store;"),
        ("store/sqlite/mod.rs", "mod engine;\npub(super) use engine::Engine;"),
        ("store/sqlite/engine.rs", "use crate::store::Store;\npub struct Engine;"),
    ];
    assert_eq!(planted(against_cycles, &below).len(), 2, "through a directory");
    let modules = [("hall/x.rs", "use crate::store::A;"), ("store/x.rs", "use crate::hall::B;")];
    assert_eq!(planted(|house| knots(&house.between_modules()), &modules).len(), 2, "between modules");
    assert_eq!(planted(against_cycles, &[("hall/mod.rs", "\npub fn f() {}")]).len(), 1, "an index with code");
}

#[test]
fn planted_size_and_form_are_found() {
    let of = |lines: usize| "//! A file.\n".to_owned() + &"fn f() {}\n".repeat(lines - 1);
    let sizes = |each: &[usize]| {
        let files: Vec<(String, Source)> = each
            .iter()
            .enumerate()
            .map(|(at, lines)| (format!("hall/f{at}.rs"), Source::new("hall/f.rs", &of(*lines))))
            .collect();
        against_sizes(&House(files.into_iter().collect()))
    };
    assert_eq!(sizes(&[500, 1, 1, 1, 1, 1, 1, 1, 1, 1]), [""; 0]);
    assert_eq!(sizes(&[501, 1, 1, 1, 1, 1, 1, 1, 1, 1]).len(), 1);
    assert_eq!(sizes(&[301, 301, 1, 1, 1, 1, 1, 1, 1, 1]).len(), 3, "both are named");
    assert_eq!(sizes(&[180, 180, 1]), [""; 0]);
    assert_eq!(sizes(&[181, 181, 1]).len(), 3);
    let form = |file: &str, text: &str| planted(against_form, &[(file, text)]);
    assert_eq!(form("hall/x.rs", "//! A file.\nfn f() {}"), [""; 0]);
    assert_eq!(form("hall/x.rs", "\n//! A file."), ["src/hall/x.rs:1: has no first line"]);
    assert_eq!(form("hall/x.rs", "//! A file.\n\nunsafe fn f() {}"), ["src/hall/x.rs:3: is unsafe"]);
    assert_eq!(
        form("hall/x.rs", "//! A file.\n#[cfg(test)]\nmod tests { fn f() { unsafe {} } }").len(),
        1,
        "in tests too"
    );
    assert_eq!(form("hall/utils/x.rs", "//! A file.").len(), 1);
}
