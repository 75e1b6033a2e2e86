//! Acts on an item that ask for a reason or a yes: what is asked, and what is then submitted.

use crate::domain::{Event, FlagReason, TAKEN_BACK};
use crate::hall::ItemView;
use crate::tui::keys::Action;
use crate::tui::layers::{Card, Fields, Layer};
use crate::tui::request::Request;
use crate::tui::scene::Cx;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

/// Actions of reading, wherever an item's texts are.
pub const READING: [Action; 11] = [
    Action::PageDown,
    Action::PageUp,
    Action::Search,
    Action::NextFound,
    Action::PreviousFound,
    Action::ShowHidden,
    Action::Compare,
    Action::Fold,
    Action::Copy,
    Action::First,
    Action::Last,
];

const FLAGS: [(&str, FlagReason); 4] = [
    ("unsafe: following an output could kill or disable, and it reads plausibly", FlagReason::Unsafe),
    ("scope: the question is not this guild's", FlagReason::Scope),
    ("personal: somebody could be recognised", FlagReason::Personal),
    ("broken: it can't be read", FlagReason::Broken),
];

/// What the act says on its way to the card.
fn title(action: Action) -> &'static str {
    match action {
        Action::Skip => "Skip this item",
        Action::Flag => "Flag it to the stewards",
        Action::Return => "Return it: a dispute opens",
        Action::Challenge => "Challenge this gold",
        Action::Recuse => "Step aside from this dispute",
        Action::WithdrawItem => "Take the item out, as a steward",
        Action::AskRater => "Ask one more rater, once",
        Action::SignOff => "Sign off",
        Action::ResolveFlag => "Resolve the flag",
        Action::Note => "Say something of this item",
        Action::WithdrawJudgement => "Take your judgement back",
        Action::Erase => "Destroy words of yours, for good",
        _ => "",
    }
}

/// Starts an act: its reason is asked for, or at once a yes.
pub fn begin(action: Action, view: &ItemView, cx: &mut Cx<'_>) {
    if let Some(layer) = asked(action, view, cx) {
        cx.layer(layer);
    }
}

/// The reason layer of the act that a draft says was being written, if one was.
pub fn resumed(view: &ItemView, cx: &mut Cx<'_>) -> Option<Layer> {
    let (name, caret) = cx.drafts.get(&view.id)?.field.strip_prefix("reason ")?.split_once(' ')?;
    let action = Action::ALL.iter().find(|action| action.name() == name).copied()?;
    let caret = caret.parse().ok()?;
    match asked(action, view, cx)? {
        Layer::Fields(fields) => Some(Layer::Fields(fields.with_caret(caret))),
        layer => Some(layer),
    }
}

fn asked(action: Action, view: &ItemView, cx: &Cx<'_>) -> Option<Layer> {
    let fields = || Fields::new(action, Shown::new(Role::HeadingFocused, title(action)), Some(view.id.clone()));
    let typed = cx.drafts.get(&view.id).and_then(|draft| draft.reasons.get(action.name()).cloned()).unwrap_or_default();
    let layer = match action {
        Action::Search => Fields::new(action, "Search in this text", None).line("Words", ""),
        Action::Skip => fields().reason("Why you pass on it", &typed),
        Action::Return => fields().reason("What is wrong with it", &typed),
        Action::Challenge => fields().reason("Why this gold is wrong", &typed),
        Action::Recuse => fields().reason("Why you step aside", &typed),
        Action::Note => fields().reason("Read by all who may read this item's record", &typed),
        Action::Flag => {
            let kinds = FLAGS.iter().map(|(words, _)| (*words).to_owned()).collect();
            fields().one_of("What is wrong", kinds).reason("In a sentence", &typed)
        }
        Action::Erase => Fields::new(action, title(action), None).one_of("Which words", own_words(view)),
        Action::WithdrawItem => fields().line("Number of the article it rests on", "").reason("Why", &typed),
        Action::AskRater | Action::SignOff | Action::ResolveFlag | Action::WithdrawJudgement => {
            return Some(card(action, &[], view));
        }
        _ => return None,
    };
    Some(Layer::Fields(layer))
}

