//! A real model, SmolLM2-135M-Instruct.Q4_1, by command: the tokens of prompts and answers are llama.cpp's, and so are their
//! log-probabilities. `GUILDHALL_SMOLLM2` names the file, as `tests/run` fetches it; without it this is told and skipped.
//!
//! `smollm2.jsonl` and `smollm2_system.jsonl`, whose prompts have an instruction before them, were computed by llama.cpp (llama-cpp-python 0.3.36, built natively with AVX-512) over the whole text at
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

/// What a command says of the model.
fn told(command: &str, model: &str, words: &[&str]) -> Value {
    let ran = guildhall().args([command, "--json", "--model", model]).args(words).output().unwrap();
    serde_json::from_slice(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ran.stderr)))
}

#[test]
fn answers_score_as_in_llama_cpp() {
    let Some(model) = model() else { return };
    let (mut worst, mut total, mut count) = (0.0_f64, 0.0, 0.0);
    for line in include_str!("smollm2.jsonl").lines().chain(include_str!("smollm2_system.jsonl").lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap();
        let system: Vec<&str> = line["system"].as_str().iter().flat_map(|system| ["--system", system]).collect();
        let words = ["--prompt", text("prompt"), "--answer", text("answer")];
        let told = told("score", &model, &[&system[..], &words].concat());
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
    assert!(count > 750.0 && worst <= most && total / count <= average, "{count} {worst} {}", total / count);
}

#[test]
fn a_seed_gives_its_tokens_whatever_the_threads_and_the_samples_beside_it() {
    let Some(model) = model() else { return };
    let rerun = |threads: &str, samples: &str| {
        let chance = ["--seed", "7", "--temperature", "0.9", "--max-tokens", "24", "--system", "You are brief."];
        let words = ["--prompt", "Is warfarin safe in pregnancy?", "--threads", threads, "--samples", samples];
        told("rerun", &model, &[&chance[..], &words].concat())
    };
    let told = rerun("1", "3");
    let digest = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
    assert!(told["model"]["digest"].as_str().unwrap().ends_with(digest), "{told}");
    assert_eq!((&told["model"]["family"], &told["model"]["quantization"]), (&"llama".into(), &"Q4_1".into()));
    for figure in ["load_s", "prefill_tok_s", "decode_tok_s", "cpu_s"] {
        assert!(told["timing"][figure].as_f64().unwrap() > 0.0, "{figure}: {told}");
    }
    assert!(told["prompt_tokens"].as_u64().unwrap() > 20 && told["peak_rss_bytes"].as_u64().unwrap() > 90_000_000);
    let samples = told["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    assert!(samples[0] != samples[1] && samples[1] != samples[2], "chance has no effect: {samples:?}");
    assert_eq!(rerun("2", "3")["samples"], told["samples"], "two threads");
    assert_eq!(rerun("1", "1")["samples"][0], samples[0], "alone");
}
