//! Hyperparameters from GGUF metadata, with the meanings that llama.cpp gives its keys and their absence.

use super::error::ModelError;
use super::gguf::Gguf;
use super::gguf_experts::expert_settings;
use super::gguf_keys::Keys;
use super::hyperparameters::{Family, Hyperparameters, LatentAttention, QueryNorm, Residual, Temperature, Window};
use super::rope::{Pairing, RopeScaling, RopeSettings, yarn_magnitude};

/// Keys that change what a model computes in ways that no family here does.
const REFUSED: [&str; 8] = [
    "attention.clamp_kqv",
    "attention.max_alibi_bias",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "logit_scale",
    "residual_scale",
    "embedding_scale",
    "attention.sliding_window_pattern",
];

fn family(gguf: &Gguf, name: &str) -> Result<Family, ModelError> {
    let number = |key: &str| gguf.metadata.unsigned(&format!("{name}.{key}")).unwrap_or(0);
    Ok(match name {
        "llama" if number("expert_count") > 0 => Family::Mixtral,
        "llama" => Family::Llama,
        "llama4" => Family::Llama4,
        "qwen2" => Family::Qwen2,
        "qwen2moe" => Family::Qwen2Moe,
        "qwen3" => Family::Qwen3,
        "qwen3moe" => Family::Qwen3Moe,
        "falcon" => Family::Falcon,
        // llama.cpp's numbers: 1 is softmax, 2 the logistic function; V2 files leave it out
        "deepseek2" => match number("expert_gating_func") {
            0 | 1 => Family::DeepSeek2,
            2 => Family::DeepSeek3,
            other => return Err(ModelError::unsupported("expert gating function", other.to_string())),
        },
        other => return Err(ModelError::unsupported("architecture", other)),
    })
}

/// Reads the hyperparameters.
pub fn hyperparameters(gguf: &Gguf) -> Result<Hyperparameters, ModelError> {
    let architecture = gguf.metadata.text("general.architecture");
    let architecture = architecture.ok_or_else(|| ModelError::Setting("general.architecture".into()))?;
    let family = family(gguf, architecture)?;
    let keys = Keys { metadata: &gguf.metadata, architecture };
    if let Some(key) = REFUSED.iter().find(|key| gguf.metadata.value(&keys.key(key)).is_some()) {
        return Err(ModelError::unsupported("setting", keys.key(key)));
    }
    if gguf.metadata.unsigned("split.count").is_some_and(|count| count > 1) {
        return Err(ModelError::unsupported("GGUF file", "split into parts"));
    }
    let (hidden, heads) = (keys.count("embedding_length")?, keys.count("attention.head_count")?);
    let layers = keys.count("block_count")?;
    let layers = layers - keys.maybe("nextn_predict_layers")?.unwrap_or(0).min(layers);
    if layers > super::hyperparameters::LAYER_LIMIT {
        return Err(ModelError::Inconsistent(format!("{layers} layers")));
    }
    let (latent, head) = (latent(&keys, family)?, head(&keys, hidden, heads)?);
    let embedding = gguf.tensors.get("token_embd.weight").ok_or_else(|| missing("token_embd.weight"))?;
    let epsilon = if family == Family::Falcon { "layer_norm_epsilon" } else { "layer_norm_rms_epsilon" };
    let epsilon = format!("attention.{epsilon}");
    let rope = rope_settings(&keys, family, latent.map_or(head, |latent| latent.turned))?;
    let windows = windows(&keys, family, layers)?;
    let width = latent.map_or(head, |latent| latent.plain + latent.turned);
    Hyperparameters {
        family,
        hidden,
        vocabulary: embedding.shape.first().copied().unwrap_or(0),
        context: keys.count("context_length")?,
        heads,
        kv_heads: if latent.is_some() { heads } else { keys.maybe("attention.head_count_kv")?.unwrap_or(heads) },
        head,
        inner: keys.maybe("feed_forward_length")?.unwrap_or(0),
        epsilon: keys.float(&epsilon).ok_or_else(|| ModelError::Setting(keys.key(&epsilon)))? as f32,
        tied: !gguf.tensors.contains_key("output.weight"),
        attention_bias: if matches!(family, Family::Qwen2 | Family::Qwen2Moe) { Some(true) } else { None },
        feed_bias: None,
        score_scale: score_scale(&keys, &rope, width, latent.is_some()),
        rope,
        rotated: windows.iter().map(|window| family != Family::Llama4 || !ends_pattern(&windows, window)).collect(),
        windows: windows.iter().map(|(_, window)| *window).collect(),
        temperature: temperature(&keys, family, &windows),
        query_norm: query_norm(&keys, family)?,
        latent,
        experts: expert_settings(gguf, &keys, family, layers)?,
        residual: residual(gguf, family),
    }
    .checked()
}

