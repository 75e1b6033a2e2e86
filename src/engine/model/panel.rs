//! The layout of weights in memory: panels of sixteen rows, still quantised, so that one vector register holds the same
//! few columns of all sixteen and a product needs no sum across its lanes.
//!
//! Quantised kinds keep groups of 32 columns. A group is eight vectors of 64 bytes; byte `4 r + k % 4` of vector
//! `k / 4` is column `k` of row `r`. Four-bit quants keep two vectors in a line (low and high halves of the bytes),
//! followed by a line for each further bit; eight-bit ones keep a line for a vector, shifted to be unsigned. The scales
//! lie beside them in their own precision. Dense kinds keep column after column, sixteen values each.

use half::{bf16, f16};

use super::tensor_type::TensorType;

/// Rows in a panel.
pub const PANEL: usize = 16;
/// Columns in a group with common scales.
pub const GROUP: usize = 32;
/// Columns in a block of the K kinds.
pub const SUPER: usize = 256;

/// A cache line, so that vectors never straddle two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [u8; 64]);

/// A panel's bytes.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// How its numbers are stored.
    pub kind: TensorType,
    /// How many columns it has.
    pub columns: usize,
    /// Quants, or values of the dense kinds.
    pub lines: &'a [Line],
    /// Scales; empty for the dense kinds.
    pub scales: &'a [u8],
}

/// How a group's scales enter a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// `scale * (quant - offset)`
    Plain,
    /// `scale * quant + minimum`, both in half precision.
    Minimum,
    /// The same, both as six bits times a common factor for 256 columns.
    NestedMinimum,
    /// As plain, with a scale for each 16 columns: eight bits times a common factor for 256.
    Nested,
}

impl Scaling {
    /// Whether products are added up in eight running sums, as GGML does where scales are 16-bit numbers.
    #[inline(always)]
    pub const fn in_eight(self) -> bool {
        matches!(self, Self::Plain | Self::Minimum)
    }
}

/// The layout of one kind of quants.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Whether quants take a byte each, not four bits and planes.
    pub bytes: bool,
    /// Bits past the first four.
    pub planes: usize,
    /// What is taken off a quant.
    pub offset: i32,
    /// How scales enter.
    pub scaling: Scaling,
}

impl Layout {
    /// The layout of a quantised kind. Dense kinds have none; they get the plain one and never use it.
    #[inline(always)]
    pub const fn of(kind: TensorType) -> Self {
        let (bytes, planes, offset, scaling) = match kind {
            TensorType::Q4_1 => (false, 0, 0, Scaling::Minimum),
            TensorType::Q5_0 => (false, 1, 16, Scaling::Plain),
            TensorType::Q5_1 => (false, 1, 0, Scaling::Minimum),
            TensorType::Q8_0 => (true, 0, 128, Scaling::Plain),
            TensorType::Q4K => (false, 0, 0, Scaling::NestedMinimum),
            TensorType::Q5K => (false, 1, 0, Scaling::NestedMinimum),
            TensorType::Q6K => (false, 2, 32, Scaling::Nested),
            TensorType::Q4_0 | TensorType::F32 | TensorType::F16 | TensorType::BF16 => (false, 0, 8, Scaling::Plain),
        };
        Self { bytes, planes, offset, scaling }
    }

    /// Lines that a group takes.
    #[inline(always)]
    pub const fn group_lines(self) -> usize {
        if self.bytes { 8 } else { 4 + self.planes }
    }

    /// Bytes of scales that a panel of `columns` takes.
    #[inline(always)]
    pub const fn scale_bytes(self, columns: usize) -> usize {
        match self.scaling {
            Scaling::Plain => columns / GROUP * 32,
            Scaling::Minimum => columns / GROUP * 64,
            Scaling::NestedMinimum => columns / SUPER * (64 + 8 * 32),
            Scaling::Nested => columns / SUPER * (32 + 8 * 32),
        }
    }

    /// Where the common factors and the own scales of a group start.
    #[inline(always)]
    pub const fn scale_place(self, group: usize) -> (usize, usize) {
        let (block, inner) = (group / 8, group % 8 * 32);
        match self.scaling {
            Scaling::Plain => (group * 32, 0),
            Scaling::Minimum => (group * 64, group * 64 + 32),
            Scaling::NestedMinimum => (block * 320, block * 320 + 64 + inner),
            Scaling::Nested => (block * 288, block * 288 + 32 + inner),
        }
    }
}

