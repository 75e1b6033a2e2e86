//! Writes a safetensors model as GGUF, with the keys, names and arrangements of llama.cpp's
//! converter, for the families that have such a form.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use serde_json::Value;

/// A metadata value to write.
pub enum Entry {
    Text(String),
    Count(usize),
    Float(f64),
    Truth(bool),
    Texts(Vec<String>),
    Integers(Vec<i32>),
}

pub type Metadata = BTreeMap<String, Entry>;
pub type Tensors = BTreeMap<String, Tensor>;

/// llama.cpp's names of the architectures.
const ARCHITECTURES: [(&str, &str); 11] = [
    ("llama", "llama"),
    ("mistral", "llama"),
    ("mixtral", "llama"),
    ("llama4_text", "llama4"),
    ("qwen2", "qwen2"),
    ("qwen2_moe", "qwen2moe"),
    ("qwen3", "qwen3"),
    ("qwen3_moe", "qwen3moe"),
    ("falcon", "falcon"),
    ("deepseek_v2", "deepseek2"),
    ("deepseek_v3", "deepseek2"),
];

/// The bytes of the GGUF file for the model in a folder, with `kind` for matrices of whole blocks; `fused` as of [`parts`].
pub fn convert(folder: &Path, fused: bool, kind: GgmlDType) -> Vec<u8> {
    let (metadata, tensors) = parts(folder, fused);
    write(&metadata, &tensors, &|name, tensor| {
        let stored = stored(name, tensor, kind);
        (stored.dtype(), stored.data().unwrap().into_owned())
    })
}

/// What the GGUF file for the model in a folder says and holds. `fused` keeps DeepSeek's expansions in one tensor, as files
/// made before 2025 have them.
pub fn parts(folder: &Path, fused: bool) -> (Metadata, Tensors) {
    let config: Value = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let source = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
    let model = config["model_type"].as_str().unwrap();
    let architecture = ARCHITECTURES.iter().find(|(known, _)| *known == model).unwrap().1;
    let metadata = metadata(&config, architecture, fused);
    let mut tensors = Tensors::new();
    let mut experts: BTreeMap<String, BTreeMap<usize, Tensor>> = BTreeMap::new();
    for (name, tensor) in source {
        let tensor = arranged(&config, architecture, &name, tensor.to_dtype(DType::F32).unwrap());
        if let Some((stem, number)) = expert(&name) {
            experts.entry(stem).or_default().insert(number, tensor);
        } else if name.ends_with("experts.gate_up_proj") {
            let both = tensor.transpose(1, 2).unwrap().contiguous().unwrap();
            let inner = both.dim(1).unwrap() / 2;
            tensors.insert(renamed(&name, "ffn_gate_exps"), both.narrow(1, 0, inner).unwrap());
            tensors.insert(renamed(&name, "ffn_up_exps"), both.narrow(1, inner, inner).unwrap());
        } else if name.ends_with("experts.down_proj") {
            tensors.insert(renamed(&name, "ffn_down_exps"), tensor.transpose(1, 2).unwrap());
        } else if name.ends_with("kv_b_proj.weight") && !fused {
            split_expansion(&config, &name, &tensor, &mut tensors);
        } else {
            tensors.insert(target(&name), tensor);
        }
    }
    for (name, parts) in experts {
        let parts: Vec<Tensor> = parts.into_values().collect();
        tensors.insert(name, Tensor::stack(&parts, 0).unwrap());
    }
    if let Some(divisors) = divisors(&config) {
        tensors.insert("rope_freqs.weight".into(), Tensor::new(divisors, &Device::Cpu).unwrap());
    }
    (metadata, tensors)
}

/// A tensor in the format: matrices of whole blocks, but for those that choose experts; all else stays as it is.
pub fn stored(name: &str, tensor: &Tensor, kind: GgmlDType) -> QTensor {
    let whole = tensor.rank() > 1 && tensor.dims().last().unwrap().is_multiple_of(kind.block_size());
    let kind = if whole && !name.contains("gate_inp") { kind } else { GgmlDType::F32 };
    QTensor::quantize(&tensor.contiguous().unwrap().flatten_all().unwrap(), kind).unwrap()
}

fn number(config: &Value, key: &str) -> Option<usize> {
    config[key].as_u64().map(|value| value as usize)
}

fn layer(name: &str) -> usize {
    name.split('.').find_map(|part| part.parse().ok()).unwrap()
}

fn renamed(name: &str, stem: &str) -> String {
    format!("blk.{}.{stem}.weight", layer(name))
}

