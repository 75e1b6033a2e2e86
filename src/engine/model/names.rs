//! Tensor names: what each part of a layer is called in safetensors files (by family) and in GGUF files.

use super::hyperparameters::Family;

/// A part with weights. Those of experts and layers are told apart by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; the tables below give what files call them")]
pub enum Part {
    Embedding,
    OutputNorm,
    Output,
    AttentionNorm,
    FeedNorm,
    Query,
    Key,
    Value,
    Fused,
    AttentionOutput,
    QueryNorm,
    KeyNorm,
    QueryDown,
    QueryDownNorm,
    QueryUp,
    KeyValueDown,
    KeyValueDownNorm,
    KeyValueUp,
    KeyUp,
    ValueUp,
    Gate,
    Up,
    Down,
    Router,
    RouterBias,
    ExpertGate,
    ExpertUp,
    ExpertDown,
    ExpertGateUp,
    SharedGate,
    SharedUp,
    SharedDown,
    SharedRouter,
}

/// The names of one file format and family.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    family: Family,
    gguf: bool,
    /// Whether Falcon's layers have two norms beside each other, which changes their names.
    two_norms: bool,
}

impl Names {
    /// Names in safetensors files.
    pub fn safetensors(family: Family, two_norms: bool) -> Self {
        Self { family, gguf: false, two_norms }
    }

    /// Names in GGUF files.
    pub fn gguf(family: Family, two_norms: bool) -> Self {
        Self { family, gguf: true, two_norms }
    }

    /// Whether these are names in GGUF files.
    pub fn is_gguf(&self) -> bool {
        self.gguf
    }

    /// A part of the whole model, without `.weight`.
    pub fn of(&self, part: Part) -> String {
        self.stem(part).to_owned()
    }

    /// A part of a layer, without `.weight`.
    pub fn in_layer(&self, part: Part, layer: usize) -> String {
        let stem = self.stem(part);
        match (self.gguf, self.family) {
            (true, _) => format!("blk.{layer}.{stem}"),
            (false, Family::Falcon) => format!("transformer.h.{layer}.{stem}"),
            (false, _) => format!("model.layers.{layer}.{stem}"),
        }
    }

    /// An expert's part where each expert has tensors of its own.
    pub fn in_expert(&self, part: Part, layer: usize, expert: usize) -> String {
        if self.gguf {
            let stem = match part {
                Part::ExpertGate => "ffn_gate",
                Part::ExpertUp => "ffn_up",
                _ => "ffn_down",
            };
            return format!("blk.{layer}.{stem}.{expert}");
        }
        let (home, names) = match self.family {
            Family::Mixtral => ("block_sparse_moe", ["w1", "w3", "w2"]),
            _ => ("mlp", ["gate_proj", "up_proj", "down_proj"]),
        };
        let name = match part {
            Part::ExpertGate => names[0],
            Part::ExpertUp => names[1],
            _ => names[2],
        };
        format!("model.layers.{layer}.{home}.experts.{expert}.{name}")
    }

    fn stem(&self, part: Part) -> &'static str {
        match (self.gguf, self.family) {
            (true, _) => gguf_stem(part, self.two_norms),
            (false, Family::Falcon) => falcon_stem(part, self.two_norms),
            (false, family) => stem(part, family),
        }
    }
}

fn gguf_stem(part: Part, two_norms: bool) -> &'static str {
    match part {
        Part::Embedding => "token_embd",
        Part::OutputNorm => "output_norm",
        Part::Output => "output",
        // with two norms the one that later files call the first belongs to the feed-forward part
        Part::AttentionNorm if two_norms => "attn_norm_2",
        Part::FeedNorm if two_norms => "attn_norm",
        Part::AttentionNorm => "attn_norm",
        Part::FeedNorm => "ffn_norm",
        Part::Query => "attn_q",
        Part::Key => "attn_k",
        Part::Value => "attn_v",
        Part::Fused => "attn_qkv",
        Part::AttentionOutput => "attn_output",
        Part::QueryNorm => "attn_q_norm",
        Part::KeyNorm => "attn_k_norm",
        Part::QueryDown => "attn_q_a",
        Part::QueryDownNorm => "attn_q_a_norm",
        Part::QueryUp => "attn_q_b",
        Part::KeyValueDown => "attn_kv_a_mqa",
        Part::KeyValueDownNorm => "attn_kv_a_norm",
        Part::KeyValueUp => "attn_kv_b",
        Part::KeyUp => "attn_k_b",
        Part::ValueUp => "attn_v_b",
        Part::Gate => "ffn_gate",
        Part::Up => "ffn_up",
        Part::Down => "ffn_down",
        Part::Router => "ffn_gate_inp",
        Part::RouterBias => "exp_probs_b.bias",
        Part::ExpertGate => "ffn_gate_exps",
        Part::ExpertUp => "ffn_up_exps",
        Part::ExpertDown => "ffn_down_exps",
        Part::ExpertGateUp => "ffn_gate_up_exps",
        Part::SharedGate => "ffn_gate_shexp",
        Part::SharedUp => "ffn_up_shexp",
        Part::SharedDown => "ffn_down_shexp",
        Part::SharedRouter => "ffn_gate_inp_shexp",
    }
}

