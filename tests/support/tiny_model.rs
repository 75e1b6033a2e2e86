//! A model of 256 words that are bytes, with random weights: what it says means nothing, and it says it fast.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Makes it in `dir`.
pub fn tiny_model(dir: &Path) -> PathBuf {
    let dir = dir.join("tiny");
    std::fs::create_dir_all(&dir).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity/llama");
    std::fs::copy(fixture.join("model.safetensors"), dir.join("model.safetensors")).unwrap();
    let mut config: Value = serde_json::from_slice(&std::fs::read(fixture.join("config.json")).unwrap()).unwrap();
    config["max_position_embeddings"] = 65_536.into();
    std::fs::write(dir.join("config.json"), config.to_string()).unwrap();
    std::fs::write(dir.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    let template = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}";
    std::fs::write(dir.join("tokenizer_config.json"), json!({"chat_template": template}).to_string()).unwrap();
    dir
}

/// Each byte a token, in the spelling that byte-level tokenizers use.
fn tokenizer() -> Value {
    let mut other = 255_u32;
    let letters = (0..=255_u32).map(|byte| {
        let plain = (33..=126).contains(&byte) || (161..=172).contains(&byte) || (174..=255).contains(&byte);
        let code = if plain {
            byte
        } else {
            other += 1;
            other
        };
        (char::from_u32(code).unwrap().to_string(), json!(byte))
    });
    let vocabulary: serde_json::Map<String, Value> = letters.collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": [],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary, "merges": []},
    })
}
