//! What every screen is able to do, and what it may ask of the console while it does.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::domain::{ItemId, Timestamp};

use super::drafts::Drafts;
use super::ink::Ink;
use super::keys::{Action, Keymap, Scope, pretty};
use super::layers::Layer;
use super::place::Place;
use super::request::{Reply, Request, Trouble};
use super::session::Session;
use super::text::Shown;
use super::underway::{Errand, Underway};

/// What a screen asks of the console.
#[derive(Debug)]
pub enum Want {
    /// Ask the hall.
    Ask(Request),
    /// Have a model do this.
    Run(Box<Errand>),
    /// Stop the model that is at work on this item.
    StopRun(ItemId),
    /// Open a screen over this one.
    Open(Place),
    /// Open a screen in place of this one.
    Replace(Place),
    /// Close this screen.
    Back,
    /// Put a pop-up on top.
    Layer(Layer),
    /// Say something in the footer.
    Notice(Shown),
    /// Put this text on the clipboard of whoever sits here.
    Copy(String),
    /// Let `$EDITOR` have this text; [`Scene::edited`] gets it back.
    EditOutside(String),
}

/// What a screen is given while it handles something.
pub struct Cx<'a> {
    /// What is typed and not submitted.
    pub drafts: &'a mut Drafts,
    /// Models at work.
    pub underway: &'a Underway,
    /// Now.
    pub now: Timestamp,
    wants: Vec<Want>,
}

impl<'a> Cx<'a> {
    /// With nothing asked yet.
    pub fn new(drafts: &'a mut Drafts, underway: &'a Underway, now: Timestamp) -> Self {
        Self { drafts, underway, now, wants: Vec::new() }
    }

    /// Asks something of the console.
    pub fn want(&mut self, want: Want) {
        self.wants.push(want);
    }

    /// Asks the hall.
    pub fn ask(&mut self, request: Request) {
        self.want(Want::Ask(request));
    }

    /// Opens a screen over this one.
    pub fn open(&mut self, place: Place) {
        self.want(Want::Open(place));
    }

    /// Says something in the footer.
    pub fn notice(&mut self, text: impl Into<Shown>) {
        self.want(Want::Notice(text.into()));
    }

    /// Puts a pop-up on top.
    pub fn layer(&mut self, layer: Layer) {
        self.want(Want::Layer(layer));
    }

    /// What was asked.
    pub fn into_wants(self) -> Vec<Want> {
        self.wants
    }
}

/// What a screen is given to draw.
pub struct Look<'a> {
    /// Who sits here.
    pub session: &'a Session,
    /// Keys in force.
    pub keymap: &'a Keymap,
    /// What is typed and not submitted.
    pub drafts: &'a Drafts,
    /// Models at work.
    pub underway: &'a Underway,
    /// Now.
    pub now: Timestamp,
}

impl Look<'_> {
    /// The key of an action, as footers write it.
    pub fn key(&self, scopes: &[Scope], action: Action) -> String {
        self.keymap.keys_of(scopes, action).map(pretty).unwrap_or_default()
    }
}

/// A screen. Handlers change it and ask the console; only [`draw`](Self::draw) draws.
pub trait Scene {
    /// Where this is.
    fn place(&self) -> Place;
    /// Whose keys work, nearest first; [`Scope::Everywhere`] is added unless text is written.
    fn scopes(&self) -> Vec<Scope>;
    /// The actions that work now, those for the footer first.
    fn actions(&self, session: &Session) -> Vec<Action>;
    /// Where this is, for the top line.
    fn title(&self) -> Shown;
    /// Whether it waits for an answer without which keys mean nothing; they are held until it comes.
    fn is_waiting(&self) -> bool {
        false
    }
    /// How it stands, top right.
    fn status(&self, _look: &Look<'_>) -> Shown {
        Shown::default()
    }
    /// Asks for what it shows; again on refresh.
    fn load(&mut self, cx: &mut Cx<'_>);
    /// The screen over it was closed.
    fn shown_again(&mut self, cx: &mut Cx<'_>) {
        self.load(cx);
    }
    /// Does an action; `key` is the character pressed, for answers.
    fn act(&mut self, action: Action, key: char, cx: &mut Cx<'_>);
    /// A key while text is written or marked; whether it was taken.
    fn press(&mut self, _key: &KeyEvent, _cx: &mut Cx<'_>) -> bool {
        false
    }
    /// Pasted text; whether it was taken.
    fn paste(&mut self, _text: &str, _cx: &mut Cx<'_>) -> bool {
        false
    }
    /// What the pop-up of an action was filled in with.
    fn filled(&mut self, _action: Action, _values: &[String], _cx: &mut Cx<'_>) {}
    /// A yes to the card of an action, with what was filled in before and how sure one is.
    fn confirmed(&mut self, _action: Action, _values: &[String], _percent: Option<u8>, _cx: &mut Cx<'_>) {}
    /// Text that comes back from `$EDITOR`.
    fn edited(&mut self, _text: &str, _cx: &mut Cx<'_>) {}
    /// Something came back.
    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>);
    /// Something wasn't done; whether the screen deals with it, else the console tells it.
    fn failed(&mut self, _trouble: &Trouble, _cx: &mut Cx<'_>) -> bool {
        false
    }
    /// Some time passed.
    fn beat(&mut self, _cx: &mut Cx<'_>) {}
    /// The model at work on this screen's item goes on, or has ended.
    fn heard(&mut self, _cx: &mut Cx<'_>) {}
    /// Something was said on this item.
    fn said(&mut self, _item: &ItemId, _cx: &mut Cx<'_>) {}
    /// It is closed.
    fn left(&mut self, _cx: &mut Cx<'_>) {}
    /// The session is cut off; what was begun here is gone on with when it comes back.
    fn cut_off(&mut self, _cx: &mut Cx<'_>) {}
    /// Draws itself.
    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>);
}
