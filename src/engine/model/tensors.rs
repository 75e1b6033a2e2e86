//! The tensors of a model's files by name: shapes before anything is read, then matrices and vectors, each taken once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use candle_core::CpuStorage;

use super::error::ModelError;
use super::gguf::{Gguf, TensorInfo};
use super::matrix::Matrix;
use super::panel::PANEL;
use super::safetensors;
use super::tensor_type::TensorType;

/// How much of a tensor is read at a time.
const PIECE: usize = 16 << 20;

/// Files and what they hold.
#[derive(Debug)]
pub struct Tensors {
    files: Vec<(PathBuf, File)>,
    found: BTreeMap<String, (usize, TensorInfo)>,
    taken: RefCell<BTreeSet<String>>,
}

impl Tensors {
    /// The tensors of a GGUF file whose header was read.
    pub fn of_gguf(path: &Path, gguf: &Gguf) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(ModelError::io(path))?;
        let found = gguf.tensors.iter().map(|(name, info)| (name.clone(), (0, info.clone()))).collect();
        Ok(Self { files: vec![(path.to_owned(), file)], found, taken: RefCell::default() })
    }

    /// The tensors of a directory's safetensors files.
    pub fn of_directory(directory: &Path) -> Result<Self, ModelError> {
        let (mut files, mut found) = (Vec::new(), BTreeMap::new());
        for path in safetensors::files(directory)? {
            for (name, info) in safetensors::read_header(&path)? {
                if found.insert(name.clone(), (files.len(), info)).is_some() {
                    return Err(ModelError::malformed("safetensors", format!("tensor {name:?} is in two files")));
                }
            }
            let file = File::open(&path).map_err(ModelError::io(&path))?;
            files.push((path, file));
        }
        Ok(Self { files, found, taken: RefCell::default() })
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.found.contains_key(name)
    }

    /// Every name and what is known of its tensor.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TensorInfo)> {
        self.found.iter().map(|(name, (_, info))| (name.as_str(), info))
    }

    /// Says that a tensor is known and not needed.
    pub fn skip(&self, name: &str) {
        self.taken.borrow_mut().insert(name.to_owned());
    }

    /// The first tensor that nothing took.
    pub fn left_over(&self) -> Option<&str> {
        let taken = self.taken.borrow();
        self.found.keys().find(|name| !taken.contains(*name)).map(String::as_str)
    }

    /// Takes a tensor of this shape; dimensions of one are not told apart from absent ones.
    pub fn take(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, ModelError> {
        let (_, info) = self.found.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let plain = |shape: &[usize]| shape.iter().copied().filter(|size| *size != 1).collect::<Vec<_>>();
        if plain(&info.shape) != plain(shape) {
            let (found, expected) = (info.shape.clone(), shape.to_vec());
            return Err(ModelError::Shape { name: name.to_owned(), found, expected });
        }
        self.skip(name);
        Ok(info)
    }

    fn read(&self, name: &str, from: u64, length: usize) -> Result<Vec<u8>, ModelError> {
        let (file, info) = self.found.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let (path, file) = &self.files[*file];
        let (mut file, mut bytes) = (file, vec![0; length]);
        file.seek(SeekFrom::Start(info.offset + from)).map_err(ModelError::io(path))?;
        file.read_exact(&mut bytes).map_err(ModelError::io(path))?;
        Ok(bytes)
    }

    /// All values of a tensor of this shape.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let info = self.take(name, shape)?;
        let length = usize::try_from(info.bytes).map_err(|_| ModelError::MissingTensor(name.to_owned()))?;
        dequantise(info.kind, &self.read(name, 0, length)?, shape.iter().product())
    }

    /// Rows of a tensor whose last dimension is `columns`, whatever the others are; `rows` in the order wanted.
    pub fn matrix(
        &self,
        name: &str,
        rows: impl Iterator<Item = Range<usize>> + Clone,
        columns: usize,
    ) -> Result<Matrix, ModelError> {
        let (_, info) = self.found.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let kind = info.kind;
        let reason = || ModelError::unsupported("row length", format!("{columns} of {} in {name}", kind.name()));
        let row = kind.row_bytes(columns).filter(|row| *row > 0).ok_or_else(reason)?;
        let total = rows.clone().map(|rows| rows.len()).sum();
        let mut matrix = Matrix::zeros(kind, total, columns);
        let piece = (PIECE / row).max(1).next_multiple_of(PANEL);
        let (mut panel, mut waiting) = (0, Vec::new());
        for range in rows {
            let mut start = range.start;
            while start < range.end {
                let count = (range.end - start).min(piece);
                waiting.extend(self.read(name, (start * row) as u64, count * row)?);
                let whole = waiting.len() / (row * PANEL) * row * PANEL;
                matrix.fill(panel, &waiting[..whole]);
                panel += whole / (row * PANEL);
                waiting.drain(..whole);
                start += count;
            }
        }
        matrix.fill(panel, &waiting);
        Ok(matrix)
    }

    /// The transpose of `shape.1` columns of the rows of `part`, for files that keep a matrix the other way round.
    pub fn transposed(
        &self,
        name: &str,
        part: (Range<usize>, Range<usize>),
        width: usize,
    ) -> Result<Matrix, ModelError> {
        let (_, info) = self.found.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let (rows, columns) = part;
        let kind = info.kind;
        let row = kind.row_bytes(width).unwrap_or(0);
        let mut bytes = self.read(name, (rows.start * row) as u64, rows.len() * row)?;
        let (kind, size) = if kind.is_dense() {
            (kind, kind.block_bytes())
        } else {
            let floats = dequantise(kind, &bytes, rows.len() * width)?;
            bytes = floats.iter().flat_map(|value| value.to_le_bytes()).collect();
            (TensorType::F32, 4)
        };
        let mut turned = Vec::with_capacity(rows.len() * columns.len() * size);
        for column in columns.clone() {
            for row in 0..rows.len() {
                turned.extend_from_slice(&bytes[(row * width + column) * size..][..size]);
            }
        }
        Ok(Matrix::from_bytes(kind, columns.len(), rows.len(), &turned))
    }
}

/// The values of raw blocks, by candle. The bytes are a whole allocation, which is aligned for any block.
fn dequantise(kind: TensorType, bytes: &[u8], count: usize) -> Result<Vec<f32>, ModelError> {
    if bytes.is_empty() || count == 0 {
        return Ok(Vec::new());
    }
    match kind.candle().from_data(bytes.into()).dequantize(count) {
        Ok(CpuStorage::F32(values)) => Ok(values),
        Ok(_) => Err(ModelError::malformed("a tensor", "its values are not 32-bit numbers")),
        Err(error) => Err(ModelError::malformed("a tensor", error.to_string())),
    }
}
