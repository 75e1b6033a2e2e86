//! Reads the headers of safetensors files, whole or in shards; the numbers stay in the files.
//!
//! Source: <https://github.com/huggingface/safetensors#format>.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ModelError;
use super::gguf::TensorInfo;
use super::tensor_type::TensorType;

/// The library that defines the format reads no longer header either.
const HEADER_LIMIT: u64 = 100_000_000;

/// The tensors of one file.
pub fn read_header(path: &Path) -> Result<BTreeMap<String, TensorInfo>, ModelError> {
    let mut file = File::open(path).map_err(ModelError::io(path))?;
    let length = file.metadata().map_err(ModelError::io(path))?.len();
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|_| malformed("the file is cut off"))?;
    let size = u64::from_le_bytes(size);
    if size > HEADER_LIMIT || size > length.saturating_sub(8) {
        return Err(malformed(format!("the file cannot hold a header of {size} bytes")));
    }
    let mut header = Vec::new();
    file.take(size).read_to_end(&mut header).map_err(ModelError::io(path))?;
    let header: Value = serde_json::from_slice(&header).map_err(|error| malformed(error.to_string()))?;
    let header = header.as_object().ok_or_else(|| malformed("the header is not an object"))?;
    let entries = header.iter().filter(|(name, _)| *name != "__metadata__");
    let tensors = entries.map(|(name, entry)| Ok((name.clone(), tensor(name, entry, 8 + size)?)));
    let tensors: BTreeMap<String, TensorInfo> = tensors.collect::<Result<_, ModelError>>()?;
    apart(&tensors, length)?;
    Ok(tensors)
}

fn apart(tensors: &BTreeMap<String, TensorInfo>, length: u64) -> Result<(), ModelError> {
    let mut ranges: Vec<_> = tensors.iter().map(|(name, info)| (info.offset, info.bytes, name)).collect();
    ranges.sort();
    let mut free = 0;
    for (offset, bytes, name) in ranges {
        if offset < free {
            return Err(malformed(format!("tensor {name:?} overlaps another")));
        }
        let end = offset.checked_add(bytes).filter(|end| *end <= length);
        free = end.ok_or_else(|| malformed(format!("tensor {name:?} reaches past the end of the file")))?;
    }
    Ok(())
}

fn tensor(name: &str, entry: &Value, start: u64) -> Result<TensorInfo, ModelError> {
    let wrong = || malformed(format!("the entry of tensor {name:?} is not understood"));
    let kind = match entry.get("dtype").and_then(Value::as_str).ok_or_else(wrong)? {
        "F32" => TensorType::F32,
        "F16" => TensorType::F16,
        "BF16" => TensorType::BF16,
        other => return Err(ModelError::unsupported("tensor type", format!("{other} of {name}"))),
    };
    let numbers = |key: &str| -> Option<Vec<u64>> { entry.get(key)?.as_array()?.iter().map(Value::as_u64).collect() };
    let shape = numbers("shape").ok_or_else(wrong)?;
    let shape: Option<Vec<usize>> = shape.into_iter().map(|size| usize::try_from(size).ok()).collect();
    let shape = shape.ok_or_else(wrong)?;
    let Some([from, to]) = numbers("data_offsets").and_then(|both| <[u64; 2]>::try_from(both).ok()) else {
        return Err(wrong());
    };
    let count = shape.iter().try_fold(kind.block_bytes(), |bytes, size| bytes.checked_mul(*size));
    let bytes = to.checked_sub(from).filter(|bytes| count.is_some_and(|count| count as u64 == *bytes));
    let bytes = bytes.ok_or_else(|| malformed(format!("the bytes of tensor {name:?} do not fit its shape")))?;
    let offset = start.checked_add(from).ok_or_else(wrong)?;
    Ok(TensorInfo { kind, shape, offset, bytes })
}

/// The files of a model in a directory: one, or the shards that its index names.
pub fn files(directory: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let index = directory.join("model.safetensors.index.json");
    if !index.exists() {
        return Ok(vec![directory.join("model.safetensors")]);
    }
    let text = std::fs::read(&index).map_err(ModelError::io(&index))?;
    let parsed: Value = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
    let map = parsed.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| malformed("the index has no weight_map"))?;
    let mut names = BTreeSet::new();
    for name in map.values() {
        let name = name.as_str().filter(|name| !name.contains(['/', '\\']) && !name.starts_with('.'));
        names.insert(name.ok_or_else(|| malformed("the index names a file outside the directory"))?);
    }
    Ok(names.into_iter().map(|name| directory.join(name)).collect())
}

fn malformed(reason: impl Into<String>) -> ModelError {
    ModelError::malformed("safetensors", reason)
}
