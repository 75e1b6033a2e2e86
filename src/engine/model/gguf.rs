//! Reads the header of a GGUF file: metadata by key and where each tensor lies. It leaves the tensors' bytes alone.
//!
//! The file may be hostile. Nothing is allocated by a count before the rest of the file could hold that many, every
//! sum of sizes is checked, tensors must lie inside the file and apart, and names may not repeat.
//!
//! Source: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3, little-endian.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::error::ModelError;
use super::metadata::{Metadata, Value};
use super::tensor_type::TensorType;

/// The header of a real file takes some ten megabytes; nothing past this is read.
const HEADER_LIMIT: u64 = 256 << 20;
/// GGML has no tensors of more dimensions.
const DIMENSION_LIMIT: u32 = 4;
/// The specification's limit for a tensor's name, in bytes, is 64; converters exceed it a little.
const TENSOR_NAME_LIMIT: usize = 256;
/// The specification's limit for a key, in bytes.
const KEY_LIMIT: usize = 65_535;
/// Where the file does not say.
const DEFAULT_ALIGNMENT: u64 = 32;
/// No reader asks for pages larger than this.
const ALIGNMENT_LIMIT: u64 = 1 << 16;

/// One tensor of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// How its numbers are stored.
    pub kind: TensorType,
    /// Its shape, outermost dimension first (the file has it the other way round).
    pub shape: Vec<usize>,
    /// Where its bytes start, from the start of the file.
    pub offset: u64,
    /// How many bytes it takes.
    pub bytes: u64,
}

/// A file's header.
#[derive(Debug, Clone, PartialEq)]
pub struct Gguf {
    /// 2 or 3.
    pub version: u32,
    /// Everything that is not a tensor.
    pub metadata: Metadata,
    /// Tensors by name.
    pub tensors: BTreeMap<String, TensorInfo>,
}

impl Gguf {
    /// Reads the header of the file at `path`.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(ModelError::io(path))?;
        let length = file.metadata().map_err(ModelError::io(path))?.len();
        Self::read(BufReader::new(file), length)
    }

    /// Reads the header of a file of `length` bytes.
    ///
    /// Complexity: O(header) time and memory, the header being at most 256 MiB.
    pub fn read(source: impl Read, length: u64) -> Result<Self, ModelError> {
        let mut input = Input { source, left: length.min(HEADER_LIMIT), taken: 0 };
        if &input.bytes::<4>()? != b"GGUF" {
            return Err(malformed("the file does not start with GGUF"));
        }
        let version = input.u32()?;
        if !matches!(version, 2 | 3) {
            return Err(ModelError::unsupported("GGUF version", version.to_string()));
        }
        let tensor_count = input.count(MINIMUM_TENSOR, "tensors")?;
        let value_count = input.count(MINIMUM_ENTRY, "metadata values")?;
        let mut metadata = Metadata::default();
        for _ in 0..value_count {
            let key = input.string(KEY_LIMIT)?;
            let kind = input.u32()?;
            let value = input.value(kind)?;
            metadata.insert(key, value).map_err(|key| malformed(format!("metadata key {key:?} appears twice")))?;
        }
        let mut raw = BTreeMap::new();
        for _ in 0..tensor_count {
            let (name, info) = input.tensor()?;
            if raw.insert(name.clone(), info).is_some() {
                return Err(malformed(format!("tensor {name:?} appears twice")));
            }
        }
        let start = align(input.taken, alignment(&metadata)?)?;
        place(&mut raw, start, length, alignment(&metadata)?)?;
        Ok(Self { version, metadata, tensors: raw })
    }
}

/// Bytes of the shortest tensor entry: an empty name, no dimension, type and offset.
const MINIMUM_TENSOR: u64 = 8 + 4 + 4 + 8;
/// Bytes of the shortest metadata entry: an empty key, type and one byte.
const MINIMUM_ENTRY: u64 = 8 + 4 + 1;

fn malformed(reason: impl Into<String>) -> ModelError {
    ModelError::malformed("GGUF", reason)
}

fn alignment(metadata: &Metadata) -> Result<u64, ModelError> {
    let Some(value) = metadata.value("general.alignment") else { return Ok(DEFAULT_ALIGNMENT) };
    let found = value.as_u64().filter(|value| value.is_power_of_two() && *value <= ALIGNMENT_LIMIT);
    found.ok_or_else(|| malformed("general.alignment is not a power of two up to 65536"))
}

fn align(position: u64, alignment: u64) -> Result<u64, ModelError> {
    position.checked_next_multiple_of(alignment).ok_or_else(|| malformed("the header is too long"))
}

/// Turns offsets into positions in the file and checks that every tensor lies inside it, aligned and apart.
fn place(
    tensors: &mut BTreeMap<String, TensorInfo>,
    start: u64,
    length: u64,
    alignment: u64,
) -> Result<(), ModelError> {
    let mut ranges = Vec::with_capacity(tensors.len());
    for (name, info) in tensors.iter_mut() {
        if !info.offset.is_multiple_of(alignment) {
            return Err(malformed(format!("tensor {name:?} is not aligned")));
        }
        let end = start.checked_add(info.offset).and_then(|from| {
            info.offset = from;
            from.checked_add(info.bytes)
        });
        let end = end.filter(|end| *end <= length);
        let end = end.ok_or_else(|| malformed(format!("tensor {name:?} reaches past the end of the file")))?;
        ranges.push((info.offset, end, name));
    }
    ranges.sort();
    match ranges.windows(2).find(|pair| pair[0].1 > pair[1].0) {
        Some(pair) => Err(malformed(format!("tensors {:?} and {:?} overlap", pair[0].2, pair[1].2))),
        None => Ok(()),
    }
}

