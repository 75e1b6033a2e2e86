//! Every format of weights that is read, from a GGUF file of its own: the model computes with the numbers that the file holds, not
//! with others, whatever order their bits are in.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use candle_core::{Device, Tensor};
use guildhall::engine::model::{ModelFile, Step, Threads, Wanted};
use serde_json::Value;

use crate::convert::{Metadata, Tensors, convert, parts, stored, write};

const FORMATS: [GgmlDType; 11] = [
    GgmlDType::F32,
    GgmlDType::F16,
    GgmlDType::BF16,
    GgmlDType::Q4_0,
    GgmlDType::Q4_1,
    GgmlDType::Q5_0,
    GgmlDType::Q5_1,
    GgmlDType::Q8_0,
    GgmlDType::Q4K,
    GgmlDType::Q5K,
    GgmlDType::Q6K,
];

/// How far logits may be from those of the same numbers in single precision, as a share of their length: what rounding the
/// rows between the layers to 8 bits, as GGML does, may cost. Numbers that are out of place cost many times as much.
const ROUNDING: f64 = 0.04;

/// A small model whose rows are of whole blocks in every format, with weights drawn from a fixed seed.
fn wide(dir: &Path) -> PathBuf {
    let (hidden, inner, heads, groups, head) = (256, 512, 4, 2, 64);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity/llama/config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(fixture).unwrap()).unwrap();
    for (key, value) in [
        ("hidden_size", hidden),
        ("intermediate_size", inner),
        ("num_attention_heads", heads),
        ("num_key_value_heads", groups),
        ("head_dim", head),
    ] {
        config[key] = value.into();
    }
    std::fs::write(dir.join("config.json"), config.to_string()).unwrap();
    let mut state = 7_u64;
    let mut drawn = |rows: usize, columns: usize| {
        let spread = 3.5 / (columns as f32).sqrt();
        let numbers: Vec<f32> = (0..rows * columns)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * spread
            })
            .collect();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    };
    let mut tensors = std::collections::HashMap::new();
    for layer in 0..2 {
        for (name, rows, columns) in [
            ("self_attn.q_proj", heads * head, hidden),
            ("self_attn.k_proj", groups * head, hidden),
            ("self_attn.v_proj", groups * head, hidden),
            ("self_attn.o_proj", hidden, heads * head),
            ("mlp.gate_proj", inner, hidden),
            ("mlp.up_proj", inner, hidden),
            ("mlp.down_proj", hidden, inner),
        ] {
            tensors.insert(format!("model.layers.{layer}.{name}.weight"), drawn(rows, columns));
        }
        for name in ["input_layernorm", "post_attention_layernorm"] {
            let ones = Tensor::from_vec(vec![1_f32; hidden], hidden, &Device::Cpu).unwrap();
            tensors.insert(format!("model.layers.{layer}.{name}.weight"), ones);
        }
    }
    tensors.insert("model.embed_tokens.weight".to_owned(), drawn(256, hidden));
    tensors.insert("lm_head.weight".to_owned(), drawn(256, hidden));
    tensors
        .insert("model.norm.weight".to_owned(), Tensor::from_vec(vec![1_f32; hidden], hidden, &Device::Cpu).unwrap());
    candle_core::safetensors::save(&tensors, dir.join("model.safetensors")).unwrap();
    dir.to_owned()
}

/// The logits at every position of a fixed text.
fn logits(bytes: &[u8], dir: &Path) -> Vec<Vec<f32>> {
    let path = dir.join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    let model = ModelFile::open(&path).unwrap().load(&mut |_| ControlFlow::Continue(())).unwrap();
    let tokens: Vec<u32> = (0..24).map(|at| 3 + (at * at * 5 + at * 11) % 250).collect();
    let mut sequence = model.sequence();
    let step = Step { sequence: &mut sequence, tokens: &tokens, wanted: Wanted::All };
    let found = model.forward(&mut [step], &Threads::new(1).unwrap(), &mut |_| ControlFlow::Continue(())).unwrap();
    found[0].rows().map(<[f32]>::to_vec).collect()
}

/// The largest difference at a position, as a share of the right row's length.
fn apart(found: &[Vec<f32>], right: &[Vec<f32>]) -> f64 {
    assert_eq!(found.len(), right.len());
    let length = |row: &mut dyn Iterator<Item = f64>| row.map(|value| value * value).sum::<f64>().sqrt();
    let share = |(found, right): (&Vec<f32>, &Vec<f32>)| {
        let pairs = found.iter().zip(right);
        length(&mut pairs.map(|(one, other)| f64::from(one - other))) / length(&mut right.iter().map(|x| f64::from(*x)))
    };
    found.iter().zip(right).map(share).fold(0.0, f64::max)
}

/// The file with the numbers that the format holds, in single precision.
fn plainly((metadata, tensors): (&Metadata, &Tensors), kind: GgmlDType) -> Vec<u8> {
    write(metadata, tensors, &|name, tensor| {
        let numbers = stored(name, tensor, kind).dequantize(&Device::Cpu).unwrap().to_vec1::<f32>().unwrap();
        (GgmlDType::F32, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
    })
}

/// The file with neighbouring blocks of one matrix in each other's place.
fn misplaced((metadata, tensors): (&Metadata, &Tensors), kind: GgmlDType) -> Vec<u8> {
    write(metadata, tensors, &|name, tensor| {
        let stored = stored(name, tensor, kind);
        let mut bytes = stored.data().unwrap().into_owned();
        if name == "blk.1.ffn_down.weight" {
            let block = if kind.block_size() == 1 { 64 } else { kind.type_size() };
            for pair in bytes.chunks_exact_mut(2 * block) {
                let (one, other) = pair.split_at_mut(block);
                one.swap_with_slice(other);
            }
        }
        (stored.dtype(), bytes)
    })
}

#[test]
fn every_format_computes_with_the_numbers_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let folder = wide(dir.path());
    let (metadata, tensors) = parts(&folder, false);
    for kind in FORMATS {
        let right = logits(&plainly((&metadata, &tensors), kind), dir.path());
        let bytes = convert(&folder, false, kind);
        let path = dir.path().join("kinds.gguf");
        std::fs::write(&path, &bytes).unwrap();
        let kinds = ModelFile::open(&path).unwrap().kinds();
        assert_eq!(kinds[0].0.candle(), kind, "{kind:?}: {kinds:?}");
        let (found, wrong) = (logits(&bytes, dir.path()), logits(&misplaced((&metadata, &tensors), kind), dir.path()));
        let (close, far) = (apart(&found, &right), apart(&wrong, &right));
        println!("{kind:?}: {close:.5} apart; with blocks out of place {far:.3}");
        assert!(close <= ROUNDING, "{kind:?}: {close}");
        assert!(far > 3.0 * ROUNDING, "{kind:?}: the bound would not see blocks out of place: {far}");
    }
}
