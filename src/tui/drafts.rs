//! What is typed and not yet submitted, by item; kept in the store as soon as the last keeping is through.

use std::collections::BTreeMap;

use crate::domain::ItemId;
use crate::hall::DraftView;

/// Whether a draft is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing typed.
    Nothing,
    /// On its way.
    Keeping,
    /// Stored.
    Stored,
    /// The store failed; it is here alone.
    Failed,
}

#[derive(Debug, Default)]
struct Draft {
    view: DraftView,
    changed: bool,
    keeping: bool,
    failed: bool,
}

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Drafts {
    by_item: BTreeMap<ItemId, Draft>,
}

impl Drafts {
    /// Takes over what the store had, unless something newer is here.
    pub fn found(&mut self, item: &ItemId, stored: Option<DraftView>) {
        if let Some(view) = stored {
            self.by_item.entry(item.clone()).or_insert(Draft { view, ..Draft::default() });
        }
    }

    /// The draft on an item.
    pub fn get(&self, item: &ItemId) -> Option<&DraftView> {
        self.by_item.get(item).map(|draft| &draft.view)
    }

    /// Changes a draft; it is kept soon.
    pub fn change(&mut self, item: &ItemId, change: impl FnOnce(&mut DraftView)) {
        let draft = self.by_item.entry(item.clone()).or_default();
        let before = draft.view.clone();
        change(&mut draft.view);
        draft.changed |= draft.view != before;
    }

    /// Forgets a draft whose words are in the ledger now.
    pub fn submitted(&mut self, item: &ItemId) {
        self.by_item.remove(item);
    }

    /// The drafts to be kept now; each is due again only after [`kept`](Self::kept).
    pub fn due(&mut self) -> Vec<(ItemId, DraftView)> {
        let due = self.by_item.iter_mut().filter(|(_, draft)| draft.changed && !draft.keeping);
        due.map(|(item, draft)| {
            draft.changed = false;
            draft.keeping = true;
            (item.clone(), draft.view.clone())
        })
        .collect()
    }

    /// A keeping came to an end.
    pub fn kept(&mut self, item: &ItemId, stored: Result<(), ()>) {
        if let Some(draft) = self.by_item.get_mut(item) {
            draft.keeping = false;
            draft.failed = stored.is_err();
        }
    }

    /// Whether anything is still on its way.
    pub fn is_settled(&self) -> bool {
        self.by_item.values().all(|draft| !draft.changed && !draft.keeping)
    }

    /// How a draft stands.
    pub fn state(&self, item: &ItemId) -> Kept {
        match self.by_item.get(item) {
            None => Kept::Nothing,
            Some(draft) if draft.view.is_empty() && !draft.keeping => Kept::Nothing,
            Some(draft) if draft.changed || draft.keeping => Kept::Keeping,
            Some(draft) if draft.failed => Kept::Failed,
            Some(_) => Kept::Stored,
        }
    }
}
