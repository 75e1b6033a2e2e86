//! Hyperparameters from `config.json`, as transformers 4 and 5 write it. What it leaves out means what it means there.

use std::path::Path;

use serde_json::Value;

use super::config_experts::expert_settings;
use super::config_file::Config;
use super::config_rope::{rope_settings, score_scale};
use super::error::ModelError;
use super::hyperparameters::{
    Family, Hyperparameters, LAYER_LIMIT, LatentAttention, QueryNorm, Residual, Temperature, Window,
};

/// The families by `model_type`, with the class of `architectures` that is computed.
const FAMILIES: [(&str, &str, Family); 11] = [
    ("llama", "LlamaForCausalLM", Family::Llama),
    ("llama4_text", "Llama4ForCausalLM", Family::Llama4),
    ("mistral", "MistralForCausalLM", Family::Mistral),
    ("mixtral", "MixtralForCausalLM", Family::Mixtral),
    ("qwen2", "Qwen2ForCausalLM", Family::Qwen2),
    ("qwen2_moe", "Qwen2MoeForCausalLM", Family::Qwen2Moe),
    ("qwen3", "Qwen3ForCausalLM", Family::Qwen3),
    ("qwen3_moe", "Qwen3MoeForCausalLM", Family::Qwen3Moe),
    ("falcon", "FalconForCausalLM", Family::Falcon),
    ("deepseek_v2", "DeepseekV2ForCausalLM", Family::DeepSeek2),
    ("deepseek_v3", "DeepseekV3ForCausalLM", Family::DeepSeek3),
];

fn family(config: &Config) -> Result<Family, ModelError> {
    let name = config.text("model_type")?.ok_or_else(|| ModelError::Setting("model_type".into()))?;
    let found = FAMILIES.iter().find(|(known, ..)| *known == name);
    let (_, class, family) = found.ok_or_else(|| ModelError::unsupported("architecture", name))?;
    let classes = config.value("architectures").and_then(Value::as_array);
    match classes.and_then(|classes| classes.iter().find(|found| found.as_str() != Some(class))) {
        Some(other) => Err(ModelError::unsupported("architecture", other.as_str().unwrap_or_default())),
        None => Ok(*family),
    }
}

/// Whether a model with this `config.json` is one that can be run, which is known before its weights are.
///
/// Errors: what isn't supported, by its name.
pub fn is_supported(path: &Path) -> Result<(), ModelError> {
    hyperparameters(&Config::open(path)?).map(drop)
}

/// Reads the hyperparameters.
pub fn hyperparameters(config: &Config) -> Result<Hyperparameters, ModelError> {
    let family = family(config)?;
    if let Some(method) = config.part("quantization_config") {
        let name = method.text("quant_method")?.unwrap_or_else(|| "unnamed".into());
        return Err(ModelError::unsupported("quantisation method", name));
    }
    if family == Family::Falcon {
        config.only("alibi", &Value::Bool(false))?;
        config.only("activation", &"gelu".into())?;
    } else {
        config.only("hidden_act", &"silu".into())?;
    }
    let (hidden, heads) = (config.count("hidden_size")?, config.count("num_attention_heads")?);
    let layers = config.count("num_hidden_layers")?;
    if layers > LAYER_LIMIT {
        return Err(ModelError::Inconsistent(format!("{layers} layers")));
    }
    let latent = latent(config, family)?;
    let head = match (config.maybe("head_dim")?, family) {
        (_, Family::Falcon) | (None, _) => hidden / heads.max(1),
        (Some(head), _) => head,
    };
    let bias = Some(config.truth(if family == Family::Falcon { "bias" } else { "attention_bias" }, false)?);
    let biased_queries = matches!(family, Family::Qwen2 | Family::Qwen2Moe);
    let epsilon = if family == Family::Falcon { "layer_norm_epsilon" } else { "rms_norm_eps" };
    let default_epsilon = if matches!(family, Family::Falcon | Family::Mixtral | Family::Llama4) { 1e-5 } else { 1e-6 };
    Hyperparameters {
        family,
        hidden,
        vocabulary: config.count("vocab_size")?,
        context: config.maybe("max_position_embeddings")?.unwrap_or(2048),
        heads,
        kv_heads: kv_heads(config, family, heads)?,
        head,
        inner: inner(config, family, hidden)?,
        epsilon: config.float(epsilon)?.unwrap_or(default_epsilon) as f32,
        tied: config.truth("tie_word_embeddings", family == Family::Falcon)?,
        attention_bias: if biased_queries { Some(config.truth("qkv_bias", true)?) } else { bias },
        feed_bias: if family == Family::Falcon { bias } else { Some(config.truth("mlp_bias", false)?) },
        rope: rope_settings(config, family, latent.map_or(head, |latent| latent.turned))?,
        windows: windows(config, family, layers)?,
        rotated: rotated(config, family, layers)?,
        temperature: temperature(config, family)?,
        query_norm: query_norm(config, family)?,
        latent,
        experts: expert_settings(config, family, layers)?,
        residual: residual(config, family)?,
        score_scale: score_scale(config, latent.map_or(head, |latent| latent.plain + latent.turned), family)?,
    }
    .checked()
}

