//! The tokenizers against ids that llama.cpp gave, over small vocabularies made for it: every byte-level pre-tokenizer,
//! and SentencePiece with its settings.

use crate::facts::{Fixture, ids};
use guildhall::engine::text::{Answering, Stopped, TextError, Tokenizer, token_texts};
use serde_json::{Value, json};

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn strings(fixture: &Value) -> Vec<&str> {
    fixture["strings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn tokenizer(fixture: &Value, key: &str, value: &Value) -> Result<Tokenizer, TextError> {
    let mut metadata = fixture["metadata"].clone();
    metadata[key] = value.clone();
    Tokenizer::from_metadata(&Fixture(metadata))
}

#[test]
fn byte_level_ids_are_llama_cpp_s() {
    let fixture = fixture(include_str!("data/byte_level.json"));
    let mut checked = 0;
    for group in fixture["groups"].as_array().unwrap() {
        for name in group["pre"].as_array().unwrap() {
            let tokenizer = tokenizer(&fixture, "pre", name).unwrap();
            for (text, expected) in strings(&fixture).into_iter().zip(group["ids"].as_array().unwrap()) {
                assert_eq!(tokenizer.encode_templated(text).unwrap(), ids(expected), "{name} {text:?}");
                let answer = tokenizer.encode_answer(text).unwrap();
                assert_eq!(token_texts(&tokenizer, &answer).unwrap().concat(), text, "{name}");
            }
            checked += 1;
        }
    }
    assert!(checked > 50);
}

#[test]
fn sentence_piece_ids_are_llama_cpp_s() {
    let fixture = fixture(include_str!("data/sentence_piece.json"));
    for row in fixture["rows"].as_array().unwrap() {
        let tokenizer = tokenizer(&fixture, "flags", &row["flags"]).unwrap();
        for (place, text) in strings(&fixture).into_iter().enumerate() {
            // Where the text has a mark of its own, llama.cpp's server takes it away before it asks for these ids.
            if !text.starts_with("<s>") && !text.ends_with("</s>") {
                assert_eq!(tokenizer.encode_templated(text).unwrap(), ids(&row["templated"][place]), "{text:?}");
            }
            let answer = tokenizer.encode_answer(text).unwrap();
            assert_eq!(answer, ids(&row["answer"][place]), "{text:?}");
            // The mark for a space can't be told from one, once it is a token; and a token of its own is followed by one.
            if !text.contains('▁') && !text.contains("<think>") {
                assert_eq!(token_texts(&tokenizer, &answer).unwrap().concat(), text);
            }
        }
    }
}

#[test]
fn a_begin_token_is_not_doubled() {
    let fixture = fixture(include_str!("data/sentence_piece.json"));
    let tokenizer = tokenizer(&fixture, "flags", &json!({})).unwrap();
    let written = tokenizer.encode_templated("<s>[INST] hi [/INST]").unwrap();
    assert_eq!(written, tokenizer.encode_templated("[INST] hi [/INST]").unwrap());
    assert_eq!(written.iter().filter(|id| **id == 1).count(), 1);
}

#[test]
fn unknown_kinds_are_refused_by_name() {
    let fixture = fixture(include_str!("data/byte_level.json"));
    let refused = |key, value: Value| tokenizer(&fixture, key, &value).unwrap_err();
    assert_eq!(refused("pre", json!("kimi-k2")), TextError::UnknownPreTokenizer("kimi-k2".to_owned()));
    assert_eq!(refused("model", json!("t5")), TextError::UnknownModel("t5".to_owned()));
    assert_eq!(refused("pre", Value::Null), TextError::Missing("tokenizer.ggml.pre".to_owned()));
    let mut damaged = fixture["metadata"].clone();
    (damaged["pre"], damaged["merges"]) = (json!("gpt-2"), json!(["x"]));
    assert!(matches!(Tokenizer::from_metadata(&Fixture(damaged)), Err(TextError::BadTokenizer(_))));
}

#[test]
fn an_answer_ends_once_and_for_one_reason() {
    let fixture = fixture(include_str!("data/byte_level.json"));
    let tokenizer = tokenizer(&fixture, "pre", &json!("gpt-2")).unwrap();
    let text = "tail 👍🏽 ok";
    let tokens = tokenizer.encode_answer(text).unwrap();
    let end = *tokenizer.endings().first().unwrap();
    let run = |max_tokens: usize, stops: &[&str], tokens: &[u32]| {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let mut answering = Answering::new(&tokenizer, max_tokens, &stops).unwrap();
        let mut given = String::new();
        for token in tokens {
            given.push_str(&answering.push(*token).unwrap().text);
        }
        given.push_str(&answering.cancel().text);
        assert_eq!(given, answering.text());
        (given, answering.stopped().unwrap(), answering.tokens().len())
    };
    assert_eq!(run(100, &[], &tokens), (text.to_owned(), Stopped::Cancelled, tokens.len()));
    let ended = [&tokens[..], &[end, tokens[0]]].concat();
    assert_eq!(run(100, &["okk"], &ended), (text.to_owned(), Stopped::EndOfText, tokens.len() + 1));
    assert_eq!(run(100, &["x", "🏽 o"], &ended).1, Stopped::StopString(1));
    assert_eq!(run(100, &["x", "🏽 o"], &ended).0, "tail 👍");
    assert_eq!(run(2, &[], &tokens).1, Stopped::Length);
    assert_eq!(run(2, &[], &tokens).2, 2);
    assert_eq!(run(tokens.len(), &["ok"], &tokens).1, Stopped::StopString(0));
}

#[test]
fn a_description_in_json_gives_the_same_tokens() {
    let fixture = fixture(include_str!("data/byte_level.json"));
    let own = tokenizer(&fixture, "pre", &json!("gpt-2")).unwrap();
    let metadata = &fixture["metadata"];
    let texts = metadata["tokens"].as_array().unwrap();
    let kinds = metadata["types"].as_array().unwrap();
    let vocabulary: serde_json::Map<String, Value> =
        texts.iter().enumerate().map(|(id, text)| (text.as_str().unwrap().to_owned(), json!(id))).collect();
    let added: Vec<Value> = (0..texts.len()).filter(|id| kinds[*id] != 1).map(|id| json!({
        "id": id, "content": texts[id], "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": kinds[id] == 3,
    })).collect();
    let description = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": added,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary,
            "merges": metadata["merges"]},
    })
    .to_string();
    let config = json!({"bos_token": {"content": "<|begin|>"}, "eos_token": "<|im_end|>"}).to_string();
    let json = Tokenizer::from_json(&description, Some(&config), &[]).unwrap();
    for text in strings(&fixture) {
        assert_eq!(json.encode_templated(text), own.encode_templated(text), "{text:?}");
        let answer = json.encode_answer(text).unwrap();
        assert_eq!(answer, own.encode_answer(text).unwrap(), "{text:?}");
        assert_eq!(token_texts(&json, &answer).unwrap().concat(), text);
    }
    assert_eq!((json.begin_text(), json.end_text()), ("<|begin|>", "<|im_end|>"));
    assert_eq!(json.endings(), own.endings());
    assert!(json.encode_answer(&" ".repeat(400_001)).is_err());
}
