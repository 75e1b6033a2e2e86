//! Which key does what, where: the one table behind dispatch, footer, help, README and key files.

use super::action::Action::{self, *};

/// Where bindings hold; a screen names its scopes, the first that binds a key wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Wherever no text is written.
    Everywhere,
    /// In lists.
    List,
    /// Among members.
    Members,
    /// Among the hall's models.
    Models,
    /// Where text is read.
    Reading,
    /// On an item.
    Item,
    /// While judging.
    Judging,
    /// While ruling.
    Ruling,
    /// Where models answer again.
    Evidence,
    /// While a passage is marked.
    Marking,
    /// Where text is written.
    Writing,
    /// Where something is chosen while typing: the palette, a search.
    Choosing,
    /// On a card that asks for a yes.
    Card,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 13] = [
        Self::Everywhere,
        Self::List,
        Self::Members,
        Self::Models,
        Self::Reading,
        Self::Item,
        Self::Judging,
        Self::Ruling,
        Self::Evidence,
        Self::Marking,
        Self::Writing,
        Self::Choosing,
        Self::Card,
    ];

    /// Its name in key files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Members => "members",
            Self::Models => "models",
            Self::Reading => "reading",
            Self::Item => "item",
            Self::Judging => "judging",
            Self::Ruling => "ruling",
            Self::Evidence => "evidence",
            Self::Marking => "marking",
            Self::Writing => "writing",
            Self::Choosing => "choosing",
            Self::Card => "card",
        }
    }

    /// The scope with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// Scope, keys, action. Of several keys for an action the first is the one that footers show.
