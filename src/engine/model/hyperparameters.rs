//! What a decoder needs to know besides its weights: one plain struct for every family and file format.

use super::error::ModelError;
use super::rope::RopeSettings;

/// No model comes near; a file that asks for more is not one.
pub const LAYER_LIMIT: usize = 4096;

/// A family of architectures. Models that differ from one only in numbers count as it: R1 distills are Qwen 2 or Llama,
/// Falcon 3 is Llama.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Llama 1 to 3.
    Llama,
    /// The text part of Llama 4.
    Llama4,
    /// Mistral and Nemo.
    Mistral,
    /// Mixtral.
    Mixtral,
    /// Qwen 2 and 2.5.
    Qwen2,
    /// Qwen 2 with experts.
    Qwen2Moe,
    /// Qwen 3.
    Qwen3,
    /// Qwen 3 with experts.
    Qwen3Moe,
    /// Falcon 7B, 40B, 180B and 11B.
    Falcon,
    /// DeepSeek V2.
    DeepSeek2,
    /// DeepSeek V3 and R1.
    DeepSeek3,
}

impl Family {
    /// The name that transformers gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Llama4 => "llama4_text",
            Self::Mistral => "mistral",
            Self::Mixtral => "mixtral",
            Self::Qwen2 => "qwen2",
            Self::Qwen2Moe => "qwen2_moe",
            Self::Qwen3 => "qwen3",
            Self::Qwen3Moe => "qwen3_moe",
            Self::Falcon => "falcon",
            Self::DeepSeek2 => "deepseek_v2",
            Self::DeepSeek3 => "deepseek_v3",
        }
    }
}

/// Which earlier positions a position sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// All.
    Full,
    /// The last so many, itself included.
    Sliding(usize),
    /// Those of its own run of so many.
    Chunked(usize),
}

impl Window {
    /// The first position that `position` sees.
    pub fn first(self, position: usize) -> usize {
        match self {
            Self::Full => 0,
            Self::Sliding(size) => (position + 1).saturating_sub(size),
            Self::Chunked(size) => position / size * size,
        }
    }
}

/// How queries and keys are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryNorm {
    /// Not at all.
    None,
    /// Each head with weights, before the rotation.
    Weighted,
    /// Each head without weights, after the rotation, where there is one.
    Plain,
}

/// How the feed-forward part joins the attention part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// After it, on its sum with the input.
    Sequential,
    /// Beside it, on the same normalised input.
    Parallel,
    /// Beside it, with a normalisation of its own.
    ParallelTwoNorms,
}

/// Queries of layers without rotation grow with the logarithm of the position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperature {
    /// How many positions count as one step.
    pub floor: f64,
    /// How much a step adds.
    pub scale: f64,
}

/// Attention over a compressed cache (MLA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentAttention {
    /// Columns that queries are compressed to, if they are.
    pub query_rank: Option<usize>,
    /// Columns that keys and values are compressed to.
    pub rank: usize,
    /// Columns of a key without rotation.
    pub plain: usize,
    /// Columns of a key with rotation.
    pub turned: usize,
    /// Columns of a value.
    pub value: usize,
}

/// How a router's numbers become shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// A softmax over all experts.
    Softmax,
    /// Each by itself; a bias, if there is one, takes part in the choice only.
    Sigmoid,
    /// As sigmoid, and it multiplies the expert's input, not its output.
    SigmoidInput,
}

/// How experts are chosen and weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Routing {
    /// How many there are.
    pub experts: usize,
    /// How many a token gets.
    pub used: usize,
    /// See [`Gate`].
    pub gate: Gate,
    /// Whether the shares of the chosen are made to sum to one.
    pub normalised: bool,
    /// What the shares are multiplied with.
    pub scale: f32,
    /// Into how many groups the experts fall, and from how many a token may choose.
    pub groups: (usize, usize),
    /// Whether the choice is corrected by a bias for each expert.
    pub corrected: bool,
}

