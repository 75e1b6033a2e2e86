//! The rotation's settings in `config.json`: `rope_parameters` of transformers 5, or `rope_theta` and `rope_scaling` of 4.

use super::config_file::Config;
use super::error::ModelError;
use super::hyperparameters::Family;
use super::rope::{Pairing, RopeScaling, RopeSettings, yarn_magnitude};

/// The part with the scaling's numbers; both versions put it under a key of its own.
fn part(config: &Config) -> Result<Option<Config>, ModelError> {
    let part = config.part("rope_parameters").or_else(|| config.part("rope_scaling"));
    if part.as_ref().is_some_and(|part| part.part("full_attention").is_some()) {
        return Err(ModelError::unsupported("rope type", "different parameters by layer type"));
    }
    Ok(part)
}

fn kind(part: &Config) -> Result<String, ModelError> {
    let named = part.text("rope_type")?.or(part.text("type")?);
    Ok(named.unwrap_or_else(|| "default".into()))
}

/// Reads the rotation of heads with `width` rotated columns.
pub fn rope_settings(config: &Config, family: Family, width: usize) -> Result<RopeSettings, ModelError> {
    let part = part(config)?;
    let default_theta = match family {
        Family::Llama4 => 500_000.0,
        Family::Mixtral => 1_000_000.0,
        _ => 10_000.0,
    };
    let inner = part.as_ref().map(|part| part.float("rope_theta")).transpose()?.flatten();
    let theta = inner.or(config.float("rope_theta")?).unwrap_or(default_theta);
    for place in [Some(config), part.as_ref()].into_iter().flatten() {
        if let Some(share) = place.float("partial_rotary_factor")?.filter(|share| *share != 1.0) {
            return Err(ModelError::unsupported("partial_rotary_factor", share.to_string()));
        }
    }
    let adjacent = match family {
        Family::Llama4 | Family::DeepSeek2 => true,
        Family::DeepSeek3 => config.truth("rope_interleave", true)?,
        _ => false,
    };
    let pairing = if adjacent { Pairing::Adjacent } else { Pairing::Halves };
    let scaling = part.as_ref().map_or(Ok(RopeScaling::None), |part| scaling(config, part))?;
    Ok(RopeSettings { theta, dimensions: width, pairing, scaling })
}

fn scaling(config: &Config, part: &Config) -> Result<RopeScaling, ModelError> {
    let number = |key: &str| part.float(key)?.ok_or_else(|| ModelError::Setting(format!("rope {key}")));
    let original = || -> Result<f64, ModelError> {
        let named = part.float("original_max_position_embeddings")?;
        let named = named.or(config.float("original_max_position_embeddings")?);
        let named = named.or(config.float("max_position_embeddings")?);
        named.ok_or_else(|| ModelError::Setting("original_max_position_embeddings".into()))
    };
    match kind(part)?.as_str() {
        "default" => Ok(RopeScaling::None),
        "linear" => Ok(RopeScaling::Linear(number("factor")?)),
        "llama3" => Ok(RopeScaling::Llama3 {
            factor: number("factor")?,
            low: number("low_freq_factor")?,
            high: number("high_freq_factor")?,
            original_context: original()?,
        }),
        "yarn" => {
            if !part.truth("truncate", true)? {
                return Err(ModelError::unsupported("rope type", "yarn without truncation"));
            }
            let factor = number("factor")?;
            let (weight, all) = (part.float("mscale")?, part.float("mscale_all_dim")?);
            let inferred = match (weight, all) {
                (Some(weight), Some(all)) if weight != 0.0 && all != 0.0 => {
                    yarn_magnitude(factor, weight) / yarn_magnitude(factor, all)
                }
                _ => yarn_magnitude(factor, 1.0),
            };
            Ok(RopeScaling::Yarn {
                factor,
                fast: part.float("beta_fast")?.unwrap_or(32.0),
                slow: part.float("beta_slow")?.unwrap_or(1.0),
                original_context: original()?,
                attention_factor: part.float("attention_factor")?.unwrap_or(inferred),
            })
        }
        other => Err(ModelError::unsupported("rope type", other)),
    }
}

/// What attention scores are multiplied with: DeepSeek's grows with the context's scaling.
pub fn score_scale(config: &Config, width: usize, family: Family) -> Result<f32, ModelError> {
    let mut scale = 1.0 / (width as f64).sqrt();
    if matches!(family, Family::DeepSeek2 | Family::DeepSeek3)
        && let Some(part) = part(config)?
        && kind(&part)? != "default"
        && let Some(all) = part.float("mscale_all_dim")?.filter(|all| *all != 0.0)
    {
        scale *= yarn_magnitude(part.float("factor")?.unwrap_or(1.0), all).powi(2);
    }
    Ok(scale as f32)
}