/// The stacked tensor and the number of an expert's own tensor.
fn expert(name: &str) -> Option<(String, usize)> {
    let (_, rest) = name.split_once(".experts.")?;
    let (number, part) = rest.split_once('.')?;
    let stem = match part.split('.').next()? {
        "gate_proj" | "w1" => "ffn_gate_exps",
        "up_proj" | "w3" => "ffn_up_exps",
        _ => "ffn_down_exps",
    };
    Some((renamed(name, stem), number.parse().ok()?))
}

/// llama.cpp turns adjacent columns for Llama and its kin, so their queries and keys are permuted; Falcon's fused heads
/// are sorted into queries, keys and values.
fn arranged(config: &Value, architecture: &str, name: &str, tensor: Tensor) -> Tensor {
    let heads = number(config, "num_attention_heads").unwrap();
    let query = name.contains("q_proj");
    if architecture == "llama" && (query || name.contains("k_proj")) {
        let heads = if query { heads } else { number(config, "num_key_value_heads").unwrap_or(heads) };
        let (rows, columns) = tensor.dims2().unwrap();
        let split = tensor.reshape((heads, 2, rows / heads / 2, columns)).unwrap();
        return split.transpose(1, 2).unwrap().contiguous().unwrap().reshape((rows, columns)).unwrap();
    }
    if name.ends_with("query_key_value.weight") {
        let new = config["new_decoder_architecture"].as_bool().unwrap();
        let groups = if new { number(config, "num_kv_heads").unwrap() } else { 1 };
        let (rows, columns) = tensor.dims2().unwrap();
        let group = heads / groups;
        let split = tensor.reshape((groups, group + 2, rows / groups / (group + 2), columns)).unwrap();
        let part = |from, count| {
            let part = split.narrow(1, from, count).unwrap().contiguous().unwrap();
            part.reshape(((), columns)).unwrap()
        };
        return Tensor::cat(&[part(0, group), part(group, 1), part(group + 1, 1)], 0).unwrap();
    }
    tensor
}

fn split_expansion(config: &Value, name: &str, tensor: &Tensor, tensors: &mut Tensors) {
    let [heads, plain, value, rank] = ["num_attention_heads", "qk_nope_head_dim", "v_head_dim", "kv_lora_rank"]
        .map(|key| number(config, key).unwrap());
    let split = tensor.reshape((heads, plain + value, rank)).unwrap();
    let keys = split.narrow(1, 0, plain).unwrap().transpose(1, 2).unwrap();
    tensors.insert(renamed(name, "attn_k_b"), keys);
    tensors.insert(renamed(name, "attn_v_b"), split.narrow(1, plain, value).unwrap());
}

fn target(name: &str) -> String {
    let whole = [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("transformer.word_embeddings.weight", "token_embd.weight"),
        ("model.norm.weight", "output_norm.weight"),
        ("transformer.ln_f.weight", "output_norm.weight"),
        ("transformer.ln_f.bias", "output_norm.bias"),
        ("lm_head.weight", "output.weight"),
    ];
    if let Some((_, target)) = whole.iter().find(|(known, _)| *known == name) {
        return (*target).into();
    }
    let parts = [
        ("shared_expert_gate", "ffn_gate_inp_shexp"),
        ("shared_experts.gate_proj", "ffn_gate_shexp"),
        ("shared_experts.up_proj", "ffn_up_shexp"),
        ("shared_experts.down_proj", "ffn_down_shexp"),
        ("shared_expert.gate_proj", "ffn_gate_shexp"),
        ("shared_expert.up_proj", "ffn_up_shexp"),
        ("shared_expert.down_proj", "ffn_down_shexp"),
        ("e_score_correction_bias", "exp_probs_b"),
        ("mlp.gate.", "ffn_gate_inp"),
        ("block_sparse_moe.gate.", "ffn_gate_inp"),
        ("feed_forward.router", "ffn_gate_inp"),
        ("gate_proj", "ffn_gate"),
        ("up_proj", "ffn_up"),
        ("down_proj", "ffn_down"),
        ("dense_h_to_4h", "ffn_up"),
        ("dense_4h_to_h", "ffn_down"),
        ("query_key_value", "attn_qkv"),
        ("self_attention.dense", "attn_output"),
        ("q_norm", "attn_q_norm"),
        ("k_norm", "attn_k_norm"),
        ("q_a_layernorm", "attn_q_a_norm"),
        ("kv_a_layernorm", "attn_kv_a_norm"),
        ("q_a_proj", "attn_q_a"),
        ("q_b_proj", "attn_q_b"),
        ("kv_a_proj_with_mqa", "attn_kv_a_mqa"),
        ("kv_b_proj", "attn_kv_b"),
        ("q_proj", "attn_q"),
        ("k_proj", "attn_k"),
        ("v_proj", "attn_v"),
        ("o_proj", "attn_output"),
        ("ln_attn", "attn_norm_2"),
        ("ln_mlp", "attn_norm"),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
    ];
    let (_, stem) = parts.iter().find(|(known, _)| name.contains(known)).unwrap_or_else(|| panic!("{name}"));
    let bias = name.ends_with(".bias") || name.ends_with("correction_bias");
    format!("blk.{}.{stem}.{}", layer(name), if bias { "bias" } else { "weight" })
}

