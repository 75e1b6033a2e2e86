//! The constitution: articles in Markdown whose fenced `toml` blocks name the rules and numbers the program enforces. What
//! a new version may change of it is `amendment`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::{Number, Rule};

/// The text that new halls adopt.
pub const CONSTITUTION: &str = include_str!("../../guilds/constitution.md");

/// The same, read.
static OWN: LazyLock<Constitution> = LazyLock::new(|| read(CONSTITUTION).0);

/// Why a text can't serve as constitution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ConstitutionError {
    line: usize,
    reason: String,
    /// It is no more than that the program has other rules and numbers.
    of_program: bool,
}

/// One article.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its number.
    pub number: u32,
    /// Its heading without number.
    pub title: String,
    /// The line of its heading.
    pub line: usize,
    /// Its Markdown, blocks included.
    pub text: String,
    /// Rules and numbers of its block.
    pub block: toml::Table,
}

/// The articles in order, which of them each rule stands in, and the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Constitution {
    articles: Vec<Article>,
    sources: BTreeMap<Rule, u32>,
    numbers: BTreeMap<Number, i64>,
    entrenched: BTreeSet<u32>,
}

impl Constitution {
    /// Reads articles headed `## Article N. Title`, to be adopted.
    ///
    /// Errors: the first of [`faults`](Self::faults).
    pub fn read(text: &str) -> Result<Self, ConstitutionError> {
        let (constitution, faults) = read(text);
        faults.into_iter().next().map_or(Ok(constitution), Err)
    }

    /// Reads a text that a hall adopted under whatever version of the program, so that a ledger stays readable: rules and
    /// numbers that this one has beside it are taken from [`CONSTITUTION`], and those that it doesn't have are passed over.
    ///
    /// Errors: the first of the other faults.
    pub fn of_record(text: &str) -> Result<Self, ConstitutionError> {
        let (mut constitution, faults) = read(text);
        if let Some(fault) = faults.into_iter().find(|fault| !fault.of_program) {
            return Err(fault);
        }
        for (number, value) in &OWN.numbers {
            constitution.numbers.entry(*number).or_insert(*value);
        }
        Ok(constitution)
    }

    /// All that is wrong with a text: articles out of order, a block that isn't TOML, a rule the program doesn't know, that
    /// stands twice or in no article, a number that is unknown, stands twice, is missing or out of range.
    pub fn faults(text: &str) -> Vec<ConstitutionError> {
        read(text).1
    }

    /// All articles in order.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The article with this number.
    pub fn article(&self, number: u32) -> Option<&Article> {
        self.articles.iter().find(|article| article.number == number)
    }

    /// The article that a refusal under `rule` cites, `Article 4. One judgement each`.
    pub fn source(&self, rule: Rule) -> String {
        match self.cited(rule) {
            Some(source) => source,
            None => OWN.cited(rule).map(|source| format!("{source} (of the program's own text)")).unwrap_or_default(),
        }
    }

    fn cited(&self, rule: Rule) -> Option<String> {
        let article = self.article(*self.sources.get(&rule)?)?;
        Some(format!("Article {}. {}", article.number, article.title))
    }

    /// A number from the articles' blocks.
    pub fn get(&self, number: Number) -> i64 {
        self.numbers.get(&number).copied().unwrap_or_default()
    }

    /// The articles that no amendment changes.
    pub fn entrenched(&self) -> &BTreeSet<u32> {
        &self.entrenched
    }
}

fn fault(line: usize, reason: String) -> ConstitutionError {
    ConstitutionError { line, reason, of_program: false }
}

/// A rule or number that only one of program and text has.
fn unmatched(line: usize, reason: String) -> ConstitutionError {
    ConstitutionError { line, reason, of_program: true }
}

fn read(text: &str) -> (Constitution, Vec<ConstitutionError>) {
    let mut faults = Vec::new();
    let articles = articles(text, &mut faults);
    let mut found = Constitution {
        articles: Vec::new(),
        sources: BTreeMap::new(),
        numbers: BTreeMap::new(),
        entrenched: BTreeSet::new(),
    };
    for article in &articles {
        for (key, value) in &article.block {
            let (wrong, unknown) = match key.as_str() {
                "rules" => found.take_rules(article.number, value),
                "entrenched" => (found.take_entrenched(value, articles.len()), Vec::new()),
                name => found.take_number(name, value),
            };
            let told = |why: String| format!("article {}: {why}", article.number);
            faults.extend(wrong.into_iter().map(|why| fault(article.line, told(why))));
            faults.extend(unknown.into_iter().map(|why| unmatched(article.line, told(why))));
        }
    }
    let end = text.lines().count();
    let uncited = Rule::ALL.iter().filter(|rule| !found.sources.contains_key(rule));
    faults.extend(uncited.map(|rule| unmatched(end, format!("no article names the rule `{rule}` of the program"))));
    let absent = Number::ALL.iter().filter(|number| !found.numbers.contains_key(number));
    faults.extend(absent.map(|number| unmatched(end, format!("no article holds the number `{number}`"))));
    if found.entrenched.is_empty() {
        faults.push(fault(end, "no article says which are `entrenched`".to_owned()));
    }
    found.articles = articles;
    (found, faults)
}

