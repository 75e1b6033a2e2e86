//! The release's card, `README.md`: front matter that dataset readers take, and what a trainer must know, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::consensus::Tier;
use crate::domain::{Attribution, Item, ItemId, Models, TAKEN_BACK, Terms, Use};
use crate::governance::{Alarms, Concentration, Register, decimal, percent};

use super::inputs::Release;
use super::labels::tier_word;
use super::permitted::{attribution, names, terms_of};

/// The card's text; `configs` are names and row counts.
pub(super) fn card(release: &Release<'_>, configs: &[(&'static str, usize)], register: &Register) -> String {
    let mut text = front_matter(release, configs);
    // writing to a String can't fail
    let _ = write!(
        text,
        "\n# {} {}\n\n{}\n\nPeer-reviewed labels of model outputs, published by the guild `{}` of the hall {} (`{}`).\n{}\n",
        release.title(),
        release.version,
        release.summary(),
        release.guild,
        release.hall_name(),
        release.hall_id(),
        if release.is_demo() {
            "\n**This is a demo: its raters are made up, and its labels are good for nothing.**"
        } else {
            ""
        },
    );
    if release.founding {
        text.push_str(FOUNDING);
    }
    text.push_str(&counts(release, configs));
    text.push_str(HOW_TO_USE);
    let _ = write!(
        text,
        "\n## Verify it\n\n`guildhall verify .` needs nothing but this directory: it checks sums, signatures and the tree, and\n\
         recomputes every value and weight. Without it: `sha256sum -c SHA256SUMS`; the head is a C2SP checkpoint\n\
         (`ledger/checkpoint`, key in `ledger/policy`); entries are in `ledger/tile/entries`, each three lines, and\n\
         `sed -n 3p entry | ssh-keygen -Y verify -n guildhall-ledger-v1 ...` checks who signed.\n\n\
         - rule: `{}`; skills: none (every rater counts by credential class alone)\n- ledger: {} entries\n- lowest tier: {}\n",
        crate::consensus::RULE,
        release.size(),
        tier_word(release.lowest),
    );
    text.push_str(&terms(release));
    text.push_str(&stake(release, register));
    text.push_str(DISCLOSED);
    text
}

/// Under which terms it is, what they kept out, who asked to be named.
fn terms(release: &Release<'_>) -> String {
    let mut text = format!("\n## Terms\n\n- licence: {}\n", release.licence());
    let items: BTreeSet<&ItemId> = release.labels.iter().map(|released| &released.label.item).collect();
    let items: Vec<&Item> = items.into_iter().filter_map(|id| release.state.items.get(id)).collect();
    let given: Vec<Terms> = items.iter().filter_map(|item| terms_of(release.state, item)).collect();
    let ratified = given.iter().filter(|terms| terms.models == Models::GuildRatified).count();
    let unevaluated = given.iter().filter(|terms| !terms.uses.contains(&Use::Evaluate)).count();
    let _ = writeln!(
        text,
        "- contributions to {} items; columns `uses` and `models` hold what all of an item allow",
        items.len()
    );
    if ratified > 0 {
        let _ = writeln!(
            text,
            "- items for models that the guilds ratified alone (`models` is `guild_ratified`): {ratified}"
        );
    }
    if unevaluated > 0 {
        let _ = writeln!(text, "- items not for evaluation (`uses` has no `evaluate`): {unevaluated}");
    }
    for (term, count) in &release.left_out {
        let _ = writeln!(text, "- settled items left out, since a contributor's terms don't allow `{term}`: {count}");
    }
    let listed = attribution(release.state, items.into_iter());
    let named: Vec<String> = names(release.state, &listed).into_iter().filter_map(|seq| name(release, seq)).collect();
    if !named.is_empty() {
        let _ = writeln!(text, "- contributors who asked to be named: {}", named.join("; "));
    }
    let pseudonyms = listed.values().filter(|how| **how != Attribution::Unnamed).count() - named.len();
    let _ = writeln!(text, "- contributors listed by a random number: {pseudonyms} (`ledger/members.jsonl`)");
    let _ = writeln!(text, "\n{TAKEN_BACK}");
    text
}

