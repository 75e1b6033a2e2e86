//! What a message does to the console: pure, effects are returned.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use crate::domain::{ItemId, Timestamp};

use super::keys::{Action, Chord, Code, Meaning, Scope, pretty};
use super::layers::{Layer, Palette, Step, Told, help};
use super::model::{Model, Opened};
use super::place::Place;
use super::request::{Done, Reply, Request, Trouble};
use super::scene::{Cx, Scene, Want};
use super::screens::Screen;
use super::text::Shown;
use super::theme::Role;
use super::underway::Errand;

/// Keys that are held at most.
const HELD: usize = 256;

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// The session starts.
    Start,
    /// It is this time now.
    Now(Timestamp),
    /// A key.
    Key(KeyEvent),
    /// Pasted text.
    Paste(String),
    /// The hall answered a screen.
    Replied {
        /// Which screen.
        to: u64,
        /// What.
        reply: Box<Result<Reply, Trouble>>,
    },
    /// A draft was stored, or not.
    Kept(ItemId, Result<(), String>),
    /// Some time passed; the ledger has this many entries now.
    Beat(u64),
    /// Something was said on this item.
    Said(ItemId),
    /// A text was copied, so many bytes, or why not.
    Copied(Result<usize, String>),
    /// Text that comes back from `$EDITOR`, or why it doesn't.
    Edited(Result<String, String>),
    /// The session is to end.
    Leave,
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask the hall for a screen.
    Ask {
        /// Which screen.
        to: u64,
        /// What.
        request: Request,
    },
    /// Put this text on the clipboard.
    Copy(String),
    /// Let `$EDITOR` have this text.
    EditOutside(String),
}

/// Changes the model by a message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Start => with_top(model, &mut effects, |scene, cx| scene.load(cx)),
        Message::Now(now) => model.now = now,
        Message::Key(key) if is_held(model, &key) => model.held.push_back(key),
        Message::Key(key) => pressed(model, &key, &mut effects),
        Message::Paste(text) => pasted(model, &text, &mut effects),
        Message::Replied { to, reply } => {
            replied(model, to, *reply, &mut effects);
            while !is_waiting(model)
                && let Some(key) = model.held.pop_front()
            {
                pressed(model, &key, &mut effects);
            }
        }
        Message::Kept(item, stored) => {
            if let Err(why) = &stored {
                model.notice = Shown::new(Role::Bad, &format!("the draft is not stored: {why}"));
            }
            model.drafts.kept(&item, stored.map_err(|_| ()));
        }
        Message::Beat(size) => {
            let grown = size > std::mem::replace(&mut model.size.1, size) && model.size.0 > 0;
            if model.size.0 == 0 {
                model.size.0 = size;
            }
            // another process may have said it
            let item = model.screens.last().and_then(|opened| opened.screen.scene().place().item().cloned());
            if let Some(item) = item.filter(|_| grown) {
                with_top(model, &mut effects, |scene, cx| scene.said(&item, cx));
            }
            with_top(model, &mut effects, |scene, cx| scene.beat(cx));
        }
        Message::Said(item) => with_top(model, &mut effects, |scene, cx| scene.said(&item, cx)),
        Message::Copied(Ok(bytes)) => model.notice = Shown::plain(&format!("copied as it came, {bytes} bytes")),
        Message::Copied(Err(why)) => model.notice = Shown::new(Role::Warning, &why),
        Message::Edited(Ok(text)) => with_top(model, &mut effects, |scene, cx| scene.edited(&text, cx)),
        Message::Edited(Err(why)) => model.notice = Shown::new(Role::Bad, &why),
        // cut off, not closed: what was open is open when they come back
        Message::Leave => {
            for number in model.screens.iter().map(|opened| opened.number).collect::<Vec<_>>() {
                with(model, number, &mut effects, |scene, cx| scene.cut_off(cx));
            }
            model.underway.stop_all();
            model.leaving = true;
        }
    }
    for (item, draft) in model.drafts.due() {
        effects.push(Effect::Ask { to: 0, request: Request::Keep { item, draft } });
    }
    effects
}

/// Whether keys mean nothing before the hall has answered.
fn is_waiting(model: &Model) -> bool {
    model.layers.is_empty() && model.screens.last().is_some_and(|opened| opened.screen.scene().is_waiting())
}

/// Whether a key waits for the hall's answer; Esc doesn't, it takes the held ones back.
fn is_held(model: &mut Model, key: &KeyEvent) -> bool {
    let holds = is_waiting(model) && key.kind != KeyEventKind::Release && model.held.len() < HELD;
    if key.code == KeyCode::Esc {
        model.held.clear();
        return false;
    }
    holds
}

