//! The letters under which an item's raters are shown.

use std::collections::BTreeMap;

use crate::domain::{Item, sha256};

/// Letters for an item's raters, in an order that tells nothing.
pub(super) fn letters(item: &Item) -> BTreeMap<u64, char> {
    let mut keyed: Vec<([u8; 32], u64)> = item
        .live()
        .map(|judgement| {
            let key = [item.id.as_str().as_bytes(), judgement.actor.as_str().as_bytes()];
            (sha256(&[b"guildhall/letters/v1\0", key[0], key[1]]), judgement.seq)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().zip('A'..='Z').map(|((_, seq), letter)| (seq, letter)).collect()
}
