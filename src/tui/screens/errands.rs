//! What a model may be asked of an item: the pop-ups, what was filled in as it will be asked, the card that asks for a yes.

use crate::hall::{Asked, Sampled};
use crate::tui::keys::Action;
use crate::tui::layers::{Card, Fields, Layer};
use crate::tui::request::EvidenceDesk;
use crate::tui::scene::{Cx, Want};
use crate::tui::text::Shown;
use crate::tui::theme::Role;
use crate::tui::underway::Errand;

use super::transcript::{label, letters};

/// What may be asked now; while a model is at work on the item, to stop it.
pub fn allowed(desk: &EvidenceDesk, at_work: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    if at_work {
        actions.push(Action::StopRerun);
    } else if desk.view.may_note && !desk.models.is_empty() {
        actions.push(Action::Rerun);
        actions.extend((!desk.local.is_empty()).then_some(Action::Score));
    }
    actions
}

/// Begins one of these acts; `first` is the output that is proposed to be scored.
pub fn begin(action: Action, desk: &EvidenceDesk, first: Option<u32>, cx: &mut Cx<'_>) {
    let fields = match action {
        Action::StopRerun => return cx.want(Want::StopRun(desk.view.id.clone())),
        Action::Rerun => {
            let usual = Sampled::default();
            let title = Shown::new(Role::HeadingFocused, "Have a model answer the prompt again");
            Fields::new(action, title, None)
                .one_of("Model", desk.models.clone())
                .line("Samples", &usual.samples.to_string())
                .line("Tokens of each at most", &usual.max_tokens.to_string())
                .line("Temperature; 0 takes the likeliest word", &usual.temperature.to_string())
                .line("Seed; the same gives the same", &usual.seed.to_string())
        }
        _ => {
            let letters = letters(&desk.view);
            let mut outputs: Vec<u32> = desk.view.outputs.iter().map(|(number, _)| *number).collect();
            outputs.sort_by_key(|number| Some(*number) != first);
            let outputs = outputs.into_iter().map(|number| label(&letters, number)).collect();
            let title = Shown::new(Role::HeadingFocused, "How surprising is an output to a model");
            Fields::new(action, title, None).one_of("Model", desk.local.clone()).one_of("Output", outputs)
        }
    };
    cx.layer(Layer::Fields(fields));
}

/// What was filled in goes on a card that asks for a yes; or what is wrong with it is said.
pub fn filled(action: Action, values: &[String], desk: &EvidenceDesk, cx: &mut Cx<'_>) {
    match wanted(action, values, desk, cx) {
        Ok(errand) => {
            let mut body = Shown::plain(&errand.words);
            body.push(Role::Quiet, "\n\nWhen it is done, what it said is recorded over your signature.");
            body.push(Role::Quiet, "\nYou may go on with anything else meanwhile.");
            body.push(Role::Quiet, &format!("\nitem {}", errand.item));
            let title = Shown::new(Role::HeadingFocused, "Run it and record it");
            cx.layer(Layer::Card(Card::new(action, title, body).with_values(values)));
        }
        Err(why) => cx.notice(Shown::new(Role::Warning, &why)),
    }
}

/// The yes was given.
pub fn confirmed(action: Action, values: &[String], desk: &EvidenceDesk, cx: &mut Cx<'_>) {
    if let Ok(errand) = wanted(action, values, desk, cx) {
        cx.want(Want::Run(Box::new(errand)));
    }
}

fn wanted(action: Action, values: &[String], desk: &EvidenceDesk, cx: &Cx<'_>) -> Result<Errand, String> {
    let at = |place: usize| values.get(place).map(|value| value.trim()).unwrap_or_default();
    let errand = |asked: Asked, words: String| Errand {
        item: desk.view.id.clone(),
        model: at(0).to_owned(),
        asked,
        words,
        is_local: desk.local.iter().any(|model| model == at(0)),
    };
    if action == Action::Score {
        let letters = letters(&desk.view);
        let found = desk.view.outputs.iter().find(|(number, _)| label(&letters, *number) == at(1));
        let (number, _) = found.ok_or("choose an output")?;
        return Ok(errand(Asked::Score(*number), format!("{} scores {}", at(0), at(1))));
    }
    let whole = |place: usize, name: &str| {
        at(place).parse::<u32>().map_err(|_| format!("{name} `{}` is no whole number", at(place)))
    };
    let temperature = at(3).parse().map_err(|_| format!("temperature `{}` is no number", at(3)))?;
    let samples = u16::try_from(whole(1, "samples")?).map_err(|_| "too many samples")?;
    let sampled = Sampled {
        samples,
        max_tokens: whole(2, "tokens")?,
        temperature,
        seed: u64::from(whole(4, "seed")?),
        ..Sampled::default()
    };
    let asked = sampled.on(&cx.now.day()).map_err(|error| error.to_string())?;
    Ok(errand(asked, format!("{} × {samples}, temperature {}, seed {}", at(0), at(3), at(4))))
}