/// The mixture of experts.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpertSettings {
    /// See [`Routing`].
    pub routing: Routing,
    /// Columns inside an expert.
    pub inner: usize,
    /// Columns inside the expert that every token gets, if there is one.
    pub shared_inner: Option<usize>,
    /// Whether the shared expert has a gate.
    pub shared_gated: bool,
    /// Which layers have experts.
    pub layers: Vec<bool>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Hyperparameters {
    /// The family.
    pub family: Family,
    /// Columns of the residual stream.
    pub hidden: usize,
    /// How many token ids there are.
    pub vocabulary: usize,
    /// How many positions the model was made for.
    pub context: usize,
    /// Query heads.
    pub heads: usize,
    /// Key-value heads.
    pub kv_heads: usize,
    /// Columns of a head.
    pub head: usize,
    /// Columns inside the feed-forward part.
    pub inner: usize,
    /// Added to variances.
    pub epsilon: f32,
    /// Whether the output shares the embedding's weights.
    pub tied: bool,
    /// Whether projections of attention have biases: `None` where only the file's tensors say.
    pub attention_bias: Option<bool>,
    /// Whether the feed-forward part has biases, likewise.
    pub feed_bias: Option<bool>,
    /// The rotation.
    pub rope: RopeSettings,
    /// Each layer's window; as many as there are layers.
    pub windows: Vec<Window>,
    /// Which layers rotate.
    pub rotated: Vec<bool>,
    /// See [`Temperature`].
    pub temperature: Option<Temperature>,
    /// See [`QueryNorm`].
    pub query_norm: QueryNorm,
    /// See [`LatentAttention`].
    pub latent: Option<LatentAttention>,
    /// See [`ExpertSettings`].
    pub experts: Option<ExpertSettings>,
    /// See [`Residual`].
    pub residual: Residual,
    /// What attention scores are multiplied with.
    pub score_scale: f32,
}

impl Hyperparameters {
    /// How many layers there are.
    pub fn layers(&self) -> usize {
        self.windows.len()
    }

    /// Whether a layer has experts.
    pub fn has_experts(&self, layer: usize) -> bool {
        self.experts.as_ref().is_some_and(|experts| experts.layers.get(layer) == Some(&true))
    }

    /// Refuses numbers with which the decoder would divide by zero, overflow or read past a row.
    pub fn checked(self) -> Result<Self, ModelError> {
        let wrong = |what: &str| Err(ModelError::Inconsistent(what.to_owned()));
        if self.layers() > LAYER_LIMIT {
            return wrong("too many layers");
        }
        let sizes = [self.hidden, self.vocabulary, self.context, self.heads, self.kv_heads, self.head, self.layers()];
        if sizes.iter().any(|size| *size == 0 || *size > 1 << 24) {
            return wrong("a size is zero or past 2^24");
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return wrong("query heads are not a multiple of key-value heads");
        }
        let width = self.latent.map_or(self.head, |latent| latent.turned);
        if self.rope.dimensions == 0 || self.rope.dimensions > width || !self.rope.dimensions.is_multiple_of(2) {
            return wrong("the rotation has an odd number of columns, or more than a head");
        }
        if !(self.rope.theta > 1.0 && self.rope.theta.is_finite() && self.epsilon > 0.0) {
            return wrong("the rotation's base or the normalisation's epsilon is out of range");
        }
        if self.windows.iter().any(|window| matches!(window, Window::Sliding(0) | Window::Chunked(0))) {
            return wrong("an attention window is empty");
        }
        if let Some(latent) = self.latent
            && [latent.rank, latent.plain, latent.turned, latent.value].iter().any(|size| *size == 0 || *size > 1 << 24)
        {
            return wrong("a size of the latent attention is zero or past 2^24");
        }
        if let Some(ExpertSettings { routing, inner, .. }) = &self.experts {
            let (groups, chosen) = routing.groups;
            let grouped = groups > 0 && routing.experts.is_multiple_of(groups) && (1..=groups).contains(&chosen);
            let enough = grouped && routing.used <= routing.experts / groups * chosen;
            if !(enough && routing.used > 0 && routing.experts <= 1 << 16 && (1..=1 << 24).contains(inner)) {
                return wrong("more experts are used than there are to choose from, or their groups are uneven");
            }
        }
        Ok(self)
    }
}