pub const BINDINGS: &[(Scope, &str, Action)] = &[
    (Scope::Everywhere, "Q", Quit),
    (Scope::Everywhere, "esc", Back),
    (Scope::Everywhere, "q", Back),
    (Scope::Everywhere, "C-c", Back),
    (Scope::Everywhere, "?", Help),
    (Scope::Everywhere, ":", Palette),
    (Scope::Everywhere, "R", Refresh),
    (Scope::Everywhere, "g h", GoHall),
    (Scope::Everywhere, "g q", GoQueue),
    (Scope::Everywhere, "g d", GoDisputes),
    (Scope::Everywhere, "g r", GoReviews),
    (Scope::Everywhere, "g o", GoGold),
    (Scope::Everywhere, "g a", GoAgreement),
    (Scope::Everywhere, "g t", GoStake),
    (Scope::Everywhere, "g m", GoMembers),
    (Scope::Everywhere, "g e", GoModels),
    (Scope::Everywhere, "g l", GoLedger),
    (Scope::Everywhere, "g s", GoStuck),
    (Scope::Everywhere, "g c", GoConstitution),
    (Scope::Everywhere, "j", Down),
    (Scope::Everywhere, "down", Down),
    (Scope::Everywhere, "k", Up),
    (Scope::Everywhere, "up", Up),
    (Scope::Everywhere, "space", PageDown),
    (Scope::Everywhere, "pagedown", PageDown),
    (Scope::Everywhere, "b", PageUp),
    (Scope::Everywhere, "pageup", PageUp),
    (Scope::Everywhere, "home", First),
    (Scope::Everywhere, "end", Last),
    (Scope::Everywhere, "tab", NextPart),
    (Scope::Everywhere, "backtab", PreviousPart),
    (Scope::Everywhere, "enter", Open),
    (Scope::Everywhere, "/", Search),
    (Scope::List, "f", Filter),
    (Scope::List, "l", Guild),
    (Scope::List, "o", Sort),
    (Scope::List, "w", Changes),
    (Scope::List, "c", Cut),
    (Scope::List, "y", Verify),
    (Scope::List, "B", SubmitDrafts),
    (Scope::Members, "v", AttestPetition),
    (Scope::Members, "V", TakeBackWord),
    (Scope::Members, "O", Object),
    (Scope::Members, "A", Admit),
    (Scope::Members, "D", Decline),
    (Scope::Members, "a", AddMember),
    (Scope::Members, "t", Attest),
    (Scope::Members, "S", Suspend),
    (Scope::Members, "L", Lift),
    (Scope::Members, "P", Appeal),
    (Scope::Members, "T", OwnTerms),
    (Scope::Members, "K", RecoverKey),
    (Scope::Members, "x", StopRecovery),
    (Scope::Models, "a", AddModel),
    (Scope::Models, "X", RemoveModel),
    (Scope::Models, "x", StopFetch),
    (Scope::Reading, "c", Contents),
    (Scope::Reading, "d", Compare),
    (Scope::Reading, "n", NextFound),
    (Scope::Reading, "N", PreviousFound),
    (Scope::Item, "n", NextFound),
    (Scope::Item, "N", PreviousFound),
    (Scope::Item, "z", Fold),
    (Scope::Item, "v", ShowHidden),
    (Scope::Item, "d", Compare),
    (Scope::Item, "Y", Copy),
    (Scope::Item, "G", Guidelines),
    (Scope::Item, "J", NextItem),
    (Scope::Item, "K", PreviousItem),
    (Scope::Item, "f", Flag),
    (Scope::Item, "i", Judge),
    (Scope::Item, "r", Revise),
    (Scope::Item, "W", WithdrawJudgement),
    (Scope::Item, "A", Adjudicate),
    (Scope::Item, "S", SignOff),
    (Scope::Item, "T", Return),
    (Scope::Item, "C", Challenge),
    (Scope::Item, "X", WithdrawItem),
    (Scope::Item, "F", ResolveFlag),
    (Scope::Item, "M", Evidence),
    (Scope::Item, "t", Note),
    (Scope::Item, "D", Erase),
    (Scope::Item, "w", Why),
    (Scope::Judging, "0-9", Answer),
    (Scope::Judging, "=", Answer),
    (Scope::Judging, "x", Clear),
    (Scope::Judging, "u", Undo),
    (Scope::Judging, "m", MarkText),
    (Scope::Judging, "e", Edit),
    (Scope::Judging, "E", EditOutside),
    (Scope::Judging, "C-s", SaveDraft),
    (Scope::Judging, "s", Skip),
    (Scope::Ruling, "0-9", Answer),
    (Scope::Ruling, "=", Answer),
    (Scope::Ruling, "u", Undo),
    (Scope::Ruling, "e", Edit),
    (Scope::Ruling, "E", EditOutside),
    (Scope::Ruling, "m", MarkText),
    (Scope::Ruling, "C-s", SaveDraft),
    (Scope::Ruling, "a", AskRater),
    (Scope::Ruling, "x", Recuse),
    (Scope::Ruling, "r", Rerun),
    (Scope::Ruling, "h", Score),
    (Scope::Ruling, "X", StopRerun),
    (Scope::Evidence, "r", Rerun),
    (Scope::Evidence, "h", Score),
    (Scope::Evidence, "x", StopRerun),
    (Scope::Evidence, "d", Compare),
    (Scope::Marking, "esc", Back),
    (Scope::Marking, "C-c", Back),
    (Scope::Marking, "enter", Done),
    (Scope::Marking, "0-9", Answer),
    (Scope::Writing, "esc", Back),
    (Scope::Writing, "C-c", Back),
    (Scope::Writing, "C-s", SaveDraft),
    (Scope::Choosing, "esc", Back),
    (Scope::Choosing, "C-c", Back),
    (Scope::Choosing, "enter", Open),
    (Scope::Choosing, "down", Down),
    (Scope::Choosing, "up", Up),
    (Scope::Choosing, "tab", NextPart),
    (Scope::Choosing, "backtab", PreviousPart),
    (Scope::Card, "esc", Back),
    (Scope::Card, "C-c", Back),
    (Scope::Card, "y", Confirm),
    (Scope::Card, "0-9", Answer),
    (Scope::Card, "j", Down),
    (Scope::Card, "down", Down),
    (Scope::Card, "k", Up),
    (Scope::Card, "up", Up),
    (Scope::Card, "space", PageDown),
    (Scope::Card, "pageup", PageUp),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tui::keys::chord::Chord;

    #[test]
    fn no_key_is_bound_twice_in_a_scope_and_every_action_has_one() {
        let keys: BTreeSet<_> =
            BINDINGS.iter().map(|(scope, keys, _)| (scope, Chord::read_all(keys).unwrap())).collect();
        assert_eq!(keys.len(), BINDINGS.len());
        for action in Action::ALL {
            assert!(BINDINGS.iter().any(|(_, _, bound)| bound == action), "{action:?} has no key");
        }
    }
}