impl Constitution {
    /// Takes in an article's rules; what is wrong with them, and which are unknown.
    fn take_rules(&mut self, article: u32, value: &toml::Value) -> (Vec<String>, Vec<String>) {
        let Some(listed) = value.as_array() else { return (vec!["`rules` is not a list".to_owned()], Vec::new()) };
        let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
        for rule in listed {
            match rule.as_str().map(|name| (name, Rule::named(name))) {
                None => wrong.push("`rules` holds something other than names".to_owned()),
                Some((name, None)) => unknown.push(format!("`{name}` is no rule of the program")),
                Some((name, Some(rule))) => {
                    if self.sources.insert(rule, article).is_some() {
                        wrong.push(format!("the rule `{name}` is cited a second time"));
                    }
                }
            }
        }
        (wrong, unknown)
    }

    fn take_entrenched(&mut self, value: &toml::Value, articles: usize) -> Vec<String> {
        let Some(listed) = value.as_array() else { return vec!["`entrenched` is not a list".to_owned()] };
        let mut wrong = Vec::new();
        for number in listed {
            let known = number.as_integer().and_then(|number| u32::try_from(number).ok());
            match known.filter(|number| (1..=articles).contains(&(*number as usize))) {
                Some(number) if self.entrenched.insert(number) => {}
                Some(number) => wrong.push(format!("article {number} is entrenched twice")),
                None => wrong.push(format!("`entrenched` holds {number}, which is no article's number")),
            }
        }
        wrong
    }

    /// The same of a number.
    fn take_number(&mut self, name: &str, value: &toml::Value) -> (Vec<String>, Vec<String>) {
        let Some(number) = Number::named(name) else {
            return (Vec::new(), vec![format!("`{name}` is no number of the program")]);
        };
        let (low, high) = number.range();
        let wrong = match value.as_integer() {
            Some(value) if (low..=high).contains(&value) => match self.numbers.insert(number, value) {
                None => Vec::new(),
                Some(_) => vec![format!("the number `{name}` stands a second time")],
            },
            _ => vec![format!("`{name}` is {value}, not a whole number from {low} to {high}")],
        };
        (wrong, Vec::new())
    }
}

fn articles(text: &str, faults: &mut Vec<ConstitutionError>) -> Vec<Article> {
    let mut articles: Vec<Article> = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let place = index + 1;
        if let Some(heading) = line.strip_prefix("## Article ").filter(|_| block.is_none()) {
            let (number, title) = heading.split_once(". ").unwrap_or((heading, ""));
            let expected = articles.len() + 1;
            if number != expected.to_string() || title.trim().is_empty() {
                faults.push(fault(place, format!("expected `## Article {expected}. Title`")));
            }
            articles.push(Article {
                number: u32::try_from(expected).unwrap_or(u32::MAX),
                title: title.trim().to_owned(),
                line: place,
                text: String::new(),
                block: toml::Table::new(),
            });
            continue;
        }
        let Some(article) = articles.last_mut() else { continue };
        article.text.push_str(line);
        article.text.push('\n');
        match (&mut block, line) {
            (None, "```toml") => block = Some((place, String::new())),
            (Some((start, toml)), "```") => {
                match toml.parse::<toml::Table>() {
                    Ok(table) => take_block(article, table, *start, faults),
                    Err(error) => faults.push(fault(*start, error.to_string())),
                }
                block = None;
            }
            (Some((_, toml)), line) => {
                toml.push_str(line);
                toml.push('\n');
            }
            (None, _) => {}
        }
    }
    if let Some((start, _)) = block {
        faults.push(fault(start, "this block is not closed".to_owned()));
    }
    articles
}

/// Adds a block to what its article holds; a key of two blocks is a fault, since one would hide the other.
fn take_block(article: &mut Article, table: toml::Table, start: usize, faults: &mut Vec<ConstitutionError>) {
    for (key, value) in table {
        if article.block.insert(key.clone(), value).is_some() {
            faults.push(fault(start, format!("article {}: `{key}` stands in two blocks", article.number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_another_version_is_read_from_the_record_but_not_adopted() {
        let changed = |from: &str, to: &str| {
            assert!(CONSTITUTION.contains(from), "{from}");
            CONSTITUTION.replace(from, to)
        };
        for text in [
            changed("rules = [\"terms\"]", "rules = []"),
            changed("lease_minutes = 20", ""),
            changed("lease_minutes = 20", "lease_minutes = 20\nballot_days = 3"),
            changed("rules = [\"terms\"]", "rules = [\"terms\", \"ballots\"]"),
        ] {
            assert!(Constitution::read(&text).is_err());
            let read = Constitution::of_record(&text).unwrap();
            assert_eq!(read.get(Number::LeaseMinutes), 20);
            assert!(read.source(Rule::Terms).starts_with("Article 16. Expertise"), "{}", read.source(Rule::Terms));
        }
        let text = changed("rules = [\"terms\"]", "rules = [\"terms\", \"erasure\"]");
        assert!(Constitution::of_record(&text).is_err(), "a rule that stands twice is wrong in every version");
    }
}
