//! Rearranges rows of weights, as files hold them, into panels; no value changes.
//!
//! Source of the block layouts: `ggml-common.h` and `ggml-quants.c` of ggml.

use super::panel::{GROUP, Layout, Line, PANEL, SUPER};
use super::tensor_type::TensorType;

/// Fills a panel's lines and scales from up to sixteen rows of raw bytes; further rows stay zero.
pub fn pack_panel(kind: TensorType, columns: usize, rows: &[&[u8]], lines: &mut [Line], scales: &mut [u8]) {
    for (row, bytes) in rows.iter().enumerate().take(PANEL) {
        if kind.is_dense() {
            pack_dense(kind, row, bytes, lines);
            continue;
        }
        for (group, place) in (0..columns / GROUP).zip(0..) {
            let per_block = kind.block_len() / GROUP;
            let block = &bytes[group / per_block * kind.block_bytes()..][..kind.block_bytes()];
            let quants = block_quants(kind, block, group % per_block);
            pack_quants(kind, row, &quants, &mut lines[place * Layout::of(kind).group_lines()..]);
            pack_scales(kind, row, block, (group, scales));
        }
    }
}

fn pack_dense(kind: TensorType, row: usize, bytes: &[u8], lines: &mut [Line]) {
    let size = kind.block_bytes();
    let per_line = 64 / (PANEL * size);
    for (column, value) in bytes.chunks_exact(size).enumerate() {
        let place = column % per_line * PANEL * size + row * size;
        lines[column / per_line].0[place..place + size].copy_from_slice(value);
    }
}

fn pack_quants(kind: TensorType, row: usize, quants: &[u8; GROUP], lines: &mut [Line]) {
    let layout = Layout::of(kind);
    for (vector, four) in quants.as_chunks::<4>().0.iter().enumerate() {
        if layout.bytes {
            lines[vector].0[row * 4..row * 4 + 4].copy_from_slice(four);
            continue;
        }
        for (low, quant) in lines[vector / 2].0[row * 4..row * 4 + 4].iter_mut().zip(four) {
            *low |= (quant & 15) << (vector % 2 * 4);
        }
        for plane in 0..layout.planes {
            let bits =
                four.iter().zip(0..).fold(0, |bits, (quant, place)| bits | ((quant >> (4 + plane)) & 1) << place);
            lines[4 + plane].0[vector * 8 + row / 2] |= bits << (row % 2 * 4);
        }
    }
}

/// The unsigned quants of the `group`th 32 columns of a block.
fn block_quants(kind: TensorType, block: &[u8], group: usize) -> [u8; GROUP] {
    let nibble = |quants: &[u8], column: usize| (quants[column % 16] >> (column / 16 * 4)) & 15;
    let bit = |bits: &[u8], column: usize| (bits[column / 8] >> (column % 8)) & 1;
    let wide = |quants: &[u8], column: usize| (quants[group / 2 * 32 + column] >> (group % 2 * 4)) & 15;
    match kind {
        TensorType::Q4_0 => std::array::from_fn(|column| nibble(&block[2..18], column)),
        TensorType::Q4_1 => std::array::from_fn(|column| nibble(&block[4..20], column)),
        TensorType::Q5_0 => {
            std::array::from_fn(|column| nibble(&block[6..22], column) | bit(&block[2..6], column) << 4)
        }
        TensorType::Q5_1 => {
            std::array::from_fn(|column| nibble(&block[8..24], column) | bit(&block[4..8], column) << 4)
        }
        TensorType::Q4K => std::array::from_fn(|column| wide(&block[16..144], column)),
        TensorType::Q5K => {
            std::array::from_fn(|column| wide(&block[48..176], column) | ((block[16 + column] >> group) & 1) << 4)
        }
        TensorType::Q6K => {
            let (part, quarter) = (group / 4, group % 4);
            let (lows, highs) = (&block[part * 64 + quarter % 2 * 32..], &block[128 + part * 32..]);
            std::array::from_fn(|column| {
                let low = lows[column] >> (quarter / 2 * 4);
                (low & 15) | ((highs[column] >> (quarter * 2)) & 3) << 4
            })
        }
        TensorType::Q8_0 => std::array::from_fn(|column| block[2 + column] ^ 0x80),
        TensorType::F32 | TensorType::F16 | TensorType::BF16 => [0; GROUP],
    }
}

/// Copies what a block says of a group's scale. `into` is the group's number in its row, and the panel's scales.
fn pack_scales(kind: TensorType, row: usize, block: &[u8], into: (usize, &mut [u8])) {
    let (group, scales) = into;
    let (common, own) = Layout::of(kind).scale_place(group);
    let mut half = |place: usize, at: usize| {
        scales[place + 2 * row..place + 2 * row + 2].copy_from_slice(&block[at..at + 2]);
    };
    let inner = group % (SUPER / GROUP);
    match kind {
        TensorType::Q4_1 | TensorType::Q5_1 => {
            half(common, 0);
            half(own, 2);
        }
        TensorType::Q4K | TensorType::Q5K => {
            half(common, 0);
            half(common + 32, 2);
            let (scale, minimum) = six_bits(&block[4..16], inner);
            scales[own + row] = scale;
            scales[own + PANEL + row] = minimum;
        }
        TensorType::Q6K => {
            half(common, 208);
            scales[own + row] = block[192 + 2 * inner];
            scales[own + PANEL + row] = block[192 + 2 * inner + 1];
        }
        _ => half(common, 0),
    }
}

/// The scale and minimum of a group of the K kinds, six bits each, from twelve bytes.
fn six_bits(packed: &[u8], group: usize) -> (u8, u8) {
    if group < 4 {
        (packed[group] & 63, packed[group + 4] & 63)
    } else {
        let (low, high) = (packed[group + 4], (packed[group - 4] >> 6, packed[group] >> 6));
        ((low & 15) | high.0 << 4, (low >> 4) | high.1 << 4)
    }
}
