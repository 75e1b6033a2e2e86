//! The release's card, `README.md`: front matter that dataset readers take, and what a trainer must know, in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::consensus::Tier;

use super::inputs::Release;
use super::labels::tier_word;

/// The card's text; `configs` are names and row counts.
pub(super) fn card(release: &Release<'_>, configs: &[(&'static str, usize)]) -> String {
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
    text.push_str(DISCLOSED);
    text
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
released items, and times. Never: names, rationales, confidence, time spent. In a small guild colleagues can guess who is
who. The ledger here is the whole hall's; of other guilds and of unsettled items it holds commitments, not answers.
";
