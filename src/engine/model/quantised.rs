//! Activations as eight-bit blocks: each 32 values share a scale, so that products with quantised weights are of
//! integers. A row's blocks depend on that row alone.

use half::f16;

use super::panel::GROUP;

/// Rows whose blocks lie beside each other, so that a kernel reads them at fixed distances.
pub const ROW_TILE: usize = 8;

/// Rows of activations in blocks: tile after tile of up to eight rows, in a tile group after group, in a group row after
/// row.
#[derive(Debug, Clone, Default)]
pub struct Quantised {
    /// How many columns a row has.
    pub columns: usize,
    /// How many rows.
    pub rows: usize,
    /// Quants from -127 to 127.
    pub quants: Vec<i8>,
    /// A scale for each block.
    pub scales: Vec<f32>,
    /// The scales as 16-bit numbers, and those times the sum of the block's quants, likewise. GGML computes with these
    /// wherever weights have 16-bit scales, and the rest of this module's numbers where they have nested ones.
    pub halves: Vec<[f32; 2]>,
    /// The sums of the quants of each half block.
    pub sums: Vec<[i32; 2]>,
    /// The sums of each four quants of a block, which are small whole numbers.
    pub fours: Vec<[f32; 8]>,
}

impl Quantised {
    /// Room for so many rows of `columns` columns, a multiple of 32.
    pub fn room(rows: usize, columns: usize) -> Self {
        let blocks = rows * columns / GROUP;
        Self {
            columns,
            rows,
            quants: vec![0; rows * columns],
            scales: vec![0.0; blocks],
            halves: vec![[0.0; 2]; blocks],
            sums: vec![[0; 2]; blocks],
            fours: vec![[0.0; 8]; blocks],
        }
    }

    /// How many blocks a row has.
    pub fn groups(&self) -> usize {
        self.columns / GROUP
    }

    /// Where a row's blocks lie.
    #[inline(always)]
    pub fn blocks_of(&self, row: usize) -> Blocks<'_> {
        let tile = row / ROW_TILE * ROW_TILE;
        let stride = self.rows.wrapping_sub(tile).min(ROW_TILE);
        Blocks { input: self, start: tile * self.groups() + row % ROW_TILE, stride }
    }
}

/// Where the blocks of a row lie; those of the tile's following rows lie beside them.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    /// All rows.
    pub input: &'a Quantised,
    start: usize,
    stride: usize,
}

impl Blocks<'_> {
    /// The place of the row's block of a group.
    #[inline(always)]
    pub fn at(&self, group: usize) -> usize {
        self.start.wrapping_add(group.wrapping_mul(self.stride))
    }
}

/// The body of the quantisation, in a form that the compiler vectorises.
#[inline(always)]
pub fn quantise_body(values: &[f32], into: &mut Quantised) {
    /// Adding it rounds to the nearest integer, halves to even, into the low bits.
    const ROUNDING: f32 = 12_582_912.0;
    let groups = into.groups();
    for (index, block) in values.as_chunks::<GROUP>().0.iter().enumerate() {
        let place = into.blocks_of(index / groups).at(index % groups);
        let mut largest = [0.0_f32; 16];
        for half in block.as_chunks::<16>().0 {
            for (largest, value) in largest.iter_mut().zip(half) {
                let size = value.abs();
                *largest = if size > *largest { size } else { *largest };
            }
        }
        let largest = largest.iter().fold(0.0_f32, |all, each| if *each > all { *each } else { all });
        let scale = largest / 127.0;
        let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        let mut whole = [0_i32; GROUP];
        for (whole, value) in whole.iter_mut().zip(block) {
            let shifted = (value * inverse) + ROUNDING;
            *whole = shifted.to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
        }
        for (quant, whole) in into.quants[place * GROUP..][..GROUP].iter_mut().zip(&whole) {
            *quant = *whole as i8;
        }
        let sums = [0, 16].map(|from| whole[from..from + 16].iter().fold(0_i32, |sum, quant| sum.wrapping_add(*quant)));
        let sum = sums[0].wrapping_add(sums[1]) as f32;
        into.halves[place] = [scale, scale * sum].map(|value| f16::from_f32(value).to_f32());
        into.scales[place] = scale;
        into.sums[place] = sums;
        for (four, quants) in into.fours[place].iter_mut().zip(whole.as_chunks::<4>().0) {
            *four = quants.iter().fold(0_i32, |sum, quant| sum.wrapping_add(*quant)) as f32;
        }
    }
}
