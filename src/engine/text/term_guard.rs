//! Rewrites a template so that its terms pass a check that pays for their size: the template engine doesn't count the work
//! of joining and comparing lists, so thirty doublings of a list would take all memory, or all time.
//!
//! `[a + b, c]` becomes `term([term(a) + term(b), term(c)])`. Only tokens are looked at: terms end at brackets, at signs that
//! bind looser than a plus, and at words like `and` and `if`. What the check does is in `template_words`.

/// The function that sees each term.
pub(super) const CHECK: &str = "checked_term";

/// Words that end a term.
const WORDS: [&str; 7] = ["in", "not", "and", "or", "if", "else", "recursive"];

/// Tags that hold values; in others names are declared.
const TAGS: [&str; 6] = ["if", "elif", "for", "set", "with", "do"];

/// The template with its terms guarded. A template that can't be read is returned so that the engine tells what is wrong.
pub(super) fn guarded(source: &str) -> String {
    let mut written = String::with_capacity(source.len() + source.len() / 8);
    let mut rest = source;
    while let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        written.push_str(&rest[..start]);
        rest = &rest[start..];
        let close = if rest.starts_with("{#") { rest.find("#}").map(|end| end + 2) } else { None };
        let raw = raw_block(rest);
        if let Some(end) = close.or(raw) {
            written.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let mut tag = Tag {
            text: rest,
            at: 2,
            insertions: Vec::new(),
            chains: vec![Chain::default()],
            after_is: false,
            names: Names::No,
        };
        tag.read();
        written.push_str(&tag.written());
        rest = &rest[tag.at..];
    }
    written.push_str(rest);
    written
}

/// The length of a raw block that begins here, with its tags.
fn raw_block(text: &str) -> Option<usize> {
    let word = text.strip_prefix("{%")?.trim_start_matches(['-', '+']).trim_start();
    let after = word.strip_prefix("raw")?.trim_start().trim_start_matches(['-', '+']);
    after.strip_prefix("%}")?;
    let end = text.find("endraw")?;
    Some(end + text[end..].find("%}")? + 2)
}

/// Terms between two ends, at one depth of brackets.
#[derive(Debug, Default)]
struct Chain {
    terms: Vec<(usize, usize)>,
    open: Option<(usize, usize)>,
}

struct Tag<'t> {
    text: &'t str,
    at: usize,
    insertions: Vec<(usize, String)>,
    chains: Vec<Chain>,
    after_is: bool,
    names: Names,
}

/// Whether names are declared here: in the whole tag, or up to a word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    No,
    All,
    Until(&'static str),
}

impl Tag<'_> {
    /// Reads up to and with the tag's end, noting what to insert where.
    fn read(&mut self) {
        if self.text[self.at..].starts_with(['-', '+']) {
            self.at += 1;
        }
        let end = if self.text.starts_with("{{") { "}}" } else { "%}" };
        let mut is_first = !self.text.starts_with("{{");
        while let Some(next) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
            if self.chains.len() == 1 && unsigned.starts_with(end) {
                self.end_chain();
                self.at += rest.len() - unsigned.len() + end.len();
                return;
            }
            let length = token_length(rest, next);
            let token = &rest[..length];
            match next {
                _ if next.is_whitespace() => {}
                '(' | '[' | '{' => {
                    self.grow(length);
                    self.chains.push(Chain::default());
                }
                ')' | ']' | '}' => {
                    self.end_chain();
                    if self.chains.len() > 1 {
                        self.chains.pop();
                    }
                    self.grow(length);
                }
                '=' if !rest.starts_with("==") => self.declare(),
                ',' | ':' | '=' | '<' | '>' | '!' => self.end_chain(),
                '+' | '-' if self.is_operand_before() => self.next_term(),
                _ if is_first => self.names = Self::names_in(token),
                _ if WORDS.contains(&token) && !self.after_is => self.end_chain(),
                _ => self.grow(length),
            }
            let ends_names = matches!(self.names, Names::Until(end) if end == token);
            if ends_names && self.chains.len() == 1 {
                self.names = Names::No;
            }
            if !next.is_whitespace() {
                self.after_is = token == "is" || (self.after_is && token == "not");
                is_first = false;
            }
            self.at += length;
        }
    }

    /// The token belongs to the open term, or opens one.
    fn grow(&mut self, length: usize) {
        let (from, to) = (self.at, self.at + length);
        if let Some(chain) = self.chains.last_mut() {
            chain.open = Some((chain.open.map_or(from, |(start, _)| start), to));
        }
    }

    /// Whether a sign here joins two terms: an operator before it makes it part of a number.
    fn is_operand_before(&self) -> bool {
        let before = self.chains.last().and_then(|chain| chain.open).map(|(_, end)| &self.text[..end]);
        before.is_some_and(|text| !text.ends_with(['*', '/', '%', '~', '|', '+', '-']))
    }

    fn next_term(&mut self) {
        if let Some(chain) = self.chains.last_mut() {
            chain.terms.extend(chain.open.take());
        }
    }

    /// What the tag's first word says of the names in it.
    fn names_in(word: &str) -> Names {
        match word {
            "for" => Names::Until("in"),
            "set" => Names::Until("="),
            _ if TAGS.contains(&word) => Names::No,
            _ => Names::All,
        }
    }

    fn end_chain(&mut self) {
        let Some(chain) = self.chains.last_mut().map(std::mem::take) else { return };
        let terms = chain.terms.into_iter().chain(chain.open);
        for (start, end) in
            terms.filter(|(start, end)| self.names == Names::No && needs_check(&self.text[*start..*end]))
        {
            let space = if self.text[..start].ends_with(char::is_alphanumeric) { " " } else { "" }; // as in `not(a)`
            self.insertions.push((start, format!("{space}{CHECK}(")));
            self.insertions.push((end, ")".to_owned()));
        }
    }

    /// Before a single `=` stands a name.
    fn declare(&mut self) {
        if let Some(chain) = self.chains.last_mut() {
            *chain = Chain::default();
        }
    }

    /// The tag with what was noted.
    fn written(&mut self) -> String {
        // Where a term ends and one begins the end comes first, as it was noted first; an inner begin was noted before the
        // outer one, which makes no difference as both are spelled alike.
        self.insertions.sort_by_key(|(place, _)| *place);
        let (mut written, mut done) = (String::new(), 0);
        for (place, insertion) in &self.insertions {
            written.push_str(&self.text[done..*place]);
            written.push_str(insertion);
            done = *place;
        }
        written.push_str(&self.text[done..self.at]);
        written
    }
}