/// Lets a screen handle something, then does what it asks for.
fn with(model: &mut Model, number: u64, effects: &mut Vec<Effect>, then: impl FnOnce(&mut dyn Scene, &mut Cx<'_>)) {
    let Some(opened) = model.screens.iter_mut().find(|opened| opened.number == number) else { return };
    let mut cx = Cx::new(&mut model.drafts, &model.underway, model.now);
    then(opened.screen.scene_mut(), &mut cx);
    for want in cx.into_wants() {
        do_want(model, number, want, effects);
    }
}

fn with_top(model: &mut Model, effects: &mut Vec<Effect>, then: impl FnOnce(&mut dyn Scene, &mut Cx<'_>)) {
    if let Some(number) = model.screens.last().map(|opened| opened.number) {
        with(model, number, effects, then);
    }
}

fn do_want(model: &mut Model, number: u64, want: Want, effects: &mut Vec<Effect>) {
    match want {
        Want::Ask(request) => effects.push(Effect::Ask { to: number, request }),
        Want::Run(errand) => run(model, *errand, effects),
        Want::StopRun(item) => model.underway.of(&item).into_iter().for_each(|run| run.stop()),
        Want::Open(place) => open(model, place, effects),
        Want::Replace(place) => {
            close(model, number, effects);
            open(model, place, effects);
        }
        Want::Back => back(model, number, effects),
        Want::Layer(mut layer) => {
            // a reason is kept with its item's draft, so that it never turns up on another item
            if let Layer::Fields(fields) = &mut layer
                && fields.on_item().is_none()
                && let Some((_, values)) = model.filled.iter().find(|(action, _)| *action == fields.action())
            {
                fields.set_values(values);
            }
            model.layers.push(layer);
        }
        Want::Notice(text) => model.notice = text,
        Want::Copy(text) => effects.push(Effect::Copy(text)),
        Want::EditOutside(text) => effects.push(Effect::EditOutside(text)),
    }
}

fn open(model: &mut Model, place: Place, effects: &mut Vec<Effect>) {
    let number = model.next;
    model.next += 1;
    model.screens.push(Opened { number, screen: Screen::at(place) });
    with(model, number, effects, |scene, cx| scene.load(cx));
}

fn close(model: &mut Model, number: u64, effects: &mut Vec<Effect>) {
    with(model, number, effects, |scene, cx| scene.left(cx));
    model.screens.retain(|opened| opened.number != number);
}

/// Closes a screen unless it is the last, and lets the one beneath load anew.
fn back(model: &mut Model, number: u64, effects: &mut Vec<Effect>) {
    if model.screens.len() > 1 {
        close(model, number, effects);
        model.size.0 = model.size.1;
        with_top(model, effects, |scene, cx| scene.shown_again(cx));
    } else {
        let quit = model.settings.keymap.keys_of(&[Scope::Everywhere], Action::Quit).map(pretty).unwrap_or_default();
        model.notice = Shown::new(Role::Key, &quit).and(Role::Text, " leaves guildhall");
    }
}

fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    for number in model.screens.iter().map(|opened| opened.number).collect::<Vec<_>>() {
        with(model, number, effects, |scene, cx| scene.left(cx));
    }
    model.underway.stop_all();
    model.leaving = true;
}

fn go(model: &mut Model, place: Place, effects: &mut Vec<Effect>) {
    if place == Place::Hall {
        while model.screens.len() > 1 {
            let Some(number) = model.screens.last().map(|opened| opened.number) else { break };
            close(model, number, effects);
        }
        with_top(model, effects, |scene, cx| scene.load(cx));
    } else {
        open(model, place, effects);
    }
}

/// Whose keys work now, nearest first.
pub(super) fn scopes(model: &Model) -> Vec<Scope> {
    let mut scopes = match (model.layers.last(), model.screens.last()) {
        (Some(layer), _) => layer.scopes(),
        (None, Some(opened)) => opened.screen.scene().scopes(),
        (None, None) => Vec::new(),
    };
    let shut = [Scope::Writing, Scope::Choosing, Scope::Card, Scope::Marking];
    if !scopes.iter().any(|scope| shut.contains(scope)) {
        scopes.push(Scope::Everywhere);
    }
    scopes
}

/// What works on every screen.
const EVERYWHERE: [Action; 17] = [
    Action::Back,
    Action::Quit,
    Action::Help,
    Action::Palette,
    Action::Refresh,
    Action::GoHall,
    Action::GoQueue,
    Action::GoDisputes,
    Action::GoReviews,
    Action::GoGold,
    Action::GoAgreement,
    Action::GoStake,
    Action::GoMembers,
    Action::GoModels,
    Action::GoLedger,
    Action::GoStuck,
    Action::GoConstitution,
];

/// The actions that work on the screen now, those for the footer first.
pub(super) fn actions(model: &Model) -> Vec<Action> {
    let own = model.screens.last().map(|opened| opened.screen.scene().actions(&model.settings.session));
    own.unwrap_or_default().into_iter().chain(EVERYWHERE).collect()
}

fn pressed(model: &mut Model, key: &KeyEvent, effects: &mut Vec<Effect>) {
    if key.kind == KeyEventKind::Release {
        return;
    }
    model.notice = Shown::default();
    let Some(chord) = Chord::of(key) else { return };
    let scopes = scopes(model);
    model.pressed.push(chord);
    let first = model.pressed.len() == 1;
    match model.settings.keymap.meaning(&scopes, &model.pressed) {
        Meaning::Prefix => {}
        Meaning::Action(action) => {
            model.pressed.clear();
            let character = if let Chord::Key { code: Code::Char(c), .. } = chord { c } else { ' ' };
            act(model, action, character, effects);
        }
        Meaning::Nothing => {
            model.pressed.clear();
            if first {
                typed(model, key, effects);
            }
        }
    }
}

/// A key that is no action: it is for the text being written.
fn typed(model: &mut Model, key: &KeyEvent, effects: &mut Vec<Effect>) {
    match model.layers.last_mut() {
        Some(layer) => {
            layer.press(key);
            keep_reason(model);
        }
        None => with_top(model, effects, |scene, cx| {
            scene.press(key, cx);
        }),
    }
}

fn pasted(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    match model.layers.last_mut() {
        Some(layer) => {
            layer.paste(text);
            keep_reason(model);
        }
        None => with_top(model, effects, |scene, cx| {
            scene.paste(text, cx);
        }),
    }
}

/// Keeps a reason that is being written with the draft of its item.
fn keep_reason(model: &mut Model) {
    let Some(Layer::Fields(fields)) = model.layers.last() else { return };
    let Some((item, text, caret)) = fields.on_item() else { return };
    let name = fields.action().name();
    model.drafts.change(item, |draft| {
        draft.reasons.insert(name.to_owned(), text.to_owned());
        draft.field = format!("reason {name} {caret}");
        draft.open = true;
    });
}

fn act(model: &mut Model, action: Action, key: char, effects: &mut Vec<Effect>) {
    if let Some(layer) = model.layers.last_mut() {
        let step = layer.act(action, key);
        stepped(model, step, effects);
        return;
    }
    if !actions(model).contains(&action) {
        return;
    }
    let place = match action {
        Action::GoHall => Place::Hall,
        Action::GoQueue => Place::queue(None, None, None),
        Action::GoDisputes => Place::Disputes(None),
        Action::GoReviews => Place::queue(None, None, Some(crate::domain::Role::Reviewer)),
        Action::GoGold => Place::Gold(None),
        Action::GoAgreement => Place::Agreement(None),
        Action::GoStake => Place::Stake(None),
        Action::GoMembers => Place::Members,
        Action::GoModels => Place::Models,
        Action::GoLedger => Place::Ledger,
        Action::GoStuck => Place::Stuck,
        Action::GoConstitution => Place::Constitution,
        action => return act_here(model, action, key, effects),
    };
    go(model, place, effects);
}

fn act_here(model: &mut Model, action: Action, key: char, effects: &mut Vec<Effect>) {
    let scopes = scopes(model);
    let writes = scopes.iter().any(|scope| matches!(scope, Scope::Writing | Scope::Marking));
    match action {
        Action::Quit => leave(model, effects),
        Action::Back if !writes => {
            if let Some(number) = model.screens.last().map(|opened| opened.number) {
                back(model, number, effects);
            }
        }
        Action::Help => {
            let told = help(&model.settings.keymap, &scopes, &actions(model));
            model.layers.push(Layer::Told(told));
        }
        Action::Palette => {
            let keymap = &model.settings.keymap;
            let all = actions(model).into_iter().filter(|action| *action != Action::Answer);
            let keys = |action| keymap.keys_of(&scopes, action).map(pretty).unwrap_or_default();
            let palette = Palette::new(all.map(|action| (action, keys(action))).collect());
            model.layers.push(Layer::Palette(palette));
        }
        Action::Refresh => {
            model.size.0 = model.size.1;
            with_top(model, effects, |scene, cx| scene.load(cx));
        }
        action => with_top(model, effects, |scene, cx| scene.act(action, key, cx)),
    }
}

/// What a pop-up came to.
fn stepped(model: &mut Model, step: Step, effects: &mut Vec<Effect>) {
    if step == Step::Stay {
        return;
    }
    let closed = model.layers.pop();
    if let Some(Layer::Fields(fields)) = closed.filter(|layer| !layer.is_on_item()) {
        // what was typed is there again when the same is asked again
        model.filled.retain(|(action, _)| *action != fields.action());
        model.filled.push((fields.action(), fields.values()));
    }
    match step {
        Step::Stay | Step::Close => {}
        Step::Filled(action, values) => with_top(model, effects, |scene, cx| scene.filled(action, &values, cx)),
        Step::Confirmed(action, values, percent) => {
            with_top(model, effects, |scene, cx| scene.confirmed(action, &values, percent, cx));
        }
        Step::Do(action) => act(model, action, ' ', effects),
        Step::Search(words) => {
            let place = Place::Queue { guild: None, state: None, role: None, search: Some(words) };
            open(model, place, effects);
        }
    }
}

/// Has a model begin, whatever is done meanwhile; its answers find it by its number.
fn run(model: &mut Model, errand: Errand, effects: &mut Vec<Effect>) {
    let (number, item) = (model.next, errand.item.clone());
    if let Some(request) = model.underway.begin(errand, number) {
        model.next += 1;
        // the output that is looked at next is another
        model.filled.retain(|(action, _)| *action != Action::Score);
        effects.push(Effect::Ask { to: number, request });
        showing(model, &item, effects, |scene, cx| scene.heard(cx));
    }
}

/// A model goes on or has ended: the screens on its item hear of it.
fn ran(model: &mut Model, number: u64, (item, reply): (&ItemId, Result<Reply, Trouble>), effects: &mut Vec<Effect>) {
    match reply {
        Ok(Reply::Rerun(done)) => {
            model.notice = model.underway.ended(number, done);
            showing(model, item, effects, |scene, cx| scene.said(item, cx));
        }
        Ok(Reply::Heard(heard)) => model.underway.hears(number, heard, model.now),
        Ok(_) => {}
        // no pop-up, which would take the keys of whoever is typing by now
        Err(trouble) => model.notice = model.underway.failed(number, &trouble),
    }
    showing(model, item, effects, |scene, cx| scene.heard(cx));
}

/// Lets every screen on an item handle something.
fn showing(model: &mut Model, item: &ItemId, effects: &mut Vec<Effect>, then: impl Fn(&mut dyn Scene, &mut Cx<'_>)) {
    let on_it = model.screens.iter().filter(|opened| opened.screen.scene().place().item() == Some(item));
    for number in on_it.map(|opened| opened.number).collect::<Vec<_>>() {
        with(model, number, effects, &then);
    }
}

fn replied(model: &mut Model, to: u64, reply: Result<Reply, Trouble>, effects: &mut Vec<Effect>) {
    if let Some(item) = model.underway.item(to) {
        return ran(model, to, (&item, reply), effects);
    }
    match reply {
        Ok(reply) => {
            if let Reply::Done(done) = &reply {
                submitted(model, done);
            }
            if let Reply::DraftsJudged(judged) = &reply {
                judged.done.iter().for_each(|(item, _)| model.drafts.submitted(item));
            }
            if matches!(reply, Reply::Done(_) | Reply::Cut(..) | Reply::Added(..)) {
                model.filled.retain(|(action, _)| *action == Action::Search);
            }
            with(model, to, effects, |scene, cx| scene.replied(reply, cx));
        }
        Err(trouble) => {
            let mut dealt_with = false;
            with(model, to, effects, |scene, cx| dealt_with = scene.failed(&trouble, cx));
            if !dealt_with {
                model.layers.push(Layer::Told(Told::trouble(&trouble)));
            }
        }
    }
}

/// An act is in the ledger: its receipt is told, and what was typed for it is no draft any more.
fn submitted(model: &mut Model, done: &Done) {
    let mut notice = Shown::new(Role::Good, &format!("✓ {}, entry {}", done.what, done.receipt.event));
    if let Some(state) = done.receipt.state {
        notice.push(Role::Text, &format!(" · the item is {state}"));
    }
    model.notice = notice;
    model.size.0 = model.size.1.max(done.receipt.event + 1);
    if let Some(item) = &done.item {
        model.drafts.submitted(item);
    }
}
