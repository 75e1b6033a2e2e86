//! A release's tables: `ratings` has a row for every label, `preference` one where a preference was decided.

use crate::domain::{Answer, ItemId, Preference, Terms, Turn};
use crate::exchange::parquet::{Column, Message, ParquetError, Table, Values, write_table};

use super::disclosed::DisclosedItem;
use super::inputs::{Release, Settled};
use super::labels::{ReleasedLabel, tier_word};
use super::permitted::terms_of;

/// The rows of one config, column by column.
struct Rows<'a> {
    release: &'a Release<'a>,
    labels: Vec<&'a ReleasedLabel>,
}

/// A config's file.
pub(super) struct ConfigFile {
    /// Its name.
    pub name: &'static str,
    /// How many rows.
    pub rows: usize,
    /// Parquet.
    pub bytes: Vec<u8>,
}

/// The file of each config that has rows.
pub(super) fn tables(release: &Release<'_>) -> Result<Vec<ConfigFile>, ParquetError> {
    let mut tables = Vec::new();
    let ratings = Rows { release, labels: release.labels.iter().collect() };
    let decided =
        |released: &&ReleasedLabel| matches!(released.label.verdict.value, Answer::Preference(Preference::Strength(_)));
    let preference = Rows { release, labels: release.labels.iter().filter(decided).collect() };
    for (name, rows, columns) in [
        ("preference", preference.labels.len(), preference.preference()),
        ("ratings", ratings.labels.len(), ratings.ratings()),
    ] {
        if rows > 0 {
            let mut bytes = Vec::new();
            write_table(&Table::new(columns)?, &mut bytes)?;
            tables.push(ConfigFile { name, rows, bytes });
        }
    }
    Ok(tables)
}

fn messages(turns: &[Turn]) -> Vec<Message> {
    turns.iter().map(|turn| Message { role: turn.role.clone(), content: turn.content.clone() }).collect()
}

fn column(name: &str, values: Values) -> Column {
    Column { name: name.to_owned(), values }
}

#[expect(clippy::cast_precision_loss, reason = "millionths of weights are far below 2^53")]
fn real(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}

impl Rows<'_> {
    fn item(&self, id: &ItemId) -> Option<&DisclosedItem> {
        self.release.disclosed.items.get(id)
    }

    fn output(&self, released: &ReleasedLabel, number: u32) -> Vec<Turn> {
        let item = self.item(&released.label.item);
        let index = (number as usize).checked_sub(1);
        item.zip(index).and_then(|(item, index)| item.outputs.get(index).cloned()).unwrap_or_default()
    }

    /// What all contributions to a label's item allow together.
    fn terms(&self, released: &ReleasedLabel) -> Option<Terms> {
        terms_of(self.release.state, self.release.state.items.get(&released.label.item)?)
    }

    fn text(&self, of: impl Fn(&ReleasedLabel) -> String) -> Values {
        Values::Text(self.labels.iter().map(|released| of(released)).collect())
    }

    fn int(&self, of: impl Fn(&ReleasedLabel) -> u64) -> Values {
        Values::Int(self.labels.iter().map(|released| i64::try_from(of(released)).unwrap_or(i64::MAX)).collect())
    }

    fn real(&self, of: impl Fn(&ReleasedLabel) -> i64) -> Values {
        Values::Real(self.labels.iter().map(|released| real(of(released))).collect())
    }

    fn prompts(&self) -> Values {
        let prompt = |released: &&ReleasedLabel| self.item(&released.label.item).map(|item| messages(&item.prompt));
        Values::Messages(self.labels.iter().map(|released| prompt(released).unwrap_or_default()).collect())
    }

    fn ratings(&self) -> Vec<Column> {
        let number = |released: &&ReleasedLabel| released.label.key.output.map(i64::from);
        let completion = |released: &&ReleasedLabel| {
            let output = released.label.key.output?;
            Some(self.output(released, output).iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n"))
        };
        let mut columns = vec![
            column("prompt", self.prompts()),
            column("output", Values::OptionalInt(self.labels.iter().map(number).collect())),
            column("completion", Values::OptionalText(self.labels.iter().map(completion).collect())),
            column("question", self.text(|released| released.label.key.question.clone())),
            column("kind", self.text(|released| released.kind.clone())),
            column("value", self.text(|released| released.label.verdict.value.to_string())),
        ];
        columns.extend(self.tail());
        columns
    }

    fn preference(&self) -> Vec<Column> {
        let strength = |released: &ReleasedLabel| match released.label.verdict.value {
            Answer::Preference(Preference::Strength(strength)) => strength,
            _ => 0,
        };
        let better = |released: &ReleasedLabel| if strength(released) < 0 { 1 } else { 2 };
        let side = |chosen: bool| {
            let of = |released: &&ReleasedLabel| {
                let better = better(released);
                messages(&self.output(released, if chosen { better } else { 3 - better }))
            };
            Values::Messages(self.labels.iter().map(of).collect())
        };
        let mut columns = vec![
            column("prompt", self.prompts()),
            column("chosen", side(true)),
            column("rejected", side(false)),
            column("question", self.text(|released| released.label.key.question.clone())),
            column("strength", self.int(|released| u64::from(strength(released).unsigned_abs()))),
        ];
        columns.extend(self.tail());
        columns
    }

    fn tail(&self) -> Vec<Column> {
        let release = self.release;
        let settled = |released: &ReleasedLabel| release.settled.get(&released.label.item).cloned().unwrap_or_default();
        let provenance = vec![
            column("release", self.text(|_| format!("{} {}", release.guild, release.version))),
            column("leaf_index", self.int(|released| settled(released).seq)),
            column(
                "leaf_hash",
                self.text(|released| {
                    let Settled { leaf, .. } = settled(released);
                    data_encoding::HEXLOWER.encode(&leaf)
                }),
            ),
            column("checkpoint_size", self.int(|_| release.size())),
            column("constitution", self.text(|_| release.constitution())),
        ];
        vec![
            column("label_id", self.text(|released| released.label.id.to_string())),
            column("item_id", self.text(|released| released.label.item.to_string())),
            column("guild", self.text(|_| release.guild.to_string())),
            column("domain", self.text(|_| release.guild.to_string())),
            column("tier", self.text(|released| tier_word(released.label.tier).to_owned())),
            column("route", self.text(|released| route_word(released).to_owned())),
            column("quality", self.real(|released| released.label.quality)),
            column("weight", self.real(|released| released.label.weight)),
            column("flip_probability", self.real(|released| released.label.flip_probability)),
            column("repeat", self.int(|released| repeat(released.label.weight))),
            column("n_raters", self.int(|released| released.raters)),
            column("agreement", self.real(|released| released.label.agreement)),
            column("rule", self.text(|_| crate::consensus::RULE.to_owned())),
            column("license", self.text(|_| release.licence())),
            column(
                "uses",
                self.text(|released| self.terms(released).map(|terms| terms.uses_named()).unwrap_or_default()),
            ),
            column(
                "models",
                self.text(|released| self.terms(released).map_or("", |terms| terms.models.name()).to_owned()),
            ),
            column("provenance", Values::Record(provenance)),
        ]
    }
}

fn route_word(released: &ReleasedLabel) -> &'static str {
    match released.label.route {
        crate::consensus::LabelRoute::Agreement => "agreement",
        crate::consensus::LabelRoute::Adjudication => "adjudication",
    }
}

/// How often to repeat a row where a trainer takes no weights: the weight rounded, at least 1.
fn repeat(weight: i64) -> u64 {
    u64::try_from((weight + 500_000) / 1_000_000).unwrap_or(0).max(1)
}
