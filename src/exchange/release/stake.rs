//! `stake.csv`: the guild's register over the gold that a release publishes, pending until a model trained on it is ratified.
//! The numbers are the ledger's and article 20's; nothing here is signed, since everybody computes it again.

use std::fmt::Write as _;

use crate::consensus::Tier;
use crate::domain::{GuildId, MemberId, State, Timestamp, UNATTESTED};
use crate::governance::{Claim, Contributed, GoldLabel, Register, StakeRule, contributed, register};

use super::labels::ReleasedLabel;

/// Who made the gold among these labels; `state` holds their items.
pub fn gold_of(state: &State, labels: &[ReleasedLabel]) -> Vec<Contributed> {
    let gold = labels.iter().map(|released| &released.label).filter(|label| label.tier == Tier::Gold);
    let made = gold.filter_map(|label| {
        let item = state.items.get(&label.item)?;
        contributed(state, GoldLabel { item, key: &label.key, votes: &label.votes, weight: label.weight })
    });
    made.collect()
}

/// The register over them; members count as what they are in the guild at `at`, joined institutions as one.
pub fn register_of(state: &State, guild: &GuildId, gold: &[Contributed], at: Timestamp) -> Register {
    let institution = |who: &MemberId| match state.members.get(who) {
        Some(member) => state.standing(member, guild, at).institution,
        None => UNATTESTED.to_owned(),
    };
    register(gold, &StakeRule::of(state), institution)
}

/// The file: a row for each member, by id, then the commons'. `share` is before the caps, `claim` under them; the claims sum
/// to 1,000,000. Ids hold nothing that would need quotes.
pub fn stake_csv(register: &Register) -> String {
    let mut text = "member,institution,labels,author,rater,adjudicator,reviewer,share,claim\n".to_owned();
    for (member, Claim { institution, units, labels, share, claim }) in &register.claims {
        let [author, rater, adjudicator, reviewer] = units;
        // writing to a String can't fail
        let _ =
            writeln!(text, "{member},{institution},{labels},{author},{rater},{adjudicator},{reviewer},{share},{claim}");
    }
    let _ = writeln!(text, "commons,,{},,,,,,{}", register.labels, register.commons);
    text
}
