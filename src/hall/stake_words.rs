//! A register in words, for a terminal's lines, a pipe, a screen reader.

use std::fmt::Write as _;

use crate::governance::{Concentration, REGISTER, decimal, percent};

use super::stake::StakeView;

/// One distribution's measures, in words.
pub fn concentration_in_words(of: &str, found: &Concentration) -> String {
    format!(
        "by {of}: {} hold it, {} of them more than half; Herfindahl index {}, largest share {}",
        found.holders,
        found.nakamoto,
        decimal(found.herfindahl),
        percent(found.largest)
    )
}

/// What has become of labels so far.
pub fn published_in_words(view: &StakeView) -> String {
    let mut text = match view.labels - view.published.min(view.labels) {
        0 => format!("a release published all {} of them", view.labels),
        rest => format!("a release published {} of them; {rest} wait for one", view.published),
    };
    if !view.void.is_empty() {
        let labels: u64 = view.void.iter().map(|void| void.labels).sum();
        // writing to a String can't fail
        let _ = write!(text, "; void: {labels} labels, whose items were withdrawn after a release");
    }
    text
}

/// The whole register.
pub fn stake_in_words(view: &StakeView) -> String {
    let mut text =
        format!("{}: {} gold labels, pending, as a release cut now would hold them", view.guild, view.labels);
    // writing to a String can't fail
    if view.kept_out > 0 {
        let _ = write!(text, "; {} more are kept out of releases by terms or flags", view.kept_out);
    }
    let _ = write!(text, "\n{}", published_in_words(view));
    if view.rows.is_empty() {
        let _ = write!(text, "\nno gold yet, so the whole register of {REGISTER} is the commons'");
        return text;
    }
    for row in &view.rows {
        let _ = write!(
            text,
            "\n{:18} {:>7}  {:>7}  {}",
            row.handle,
            row.claim,
            percent(row.claim),
            row.institution_name.replace(char::is_control, " ")
        );
        if row.claim < row.share {
            let _ = write!(text, ", {} before the caps", row.share);
        }
    }
    let _ = write!(
        text,
        "\n{:18} {:>7}  {:>7}\n{:18} {REGISTER:>7}\n\ncaps here: a member {}, an institution {}",
        "commons",
        view.commons,
        percent(view.commons),
        "sum",
        percent(view.member_cap),
        percent(view.institution_cap)
    );
    for (of, found) in [("members", &view.by_member), ("institutions", &view.by_institution)] {
        let _ = write!(text, "\n{}", concentration_in_words(of, found));
    }
    for alarm in &view.alarms {
        let _ = write!(text, "\n! {alarm} ({})", view.article);
    }
    if view.alarms.is_empty() {
        let _ = write!(text, "\nno alarm of {}", view.article);
    }
    text
}
