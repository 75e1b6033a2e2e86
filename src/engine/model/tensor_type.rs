//! The number formats of weights that the decoder computes with, and the names of those it refuses.

use candle_core::quantized::GgmlDType;

use super::error::ModelError;

/// How a tensor's numbers are stored. `Q` types hold blocks of 32 or 256 values with common scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the variants are the names of the GGML formats")]
pub enum TensorType {
    F32,
    F16,
    BF16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

/// GGML's numbers of the formats and their names; the third column is set where the decoder computes with them.
const TYPES: [(u32, &str, Option<TensorType>); 34] = [
    (0, "F32", Some(TensorType::F32)),
    (1, "F16", Some(TensorType::F16)),
    (2, "Q4_0", Some(TensorType::Q4_0)),
    (3, "Q4_1", Some(TensorType::Q4_1)),
    (6, "Q5_0", Some(TensorType::Q5_0)),
    (7, "Q5_1", Some(TensorType::Q5_1)),
    (8, "Q8_0", Some(TensorType::Q8_0)),
    (9, "Q8_1", None),
    (10, "Q2_K", None),
    (11, "Q3_K", None),
    (12, "Q4_K", Some(TensorType::Q4K)),
    (13, "Q5_K", Some(TensorType::Q5K)),
    (14, "Q6_K", Some(TensorType::Q6K)),
    (15, "Q8_K", None),
    (16, "IQ2_XXS", None),
    (17, "IQ2_XS", None),
    (18, "IQ3_XXS", None),
    (19, "IQ1_S", None),
    (20, "IQ4_NL", None),
    (21, "IQ3_S", None),
    (22, "IQ2_S", None),
    (23, "IQ4_XS", None),
    (24, "I8", None),
    (25, "I16", None),
    (26, "I32", None),
    (27, "I64", None),
    (28, "F64", None),
    (29, "IQ1_M", None),
    (30, "BF16", Some(TensorType::BF16)),
    (34, "TQ1_0", None),
    (35, "TQ2_0", None),
    (39, "MXFP4", None),
    (40, "NVFP4", None),
    (41, "Q1_0", None),
];

impl TensorType {
    /// The formats of blocks with common scales.
    pub const QUANTISED: [Self; 8] =
        [Self::Q4_0, Self::Q4_1, Self::Q5_0, Self::Q5_1, Self::Q8_0, Self::Q4K, Self::Q5K, Self::Q6K];

    /// The format with GGML's number; any other is refused by name.
    pub fn from_ggml(number: u32) -> Result<Self, ModelError> {
        match TYPES.iter().find(|(known, ..)| *known == number) {
            Some((_, _, Some(found))) => Ok(*found),
            Some((_, name, None)) => Err(ModelError::unsupported("tensor type", *name)),
            None => Err(ModelError::unsupported("tensor type", format!("number {number}"))),
        }
    }

    /// GGML's number of the format.
    pub fn number(self) -> u32 {
        TYPES.iter().find(|(.., found)| *found == Some(self)).map_or(0, |(number, ..)| *number)
    }

    /// GGML's name of the format.
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(.., found)| *found == Some(self)).map_or("", |(_, name, _)| *name)
    }

    /// candle's value for the format.
    pub fn candle(self) -> GgmlDType {
        match self {
            Self::F32 => GgmlDType::F32,
            Self::F16 => GgmlDType::F16,
            Self::BF16 => GgmlDType::BF16,
            Self::Q4_0 => GgmlDType::Q4_0,
            Self::Q4_1 => GgmlDType::Q4_1,
            Self::Q5_0 => GgmlDType::Q5_0,
            Self::Q5_1 => GgmlDType::Q5_1,
            Self::Q8_0 => GgmlDType::Q8_0,
            Self::Q4K => GgmlDType::Q4K,
            Self::Q5K => GgmlDType::Q5K,
            Self::Q6K => GgmlDType::Q6K,
        }
    }

    /// How many values a block holds.
    pub fn block_len(self) -> usize {
        self.candle().block_size()
    }

    /// How many bytes a block takes.
    pub fn block_bytes(self) -> usize {
        self.candle().type_size()
    }

    /// Whether each value stands for itself, without blocks.
    pub fn is_dense(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::BF16)
    }

    /// Bytes of a row of `columns` values; `None` if they are not whole blocks or too many.
    pub fn row_bytes(self, columns: usize) -> Option<usize> {
        columns.is_multiple_of(self.block_len()).then(|| columns / self.block_len())?.checked_mul(self.block_bytes())
    }
}
