//! The vector kernels against their plain twins, bit for bit, over random bytes as weights.

use proptest::prelude::*;

use super::super::matrix::{Input, Matrix};
use super::super::panel::{Line, panel_lines, panel_scale_bytes};
use super::super::tensor_type::TensorType;
use super::*;

const KINDS: [TensorType; 11] = [
    TensorType::F32,
    TensorType::F16,
    TensorType::BF16,
    TensorType::Q4_0,
    TensorType::Q4_1,
    TensorType::Q5_0,
    TensorType::Q5_1,
    TensorType::Q8_0,
    TensorType::Q4K,
    TensorType::Q5K,
    TensorType::Q6K,
];

/// Random panels: quants of any bits, scales (and dense values) of ordinary size.
fn panel(kind: TensorType, columns: usize, seed: u64) -> (Vec<Line>, Vec<u8>) {
    let mut state = seed | 1;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let mut lines = vec![Line([0; 64]); panel_lines(kind, columns)];
    for line in &mut lines {
        line.0.fill_with(&mut next);
        let size = if kind == TensorType::F32 { 4 } else { 2 };
        if kind.is_dense() {
            line.0.chunks_exact_mut(size).for_each(|value| value[size - 1] = value[size - 1] & 0x83 | 0x38);
        }
    }
    let mut scales = vec![0; panel_scale_bytes(kind, columns)];
    scales.fill_with(&mut next);
    // the upper byte of each half: no infinities. Bytes that are scales of their own only lose some values by this
    scales.chunks_exact_mut(2).for_each(|half| half[1] = half[1] & 0x83 | 0x28);
    (lines, scales)
}

fn bits(rows: &[[f32; PANEL]]) -> Vec<u32> {
    rows.iter().flatten().map(|value| value.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_level_gives_the_same_bits(
        kind in 0..KINDS.len(), blocks in 1..4_usize, rows in 1..20_usize, seed: u64, size in 0.01..100.0_f32,
    ) {
        let kind = KINDS[kind];
        let columns = blocks * if kind.is_dense() { 7 } else { kind.block_len() };
        let (lines, scales) = panel(kind, columns, seed);
        let panel = Panel { kind, columns, lines: &lines, scales: &scales };
        let values: Vec<f32> = (0..rows * columns).map(|at| (at as f32 + seed as f32 * 1e-18).sin() * size).collect();
        let run = |isa: Isa| {
            let mut out = vec![[0.0; PANEL]; rows];
            if kind.is_dense() {
                dense_product(isa, panel, &values, &mut out);
            } else {
                quantised_product(isa, panel, &Quantised::new(isa, &values, columns), 0, &mut out);
            }
            out
        };
        let plain = run(Isa::plain());
        prop_assert!(plain.iter().flatten().all(|value| value.is_finite()));
        for isa in Isa::available() {
            prop_assert_eq!(bits(&run(isa)), bits(&plain), "{:?} {:?}", isa, kind);
        }
        // each row by itself, and the values that the plain panel stands for
        let isa = Isa::detect();
        let alone: Vec<[f32; PANEL]> = values.chunks_exact(columns).map(|row| {
            let mut out = [[0.0; PANEL]];
            if kind.is_dense() {
                dense_product(isa, panel, row, &mut out);
            } else {
                quantised_product(isa, panel, &Quantised::new(isa, row, columns), 0, &mut out);
            }
            out[0]
        }).collect();
        prop_assert_eq!(bits(&alone), bits(&plain));
        let mut weights = vec![0.0; columns];
        for (lane, found) in plain[0].iter().enumerate() {
            panel.row(lane, &mut weights);
            let (mut exact, mut scale) = (0.0_f64, 0.0_f64);
            for (weight, value) in weights.iter().zip(&values) {
                exact += f64::from(*weight) * f64::from(*value);
                scale += (f64::from(*weight) * f64::from(*value)).abs();
            }
            let room = scale * if kind.is_dense() { 1e-5 } else { 0.02 } + f64::from(size) * 1e-3;
            prop_assert!((f64::from(*found) - exact).abs() <= room, "{:?} {} {}", kind, found, exact);
        }
    }

    #[test]
    fn quantising_keeps_values_within_half_a_step(values in prop::collection::vec(-50.0..50.0_f32, 96)) {
        let plain = Quantised::new(Isa::plain(), &values, 96);
        for isa in Isa::available() {
            let other = Quantised::new(isa, &values, 96);
            prop_assert_eq!(&other.quants, &plain.quants);
            prop_assert_eq!(&other.scales, &plain.scales);
            prop_assert_eq!(&other.sums, &plain.sums);
        }
        for (at, value) in values.iter().enumerate() {
            let scale = plain.scales[at / 32];
            prop_assert!((f32::from(plain.quants[at]) * scale - value).abs() <= scale * 0.501);
        }
        let half: i32 = plain.quants[48..64].iter().map(|quant| i32::from(*quant)).sum();
        prop_assert_eq!(plain.sums[1][1], half);
    }
}

#[test]
fn matrices_of_odd_shapes_multiply() {
    let bytes: Vec<u8> = (0..19 * 5).flat_map(|at| (at as f32).to_le_bytes()).collect();
    let matrix = Matrix::from_bytes(TensorType::F32, 19, 5, &bytes);
    let values: Vec<f32> = (0..10).map(|at| at as f32).collect();
    let product = matrix.multiply_here(Isa::detect(), &Input::new(&values, 5));
    for row in 0..2 {
        for out in 0..19 {
            let exact: f32 = (0..5).map(|k| (out * 5 + k) as f32 * values[row * 5 + k]).sum();
            assert_eq!(product[row * 19 + out], exact);
        }
    }
}
