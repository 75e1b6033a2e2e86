//! Products of panels with activations, and attention's, in plain Rust: what the vector kernels must equal bit for bit.
//!
//! Each output is a sum over groups (or columns) from the first to the last, whatever else is computed beside it.

use super::math::{LANES, fold};
use super::panel::{Layout, PANEL, Panel, Scaling};
use super::quantised::Quantised;

/// The products of a quantised panel with the rows from `first` on, as many as `out` holds.
pub fn quantised_product(panel: Panel, input: &Quantised, first: usize, out: &mut [[f32; PANEL]]) {
    let layout = Layout::of(panel.kind);
    if layout.scaling.in_eight() {
        for (row, out) in out.iter_mut().enumerate() {
            *out = product_in_eight(panel, input, first + row);
        }
        return;
    }
    out.fill([0.0; PANEL]);
    for group in 0..input.groups() {
        let (quants, scales) = (panel.group_quants(group), panel.group_scales(group));
        for (row, out) in out.iter_mut().enumerate() {
            let block = input.blocks_of(first + row).at(group);
            let values = &input.quants[block * 32..block * 32 + 32];
            let dots = |vectors: std::ops::Range<usize>, sum: i32| -> [i32; PANEL] {
                std::array::from_fn(|lane| {
                    let terms = vectors.clone().flat_map(|vector| (0..4).map(move |step| (vector, step)));
                    let term = |(vector, step): (usize, usize)| {
                        i32::from(quants[vector][lane * 4 + step]) * i32::from(values[vector * 4 + step])
                    };
                    terms.map(term).sum::<i32>() - layout.offset * sum
                })
            };
            let [left, right] = input.sums[block];
            let halves = match layout.scaling {
                Scaling::Nested => [dots(0..4, left), dots(4..8, right)],
                _ => [dots(0..8, left + right), [0; PANEL]],
            };
            for lane in 0..PANEL {
                let term = halves[0][lane] as f32 * scales.first[lane];
                out[lane] = match layout.scaling {
                    Scaling::Plain | Scaling::Minimum => out[lane],
                    Scaling::NestedMinimum => {
                        let term = ((left + right) as f32).mul_add(scales.second[lane], term);
                        input.scales[block].mul_add(term, out[lane])
                    }
                    Scaling::Nested => {
                        let term = (halves[1][lane] as f32).mul_add(scales.second[lane], term);
                        input.scales[block].mul_add(term, out[lane])
                    }
                };
            }
        }
    }
}

/// The products with one row, as GGML adds them up: eight running sums, each over every eighth four columns.
fn product_in_eight(panel: Panel, input: &Quantised, row: usize) -> [f32; PANEL] {
    let layout = Layout::of(panel.kind);
    let blocks = input.blocks_of(row);
    let (mut sums, mut minima) = ([[0.0_f32; PANEL]; 8], [0.0_f32; PANEL]);
    for group in 0..input.groups() {
        let (quants, scales) = (panel.group_quants(group), panel.group_scales(group));
        let block = blocks.at(group);
        let [scale, sum] = input.halves[block];
        for (index, sums) in sums.iter_mut().enumerate() {
            let values = &input.quants[block * 32 + index * 4..][..4];
            for (lane, total) in sums.iter_mut().enumerate() {
                let terms = quants[index][lane * 4..].iter().zip(values);
                let dot: i32 = terms.map(|(q, v)| (i32::from(*q) - layout.offset) * i32::from(*v)).sum();
                *total = (dot as f32).mul_add(scales.first[lane] * scale, *total);
            }
        }
        for (lane, minimum) in minima.iter_mut().enumerate() {
            *minimum = scales.second[lane].mul_add(sum, *minimum);
        }
    }
    std::array::from_fn(|lane| {
        let four: [f32; 4] = std::array::from_fn(|index| sums[index][lane] + sums[index + 4][lane]);
        let sum = (four[0] + four[2]) + (four[1] + four[3]);
        if layout.scaling == Scaling::Minimum { sum + minima[lane] } else { sum }
    })
}

/// The products of a dense panel with rows of `panel.columns` values, as many as `out` holds.
pub fn dense_product(panel: Panel, input: &[f32], out: &mut [[f32; PANEL]]) {
    out.fill([0.0; PANEL]);
    for (row, out) in input.chunks_exact(panel.columns).zip(out) {
        for (column, value) in row.iter().enumerate() {
            for (lane, out) in out.iter_mut().enumerate() {
                *out = panel.dense(column, lane).mul_add(*value, *out);
            }
        }
    }
}

/// The products of queries with the sixteen keys of a tile: four running sums for each column modulo sixteen.
pub fn score_tile(queries: &[&[f32]], keys: &[[f32; LANES]], scores: &mut [[f32; LANES]]) {
    for (query, scores) in queries.iter().zip(scores) {
        for (position, score) in scores.iter_mut().enumerate() {
            let mut four = [[0.0_f32; LANES]; 4];
            for (column, (value, key)) in query.iter().zip(keys).enumerate() {
                let sum = &mut four[column / LANES % 4][column % LANES];
                *sum = value.mul_add(key[position], *sum);
            }
            let residue = |at: usize| (four[0][at] + four[2][at]) + (four[1][at] + four[3][at]);
            *score = fold(std::array::from_fn(residue));
        }
    }
}

/// Adds rows of values, each times its weight, to the lanes: a row for each position modulo sixteen, `first` being that of
/// the first.
pub fn weigh(values: &[f32], weights: &[f32], first: usize, lanes: &mut [f32]) {
    let columns = lanes.len() / LANES;
    for (position, (weight, values)) in weights.iter().zip(values.chunks_exact(columns)).enumerate() {
        let sums = &mut lanes[(first + position) % LANES * columns..][..columns];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = value.mul_add(*weight, *sum);
        }
    }
}
