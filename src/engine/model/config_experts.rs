//! The mixture of experts in `config.json`, one rule a family.

use serde_json::Value;

use super::config_file::Config;
use super::error::ModelError;
use super::hyperparameters::{ExpertSettings, Family, Gate, Routing};

/// Reads the experts' settings of the families that have them.
pub fn expert_settings(config: &Config, family: Family, layers: usize) -> Result<Option<ExpertSettings>, ModelError> {
    match family {
        Family::Mixtral => mixtral(config, layers).map(Some),
        Family::Qwen2Moe | Family::Qwen3Moe => qwen(config, family, layers).map(Some),
        Family::Llama4 => llama(config, layers).map(Some),
        Family::DeepSeek2 | Family::DeepSeek3 => deepseek(config, family, layers).map(Some),
        _ => Ok(None),
    }
}

/// The routing of most families: a softmax over all experts.
fn softmax(experts: usize, used: usize, normalised: bool) -> Routing {
    Routing { experts, used, gate: Gate::Softmax, normalised, scale: 1.0, groups: (1, 1), corrected: false }
}

fn mixtral(config: &Config, layers: usize) -> Result<ExpertSettings, ModelError> {
    let (experts, used) = (config.count("num_local_experts")?, config.count("num_experts_per_tok")?);
    Ok(ExpertSettings {
        routing: softmax(experts, used, true),
        inner: config.count("intermediate_size")?,
        shared_inner: None,
        shared_gated: false,
        layers: vec![true; layers],
    })
}

fn qwen(config: &Config, family: Family, layers: usize) -> Result<ExpertSettings, ModelError> {
    // transformers 5 names the count of Qwen 3 as the other families do
    let experts = config.maybe("num_experts")?.or(config.maybe("num_local_experts")?);
    let experts = experts.ok_or_else(|| ModelError::Setting("num_experts".into()))?;
    let dense = config.list("mlp_only_layers")?.unwrap_or_default();
    let step = config.maybe("decoder_sparse_step")?.unwrap_or(1).max(1);
    let sparse = |layer: usize| !dense.contains(&(layer as u64)) && (layer + 1).is_multiple_of(step);
    let shared = family == Family::Qwen2Moe;
    let normalised = config.truth("norm_topk_prob", false)?;
    Ok(ExpertSettings {
        routing: softmax(experts, config.count("num_experts_per_tok")?, normalised),
        inner: config.count("moe_intermediate_size")?,
        shared_inner: if shared { Some(config.count("shared_expert_intermediate_size")?) } else { None },
        shared_gated: shared,
        layers: (0..layers).map(sparse).collect(),
    })
}

fn llama(config: &Config, layers: usize) -> Result<ExpertSettings, ModelError> {
    let (experts, used) = (config.count("num_local_experts")?, config.maybe("num_experts_per_tok")?.unwrap_or(1));
    let step = config.maybe("interleave_moe_layer_step")?.unwrap_or(1).max(1);
    let listed = config.list("moe_layers")?;
    let sparse = |layer: usize| match &listed {
        Some(list) => list.contains(&(layer as u64)),
        None => (layer + 1).is_multiple_of(step),
    };
    let inner = config.count("intermediate_size")?;
    Ok(ExpertSettings {
        routing: Routing { gate: Gate::SigmoidInput, ..softmax(experts, used, false) },
        inner,
        shared_inner: Some(inner),
        shared_gated: false,
        layers: (0..layers).map(sparse).collect(),
    })
}

fn deepseek(config: &Config, family: Family, layers: usize) -> Result<ExpertSettings, ModelError> {
    let third = family == Family::DeepSeek3;
    config.only("moe_layer_freq", &1.into())?;
    config.only("scoring_func", &if third { "sigmoid" } else { "softmax" }.into())?;
    let experts = config.count("n_routed_experts")?;
    let method = config.text("topk_method")?;
    let method = method.unwrap_or_else(|| if third { "noaux_tc" } else { "greedy" }.into());
    let grouped = match (method.as_str(), third) {
        ("greedy", false) => false,
        ("group_limited_greedy", false) | ("noaux_tc", true) => true,
        _ => return Err(ModelError::unsupported("topk_method", method)),
    };
    let groups = (config.maybe("n_group")?.unwrap_or(1), config.maybe("topk_group")?.unwrap_or(1));
    let normalised = config.truth("norm_topk_prob", third)?;
    if normalised && !third {
        // transformers leaves the shares as they are and the authors' code normalises them
        return Err(ModelError::unsupported("norm_topk_prob", Value::Bool(true).to_string()));
    }
    let inner = config.count("moe_intermediate_size")?;
    let first = config.maybe("first_k_dense_replace")?.unwrap_or(0);
    Ok(ExpertSettings {
        routing: Routing {
            gate: if third { Gate::Sigmoid } else { Gate::Softmax },
            scale: config.float("routed_scaling_factor")?.unwrap_or(1.0) as f32,
            groups: if grouped { groups } else { (1, 1) },
            corrected: third,
            ..softmax(experts, config.count("num_experts_per_tok")?, normalised)
        },
        inner,
        shared_inner: config.maybe("n_shared_experts")?.filter(|count| *count > 0).map(|count| count * inner),
        shared_gated: false,
        layers: (0..layers).map(|layer| layer >= first).collect(),
    })
}