/// What Llama 3.1's frequencies are divided by, as the converter computes it.
fn divisors(config: &Value) -> Option<Vec<f32>> {
    let rope = &config["rope_parameters"];
    if rope["rope_type"] != "llama3" {
        return None;
    }
    let value = |key: &str| rope[key].as_f64().unwrap();
    let width = number(config, "head_dim").unwrap();
    let (low, high, factor) = (value("low_freq_factor"), value("high_freq_factor"), value("factor"));
    let context = value("original_max_position_embeddings");
    let divisor = |index: usize| {
        let wave = std::f64::consts::TAU * value("rope_theta").powf((2 * index) as f64 / width as f64);
        if wave < context / high {
            1.0
        } else if wave > context / low {
            factor as f32
        } else {
            let smooth = (context / wave - low) / (high - low);
            (1.0 / ((1.0 - smooth) / factor + smooth)) as f32
        }
    };
    Some((0..width / 2).map(divisor).collect())
}

fn metadata(config: &Value, architecture: &str, fused: bool) -> Metadata {
    let mut out = Metadata::new();
    out.insert("general.architecture".into(), Entry::Text(architecture.into()));
    let mut put = |key: &str, entry: Option<Entry>| {
        if let Some(entry) = entry {
            out.insert(format!("{architecture}.{key}"), entry);
        }
    };
    let count = |key: &str| number(config, key).map(Entry::Count);
    let float = |key: &str| config[key].as_f64().map(Entry::Float);
    let heads = number(config, "num_attention_heads").unwrap();
    let falcon = architecture == "falcon";
    let latent = architecture == "deepseek2";
    put("block_count", count("num_hidden_layers"));
    put("context_length", count("max_position_embeddings"));
    put("embedding_length", count("hidden_size"));
    let inner = ["intermediate_size_mlp", "intermediate_size", "ffn_hidden_size"];
    put("feed_forward_length", inner.iter().find_map(|key| count(key)));
    put("attention.head_count", count("num_attention_heads"));
    let new = config["new_decoder_architecture"].as_bool().unwrap_or(true);
    let groups = if falcon && !new { Some(1) } else { number(config, "num_kv_heads") };
    let groups = groups.or(number(config, "num_key_value_heads")).unwrap_or(heads);
    put("attention.head_count_kv", Some(Entry::Count(if latent && !fused { 1 } else { groups })));
    put("attention.layer_norm_rms_epsilon", float("rms_norm_eps"));
    put("attention.layer_norm_epsilon", float("layer_norm_epsilon"));
    put("rope.freq_base", config["rope_parameters"]["rope_theta"].as_f64().map(Entry::Float));
    let size = |key: &str| number(config, key);
    let head = if latent { size("qk_rope_head_dim") } else { size("head_dim") };
    put("rope.dimension_count", head.map(Entry::Count));
    if let (false, Some(head)) = (latent, head) {
        put("attention.key_length", Some(Entry::Count(head)));
        put("attention.value_length", Some(Entry::Count(head)));
    }
    put("attention.sliding_window", count("sliding_window").filter(|_| architecture == "llama"));
    experts(config, architecture, &mut put);
    if latent {
        deepseek(config, fused, &mut put);
    }
    if architecture == "llama4" {
        put("attention.sliding_window", count("attention_chunk_size"));
        put("attention.temperature_length", count("floor_scale"));
        put("attention.temperature_scale", float("attn_scale"));
        put("interleave_moe_layer_step", count("interleave_moe_layer_step"));
        put("expert_feed_forward_length", count("intermediate_size"));
    }
    out
}

