//! What a new version of the constitution changes, article by article, and whether it may: entrenched articles stay.

use serde::Serialize;

use super::{Article, Constitution};

/// What becomes of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleChange {
    /// Other words, numbers or rules.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// One article's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amended {
    /// Its number.
    pub article: u32,
    /// Its heading, the new one if it has one.
    pub title: String,
    /// What becomes of it.
    pub change: ArticleChange,
    /// No amendment changes its words or numbers.
    pub entrenched: bool,
}

impl Constitution {
    /// The articles in which `new` differs, in order.
    pub fn amended_by(&self, new: &Self) -> Vec<Amended> {
        let last = self.articles().len().max(new.articles().len());
        let numbers = 1..=u32::try_from(last).unwrap_or(u32::MAX);
        let change = |number: u32| {
            let (old, new) = (self.article(number), new.article(number));
            let change = match (old, new) {
                (Some(old), Some(new)) if old.title == new.title && old.text.trim() == new.text.trim() => return None,
                (Some(_), Some(_)) => ArticleChange::Changed,
                (Some(_), None) => ArticleChange::Removed,
                (None, _) => ArticleChange::Added,
            };
            let title = new.or(old)?.title.clone();
            Some(Amended { article: number, title, change, entrenched: self.entrenched().contains(&number) })
        };
        numbers.filter_map(change).collect()
    }

    /// The first entrenched article that `new` doesn't keep, or no longer entrenches.
    ///
    /// Its heading, words and numbers are kept; by which name a refusal cites it may change with the program.
    pub fn broken_by(&self, new: &Self) -> Option<u32> {
        let kept = |number: &u32| {
            let (old, new) = (self.article(*number).map(essence), new.article(*number).map(essence));
            old == new
        };
        self.entrenched().iter().copied().find(|number| !kept(number) || !new.entrenched().contains(number))
    }
}

/// An article's heading, its words and its numbers.
fn essence(article: &Article) -> (&str, Vec<&str>, toml::Table) {
    let mut numbers = article.block.clone();
    numbers.remove("rules");
    let mut words = Vec::new();
    let mut in_block = false;
    for line in article.text.lines() {
        match line {
            "```toml" => in_block = true,
            "```" if in_block => in_block = false,
            line if !in_block => words.extend(line.split_whitespace()),
            _ => {}
        }
    }
    (&article.title, words, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CONSTITUTION;

    fn changed(from: &str, to: &str) -> Constitution {
        assert!(CONSTITUTION.contains(from));
        Constitution::read(&CONSTITUTION.replace(from, to)).unwrap()
    }

    #[test]
    fn entrenched_articles_are_kept() {
        let old = Constitution::read(CONSTITUTION).unwrap();
        assert_eq!(old.broken_by(&old), None);
        assert_eq!(old.broken_by(&changed("franchise_days = 60", "franchise_days = 61")), Some(2));
        assert_eq!(
            old.broken_by(&changed("Nobody can buy a say in it,", "Hardly anybody can buy a say in it,")),
            Some(1)
        );
        assert_eq!(
            old.broken_by(&changed("entrenched = [1, 2, 4, 16, 19, 21]", "entrenched = [1, 2, 16, 19, 21]")),
            Some(4)
        );
        assert_eq!(old.broken_by(&changed("limit_days = 360", "limit_days = 3600")), Some(4));
        // another article may change, lines may be filled otherwise, and the list may grow
        for (from, to) in [
            ("objection_days = 7", "objection_days = 8"),
            ("Members decide as equals. Stake", "Members decide as\nequals. Stake"),
            ("entrenched = [1, 2,", "entrenched = [1, 2, 3,"),
        ] {
            assert_eq!(old.broken_by(&changed(from, to)), None, "{to}");
        }
    }

    #[test]
    fn changes_are_told_by_article() {
        let old = Constitution::read(CONSTITUTION).unwrap();
        let new = changed("objection_days = 7", "objection_days = 8");
        let told = old.amended_by(&new);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].article, told[0].change, told[0].entrenched), (5, ArticleChange::Changed, false));
        let longer = Constitution::read(&format!("{CONSTITUTION}\n## Article 23. One more\n\nText.\n")).unwrap();
        assert_eq!(old.amended_by(&longer).iter().map(|one| one.change).collect::<Vec<_>>(), [ArticleChange::Added]);
    }

    #[test]
    fn every_fault_is_told() {
        for (from, to, told) in [
            ("limit_days = 360", "", "no article holds the number `limit_days`"),
            ("limit_days = 360", "limit_days = -1", "from 0 to 3650"),
            ("limit_days = 360", "limit_days = \"soon\"", "from 0 to 3650"),
            ("limit_days = 360", "limit_days = 360\nlimit_day = 3", "`limit_day` is no number of the program"),
            ("limit_days = 360", "limit_days = 360\nobjection_days = 3", "`objection_days` stands a second time"),
            ("rules = [\"entrenched\"]", "rules = [\"entrenched\", \"terms\"]", "`terms` is cited a second time"),
            ("rules = [\"entrenched\"]", "", "no article names the rule `entrenched`"),
            ("rules = [\"entrenched\"]", "rules = [\"entrenched\", \"kindness\"]", "`kindness` is no rule"),
            ("entrenched = [1,", "entrenched = [1, 1,", "entrenched twice"),
            ("entrenched = [1,", "entrenched = [99,", "no article's number"),
            ("## Article 7. ", "## Article 8. ", "expected `## Article 7. Title`"),
        ] {
            let text = CONSTITUTION.replace(from, to);
            let faults: Vec<String> = Constitution::faults(&text).iter().map(ToString::to_string).collect();
            assert!(faults.iter().any(|fault| fault.contains(told)), "{told}: {faults:?}");
            assert!(faults.iter().all(|fault| !fault.starts_with("line 0")), "{faults:?}");
        }
        assert!(Constitution::faults(CONSTITUTION).is_empty());
    }
}
