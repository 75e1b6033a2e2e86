//! The bindings in force: what pressed keys mean in some scopes, and which keys an action has there.

use super::action::Action;
use super::binding::{BINDINGS, Scope};
use super::chord::Chord;

/// One binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Where it holds.
    pub scope: Scope,
    /// Pressed one after the other.
    pub keys: Vec<Chord>,
    /// What they do.
    pub action: Action,
}

/// What pressed keys come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An action.
    Action(Action),
    /// The start of longer ones.
    Prefix,
    /// Nothing here.
    Nothing,
}

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    pub(super) bound: Vec<Bound>,
}

impl Default for Keymap {
    fn default() -> Self {
        let read = |(scope, keys, action): &(Scope, &str, Action)| {
            Some(Bound { scope: *scope, keys: Chord::read_all(keys)?, action: *action })
        };
        Self { bound: BINDINGS.iter().filter_map(read).collect() }
    }
}

impl Keymap {
    /// Every binding in force.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// What `pressed` means; of several scopes the first that knows it counts.
    pub fn meaning(&self, scopes: &[Scope], pressed: &[Chord]) -> Meaning {
        let starts = |bound: &&Bound| {
            bound.keys.len() >= pressed.len() && bound.keys.iter().zip(pressed).all(|(key, pressed)| key.is(*pressed))
        };
        for scope in scopes {
            let mut found = self.bound.iter().filter(|bound| bound.scope == *scope).filter(starts).peekable();
            if found.peek().is_some() {
                let whole = found.find(|bound| bound.keys.len() == pressed.len());
                return whole.map_or(Meaning::Prefix, |bound| Meaning::Action(bound.action));
            }
        }
        Meaning::Nothing
    }

    /// The keys of `action` that work in these scopes; the first is the one to show.
    pub fn keys_of(&self, scopes: &[Scope], action: Action) -> Option<&[Chord]> {
        self.bindings(scopes).into_iter().find(|bound| bound.action == action).map(|bound| bound.keys.as_slice())
    }

    /// Every binding that works in these scopes, nearest scope first; those that a nearer one hides are left out.
    pub fn bindings(&self, scopes: &[Scope]) -> Vec<&Bound> {
        let mut found: Vec<&Bound> = Vec::new();
        for scope in scopes {
            let hidden = found.clone();
            let visible = |bound: &&Bound| {
                bound.scope == *scope && !hidden.iter().any(|nearer| nearer.keys.first() == bound.keys.first())
            };
            found.extend(self.bound.iter().filter(visible));
        }
        found
    }

    /// What can follow `pressed`: the next key and the action it leads to.
    pub fn continuations(&self, scopes: &[Scope], pressed: &[Chord]) -> Vec<(Chord, Action)> {
        let follows = |bound: &&Bound| bound.keys.len() > pressed.len() && bound.keys.starts_with(pressed);
        let next = |bound: &Bound| Some((*bound.keys.get(pressed.len())?, bound.action));
        self.bindings(scopes).into_iter().filter(follows).filter_map(next).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(text: &str) -> Vec<Chord> {
        Chord::read_all(text).unwrap()
    }

    #[test]
    fn the_nearest_scope_gives_a_key_its_meaning() {
        let keymap = Keymap::default();
        let judging = [Scope::Judging, Scope::Item, Scope::Everywhere];
        assert_eq!(keymap.meaning(&judging, &pressed("4")), Meaning::Action(Action::Answer));
        assert_eq!(keymap.meaning(&judging, &pressed("g")), Meaning::Prefix);
        assert_eq!(keymap.meaning(&judging, &pressed("g h")), Meaning::Action(Action::GoHall));
        assert_eq!(keymap.meaning(&judging, &pressed("g z")), Meaning::Nothing);
        assert_eq!(keymap.meaning(&[Scope::Everywhere], &pressed("4")), Meaning::Nothing);
        let ruling = [Scope::Ruling, Scope::Item, Scope::Everywhere];
        assert_eq!(keymap.meaning(&ruling, &pressed("x")), Meaning::Action(Action::Recuse));
        assert_eq!(keymap.meaning(&judging, &pressed("x")), Meaning::Action(Action::Clear));
        assert_eq!(keymap.continuations(&judging, &pressed("g")).len(), 12);
    }
}