/// The header being read, with what the file can still hold.
struct Input<R> {
    source: R,
    left: u64,
    taken: u64,
}

impl<R: Read> Input<R> {
    fn take(&mut self, count: u64) -> Result<(), ModelError> {
        self.left = self.left.checked_sub(count).ok_or_else(truncated)?;
        self.taken += count;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N as u64)?;
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|_| truncated())?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ModelError> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// A count of things that take at least `minimum` bytes each.
    fn count(&mut self, minimum: u64, of: &str) -> Result<u64, ModelError> {
        let count = self.u64()?;
        if count > self.left / minimum {
            return Err(malformed(format!("the file cannot hold {count} {of}")));
        }
        Ok(count)
    }

    fn string(&mut self, limit: usize) -> Result<String, ModelError> {
        let length = self.u64()?;
        let short = usize::try_from(length).ok().filter(|length| *length <= limit);
        let short = short.ok_or_else(|| malformed(format!("a string of {length} bytes is too long")))?;
        self.take(length)?;
        let mut bytes = vec![0; short];
        self.source.read_exact(&mut bytes).map_err(|_| truncated())?;
        String::from_utf8(bytes).map_err(|_| malformed("a string is not UTF-8"))
    }

    fn value(&mut self, kind: u32) -> Result<Value, ModelError> {
        match kind {
            ARRAY => self.array(),
            _ => self.scalar(kind),
        }
    }

    fn scalar(&mut self, kind: u32) -> Result<Value, ModelError> {
        Ok(match kind {
            0 => Value::Unsigned(self.bytes::<1>()?[0].into()),
            1 => Value::Signed(i8::from_le_bytes(self.bytes()?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.bytes()?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.bytes()?).into()),
            4 => Value::Unsigned(self.u32()?.into()),
            5 => Value::Signed(i32::from_le_bytes(self.bytes()?).into()),
            6 => Value::Float(f32::from_le_bytes(self.bytes()?).into()),
            7 => match self.bytes::<1>()? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [other] => return Err(malformed(format!("a truth value is {other}"))),
            },
            8 => Value::Text(self.string(usize::MAX)?),
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.bytes()?)),
            12 => Value::Float(f64::from_le_bytes(self.bytes()?)),
            other => return Err(malformed(format!("metadata type {other} does not exist"))),
        })
    }

    /// An array of scalars; arrays of arrays are allowed by the format and used by no model.
    fn array(&mut self) -> Result<Value, ModelError> {
        let kind = self.u32()?;
        let minimum = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            ARRAY => return Err(ModelError::unsupported("metadata type", "array of arrays")),
            other => return Err(malformed(format!("metadata type {other} does not exist"))),
        };
        let count = self.count(minimum, "array elements")?;
        // one vector for each kind of element: a vector of `Value`s would take thirty times the file's bytes
        let mut list = Value::empty_list(kind == 8, kind == 7, matches!(kind, 6 | 12));
        for _ in 0..count {
            let element = self.scalar(kind)?;
            list.push(element).map_err(|()| malformed("an array holds a number past 2^63"))?;
        }
        Ok(list)
    }

    fn tensor(&mut self) -> Result<(String, TensorInfo), ModelError> {
        let name = self.string(TENSOR_NAME_LIMIT)?;
        let dimensions = self.u32()?;
        if !(1..=DIMENSION_LIMIT).contains(&dimensions) {
            return Err(malformed(format!("tensor {name:?} has {dimensions} dimensions")));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            let dimension = usize::try_from(self.u64()?).ok().filter(|dimension| *dimension > 0);
            shape.push(dimension.ok_or_else(|| malformed(format!("tensor {name:?} has an impossible dimension")))?);
        }
        let kind = TensorType::from_ggml(self.u32()?)?;
        let row = kind.row_bytes(shape[0]);
        let row = row.ok_or_else(|| malformed(format!("tensor {name:?} has rows that are not whole blocks")))?;
        let bytes = shape[1..].iter().try_fold(row, |bytes, dimension| bytes.checked_mul(*dimension));
        let bytes = bytes.filter(|_| shape.iter().try_fold(1_usize, |all, each| all.checked_mul(*each)).is_some());
        let bytes = bytes.ok_or_else(|| malformed(format!("tensor {name:?} is too large")))? as u64;
        shape.reverse();
        Ok((name, TensorInfo { kind, shape, offset: self.u64()?, bytes }))
    }
}

/// GGUF's number for arrays.
const ARRAY: u32 = 9;

fn truncated() -> ModelError {
    malformed("the header is cut off or too long")
}

#[cfg(test)]
#[path = "gguf_tests.rs"]
mod tests;