/// Lines that a panel of `columns` takes.
pub fn panel_lines(kind: TensorType, columns: usize) -> usize {
    match kind {
        TensorType::F32 => columns,
        TensorType::F16 | TensorType::BF16 => columns.div_ceil(2),
        _ => columns / GROUP * Layout::of(kind).group_lines(),
    }
}

/// Bytes of scales that a panel of `columns` takes.
pub fn panel_scale_bytes(kind: TensorType, columns: usize) -> usize {
    if kind.is_dense() { 0 } else { Layout::of(kind).scale_bytes(columns) }
}

/// A group's scales for sixteen rows. `second` holds minima, or the scales of the group's second half.
#[derive(Debug, Clone, Copy)]
pub struct GroupScales {
    /// Scales of the group, or of its first half.
    pub first: [f32; PANEL],
    /// See the type.
    pub second: [f32; PANEL],
}

impl Panel<'_> {
    /// The scales of a group.
    pub fn group_scales(&self, group: usize) -> GroupScales {
        let layout = Layout::of(self.kind);
        let (common, own) = layout.scale_place(group);
        let factor = |place: usize, row: usize| half_at(self.scales, place + 2 * row);
        let byte = |place: usize, row: usize| self.scales[place + row];
        let each = |value: &dyn Fn(usize) -> f32| std::array::from_fn(value);
        match layout.scaling {
            Scaling::Plain => GroupScales { first: each(&|row| factor(common, row)), second: [0.0; PANEL] },
            Scaling::Minimum => {
                GroupScales { first: each(&|row| factor(common, row)), second: each(&|row| factor(own, row)) }
            }
            Scaling::NestedMinimum => GroupScales {
                first: each(&|row| factor(common, row) * f32::from(byte(own, row))),
                second: each(&|row| -(factor(common + 32, row) * f32::from(byte(own + PANEL, row)))),
            },
            Scaling::Nested => GroupScales {
                first: each(&|row| factor(common, row) * f32::from(byte(own, row).cast_signed())),
                second: each(&|row| factor(common, row) * f32::from(byte(own + PANEL, row).cast_signed())),
            },
        }
    }

    /// The unsigned quants of a group: vector after vector as described above.
    pub fn group_quants(&self, group: usize) -> [[u8; 64]; 8] {
        let layout = Layout::of(self.kind);
        let lines = &self.lines[group * layout.group_lines()..][..layout.group_lines()];
        let mut vectors = [[0; 64]; 8];
        for (index, vector) in vectors.iter_mut().enumerate() {
            if layout.bytes {
                *vector = lines[index].0;
                continue;
            }
            for (place, quant) in vector.iter_mut().enumerate() {
                *quant = (lines[index / 2].0[place] >> (index % 2 * 4)) & 15;
                for plane in 0..layout.planes {
                    let bit = (lines[4 + plane].0[index * 8 + place / 8] >> (place % 8)) & 1;
                    *quant |= bit << (4 + plane);
                }
            }
        }
        vectors
    }

    /// One value of a dense panel.
    pub fn dense(&self, column: usize, row: usize) -> f32 {
        let pair = |column: usize| {
            let place = column % 2 * 32 + row * 2;
            [self.lines[column / 2].0[place], self.lines[column / 2].0[place + 1]]
        };
        match self.kind {
            TensorType::F16 => f16::from_le_bytes(pair(column)).to_f32(),
            TensorType::BF16 => bf16::from_le_bytes(pair(column)).to_f32(),
            _ => {
                let bytes = &self.lines[column].0[row * 4..row * 4 + 4];
                f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
            }
        }
    }

    /// The values of one of its rows.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        if self.kind.is_dense() {
            for (column, value) in out.iter_mut().enumerate() {
                *value = self.dense(column, row);
            }
            return;
        }
        let layout = Layout::of(self.kind);
        for (group, values) in out.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
            let (scales, quants) = (self.group_scales(group), self.group_quants(group));
            for (column, value) in values.iter_mut().enumerate() {
                let quant = i32::from(quants[column / 4][row * 4 + column % 4]) - layout.offset;
                let nested = layout.scaling == Scaling::Nested;
                let scale = if nested && column >= GROUP / 2 { scales.second[row] } else { scales.first[row] };
                let minimum = if nested { 0.0 } else { scales.second[row] };
                *value = quant as f32 * scale + minimum;
            }
        }
    }
}

fn half_at(bytes: &[u8], place: usize) -> f32 {
    f16::from_le_bytes([bytes[place], bytes[place + 1]]).to_f32()
}
