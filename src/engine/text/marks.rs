//! The special tokens of a tokenizer by their part.

use std::collections::BTreeSet;

/// Special tokens by their part, and whether they are added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    pub begin: Option<u32>,
    pub end: Option<u32>,
    pub adds_begin: bool,
    pub adds_end: bool,
    pub adds_space: bool,
    pub endings: BTreeSet<u32>,
}
