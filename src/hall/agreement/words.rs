//! Agreement in lines: for a terminal's scroll, a pipe, a screen reader.

use std::fmt::Write as _;

use super::rows::{AgreementView, Found, QuestionAgreement};

/// A number of at most 1 as these pages write it: `.61`, `-.08`, `1.00`.
pub fn share(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_prefix("0.").map(|rest| format!(".{rest}")).unwrap_or_else(|| text.replace("-0.", "-."))
}

/// A coefficient with its interval: `.61 [.48 .72]`; why there is none.
pub fn interval(found: &Found) -> String {
    match found {
        Found::Value(one) => format!("{} [{} {}]", share(one.value), share(one.low), share(one.high)),
        Found::Undefined(reason) => format!("undefined: {reason}"),
    }
}

/// Everything, question by question.
pub fn agreement_in_words(view: &AgreementView) -> String {
    let mut text = format!(
        "{}: {} items whose rating is over, {} judgements, {} raters; {} judgements of items still rated are left out\n",
        view.guild,
        view.items,
        view.judgements,
        view.raters.len(),
        view.left_out
    );
    let named: Vec<String> = view
        .raters
        .iter()
        .filter_map(|rater| {
            let own = rater.own.then(|| "you".to_owned());
            rater.handle.clone().or(own).map(|name| format!("{} {name}", rater.letter))
        })
        .collect();
    if !named.is_empty() {
        let _ = writeln!(text, "raters: {}", named.join(", "));
    }
    for question in &view.questions {
        question_in_words(&mut text, question);
    }
    text.push_str(
        "\nIntervals hold 95 %. Krippendorff's limits: from .8 reliable, from .667 tentative; the words beside kappa and AC\n\
         are Landis and Koch's convention. Agreement is not truth.\n",
    );
    text
}

fn question_in_words(text: &mut String, question: &QuestionAgreement) {
    let QuestionAgreement { title, key, units, judgements, raters, shared_at_least, .. } = question;
    let _ = writeln!(text, "\n{title} ({key}): {units} judged, {judgements} answers, {raters} raters");
    if *judgements == 0 {
        let _ = writeln!(text, "  nobody has answered it");
    }
    for coefficient in &question.coefficients {
        let reading = coefficient.reading.map(|reading| format!("  {reading}")).unwrap_or_default();
        let _ = writeln!(text, "  {:<28} {}{reading}", coefficient.name, interval(&coefficient.found));
    }
    if question.off_scale > 0 {
        let _ = writeln!(text, "  {} answers stand on no scale and aren't counted", question.off_scale);
    }
    question.remarks.iter().for_each(|remark| {
        let _ = writeln!(text, "  note: {remark}");
    });
    for pair in &question.pairs {
        let mostly = pair.mostly.as_ref().map(|mostly| format!("; {mostly}")).unwrap_or_default();
        let kappa = pair.kappa.value().map_or_else(|| "undefined".to_owned(), share);
        let _ = writeln!(text, "  {} and {}: kappa {kappa} over {}{mostly}", pair.first, pair.second, pair.shared);
    }
    if question.pairs.is_empty() && *raters > 1 && *shared_at_least > 0 {
        let _ = writeln!(text, "  no two raters share {shared_at_least}");
    }
    if question.trend.len() > 1 {
        let weeks: Vec<String> = question
            .trend
            .iter()
            .map(|week| format!("{} {}", week.monday, week.found.value().map_or_else(|| "-".to_owned(), share)))
            .collect();
        let _ = writeln!(text, "  by week: {}", weeks.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(
            [0.614, -0.08, 1.0, 0.0, -1.0].map(share),
            [".61", "-.08", "1.00", ".00", "-1.00"].map(str::to_owned)
        );
    }
}
