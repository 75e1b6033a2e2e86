//! A guild's agreement, computed over its items.

use std::collections::BTreeMap;

use crate::domain::{DAY_MS, GuildId, Item, MemberId, QuestionKind, State, Timestamp, may_adjudicate};
use crate::hall::error::HallError;
use crate::hall::opened::Hall;
use crate::stats::Judgements;
use crate::store::ItemFilter;

use super::coefficients::{Places, coefficients, judgements, leading};
use super::gathered::{Collected, Gathered, Unit};
use super::pairs::{low_rater, pairs};
use super::rows::{AgreementView, PairAgreement, QuestionAgreement, RaterLetter, Week};
use super::scale::Scale;

/// Items looked at in one query.
const PAGE: usize = 500;
/// Weeks of a trend.
const WEEKS: usize = 26;
/// What two raters must share to be compared; the first that some do.
const SHARED: [u32; 3] = [10, 5, 2];
/// From this share on a class is said to be large.
const SKEWED: f64 = 0.6;

impl Hall {
    /// How far a guild's raters agree on items whose rating is over: disputed, settled, gold.
    ///
    /// Of items that are rated, nothing is counted but how many judgements are left out. An open dispute counts, but who said
    /// what in it is told only to those who may rule on it, since somebody may still be asked to rate it. Names of raters are
    /// for stewards.
    /// `shared_at_least` is what two raters must share to be compared; unless given, 10, or less where nobody shares that
    /// much.
    pub async fn agreement(
        &self,
        viewer: &MemberId,
        guild: &GuildId,
        shared_at_least: Option<u32>,
    ) -> Result<AgreementView, HallError> {
        let (_, charter) = self.charter_in_force(guild).await?;
        let mut state = self.state().await?;
        let mut collected = Collected::of(&charter);
        let mut after = 0;
        loop {
            let filter = ItemFilter { guild: Some(guild.clone()), ..ItemFilter::default() };
            let page = self.store.items(filter, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.n;
            for row in &page {
                if let Some(charter) = state.charter_of(&row.item).cloned() {
                    collected.add(&row.item, &charter, |item| self.reads(&mut state, item, viewer));
                }
            }
        }
        let raters = collected.raters(guild);
        let names = match state.members.get(viewer).is_some_and(|member| member.steward) {
            true => self.names("member").await?.into_iter().collect(),
            false => BTreeMap::new(),
        };
        let letters: Vec<String> = (0..raters.len()).map(letter).collect();
        let shown = raters.iter().zip(&letters).map(|(rater, letter)| RaterLetter {
            letter: letter.clone(),
            own: rater == viewer,
            handle: names.get(rater.as_str()).cloned(),
        });
        let places: Places = raters.iter().cloned().zip(0_u32..).collect();
        let now = self.now();
        let texts = |one: &&Gathered| one.question.kind != QuestionKind::Text;
        let asked = collected.questions.iter().filter(texts);
        let questions = asked.map(|one| measured(one, &places, (&letters, shared_at_least), now)).collect();
        Ok(AgreementView {
            guild: guild.clone(),
            items: collected.items,
            judgements: collected.judgements,
            raters: shown.collect(),
            left_out: collected.left_out,
            questions,
        })
    }
}

impl Hall {
    /// Whether who said what on an item is the viewer's to know, as on the item's own page.
    fn reads(&self, state: &mut State, item: &Item, viewer: &MemberId) -> bool {
        if item.is_settled() {
            return true;
        }
        state.items = [(item.id.clone(), item.clone())].into();
        may_adjudicate(state, &item.id, viewer, self.now()).is_ok()
    }
}

/// `A` to `Z`, then `A2`.
fn letter(place: usize) -> String {
    let letter = char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place % 26]);
    if place < 26 { letter.to_string() } else { format!("{letter}{}", place / 26 + 1) }
}

