//! The tokens that end an answer: those that a model file names, and those that are known by their spelling.
//!
//! Many model files name only one of the tokens that their model ends with, so the spellings matter.
//!
//! Source: llama.cpp, `src/llama-vocab.cpp` (`special_eog_ids`).

use std::collections::BTreeSet;

use super::model_facts::ModelFacts;
use super::vocabulary::{TokenKind, Vocabulary};

/// Keys of tokens that end an answer.
const KEYS: [&str; 6] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_rep_token_id",
    "tokenizer.ggml.fim_sep_token_id",
];

/// Spellings that end an answer in every vocabulary that has them.
const SPELLINGS: [&str; 22] = [
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    "<｜end▁of▁sentence｜>",
    "[e~[",
];

/// Spellings of which the first that is there ends an answer, unless the model file names the token: a pad between
/// fragments of code, the name of the next repository, and the gap between files.
const ALTERNATIVES: [(&str, &[&str]); 3] = [
    ("tokenizer.ggml.fim_pad_token_id", &["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"]),
    ("tokenizer.ggml.fim_rep_token_id", &["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"]),
    ("tokenizer.ggml.fim_sep_token_id", &["<|file_sep|>"]),
];

/// Marks of messages that are shown as text, whatever the model file says of them.
const SHOWN: [&str; 4] = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];

/// The tokens that end an answer. Those known by their spelling become control tokens: some model files forget it.
pub fn endings(metadata: &dyn ModelFacts, vocabulary: &mut Vocabulary, end: Option<u32>) -> BTreeSet<u32> {
    let in_range = |id: &u32| vocabulary.token(*id).is_ok();
    let mut endings: BTreeSet<u32> = KEYS.iter().filter_map(|key| metadata.number(key)).filter(in_range).collect();
    let mut spelled = spelled_endings(vocabulary);
    for (key, alternatives) in ALTERNATIVES {
        if metadata.number(key).is_none() {
            spelled.extend(alternatives.iter().find_map(|text| vocabulary.id(text)));
        }
    }
    for id in &spelled {
        vocabulary.set_kind(*id, TokenKind::Control);
    }
    endings.extend(spelled);
    endings.extend(end);
    let shown: Vec<u32> = SHOWN.iter().filter_map(|text| vocabulary.id(text)).collect();
    for id in shown {
        vocabulary.set_kind(id, TokenKind::UserDefined);
    }
    except(vocabulary, endings)
}

/// The tokens whose spelling alone says that they end an answer.
pub fn spelled_endings(vocabulary: &Vocabulary) -> BTreeSet<u32> {
    SPELLINGS.iter().filter_map(|text| vocabulary.id(text)).collect()
}

/// Two families spell a mark inside the answer like the end of others.
fn except(vocabulary: &mut Vocabulary, mut endings: BTreeSet<u32>) -> BTreeSet<u32> {
    let has = |text: &str| vocabulary.id(text).is_some_and(|id| endings.contains(&id));
    let calls = has("<|call|>") || has("<|calls|>");
    let end = vocabulary.id("<|end|>").filter(|_| calls && (has("<|return|>") || has("<|flush|>")));
    let strike = vocabulary.id("</s>").filter(|_| has("<|tool_response>"));
    for (id, kind) in [(end, TokenKind::UserDefined), (strike, TokenKind::Normal)] {
        if let Some(id) = id.filter(|id| endings.remove(id)) {
            vocabulary.set_kind(id, kind);
        }
    }
    endings
}

#[cfg(test)]
mod tests {
    use super::super::model_facts::tests::Numbers;
    use super::super::vocabulary::{Spelling, Token};
    use super::*;
    use std::collections::BTreeMap;

    fn vocabulary(texts: &[&str]) -> Vocabulary {
        let token = |text: &&str| Token { text: (*text).to_owned(), kind: TokenKind::Normal, score: 0.0 };
        Vocabulary::new(texts.iter().map(token).collect(), Spelling::ByteLevel).unwrap()
    }

    #[test]
    fn endings_are_named_or_spelled() {
        let mut vocabulary = vocabulary(&["a", "<|im_end|>", "<|endoftext|>", "<|channel|>", "stop", "<reponame>"]);
        let numbers = [("tokenizer.ggml.eot_token_id", 4), ("tokenizer.ggml.eom_token_id", 99)];
        let metadata = Numbers(BTreeMap::from(numbers));
        assert_eq!(endings(&metadata, &mut vocabulary, None), BTreeSet::from([1, 2, 4, 5]));
        assert_eq!(vocabulary.token(1).unwrap().kind, TokenKind::Control);
        assert_eq!(vocabulary.token(3).unwrap().kind, TokenKind::UserDefined);
    }

    #[test]
    fn a_mark_inside_the_answer_does_not_end_it() {
        let mut harmony = vocabulary(&["<|return|>", "<|call|>", "<|end|>"]);
        assert_eq!(endings(&Numbers(BTreeMap::new()), &mut harmony, None), BTreeSet::from([0, 1]));
        let mut phi = vocabulary(&["<|end|>", "</s>"]);
        assert_eq!(endings(&Numbers(BTreeMap::new()), &mut phi, None), BTreeSet::from([0, 1]));
        let mut gemma = vocabulary(&["<|tool_response>", "</s>"]);
        assert_eq!(endings(&Numbers(BTreeMap::new()), &mut gemma, None), BTreeSet::from([0]));
    }
}
