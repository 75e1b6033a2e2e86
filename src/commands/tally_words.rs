//! A count in words and as a document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::governance::{Ballots, Dropped, Electorate, Ground, LeftOut, Majority, Quorum, Tally as Count};

use super::tally_decision::{Decided, GuildCount};

/// Institutions from which on a result that one of them flips is not robust.
const ROBUST_FROM: usize = 3;

/// Why what won the count isn't adopted.
const NOT_BY_GUILDS: &str = "guilds: it takes more than half of them, each with more for it than against";

/// The recused by name, with their grounds.
pub type Recused = BTreeMap<String, BTreeSet<Ground>>;

/// A count, to be told.
pub struct Told<'a> {
    /// The ballots that count.
    pub ballots: &'a Ballots,
    /// Their count.
    pub count: &'a Count,
    /// Whose don't.
    pub recused: &'a Recused,
    /// The count without each institution, if it is asked for.
    pub left_out: Option<&'a [LeftOut]>,
    /// By which rule.
    pub rule: (Majority, (Quorum, Electorate)),
    /// What a hall's constitution says of it, if it is a decision of its members.
    pub decided: Option<&'a Decided>,
}

impl Told<'_> {
    fn name(&self, option: usize) -> String {
        self.ballots.options().get(option).cloned().unwrap_or_default()
    }

    fn names(&self, options: &[usize]) -> Vec<&str> {
        options.iter().filter_map(|option| self.ballots.options().get(*option)).map(String::as_str).collect()
    }

    fn listed(&self, options: &[usize]) -> String {
        options.iter().map(|option| self.name(*option)).collect::<Vec<_>>().join(", ")
    }

    fn reason(&self, dropped: &Dropped) -> String {
        let (majority, (quorum, electorate)) = self.rule;
        match dropped {
            Dropped::Quorum { votes, .. } => {
                format!("quorum: {votes} prefer it to the default, {} are needed", quorum.in_words(electorate))
            }
            Dropped::Majority { votes, against, .. } => {
                format!("majority: {votes} to {against} over the default, {}:{} is needed", majority.of, majority.to)
            }
        }
    }

    /// Who wins: the count's winners, or the default where the guilds don't follow.
    fn winners(&self) -> Vec<usize> {
        match self.decided {
            Some(decided) if !decided.by_guilds => vec![self.ballots.default_option()],
            _ => self.count.winners().to_vec(),
        }
    }

    /// Whether no single institution turns the result; none where that isn't asked, or there are too few.
    fn is_robust(&self) -> Option<bool> {
        let left_out = self.left_out.filter(|all| all.len() >= ROBUST_FROM)?;
        Some(left_out.iter().all(|one| !one.flips))
    }

    /// As one document.
    pub fn report(&self) -> Value {
        let Count { pairwise, dropped, rounds, .. } = self.count;
        let options = self.ballots.options();
        let row = |one: usize| {
            let others = (0..options.len()).filter(|other| *other != one);
            let cells = others.map(|other| (options[other].clone(), json!(pairwise.prefer(one, other))));
            Value::Object(cells.collect())
        };
        let matrix: Map<String, Value> = (0..options.len()).map(|one| (options[one].clone(), row(one))).collect();
        let winners = self.names(&self.winners());
        let fallen = self.count.winners().iter().filter(|_| self.decided.is_some_and(|decided| !decided.by_guilds));
        let fallen = fallen.map(|option| json!({"option": options[*option], "reason": NOT_BY_GUILDS}));
        let reasons = dropped.iter().map(|one| json!({"option": options[one.option()], "reason": self.reason(one)}));
        let reasons = reasons.chain(fallen);
        let first = rounds.first().map(|round| self.names(&round.schwartz)).unwrap_or_default();
        let mut report = json!({
            "ballots": self.ballots.count(),
            "default": options[self.ballots.default_option()],
            "winner": if let [one] = winners.as_slice() { json!(one) } else { Value::Null },
            "winners": winners,
            "dropped": reasons.collect::<Vec<_>>(),
            "pairwise": matrix,
            "schwartz": first,
        });
        if !self.recused.is_empty() {
            let grounds = |grounds: &BTreeSet<Ground>| grounds.iter().map(|ground| ground.name()).collect::<Vec<_>>();
            let each = self.recused.iter().map(|(voter, why)| json!({"voter": voter, "grounds": grounds(why)}));
            report["recused"] = each.collect();
        }
        if let Some(left_out) = self.left_out {
            let each = left_out.iter().map(|one| {
                let winners = self.names(&one.winners);
                json!({"institution": one.institution, "ballots": one.ballots, "winners": winners, "flips": one.flips})
            });
            report["without"] = each.collect();
            report["robust"] = json!(self.is_robust());
        }
        if let Some(decided) = self.decided {
            let (majority, (quorum, electorate)) = self.rule;
            report["decision"] = json!(decided);
            report["decision"]["majority"] = json!(format!("{}:{}", majority.of, majority.to));
            report["decision"]["quorum"] = json!(quorum.in_words(electorate));
        }
        report
    }

    /// Who wins, and why others don't.
    pub fn result(&self) -> String {
        let mut text = match self.winners().as_slice() {
            [one] => format!("{} wins", self.name(*one)),
            several => format!("a tie: {}; nobody has a casting vote", self.listed(several)),
        };
        for dropped in &self.count.dropped {
            let _ = write!(text, "\n{} is not considered, {}", self.name(dropped.option()), self.reason(dropped));
        }
        for (voter, grounds) in self.recused {
            let grounds: Vec<&str> = grounds.iter().map(|ground| ground.name()).collect();
            let _ = write!(text, "\n{voter} is recused, as {}", grounds.join(" and "));
        }
        if let Some(left_out) = self.left_out {
            text.push_str(&self.robustness(left_out));
        }
        if let Some(decided) = self.decided {
            text.push_str(&self.by_the_law(decided));
        }
        text
    }

    /// What the constitution says of it.
    fn by_the_law(&self, decided: &Decided) -> String {
        let (majority, (quorum, electorate)) = self.rule;
        let Decided { electors, founding, advisory, guilds, by_guilds, article } = decided;
        let mut text = String::new();
        for GuildCount { guild, votes, against } in guilds {
            let _ = write!(text, "\nin {guild} {votes} to {against} over the default");
        }
        if !by_guilds {
            let _ = write!(text, "\n{} is not adopted, {NOT_BY_GUILDS}", self.listed(self.count.winners()));
        }
        let founding = if *founding { ", in the founding at most all of them" } else { "" };
        let _ = write!(
            text,
            "\n{electors} may vote, {} of them recused; {}:{} and {} ballots over the default{founding} ({article})",
            self.recused.len(),
            majority.of,
            majority.to,
            quorum.in_words(electorate),
        );
        if *advisory {
            text.push_str("\nadvisory: in the founding a new text is in force when every founder has signed it");
        }
        text
    }

    fn robustness(&self, left_out: &[LeftOut]) -> String {
        let mut text = String::new();
        for one in left_out.iter().filter(|one| one.flips) {
            let ballots = if one.ballots == 1 { "ballot" } else { "ballots" };
            let winners = self.listed(&one.winners);
            let _ = write!(text, "\nwithout {} ({} {ballots}): {winners}", one.institution, one.ballots);
        }
        text.push_str(match self.is_robust() {
            Some(true) => "\nrobust: no institution alone turns the result",
            Some(false) => {
                "\nNOT ROBUST: one institution alone turns the result; a second reading is due at the next threshold"
            }
            None => "\nfewer than three institutions: whether one turns the result is only reported",
        });
        text
    }

    /// Every step in words, the result last.
    pub fn explained(&self) -> String {
        let Count { pairwise, dropped, defeats, rounds } = self.count;
        let default = self.ballots.default_option();
        let all: Vec<usize> = (0..pairwise.options()).collect();
        let mut text = format!("{} ballots; the default is {}\n\n", self.ballots.count(), self.name(default));
        text.push_str("How many prefer the row to the column:\n");
        let width = all.iter().map(|option| self.name(*option).chars().count()).max().unwrap_or(0).clamp(5, 16);
        let cell = |words: &str| format!(" {:>width$}", words.chars().take(width).collect::<String>());
        text.push_str(&cell(""));
        all.iter().for_each(|option| text.push_str(&cell(&self.name(*option))));
        for row in &all {
            let _ = write!(text, "\n{}", cell(&self.name(*row)));
            let count = |column: &usize| {
                if row == column { "-".to_owned() } else { pairwise.prefer(*row, *column).to_string() }
            };
            all.iter().for_each(|column| text.push_str(&cell(&count(column))));
        }
        let (majority, (quorum, electorate)) = self.rule;
        let _ = write!(
            text,
            "\n\n1. Quorum and majority: {} ballots for an option over the default, and {}:{}",
            quorum.in_words(electorate),
            majority.of,
            majority.to
        );
        for option in all.iter().filter(|option| **option != default) {
            let (votes, against) = (pairwise.prefer(*option, default), pairwise.prefer(default, *option));
            let found = dropped.iter().find(|one| one.option() == *option);
            let outcome = found.map_or_else(|| "stays".to_owned(), |one| format!("falls, {}", self.reason(one)));
            let _ = write!(text, "\n   {}: {votes} to {against} over the default: {outcome}", self.name(*option));
        }
        text.push_str("\n2. Defeats among those that stay:");
        if defeats.is_empty() {
            text.push_str(" none");
        }
        for defeat in defeats {
            let (winner, loser) = (self.name(defeat.winner), self.name(defeat.loser));
            let _ = write!(text, "\n   {winner} over {loser}, {} to {}", defeat.votes, defeat.against);
        }
        text.push_str("\n3. Schwartz sequential dropping:");
        for (number, round) in (1..).zip(rounds) {
            let _ = write!(text, "\n   round {number}: the Schwartz set is {}", self.listed(&round.schwartz));
            for defeat in &round.dropped {
                let (winner, loser) = (self.name(defeat.winner), self.name(defeat.loser));
                let _ = write!(
                    text,
                    "; the weakest defeat falls: {winner} over {loser}, {} to {}",
                    defeat.votes, defeat.against
                );
            }
        }
        let _ = write!(text, "\n\n{}", self.result());
        text
    }
}