fn measured(
    gathered: &Gathered,
    places: &Places,
    (letters, shared): (&[String], Option<u32>),
    now: Timestamp,
) -> QuestionAgreement {
    let Gathered { question, units } = gathered;
    let answers = units.iter().flat_map(|unit| &unit.answers);
    let scale = Scale::of(question, answers.clone().map(|(_, answer)| answer));
    let scale = scale.as_ref();
    let all: Vec<&Unit> = units.iter().collect();
    let off_scale =
        scale.map_or(0, |scale| answers.clone().filter(|(_, answer)| scale.class(answer).is_none()).count());
    let (shared_at_least, pairs) =
        scale.map(|scale| enough(&all, (scale, places), (letters, shared))).unwrap_or_default();
    let raters: std::collections::BTreeSet<&MemberId> = answers.clone().map(|(rater, _)| rater).collect();
    let week_ago = now.plus_ms(-7 * DAY_MS);
    let before: Vec<&Unit> = units.iter().filter(|unit| unit.at <= week_ago).collect();
    let skewed = scale.and_then(|scale| skewed(scale, &judgements(&all, scale, places)));
    QuestionAgreement {
        key: question.key.clone(),
        title: question.title.clone(),
        kind: question.kind,
        units: units.len(),
        judgements: answers.clone().count(),
        raters: raters.len(),
        off_scale,
        coefficients: if all.is_empty() { Vec::new() } else { coefficients(question, &all, (scale, places)) },
        shared_at_least,
        remarks: skewed.into_iter().chain(low_rater(&pairs)).collect(),
        pairs,
        trend: trend(gathered, (scale, places)),
        a_week_ago: leading(question, &before, (scale, places)),
        new_units: units.len() - before.len(),
    }
}

/// The pairs that share as much as is asked, or as much as some do.
fn enough(
    units: &[&Unit],
    on: (&Scale, &Places),
    (letters, shared): (&[String], Option<u32>),
) -> (u32, Vec<PairAgreement>) {
    let asked = shared.map_or_else(|| SHARED.to_vec(), |shared| vec![shared]);
    let tried = asked.iter().map(|shared| (*shared, pairs(units, on, (letters, *shared))));
    let found = tried.into_iter().find(|(_, pairs)| !pairs.is_empty());
    found.unwrap_or((asked[0], Vec::new()))
}

/// Says so if most answers are of one class.
fn skewed(scale: &Scale, judgements: &Judgements) -> Option<String> {
    let mut counts = vec![0_u32; scale.names.len()];
    judgements.rows().iter().for_each(|row| counts[row.class as usize] += 1);
    let all: u32 = counts.iter().sum();
    let (class, most) = (0_u32..).zip(counts).max_by_key(|(class, count)| (*count, std::cmp::Reverse(*class)))?;
    let share = f64::from(most) / f64::from(all);
    let told =
        || format!("classes are skewed ({:.0} % {}), so compare alpha with AC", 100.0 * share, scale.word(class));
    (all > 0 && share >= SKEWED).then(told)
}

/// By the week in which a unit got its last answer.
fn trend(gathered: &Gathered, on: (Option<&Scale>, &Places)) -> Vec<Week> {
    let mut weeks: BTreeMap<i64, Vec<&Unit>> = BTreeMap::new();
    for unit in gathered.units.iter().filter(|unit| unit.answers.len() > 1) {
        // the epoch was a Thursday
        let week = (unit.at.ms() / DAY_MS + 3).div_euclid(7);
        weeks.entry(week).or_default().push(unit);
    }
    let late = weeks.len().saturating_sub(WEEKS);
    let week = |(number, units): (i64, Vec<&Unit>)| Week {
        monday: Timestamp::from_ms((number * 7 - 3) * DAY_MS).day(),
        units: units.len(),
        found: leading(&gathered.question, &units, on),
    };
    weeks.into_iter().skip(late).map(week).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 52].map(letter), ["A", "Z", "A2", "A3"].map(str::to_owned));
    }
}