fn experts(config: &Value, architecture: &str, put: &mut dyn FnMut(&str, Option<Entry>)) {
    let count = |key: &str| number(config, key).map(Entry::Count);
    let names = ["num_local_experts", "num_experts", "n_routed_experts"];
    put("expert_count", names.iter().find_map(|key| count(key)));
    put("expert_used_count", count("num_experts_per_tok"));
    put("expert_feed_forward_length", count("moe_intermediate_size"));
    if architecture == "qwen2moe" {
        put("expert_shared_feed_forward_length", count("shared_expert_intermediate_size"));
    }
}

fn deepseek(config: &Value, fused: bool, put: &mut dyn FnMut(&str, Option<Entry>)) {
    let size = |key: &str| number(config, key).unwrap();
    let count = |key: &str| number(config, key).map(Entry::Count);
    let (rank, turned) = (size("kv_lora_rank"), size("qk_rope_head_dim"));
    let (key, value) = (size("qk_nope_head_dim") + turned, size("v_head_dim"));
    put("attention.q_lora_rank", count("q_lora_rank"));
    put("attention.kv_lora_rank", count("kv_lora_rank"));
    put("attention.key_length", Some(Entry::Count(if fused { key } else { rank + turned })));
    put("attention.value_length", Some(Entry::Count(if fused { value } else { rank })));
    if !fused {
        put("attention.key_length_mla", Some(Entry::Count(key)));
        put("attention.value_length_mla", Some(Entry::Count(value)));
    }
    put("leading_dense_block_count", count("first_k_dense_replace"));
    put("expert_shared_count", count("n_shared_experts"));
    put("expert_group_count", count("n_group"));
    put("expert_group_used_count", count("topk_group"));
    put("expert_weights_scale", config["routed_scaling_factor"].as_f64().map(Entry::Float));
    put("expert_weights_norm", config["norm_topk_prob"].as_bool().map(Entry::Truth));
    let third = config["model_type"] == "deepseek_v3";
    put("expert_gating_func", Some(Entry::Count(if third { 2 } else { 1 })));
}

/// GGML's number of a format.
fn number_of(kind: GgmlDType) -> u32 {
    match kind {
        GgmlDType::F32 => 0,
        GgmlDType::F16 => 1,
        GgmlDType::Q4_0 => 2,
        GgmlDType::Q4_1 => 3,
        GgmlDType::Q5_0 => 6,
        GgmlDType::Q5_1 => 7,
        GgmlDType::Q8_0 => 8,
        GgmlDType::Q4K => 12,
        GgmlDType::Q5K => 13,
        GgmlDType::Q6K => 14,
        GgmlDType::BF16 => 30,
        other => panic!("{other:?} has no number here"),
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// How a tensor of a name is written.
pub type Writing<'w> = &'w dyn Fn(&str, &Tensor) -> (GgmlDType, Vec<u8>);

/// The bytes of a file.
pub fn write(metadata: &Metadata, tensors: &Tensors, writing: Writing<'_>) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((metadata.len() as u64).to_le_bytes());
    for (key, entry) in metadata {
        text(&mut out, key);
        match entry {
            Entry::Text(value) => {
                out.extend(8_u32.to_le_bytes());
                text(&mut out, value);
            }
            Entry::Count(value) => {
                out.extend(4_u32.to_le_bytes());
                out.extend((*value as u32).to_le_bytes());
            }
            Entry::Float(value) => {
                out.extend(6_u32.to_le_bytes());
                out.extend((*value as f32).to_le_bytes());
            }
            Entry::Truth(value) => {
                out.extend(7_u32.to_le_bytes());
                out.push(u8::from(*value));
            }
            Entry::Texts(values) => {
                out.extend([9_u32, 8].map(u32::to_le_bytes).concat());
                out.extend((values.len() as u64).to_le_bytes());
                values.iter().for_each(|value| text(&mut out, value));
            }
            Entry::Integers(values) => {
                out.extend([9_u32, 5].map(u32::to_le_bytes).concat());
                out.extend((values.len() as u64).to_le_bytes());
                values.iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
        }
    }
    let mut data = Vec::new();
    for (name, tensor) in tensors {
        text(&mut out, name);
        out.extend((tensor.rank() as u32).to_le_bytes());
        tensor.dims().iter().rev().for_each(|size| out.extend((*size as u64).to_le_bytes()));
        let (kind, bytes) = writing(name, tensor);
        out.extend(number_of(kind).to_le_bytes());
        out.extend((data.len() as u64).to_le_bytes());
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(32), 0);
    }
    out.resize(out.len().next_multiple_of(32), 0);
    out.extend(data);
    out
}
