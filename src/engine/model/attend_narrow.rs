//! Attention's products by vectors of eight, for x86-64; their plain twins are in [`super::scalar`].

use std::arch::x86_64::*;

use bytemuck::cast;

use super::math::{LANES, SHARING};

/// See [`super::scalar::score_tile`]; at most [`SHARING`] queries.
#[target_feature(enable = "avx2,fma")]
pub fn score_tile(queries: &[&[f32]], keys: &[[f32; LANES]], scores: &mut [[f32; LANES]; SHARING]) {
    // of the keys' length, so that loops need no checks
    let cut = |at: usize| &queries[at][..keys.len()];
    match queries.len() {
        0 => {}
        1 => score_rows([cut(0)], keys, scores),
        2 => score_rows([cut(0), cut(1)], keys, scores),
        3 => score_rows([cut(0), cut(1), cut(2)], keys, scores),
        _ => score_rows([cut(0), cut(1), cut(2), cut(3)], keys, scores),
    }
}

/// A vector for each query.
type Vectors<const ROWS: usize> = [__m256; ROWS];

#[target_feature(enable = "avx2,fma")]
#[inline]
fn score_rows<const ROWS: usize>(queries: [&[f32]; ROWS], keys: &[[f32; LANES]], scores: &mut [[f32; LANES]]) {
    for half in 0..2 {
        let mut four = [[_mm256_setzero_ps(); ROWS]; 4];
        for (at, sums) in four.iter_mut().enumerate() {
            let near = plus(residue(queries, keys, half, at), residue(queries, keys, half, at + 8));
            let far = plus(residue(queries, keys, half, at + 4), residue(queries, keys, half, at + 12));
            *sums = plus(near, far);
        }
        let sums = plus(plus(four[0], four[2]), plus(four[1], four[3]));
        for (sum, scores) in sums.into_iter().zip(&mut *scores) {
            scores.as_chunks_mut::<8>().0[half] = cast(sum);
        }
    }
}

/// The sums over the columns that leave `at` modulo sixteen, for half of a tile's positions.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn residue<const ROWS: usize>(queries: [&[f32]; ROWS], keys: &[[f32; LANES]], half: usize, at: usize) -> Vectors<ROWS> {
    let mut four = [[_mm256_setzero_ps(); ROWS]; 4];
    for (offset, sums) in four.iter_mut().enumerate() {
        let mut column = at + offset * LANES;
        while column < keys.len() {
            let key = cast(keys[column].as_chunks::<8>().0[half]);
            for (sum, query) in sums.iter_mut().zip(queries) {
                *sum = _mm256_fmadd_ps(_mm256_set1_ps(query[column]), key, *sum);
            }
            column += 4 * LANES;
        }
    }
    plus(plus(four[0], four[2]), plus(four[1], four[3]))
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn plus<const ROWS: usize>(mut left: Vectors<ROWS>, right: Vectors<ROWS>) -> Vectors<ROWS> {
    for (left, right) in left.iter_mut().zip(right) {
        *left = _mm256_add_ps(*left, right);
    }
    left
}

/// Residues whose sums stay in registers.
const HELD: usize = 4;

/// See [`super::scalar::weigh`].
#[target_feature(enable = "avx2,fma")]
pub fn weigh(values: &[f32], weights: &[f32], first: usize, lanes: &mut [f32]) {
    let columns = lanes.len() / LANES;
    let values = &values[..weights.len() * columns];
    let whole = columns / LANES * LANES;
    for column in (0..whole).step_by(LANES) {
        for residue in (0..LANES).step_by(HELD) {
            // where each residue's first position is
            let at: [usize; HELD] = [0, 1, 2, 3].map(|n| (residue + n).wrapping_sub(first) % LANES);
            let mut sums = [[_mm256_setzero_ps(); 2]; HELD];
            for (n, sums) in sums.iter_mut().enumerate() {
                *sums = pair(&lanes[(residue + n) * columns + column..]);
            }
            let mut start = 0;
            while start < weights.len() {
                for (sums, at) in sums.iter_mut().zip(at) {
                    let Some(weight) = weights.get(start + at) else { continue };
                    let values = pair(&values[(start + at) * columns + column..]);
                    let weight = _mm256_set1_ps(*weight);
                    *sums = [_mm256_fmadd_ps(values[0], weight, sums[0]), _mm256_fmadd_ps(values[1], weight, sums[1])];
                }
                start += LANES;
            }
            for (n, sums) in sums.into_iter().enumerate() {
                let place = lanes[(residue + n) * columns + column..].as_chunks_mut::<8>().0;
                place[..2].copy_from_slice(&sums.map(cast));
            }
        }
    }
    weigh_rest(values, weights, first, (whole, lanes));
}

/// Sixteen values.
#[target_feature(enable = "avx2")]
#[inline]
fn pair(values: &[f32]) -> [__m256; 2] {
    let vectors = values[..LANES].as_chunks::<8>().0;
    [cast(vectors[0]), cast(vectors[1])]
}

/// The columns from `whole` on, which fill no vector.
fn weigh_rest(values: &[f32], weights: &[f32], first: usize, (whole, lanes): (usize, &mut [f32])) {
    let columns = lanes.len() / LANES;
    if whole == columns {
        return;
    }
    for (position, (weight, values)) in weights.iter().zip(values.chunks_exact(columns)).enumerate() {
        let sums = &mut lanes[(first + position) % LANES * columns..][..columns];
        for (sum, value) in sums.iter_mut().zip(values).skip(whole) {
            *sum = value.mul_add(*weight, *sum);
        }
    }
}
