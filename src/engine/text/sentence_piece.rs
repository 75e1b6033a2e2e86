//! SentencePiece BPE: merges the neighbours whose joined spelling has the highest score, as model files of kind `llama`
//! mean it. Whether a space goes before the text is decided by the caller.
//!
//! The `tokenizers` crate merges by rank, which loses the order among equal scores and the pieces that no merge makes.
//!
//! Source: SentencePiece, `bpe_model.cc`; llama.cpp, `llm_tokenizer_spm_session`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::text_error::TextError;
use super::vocabulary::{SPACE_MARK, Vocabulary};

/// The byte tokens of a SentencePiece vocabulary.
#[derive(Debug, Clone)]
pub struct SentencePiece {
    bytes: Vec<u32>,
}

/// A run of characters that is one piece so far; `end == start` once it was merged into its left neighbour.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    left: Option<usize>,
    right: Option<usize>,
}

/// Two neighbours that a token joins.
#[derive(Debug, Clone, Copy)]
struct Join {
    score: f32,
    left: usize,
    right: usize,
    length: usize,
}

impl Ord for Join {
    /// The greatest is merged first: the highest score, then the leftmost.
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Join {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Join {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Join {}

impl SentencePiece {
    /// Finds the byte tokens: all 256 must be there, else text outside the vocabulary could not be encoded.
    pub fn new(vocabulary: &Vocabulary) -> Result<Self, TextError> {
        let bytes: Option<Vec<u32>> = (0..=u8::MAX).map(|byte| vocabulary.id(&format!("<0x{byte:02X}>"))).collect();
        let missing = || TextError::BadTokenizer("the vocabulary lacks byte tokens (<0x00> to <0xFF>)".to_owned());
        bytes.map(|bytes| Self { bytes }).ok_or_else(missing)
    }

    /// Appends the tokens of a text without special tokens.
    ///
    /// Complexity: O(n log n).
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, ids: &mut Vec<u32>) {
        let marked = text.replace(' ', SPACE_MARK.encode_utf8(&mut [0; 4]));
        for piece in merged(vocabulary, &marked) {
            match vocabulary.id(piece) {
                Some(id) => ids.push(id),
                // A merged piece is a token, so this is a single character that is none.
                None => ids.extend(piece.bytes().map(|byte| self.bytes[usize::from(byte)])),
            }
        }
    }
}

/// The pieces that are left when nothing can be merged any more.
fn merged<'t>(vocabulary: &Vocabulary, text: &'t str) -> Vec<&'t str> {
    let mut pieces = characters(text);
    let mut joins = BinaryHeap::new();
    for left in 0..pieces.len() {
        joins.extend(join(vocabulary, text, &pieces, left));
    }
    while let Some(Join { left, right, length, .. }) = joins.pop() {
        let (first, second) = (pieces[left], pieces[right]);
        let is_current = first.end > first.start && second.end > second.start && second.end - first.start == length;
        if !is_current {
            continue;
        }
        pieces[left].end = second.end;
        pieces[left].right = second.right;
        pieces[right].end = second.start;
        if let Some(next) = second.right {
            pieces[next].left = Some(left);
        }
        joins.extend(first.left.and_then(|before| join(vocabulary, text, &pieces, before)));
        joins.extend(join(vocabulary, text, &pieces, left));
    }
    pieces.iter().filter(|piece| piece.end > piece.start).map(|piece| &text[piece.start..piece.end]).collect()
}

fn characters(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        let place = pieces.len();
        if let Some(before) = pieces.last_mut() {
            before.right = Some(place);
        }
        pieces.push(Piece { start, end: start + character.len_utf8(), left: place.checked_sub(1), right: None });
    }
    pieces
}

/// The join of a piece with its right neighbour, if a token is spelled like both.
fn join(vocabulary: &Vocabulary, text: &str, pieces: &[Piece], left: usize) -> Option<Join> {
    let right = pieces[left].right?;
    let (start, end) = (pieces[left].start, pieces[right].end);
    let id = vocabulary.id(&text[start..end])?;
    let score = vocabulary.token(id).ok()?.score + 0.0; // so that -0 and 0 are one score
    Some(Join { score, left, right, length: end - start })
}