fn kv_heads(config: &Config, family: Family, heads: usize) -> Result<usize, ModelError> {
    if family != Family::Falcon {
        return Ok(config.maybe("num_key_value_heads")?.unwrap_or(heads));
    }
    let many = config.truth("new_decoder_architecture", false)? || !config.truth("multi_query", true)?;
    Ok(if many { config.maybe("num_kv_heads")?.unwrap_or(heads) } else { 1 })
}

fn inner(config: &Config, family: Family, hidden: usize) -> Result<usize, ModelError> {
    match family {
        Family::Falcon => Ok(config.maybe("ffn_hidden_size")?.unwrap_or(4 * hidden)),
        Family::Llama4 => config.count("intermediate_size_mlp"),
        _ => config.count("intermediate_size"),
    }
}

fn latent(config: &Config, family: Family) -> Result<Option<LatentAttention>, ModelError> {
    if !matches!(family, Family::DeepSeek2 | Family::DeepSeek3) {
        return Ok(None);
    }
    Ok(Some(LatentAttention {
        query_rank: config.maybe("q_lora_rank")?,
        rank: config.count("kv_lora_rank")?,
        plain: config.count("qk_nope_head_dim")?,
        turned: config.count("qk_rope_head_dim")?,
        value: config.count("v_head_dim")?,
    }))
}

fn windows(config: &Config, family: Family, layers: usize) -> Result<Vec<Window>, ModelError> {
    let default_window = (family == Family::Mistral && !config.names("sliding_window")).then_some(4096);
    let switched = matches!(family, Family::Qwen2 | Family::Qwen2Moe | Family::Qwen3 | Family::Qwen3Moe);
    let used =
        matches!(family, Family::Mistral | Family::Mixtral) || switched && config.truth("use_sliding_window", false)?;
    let window = if used { config.maybe("sliding_window")?.or(default_window) } else { None };
    let chunk = if family == Family::Llama4 { config.maybe("attention_chunk_size")? } else { None };
    if let Some(kinds) = config.value("layer_types").and_then(Value::as_array) {
        if kinds.len() != layers {
            return Err(ModelError::Setting("layer_types".into()));
        }
        let kind = |kind: &Value| match kind.as_str() {
            Some("full_attention") => Ok(Window::Full),
            Some("sliding_attention") => {
                window.map(Window::Sliding).ok_or_else(|| ModelError::Setting("sliding_window".into()))
            }
            Some("chunked_attention") => Ok(chunk.map_or(Window::Full, Window::Chunked)),
            _ => Err(ModelError::unsupported("layer type", kind.to_string())),
        };
        return kinds.iter().map(kind).collect();
    }
    if family == Family::Llama4 {
        let rotated = rotated(config, family, layers)?;
        let size = chunk.map_or(Window::Full, Window::Chunked);
        return Ok(rotated.iter().map(|rotated| if *rotated { size } else { Window::Full }).collect());
    }
    let Some(window) = window else { return Ok(vec![Window::Full; layers]) };
    if family == Family::Qwen2Moe {
        // transformers 4 and 5 spread windows over the layers by different rules
        return Err(ModelError::unsupported("sliding window", "of qwen2_moe without layer_types"));
    }
    let from = if matches!(family, Family::Qwen2 | Family::Qwen3) {
        config.maybe("max_window_layers")?.unwrap_or(28)
    } else {
        0
    };
    Ok((0..layers).map(|layer| if layer >= from { Window::Sliding(window) } else { Window::Full }).collect())
}

fn rotated(config: &Config, family: Family, layers: usize) -> Result<Vec<bool>, ModelError> {
    if family != Family::Llama4 {
        return Ok(vec![true; layers]);
    }
    if let Some(list) = config.list("no_rope_layers")?.filter(|list| !list.is_empty()) {
        let wrong = || ModelError::Setting("no_rope_layers".into());
        return Ok(list.get(..layers).ok_or_else(wrong)?.iter().map(|rotated| *rotated != 0).collect());
    }
    let interval = config.maybe("no_rope_layer_interval")?.unwrap_or(4).max(1);
    Ok((0..layers).map(|layer| !(layer + 1).is_multiple_of(interval)).collect())
}

fn temperature(config: &Config, family: Family) -> Result<Option<Temperature>, ModelError> {
    if family != Family::Llama4 || !config.truth("attn_temperature_tuning", true)? {
        return Ok(None);
    }
    let floor = config.float("floor_scale")?.unwrap_or(8192.0);
    Ok(Some(Temperature { floor, scale: config.float("attn_scale")?.unwrap_or(0.1) }))
}

fn query_norm(config: &Config, family: Family) -> Result<QueryNorm, ModelError> {
    Ok(match family {
        Family::Qwen3 | Family::Qwen3Moe => QueryNorm::Weighted,
        Family::Llama4 if config.truth("use_qk_norm", true)? => QueryNorm::Plain,
        _ => QueryNorm::None,
    })
}

fn residual(config: &Config, family: Family) -> Result<Residual, ModelError> {
    if family != Family::Falcon {
        return Ok(Residual::Sequential);
    }
    if config.truth("new_decoder_architecture", false)? {
        return match config.maybe("num_ln_in_parallel_attn")?.unwrap_or(2) {
            1 => Ok(Residual::Parallel),
            2 => Ok(Residual::ParallelTwoNorms),
            other => Err(ModelError::unsupported("num_ln_in_parallel_attn", other.to_string())),
        };
    }
    let parallel = config.truth("parallel_attn", true)?;
    Ok(if parallel { Residual::Parallel } else { Residual::Sequential })
}