fn missing(name: &str) -> ModelError {
    ModelError::MissingTensor(name.to_owned())
}

/// Columns of a head. Keys and values of different widths belong to latent attention alone.
fn head(keys: &Keys, hidden: usize, heads: usize) -> Result<usize, ModelError> {
    let head = keys.maybe("attention.key_length")?.unwrap_or(hidden / heads.max(1));
    match keys.maybe("attention.value_length")?.filter(|value| *value != head) {
        Some(value) if keys.architecture != "deepseek2" => {
            Err(ModelError::unsupported("attention.value_length", value.to_string()))
        }
        _ => Ok(head),
    }
}

/// Files made before mid 2025 give the whole widths as plain lengths, later ones keep those for the compressed form.
fn latent(keys: &Keys, family: Family) -> Result<Option<LatentAttention>, ModelError> {
    if !matches!(family, Family::DeepSeek2 | Family::DeepSeek3) {
        return Ok(None);
    }
    let or = |first: &str, second: &str| match keys.maybe(first)? {
        Some(found) => Ok(found),
        None => keys.count(second),
    };
    let turned = keys.count("rope.dimension_count")?;
    let key = or("attention.key_length_mla", "attention.key_length")?;
    let plain = key.checked_sub(turned).ok_or_else(|| ModelError::Inconsistent("key length".into()))?;
    Ok(Some(LatentAttention {
        query_rank: keys.maybe("attention.q_lora_rank")?.filter(|rank| *rank > 0),
        rank: keys.count("attention.kv_lora_rank")?,
        plain,
        turned,
        value: or("attention.value_length_mla", "attention.value_length")?,
    }))
}

fn rope_settings(keys: &Keys, family: Family, width: usize) -> Result<RopeSettings, ModelError> {
    // converters permute the projections of Llama and its kin, so that adjacent columns turn together
    let halves = [Family::Qwen2, Family::Qwen2Moe, Family::Qwen3, Family::Qwen3Moe, Family::Falcon];
    let pairing = if halves.contains(&family) { Pairing::Halves } else { Pairing::Adjacent };
    let kind = keys.metadata.text(&keys.key("rope.scaling.type"));
    let factor = keys.float("rope.scaling.factor").or(keys.float("rope.scale_linear"));
    let scaling = match (kind, factor) {
        (None, None) | (Some("none"), _) => RopeScaling::None,
        (None | Some("linear"), Some(factor)) => RopeScaling::Linear(factor),
        (Some("yarn"), Some(factor)) => yarn(keys, factor)?,
        (Some(other), _) => return Err(ModelError::unsupported("rope type", other)),
    };
    Ok(RopeSettings {
        theta: keys.float("rope.freq_base").unwrap_or(10_000.0),
        dimensions: keys.maybe("rope.dimension_count")?.unwrap_or(width),
        pairing,
        scaling,
    })
}