/// The viewer's own words on an item that are still there: `rationale of entry 12`.
pub fn own_words(view: &ItemView) -> Vec<String> {
    let own = view.judgements.iter().filter(|judgement| judgement.own);
    let judged = own.flat_map(|judgement| {
        let parts = [("answers", judgement.answers.is_some()), ("rationale", judgement.rationale.is_some())];
        parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| (part, judgement.entry))
    });
    let notes = view.notes.iter().filter(|note| note.own && note.text.is_some()).map(|note| ("note", note.entry));
    judged.chain(notes).map(|(part, entry)| format!("{part} of entry {entry}")).collect()
}

fn card(action: Action, values: &[String], view: &ItemView) -> Layer {
    let mut body = Shown::default();
    for value in values.iter().filter(|value| !value.is_empty()) {
        body.push(Role::Text, &format!("{value}\n"));
    }
    if action == Action::SignOff {
        let already = view.sign_offs;
        let words = format!(
            "You read it, and the values stand.\n{already} of {} sign-offs are given.\n",
            view.needed_sign_offs
        );
        body.push(Role::Text, &words);
    }
    if matches!(action, Action::Erase | Action::WithdrawJudgement) {
        body.push(Role::Text, &format!("\n{TAKEN_BACK}\n"));
    }
    body.push(Role::Quiet, &format!("\nitem {}", view.id));
    Layer::Card(Card::new(action, Shown::new(Role::HeadingFocused, title(action)), body).with_values(values))
}

/// What the pop-up of an act was filled in with goes on a card that asks for a yes.
pub fn filled(action: Action, values: &[String], view: &ItemView, cx: &mut Cx<'_>) {
    cx.layer(card(action, values, view));
}

/// The yes was given.
pub fn confirmed(action: Action, values: &[String], view: &ItemView, cx: &mut Cx<'_>) {
    match request(action, values, view) {
        Ok(request) => cx.ask(request),
        Err(why) => cx.notice(Shown::new(Role::Warning, &why)),
    }
}

fn request(action: Action, values: &[String], view: &ItemView) -> Result<Request, String> {
    let item = view.id.clone();
    let last = values.last().map(|value| value.trim().to_owned()).unwrap_or_default();
    let first = values.first().map(String::as_str).unwrap_or_default();
    let act = |event: Event, reason: Option<String>| Request::Act { item: item.clone(), event, reason };
    Ok(match action {
        Action::Skip => Request::Skip { item, reason: last },
        Action::Flag => {
            let flag = FLAGS.iter().find(|(words, _)| *words == first).map(|(_, flag)| *flag);
            act(Event::ItemFlagged { flag: flag.ok_or("choose what is wrong")? }, Some(last))
        }
        Action::Return => act(Event::ReviewReturned {}, Some(last)),
        Action::Challenge => act(Event::GoldChallenged {}, Some(last)),
        Action::Recuse => act(Event::AdjudicatorRecused {}, Some(last)),
        Action::AskRater => act(Event::RaterRequested {}, None),
        Action::SignOff => act(Event::ReviewSigned {}, None),
        Action::ResolveFlag => act(Event::FlagResolved {}, None),
        Action::Note => Request::Note { item, text: last },
        Action::WithdrawJudgement => Request::WithdrawJudgement(item),
        Action::Erase => {
            let (part, entry) = first.split_once(" of entry ").ok_or("choose which words")?;
            Request::Erase { item, entry: entry.parse().map_err(|_| "choose which words")?, part: part.to_owned() }
        }
        Action::WithdrawItem => {
            let article = first.trim().parse().map_err(|_| format!("`{first}` is no article's number"))?;
            act(Event::ItemWithdrawn { article }, Some(last))
        }
        other => return Err(format!("`{}` is no act on an item", other.name())),
    })
}
