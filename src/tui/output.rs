//! Frames as bytes: drawn into a buffer, then written at once between the marks of a synchronized update.

use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

/// A write in the making.
pub type Writing<'a> = Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>>;

/// Where frames go; a slow terminal makes the session wait, nothing piles up.
pub trait Output: Send {
    /// Writes all of `bytes` and flushes.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a>;
}

/// The bytes of the frame being drawn.
#[derive(Debug, Clone, Default)]
pub struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    /// What was drawn since the last call.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A frame between the marks that let a terminal show it at once; nothing for nothing.
pub fn frame(drawn: &[u8]) -> Vec<u8> {
    if drawn.is_empty() {
        return Vec::new();
    }
    [b"\x1b[?2026h", drawn, b"\x1b[?2026l"].concat()
}

/// What enters the console's screen: alternate screen, bracketed paste, no line wrap; and leaves it again.
pub const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[2J";
/// Undoes [`ENTER`], and shows the cursor.
pub const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[0m";
