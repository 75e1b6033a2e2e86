//! A real model, SmolLM2-135M-Instruct.Q4_1, by command: the tokens of prompts and answers are llama.cpp's, and so are their
//! log-probabilities. `GUILDHALL_SMOLLM2` names the file, as `tests/run` fetches it; without it this is told and skipped.
//!
//! `smollm2.jsonl` was computed by llama.cpp (llama-cpp-python 0.3.36, built natively with AVX-512) over the whole text at
//! once, with a float32 cache and without flash attention; its other modes differ from that by up to .35.

use serde_json::Value;

use crate::support::guildhall;

/// The model's file, if it is there; asked for by `GUILDHALL_TESTS=full`.
fn model() -> Option<String> {
    let model = std::env::var("GUILDHALL_SMOLLM2").ok();
    let full = std::env::var("GUILDHALL_TESTS").as_deref() == Ok("full");
    assert!(model.is_some() || !full, "GUILDHALL_SMOLLM2 names no model");
    if model.is_none() {
        eprintln!("skipped: GUILDHALL_SMOLLM2 names no model");
    }
    model
}

/// Largest difference on one token, and on average: with the instructions that the reference was computed with, and with
/// others.
fn allowed() -> (f64, f64) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw") {
        return (1e-4, 1e-5);
    }
    (0.15, 0.05)
}

#[test]
fn answers_score_as_in_llama_cpp() {
    let Some(model) = model() else { return };
    let (mut worst, mut total, mut count) = (0.0_f64, 0.0, 0.0);
    for line in include_str!("smollm2.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap();
        let ran = guildhall()
            .args(["score", "--model", &model, "--prompt", text("prompt"), "--answer", text("answer"), "--json"])
            .output()
            .unwrap();
        let told: Value = serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ran.stderr)));
        assert_eq!(told["prompt_tokens"], line["prompt_ids"], "{}", text("prompt"));
        let tokens = told["tokens"].as_array().unwrap();
        let ids: Vec<&Value> = tokens.iter().map(|token| &token["id"]).collect();
        assert_eq!(ids, line["answer_ids"].as_array().unwrap().iter().collect::<Vec<_>>(), "{}", text("answer"));
        for (token, expected) in tokens.iter().zip(line["logprobs"].as_array().unwrap()) {
            let difference = (token["logprob"].as_f64().unwrap() - expected.as_f64().unwrap()).abs();
            worst = worst.max(difference);
            total += difference;
            count += 1.0;
        }
    }
    println!("{count} tokens: at most {worst:.6} nats, on average {:.6}", total / count);
    let (most, average) = allowed();
    assert!(count > 250.0 && worst <= most && total / count <= average, "{count} {worst} {}", total / count);
}
