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
const HEADER_LIMIT: u64 = 64 << 20;
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
    /// Complexity: O(header) time and memory, the header being at most 64 MiB.
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
mod tests {
    //! The reader over files that are whole, cut, altered and hostile.

    use proptest::prelude::*;

    use super::*;

    fn text(out: &mut Vec<u8>, text: &str) {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }

    /// A small file with a value of every kind and two tensors.
    fn small() -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend(2_u64.to_le_bytes());
        out.extend(6_u64.to_le_bytes());
        text(&mut out, "general.architecture");
        out.extend(8_u32.to_le_bytes());
        text(&mut out, "llama");
        text(&mut out, "a.count");
        out.extend(4_u32.to_le_bytes());
        out.extend(7_u32.to_le_bytes());
        text(&mut out, "a.float");
        out.extend(6_u32.to_le_bytes());
        out.extend(0.5_f32.to_le_bytes());
        text(&mut out, "a.truth");
        out.extend(7_u32.to_le_bytes());
        out.push(1);
        text(&mut out, "tokens");
        out.extend(9_u32.to_le_bytes());
        out.extend(8_u32.to_le_bytes());
        out.extend(2_u64.to_le_bytes());
        text(&mut out, "one");
        text(&mut out, "two");
        text(&mut out, "kinds");
        out.extend(9_u32.to_le_bytes());
        out.extend(5_u32.to_le_bytes());
        out.extend(2_u64.to_le_bytes());
        out.extend((-1_i32).to_le_bytes());
        out.extend(3_i32.to_le_bytes());
        for (name, offset) in [("first", 0_u64), ("second", 64)] {
            text(&mut out, name);
            out.extend(2_u32.to_le_bytes());
            out.extend(32_u64.to_le_bytes());
            out.extend(3_u64.to_le_bytes());
            out.extend(2_u32.to_le_bytes());
            out.extend(offset.to_le_bytes());
        }
        out.resize(out.len().next_multiple_of(32) + 64 + 54, 0);
        out
    }

    fn read(bytes: &[u8]) -> Result<Gguf, ModelError> {
        Gguf::read(bytes, bytes.len() as u64)
    }

    /// The small file with the bytes that follow a mark replaced.
    fn altered(after: &[u8], skip: usize, with: &[u8]) -> String {
        let mut bytes = small();
        let at = bytes.windows(after.len()).position(|window| window == after).unwrap() + after.len() + skip;
        bytes[at..at + with.len()].copy_from_slice(with);
        read(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_file_reads() {
        let gguf = read(&small()).unwrap();
        assert_eq!(gguf.metadata.text("general.architecture"), Some("llama"));
        assert_eq!((gguf.metadata.unsigned("a.count"), gguf.metadata.float("a.float")), (Some(7), Some(0.5)));
        assert_eq!(gguf.metadata.truth("a.truth"), Some(true));
        assert_eq!(gguf.metadata.texts("tokens").unwrap(), ["one", "two"]);
        assert_eq!(gguf.metadata.integers("kinds"), Some([-1, 3].as_slice()));
        let second = &gguf.tensors["second"];
        assert_eq!((second.kind, second.shape.as_slice(), second.bytes), (TensorType::Q4_0, [3, 32].as_slice(), 54));
        assert_eq!(second.offset, gguf.tensors["first"].offset + 64);
    }

    #[test]
    fn hostile_files_are_named_for_what_they_do() {
        let huge = u64::MAX.to_le_bytes();
        assert!(read(b"GGML____").unwrap_err().to_string().contains("start with GGUF"));
        assert!(altered(b"GGUF", 0, &[0, 0, 0, 3]).contains("GGUF version \"50331648\""));
        assert!(altered(b"GGUF", 0, &[1, 0, 0, 0]).contains("GGUF version \"1\""));
        assert!(altered(b"GGUF", 4, &huge).contains("cannot hold 18446744073709551615 tensors"));
        assert!(altered(b"GGUF", 12, &huge).contains("cannot hold"));
        assert!(altered(b"tokens", 8, &huge).contains("array elements"));
        assert!(altered(b"tokens", 4, &[9]).contains("array of arrays"));
        assert!(altered(b"a.truth", 4, &[2]).contains("truth value"));
        assert!(altered(b"a.truth", 0, &[99]).contains("type 99"));
        assert!(altered(b"a.", 0, b"float").contains("twice"));
        assert!(altered(b"first", 0, &[5]).contains("5 dimensions"));
        assert!(altered(b"first", 4, &[0]).contains("impossible dimension"));
        assert!(altered(b"first", 4, &[33]).contains("whole blocks"));
        assert!(altered(b"first", 12, &huge).contains("too large"));
        assert!(altered(b"first", 20, &[23]).contains("IQ4_XS"));
        assert!(altered(b"first", 20, &[77]).contains("number 77"));
        assert!(altered(b"second", 24, &[32]).contains("overlap"));
        assert!(altered(b"second", 24, &[1]).contains("aligned"));
        assert!(altered(b"second", 24, &[0, 0, 0, 1]).contains("past the end"));
        assert!(altered(b"second", 24, &(u64::MAX - 31).to_le_bytes()).contains("past the end"));
    }

    #[test]
    fn every_cut_is_seen() {
        let bytes = small();
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_count_that_only_the_length_allows_costs_nothing() {
        // the file claims to be long; the reader must not trust a count any further than it has read
        let mut bytes = small()[..24].to_vec();
        bytes[8..16].copy_from_slice(&(1_u64 << 20).to_le_bytes());
        assert!(Gguf::read(bytes.as_slice(), u64::MAX).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn altered_files_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
            let mut bytes = small();
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            if let Ok(gguf) = read(&bytes) {
                for info in gguf.tensors.values() {
                    prop_assert!(info.offset + info.bytes <= bytes.len() as u64);
                }
            }
        }

        #[test]
        fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = b"GGUF\x03\0\0\0".to_vec();
            bytes.extend(noise);
            let _ = read(&bytes);
        }
    }
}