/// A number is never large, nor is a string that the template itself holds.
fn needs_check(term: &str) -> bool {
    let first = term.chars().next().unwrap_or('0');
    let is_literal = matches!(first, '"' | '\'') || first.is_ascii_digit();
    !is_literal || token_length(term, first) < term.len()
}

/// The length of the token that begins here: a string, a number, a word, or one character.
fn token_length(rest: &str, first: char) -> usize {
    let bytes = rest.as_bytes();
    match first {
        '"' | '\'' => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != bytes[0] {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            let end = (at + 1).min(rest.len());
            (end..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len())
        }
        _ if first.is_ascii_digit() => {
            let digits = |from: usize| rest[from..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
            let end = digits(0).unwrap_or(rest.len());
            let is_exponent = rest[..end].ends_with(['e', 'E']) && rest[end..].starts_with(['+', '-']);
            if is_exponent { digits(end + 1).map_or(rest.len(), |more| end + 1 + more) } else { end }
        }
        _ if first.is_alphanumeric() || first == '_' => {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        }
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn short(source: &str) -> String {
        guarded(source).replace(CHECK, "t")
    }

    #[test]
    fn terms_are_wrapped() {
        for (source, expected) in [
            ("a + b {{ a + 1 }}", "a + b {{ t(a) + 1 }}"),
            ("{{- x.b[0 + y] ~ c|trim + f(x, k=-y) -}}", "{{- t(x.b[0 + t(y)] ~ c|trim) + t(f(t(x), k=t(-y))) -}}"),
            ("{{ not(a) }}", "{{ not t((t(a))) }}"),
            ("{%- set ns.x = ns.x + 'a+b' -%}", "{%- set ns.x = t(ns.x) + 'a+b' -%}"),
            ("{% set x %}{% set (a, b) = c, d %}", "{% set x %}{% set (a, b) = t(c), t(d) %}"),
            ("{% if a - b == c and not d %}", "{% if t(a) - t(b) == t(c) and not t(d) %}"),
            ("{{ (a + b) + c if d else 'e' }}", "{{ t((t(a) + t(b))) + t(c) if t(d) else 'e' }}"),
            (
                "{% for (k, v) in a if k is not in c recursive %}",
                "{% for (k, v) in t(a) if t(k is not in c) recursive %}",
            ),
            ("{% macro f(x, y=[]) %}{% endmacro %}", "{% macro f(x, y=[]) %}{% endmacro %}"),
            ("{{ {'a': {'b': x}} }}{# a #}{{ 1e+5 }}", "{{ t({'a': t({'b': t(x)})}) }}{# a #}{{ 1e+5 }}"),
            (
                "{% raw %}{{ a }}{% endraw %}{{ a * -b }}{%+ if a %}",
                "{% raw %}{{ a }}{% endraw %}{{ t(a * -b) }}{%+ if t(a) %}",
            ),
        ] {
            assert_eq!(short(source), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_but_checks_is_added(source in "([{}%#+a' \"(),\\\\\\[\\]=-]|\\{\\{|\\{%|é|is|in){0,60}") {
            let plain = |text: &str| text.replace(CHECK, "").replace(['(', ')', ' '], "");
            prop_assert_eq!(plain(&guarded(&source)), plain(&source));
        }
    }
}