fn falcon_stem(part: Part, two_norms: bool) -> &'static str {
    match part {
        Part::Embedding => "transformer.word_embeddings",
        Part::OutputNorm => "transformer.ln_f",
        Part::Output => "lm_head",
        Part::AttentionNorm if two_norms => "ln_attn",
        Part::FeedNorm if two_norms => "ln_mlp",
        Part::AttentionNorm => "input_layernorm",
        Part::FeedNorm => "post_attention_layernorm",
        Part::Fused => "self_attention.query_key_value",
        Part::AttentionOutput => "self_attention.dense",
        Part::Up => "mlp.dense_h_to_4h",
        Part::Down => "mlp.dense_4h_to_h",
        other => stem(other, Family::Llama),
    }
}

fn stem(part: Part, family: Family) -> &'static str {
    let llama4 = family == Family::Llama4;
    let deepseek = matches!(family, Family::DeepSeek2 | Family::DeepSeek3);
    match part {
        Part::Embedding => "model.embed_tokens",
        Part::OutputNorm => "model.norm",
        Part::Output => "lm_head",
        Part::AttentionNorm => "input_layernorm",
        Part::FeedNorm => "post_attention_layernorm",
        Part::Query => "self_attn.q_proj",
        Part::Key => "self_attn.k_proj",
        Part::Value => "self_attn.v_proj",
        Part::Fused => "self_attn.qkv_proj",
        Part::AttentionOutput => "self_attn.o_proj",
        Part::QueryNorm => "self_attn.q_norm",
        Part::KeyNorm => "self_attn.k_norm",
        Part::QueryDown => "self_attn.q_a_proj",
        Part::QueryDownNorm => "self_attn.q_a_layernorm",
        Part::QueryUp => "self_attn.q_b_proj",
        Part::KeyValueDown => "self_attn.kv_a_proj_with_mqa",
        Part::KeyValueDownNorm => "self_attn.kv_a_layernorm",
        Part::KeyValueUp => "self_attn.kv_b_proj",
        Part::KeyUp => "self_attn.k_b_proj",
        Part::ValueUp => "self_attn.v_b_proj",
        Part::Gate if llama4 => "feed_forward.gate_proj",
        Part::Up if llama4 => "feed_forward.up_proj",
        Part::Down if llama4 => "feed_forward.down_proj",
        Part::Gate => "mlp.gate_proj",
        Part::Up => "mlp.up_proj",
        Part::Down => "mlp.down_proj",
        Part::Router if llama4 => "feed_forward.router",
        Part::Router if family == Family::Mixtral => "block_sparse_moe.gate",
        Part::Router => "mlp.gate",
        Part::RouterBias => "mlp.gate.e_score_correction_bias",
        Part::ExpertGate | Part::ExpertUp | Part::ExpertGateUp => "feed_forward.experts.gate_up_proj",
        Part::ExpertDown => "feed_forward.experts.down_proj",
        Part::SharedGate if llama4 => "feed_forward.shared_expert.gate_proj",
        Part::SharedUp if llama4 => "feed_forward.shared_expert.up_proj",
        Part::SharedDown if llama4 => "feed_forward.shared_expert.down_proj",
        Part::SharedGate if deepseek => "mlp.shared_experts.gate_proj",
        Part::SharedUp if deepseek => "mlp.shared_experts.up_proj",
        Part::SharedDown if deepseek => "mlp.shared_experts.down_proj",
        Part::SharedGate => "mlp.shared_expert.gate_proj",
        Part::SharedUp => "mlp.shared_expert.up_proj",
        Part::SharedDown => "mlp.shared_expert.down_proj",
        Part::SharedRouter => "mlp.shared_expert_gate",
    }
}