fn yarn(keys: &Keys, factor: f64) -> Result<RopeScaling, ModelError> {
    let original = keys.maybe("rope.scaling.original_context_length")?;
    let original = original.map_or_else(|| keys.count("context_length"), Ok)?;
    let given = keys.float("rope.scaling.yarn_attn_factor").or(keys.float("rope.scaling.attn_factor")).unwrap_or(1.0);
    // DeepSeek's two magnitudes cancel here and enter the scores instead
    let magnitude = if keys.architecture == "deepseek2" { 1.0 } else { yarn_magnitude(factor, 1.0) };
    Ok(RopeScaling::Yarn {
        factor,
        fast: keys.float("rope.scaling.yarn_beta_fast").unwrap_or(32.0),
        slow: keys.float("rope.scaling.yarn_beta_slow").unwrap_or(1.0),
        original_context: original as f64,
        attention_factor: given * magnitude,
    })
}

fn score_scale(keys: &Keys, rope: &RopeSettings, width: usize, latent: bool) -> f32 {
    let mut scale = 1.0 / (width as f64).sqrt();
    if let (true, RopeScaling::Yarn { factor, .. }) = (latent, rope.scaling) {
        // the converter stores a tenth of the weight
        let weight = keys.float("rope.scaling.yarn_log_multiplier").unwrap_or(0.0) / 0.1;
        scale *= yarn_magnitude(factor, weight).powi(2);
    }
    scale as f32
}

/// Each layer's number and window. Of every four layers of Llama 4 the last sees all positions.
fn windows(keys: &Keys, family: Family, layers: usize) -> Result<Vec<(usize, Window)>, ModelError> {
    let given = keys.maybe("attention.sliding_window")?;
    let window = |layer: usize| match (family, given) {
        (Family::Llama4, Some(0)) => Ok(Window::Full),
        (Family::Llama4, _) if (layer + 1).is_multiple_of(LLAMA4_PATTERN) => Ok(Window::Full),
        (Family::Llama4, size) => Ok(Window::Chunked(size.unwrap_or(8192))),
        (_, None | Some(0)) => Ok(Window::Full),
        (Family::Llama | Family::Mixtral, Some(size)) => Ok(Window::Sliding(size)),
        (_, Some(size)) => Err(ModelError::unsupported("attention.sliding_window", size.to_string())),
    };
    (0..layers).map(|layer| Ok((layer, window(layer)?))).collect()
}

/// Layers of Llama 4 from one that sees all positions to the next.
const LLAMA4_PATTERN: usize = 4;

/// Whether a layer of Llama 4 goes without rotation: each that sees all, unless all do.
fn ends_pattern(windows: &[(usize, Window)], (layer, _): &(usize, Window)) -> bool {
    let chunked = windows.iter().any(|(_, window)| *window != Window::Full);
    chunked && (layer + 1).is_multiple_of(LLAMA4_PATTERN)
}

fn temperature(keys: &Keys, family: Family, windows: &[(usize, Window)]) -> Option<Temperature> {
    let used = family == Family::Llama4 && windows.iter().any(|(_, window)| *window != Window::Full);
    used.then(|| Temperature {
        floor: keys.float("attention.temperature_length").unwrap_or(8192.0),
        scale: keys.float("attention.temperature_scale").unwrap_or(0.1),
    })
}

fn query_norm(keys: &Keys, family: Family) -> Result<QueryNorm, ModelError> {
    Ok(match family {
        Family::Qwen3 | Family::Qwen3Moe => QueryNorm::Weighted,
        // the model with 128 experts goes without; files do not say
        Family::Llama4 if keys.maybe("expert_count")? != Some(128) => QueryNorm::Plain,
        _ => QueryNorm::None,
    })
}

fn residual(gguf: &Gguf, family: Family) -> Residual {
    match family {
        Family::Falcon if gguf.tensors.contains_key("blk.0.attn_norm_2.weight") => Residual::ParallelTwoNorms,
        Family::Falcon => Residual::Parallel,
        _ => Residual::Sequential,
    }
}
