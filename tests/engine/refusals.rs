//! What the decoder does not compute it refuses by name.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use guildhall::engine::model::ModelFile;
use serde_json::{Value, json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity").join(name)
}

/// What is said of a fixture whose settings were changed.
fn refusal(name: &str, change: impl Fn(&mut Value)) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let mut config = serde_json::from_slice(&std::fs::read(fixture(name).join("config.json")).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(scratch.path().join("config.json"), config.to_string()).unwrap();
    std::fs::copy(fixture(name).join("model.safetensors"), scratch.path().join("model.safetensors")).unwrap();
    let loaded = ModelFile::open(scratch.path()).and_then(|file| file.load(&mut |_| ControlFlow::Continue(())));
    loaded.map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

#[test]
fn settings_that_change_the_computation_are_named() {
    for (name, key, value, said) in [
        ("llama", "model_type", json!("mamba"), "architecture \"mamba\""),
        ("llama", "architectures", json!(["LlamaForSequenceClassification"]), "LlamaForSequenceClassification"),
        ("llama", "hidden_act", json!("relu"), "relu"),
        ("llama", "rope_parameters", json!({"rope_type": "longrope"}), "rope type \"longrope\""),
        ("llama", "rope_parameters", json!({"rope_type": "default", "partial_rotary_factor": 0.5}), "0.5"),
        ("llama", "quantization_config", json!({"quant_method": "gptq"}), "gptq"),
        ("llama", "attention_bias", json!(true), "q_proj.bias"),
        ("llama", "num_hidden_layers", json!(1), "model.layers.1."),
        ("llama", "num_hidden_layers", json!(3), "model.layers.2."),
        ("llama", "num_hidden_layers", json!(u64::MAX), "layers"),
        ("llama", "num_attention_heads", json!(3), "multiple"),
        ("llama", "num_attention_heads", json!(0), "zero"),
        ("llama", "intermediate_size", json!(96), "shape [80, 32], expected [96, 32]"),
        ("llama", "vocab_size", json!(300), "embed_tokens"),
        ("llama", "hidden_size", Value::Null, "hidden_size"),
        ("llama", "rms_norm_eps", json!("x"), "rms_norm_eps"),
        ("qwen2", "layer_types", json!(["full_attention", "linear_attention"]), "linear_attention"),
        ("falcon_7b", "alibi", json!(true), "alibi"),
        ("falcon_7b", "activation", json!("relu"), "relu"),
        ("deepseek2", "topk_method", json!("other"), "topk_method \"other\""),
        ("deepseek3", "n_group", json!(3), "groups"),
        ("mixtral", "num_experts_per_tok", json!(5), "experts"),
    ] {
        let found = refusal(name, |config| config[key] = value.clone());
        assert!(found.contains(said), "{name} {key}: {found:?}");
    }
}

#[test]
fn older_configs_mean_the_same() {
    let older = |name: &str, scaling: Value, theta: f64| {
        refusal(name, |config| {
            config.as_object_mut().unwrap().remove("rope_parameters");
            config["rope_scaling"] = scaling.clone();
            config["rope_theta"] = json!(theta);
        })
    };
    assert_eq!(older("llama", Value::Null, 10_000.0), "");
    let scaling = json!({"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16});
    assert_eq!(older("llama3_rope", scaling, 500_000.0), "");
    let settings = ModelFile::open(&fixture("llama3_rope")).unwrap().hyperparameters().rope;
    assert_eq!(settings.theta, 500_000.0);
}

#[test]
fn shards_load_and_are_checked() {
    let scratch = tempfile::tempdir().unwrap();
    let index = |file: &str| json!({"weight_map": {"lm_head.weight": file}}).to_string();
    std::fs::copy(fixture("llama").join("config.json"), scratch.path().join("config.json")).unwrap();
    std::fs::copy(fixture("llama").join("model.safetensors"), scratch.path().join("model-00001-of-00001.safetensors"))
        .unwrap();
    let place = scratch.path().join("model.safetensors.index.json");
    std::fs::write(&place, index("model-00001-of-00001.safetensors")).unwrap();
    let open = || ModelFile::open(scratch.path());
    assert!(open().unwrap().load(&mut |_| ControlFlow::Continue(())).is_ok());
    std::fs::write(&place, index("../model.safetensors")).unwrap();
    assert!(open().unwrap_err().to_string().contains("outside the directory"));
}
