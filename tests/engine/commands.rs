//! `model` and `rerun`, at the command line.

use std::path::{Path, PathBuf};

use crate::support::{Ran, finish, guildhall};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity").join(name)
}

fn run(words: &[&str], paths: &[&Path]) -> Ran {
    let mut paths = paths.iter();
    let mut command = guildhall();
    for word in words {
        match *word {
            "PATH" => command.arg(paths.next().unwrap()),
            word => command.arg(word),
        };
    }
    finish(command.arg("--json"))
}

#[test]
fn a_model_is_checked_and_the_answer_is_the_exit_code() {
    let dir = fixture("qwen3_moe");
    let told = run(&["model", "check", "PATH", "--reference", "PATH"], &[&dir, &dir.join("ref.safetensors")]).done();
    assert_eq!((told["family"].as_str(), told["positions"].as_u64()), (Some("qwen3_moe"), Some(40)));
    for way in ["prefill", "stepwise"] {
        assert!(told["max_abs_diff"][way].as_f64().unwrap() < 1e-4, "{told}");
    }
    let other = fixture("qwen3").join("ref.safetensors");
    let no = run(&["model", "check", "PATH", "--reference", "PATH"], &[&dir, &other]);
    assert_eq!(no.code, 1, "another model's logits: {}", no.err);
    assert!(no.json["max_abs_diff"]["prefill"].as_f64().unwrap() > 1e-4);
    let shown = run(&["model", "show", "PATH"], &[&dir]).done();
    assert_eq!(shown["family"], "qwen3_moe");
    assert!(
        shown["digest"].as_str().unwrap().starts_with("sha256:") && shown["memory"]["weights"].as_u64().unwrap() > 0
    );
}

#[test]
fn what_is_no_model_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.gguf");
    std::fs::write(&file, b"GGUX, and then nothing that a model is made of").unwrap();
    for words in [&["model", "show", "PATH"][..], &["rerun", "--prompt", "Why?", "--model", "PATH"]] {
        let ran = run(words, &[&file]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("model.gguf: GGUF is malformed"), "{}", ran.err);
        assert_eq!(run(words, &[&dir.path().join("absent.gguf")]).code, 2);
    }
    let no_words = run(&["score", "--prompt", "Why?", "--answer", "So.", "--model", "PATH"], &[&fixture("llama")]);
    assert!(no_words.code == 2 && no_words.err.contains("there is no tokenizer.json"), "{}", no_words.err);
    run(&["rerun", "--prompt", "Why?", "--temperature", "-1", "--model", "PATH"], &[&file]).usage("temperature");
}
