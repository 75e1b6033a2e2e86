//! The constitution: articles in Markdown whose fenced `toml` blocks name the rules and numbers the program enforces.

use std::collections::BTreeMap;

use super::Rule;

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
    /// Its Markdown, blocks included.
    pub text: String,
    /// Rules and numbers of its block.
    pub block: toml::Table,
}

/// The articles in order and which of them each rule stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Constitution {
    articles: Vec<Article>,
    sources: BTreeMap<Rule, u32>,
}

impl Constitution {
    /// Reads articles headed `## Article N. Title`.
    ///
    /// Errors: articles out of order, a block that isn't TOML, a rule the program doesn't know, a rule of two articles,
    /// and a rule of the program that no article names.
    pub fn read(text: &str) -> Result<Self, ConstitutionError> {
        let articles = articles(text)?;
        let mut sources = BTreeMap::new();
        for article in &articles {
            for rule in rules_of(article)? {
                if sources.insert(rule, article.number).is_some() {
                    return Err(fault(0, format!("rule `{rule}` stands in two articles")));
                }
            }
        }
        match Rule::ALL.iter().find(|rule| !sources.contains_key(rule)) {
            Some(rule) => Err(fault(0, format!("no article names the rule `{rule}`, which the program enforces"))),
            None => Ok(Self { articles, sources }),
        }
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

    /// A whole number from the articles' blocks, such as `lease_minutes`.
    pub fn number(&self, key: &str) -> Option<i64> {
        self.articles.iter().find_map(|article| article.block.get(key)?.as_integer())
    }
}

fn fault(line: usize, reason: String) -> ConstitutionError {
    ConstitutionError { line, reason }
}

fn articles(text: &str) -> Result<Vec<Article>, ConstitutionError> {
    let mut articles: Vec<Article> = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let place = index + 1;
        if let Some(heading) = line.strip_prefix("## Article ") {
            let (number, title) = heading.split_once(". ").unwrap_or((heading, ""));
            let expected = articles.len() + 1;
            if number != expected.to_string() || title.is_empty() {
                return Err(fault(place, format!("expected `## Article {expected}. Title`")));
            }
            articles.push(Article {
                number: u32::try_from(expected).unwrap_or(u32::MAX),
                title: title.trim().to_owned(),
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
                let table: toml::Table = toml.parse().map_err(|e: toml::de::Error| fault(*start, e.to_string()))?;
                article.block.extend(table);
                block = None;
            }
            (Some((_, toml)), line) => {
                toml.push_str(line);
                toml.push('\n');
            }
            (None, _) => {}
        }
    }
    match block {
        Some((start, _)) => Err(fault(start, "this block is not closed".to_owned())),
        None => Ok(articles),
    }
}

fn rules_of(article: &Article) -> Result<Vec<Rule>, ConstitutionError> {
    let Some(rules) = article.block.get("rules") else { return Ok(Vec::new()) };
    let wrong = |what: String| fault(0, format!("article {}: {what}", article.number));
    let listed = rules.as_array().ok_or_else(|| wrong("`rules` is not a list".to_owned()))?;
    listed
        .iter()
        .map(|rule| {
            let name = rule.as_str().ok_or_else(|| wrong("`rules` holds something other than names".to_owned()))?;
            Rule::named(name).ok_or_else(|| wrong(format!("`{name}` is no rule of the program")))
        })
        .collect()
}
