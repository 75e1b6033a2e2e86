//! The constitution: articles in Markdown whose fenced `toml` blocks name the rules and numbers the program enforces. What
//! a new version may change of it is `amendment`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Number, Rule};

/// Why a text can't serve as constitution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ConstitutionError {
    line: usize,
    reason: String,
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
    /// Reads articles headed `## Article N. Title`.
    ///
    /// Errors: the first of [`faults`](Self::faults).
    pub fn read(text: &str) -> Result<Self, ConstitutionError> {
        let (constitution, faults) = read(text);
        faults.into_iter().next().map_or(Ok(constitution), Err)
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
        let article = self.sources.get(&rule).and_then(|number| self.article(*number));
        article.map(|article| format!("Article {}. {}", article.number, article.title)).unwrap_or_default()
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
    ConstitutionError { line, reason }
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
            let read = match key.as_str() {
                "rules" => found.take_rules(article.number, value),
                "entrenched" => found.take_entrenched(value, articles.len()),
                name => found.take_number(name, value),
            };
            faults
                .extend(read.into_iter().map(|why| fault(article.line, format!("article {}: {why}", article.number))));
        }
    }
    let end = text.lines().count();
    let uncited = Rule::ALL.iter().filter(|rule| !found.sources.contains_key(rule));
    faults.extend(uncited.map(|rule| fault(end, format!("no article names the rule `{rule}` of the program"))));
    let absent = Number::ALL.iter().filter(|number| !found.numbers.contains_key(number));
    faults.extend(absent.map(|number| fault(end, format!("no article holds the number `{number}`"))));
    if found.entrenched.is_empty() {
        faults.push(fault(end, "no article says which are `entrenched`".to_owned()));
    }
    found.articles = articles;
    (found, faults)
}

impl Constitution {
    /// Takes in an article's rules; what is wrong with them.
    fn take_rules(&mut self, article: u32, value: &toml::Value) -> Vec<String> {
        let Some(listed) = value.as_array() else { return vec!["`rules` is not a list".to_owned()] };
        let mut wrong = Vec::new();
        for rule in listed {
            match rule.as_str().map(|name| (name, Rule::named(name))) {
                None => wrong.push("`rules` holds something other than names".to_owned()),
                Some((name, None)) => wrong.push(format!("`{name}` is no rule of the program")),
                Some((name, Some(rule))) => {
                    if self.sources.insert(rule, article).is_some() {
                        wrong.push(format!("the rule `{name}` is cited a second time"));
                    }
                }
            }
        }
        wrong
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

    fn take_number(&mut self, name: &str, value: &toml::Value) -> Vec<String> {
        let Some(number) = Number::named(name) else { return vec![format!("`{name}` is no number of the program")] };
        let (low, high) = number.range();
        match value.as_integer() {
            Some(value) if (low..=high).contains(&value) => match self.numbers.insert(number, value) {
                None => Vec::new(),
                Some(_) => vec![format!("the number `{name}` stands a second time")],
            },
            _ => vec![format!("`{name}` is {value}, not a whole number from {low} to {high}")],
        }
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
