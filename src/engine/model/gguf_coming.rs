//! A GGUF file that is still coming: whether it can be run is known from its header, long before its tensors are here.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::error::ModelError;
use super::gguf::Gguf;
use super::gguf_config;

/// Notes that what is here has ended.
struct Noting<R> {
    source: R,
    has_ended: bool,
}

impl<R: Read> Read for Noting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.has_ended |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}

/// Whether the beginning of a file that is to have `length` bytes holds its whole header, of a model that can be run.
///
/// Errors: what isn't supported, by its name; what is no GGUF file.
pub fn is_supported_so_far(path: &Path, length: u64) -> Result<bool, ModelError> {
    let file = File::open(path).map_err(ModelError::io(path))?;
    so_far(BufReader::new(file), length)
}

fn so_far(source: impl Read, length: u64) -> Result<bool, ModelError> {
    let mut source = Noting { source, has_ended: false };
    match Gguf::read(&mut source, length) {
        Ok(gguf) => gguf_config::hyperparameters(&gguf).map(|_| true),
        Err(_) if source.has_ended => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file without tensors that names an architecture.
    fn named(architecture: &str) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend([0_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat());
        for text in ["general.architecture", architecture] {
            if text == architecture {
                bytes.extend(8_u32.to_le_bytes());
            }
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn a_header_is_waited_for_and_then_says_what_it_is() {
        let whole = named("mamba");
        for here in 0..whole.len() {
            assert!(!so_far(&whole[..here], 1 << 30).unwrap(), "{here}");
        }
        assert!(so_far(whole.as_slice(), 1 << 30).unwrap_err().to_string().contains("mamba"));
        assert!(so_far(&b"<html>, and no end of it"[..], 1 << 30).unwrap_err().to_string().contains("start with GGUF"));
        // what the file's whole length can't hold is no matter of waiting
        assert!(so_far(whole.as_slice(), 40).is_err());
    }
}
