//! The mixture of experts in GGUF metadata.

use super::error::ModelError;
use super::gguf::Gguf;
use super::gguf_keys::Keys;
use super::hyperparameters::{ExpertSettings, Family, Gate, Routing};

/// Reads the experts' settings of the families that have them.
pub fn expert_settings(
    gguf: &Gguf,
    keys: &Keys,
    family: Family,
    layers: usize,
) -> Result<Option<ExpertSettings>, ModelError> {
    let (gate, normalised) = match family {
        Family::Mixtral | Family::Qwen3Moe => (Gate::Softmax, true),
        Family::Qwen2Moe => (Gate::Softmax, keys.truth("expert_weights_norm").unwrap_or(false)),
        Family::Llama4 => (Gate::SigmoidInput, false),
        Family::DeepSeek2 => (Gate::Softmax, keys.truth("expert_weights_norm").unwrap_or(false)),
        Family::DeepSeek3 => (Gate::Sigmoid, keys.truth("expert_weights_norm").unwrap_or(false)),
        _ => return Ok(None),
    };
    let routing = Routing {
        experts: keys.count("expert_count")?,
        used: keys.count("expert_used_count")?,
        gate,
        normalised,
        scale: keys.float("expert_weights_scale").filter(|scale| *scale != 0.0).unwrap_or(1.0) as f32,
        groups: groups(keys)?,
        corrected: gguf.tensors.keys().any(|name| name.ends_with(".exp_probs_b.bias")),
    };
    let inner = match keys.maybe("expert_feed_forward_length")? {
        Some(inner) => inner,
        None => keys.count("feed_forward_length")?,
    };
    let shared_inner = match family {
        Family::Qwen2Moe => Some(keys.count("expert_shared_feed_forward_length")?),
        Family::Llama4 => Some(inner),
        Family::DeepSeek2 | Family::DeepSeek3 => {
            let count = keys.maybe("expert_shared_count")?.unwrap_or(0);
            Some(count.saturating_mul(inner)).filter(|inner| *inner > 0)
        }
        _ => None,
    };
    Ok(Some(ExpertSettings {
        routing,
        inner,
        shared_inner,
        shared_gated: family == Family::Qwen2Moe,
        layers: (0..layers).map(|layer| sparse(keys, family, layer)).collect::<Result<_, _>>()?,
    }))
}

fn groups(keys: &Keys) -> Result<(usize, usize), ModelError> {
    let groups = keys.maybe("expert_group_count")?.filter(|groups| *groups > 0).unwrap_or(1);
    let used = keys.maybe("expert_group_used_count")?.filter(|used| *used > 0);
    Ok((groups, used.unwrap_or(groups)))
}

fn sparse(keys: &Keys, family: Family, layer: usize) -> Result<bool, ModelError> {
    Ok(match family {
        Family::DeepSeek2 | Family::DeepSeek3 => layer >= keys.maybe("leading_dense_block_count")?.unwrap_or(0),
        Family::Llama4 => (layer + 1).is_multiple_of(keys.maybe("interleave_moe_layer_step")?.unwrap_or(1).max(1)),
        _ => true,
    })
}