/// Who holds how much of it, in a few numbers; the rows are in `stake.csv`.
fn stake(release: &Release<'_>, register: &Register) -> String {
    let mut text = String::from("\n## Stake\n\n");
    if register.claims.is_empty() {
        text.push_str(
            "This release holds no gold, so nobody has stake in it: the register of `stake.csv` is the commons'.\n",
        );
        return text;
    }
    let limits = Alarms::of(release.state);
    let by_member = Concentration::of(register.claims.values().map(|claim| claim.claim));
    let by_institution = Concentration::of(register.institutions().into_values());
    let _ = write!(
        text,
        "`stake.csv` is the guild's register by article 20 of `constitution.md`, pending until the guilds ratify a model trained\n\
         on this release. It records contribution and is never a vote.\n\n\
         - over {} labels of tier gold; claims and commons sum to 1000000, {} of it the commons'\n",
        register.labels, register.commons
    );
    for (of, found) in [("members", by_member), ("institutions", by_institution)] {
        let _ = writeln!(
            text,
            "- by {of}: {} hold it; Herfindahl index {}, Nakamoto count {}, largest share {}",
            found.holders,
            decimal(found.herfindahl),
            found.nakamoto,
            percent(found.largest)
        );
        for alarm in found.alarms(&limits, of) {
            let _ = writeln!(text, "- **concentrated**: {alarm}");
        }
    }
    text
}

/// The name that a member gave in this entry, on one line and without markup.
fn name(release: &Release<'_>, seq: u64) -> Option<String> {
    let part = release.disclosed.parts.get(&(seq, "name".to_owned()))?.content.as_str()?;
    let plain = |c: char| if c.is_alphanumeric() || " .,'-".contains(c) { c } else { ' ' };
    Some(part.chars().map(plain).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn front_matter(release: &Release<'_>, configs: &[(&'static str, usize)]) -> String {
    let rows: usize = configs.iter().map(|(_, rows)| rows).sum();
    let size = match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    };
    let mut text = format!(
        "---\npretty_name: \"{} {}\"\nlicense: {}\nannotations_creators:\n- expert-generated\nsize_categories:\n- {size}\n\
         task_categories:\n- text-classification\n- text-ranking\ntags:\n- guildhall\n- {}\nconfigs:\n",
        release.title().replace('"', "'"),
        release.version,
        release.licence().to_lowercase(),
        release.guild,
    );
    for (name, _) in configs {
        let _ = write!(
            text,
            "- config_name: {name}\n  data_files:\n  - split: train\n    path: data/{name}/train-00000-of-00001.parquet\n"
        );
    }
    text.push_str("---\n");
    text
}

fn counts(release: &Release<'_>, configs: &[(&'static str, usize)]) -> String {
    let mut text = String::from("\n## What is in it\n\n");
    for (name, rows) in configs {
        let _ = writeln!(text, "- `{name}`: {rows} rows");
    }
    let mut tiers: BTreeMap<Tier, usize> = BTreeMap::new();
    for released in &release.labels {
        *tiers.entry(released.label.tier).or_default() += 1;
    }
    for (tier, labels) in tiers {
        let _ = writeln!(text, "- {labels} labels of tier {}", tier_word(tier));
    }
    let doubtful: Vec<String> = release
        .labels
        .iter()
        .filter(|released| released.label.tier == Tier::Gold && released.label.verdict.posterior < 500_000)
        .map(|released| format!("`{}`", released.label.id))
        .collect();
    if !doubtful.is_empty() {
        let _ = writeln!(text, "- gold that the raters' evidence alone would not give: {}", doubtful.join(", "));
    }
    text
}

const FOUNDING: &str = "
**Cut during the founding of the hall** (article 4 of `constitution.md`): its founders act for it, and one attestation
admitted each member.
";

const HOW_TO_USE: &str = "
## How to use the weights

Each row has `weight` (tier multiplier x quality) and `flip_probability` (1 - posterior, within .01 and .5). They carry the
same evidence: use one of them, not both. No stock trainer reads `weight`; extra columns are dropped in silence. `repeat` is
the weight rounded, at least 1, for trainers that can only repeat rows: it is approximate, changes the size of an epoch, and
is 1 or 2 for all tiers but gold. In `preference`, `strength` (1 to 3) says how much better, not how sure.
";

const DISCLOSED: &str = "
## What this discloses

By agreement of each member: a random id, the guild key, the credential class, a random institution code, every answer on
released items, and times. By their own terms alone: a name to be listed by, a rationale. Never: confidence, time spent. In a small guild colleagues can guess who is
who. The ledger here is the whole hall's; of other guilds and of unsettled items it holds commitments, not answers.
";
