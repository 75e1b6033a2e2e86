//! The agent protocol's frames and fields (draft-ietf-sshm-ssh-agent): bytes only, for both ends. russh's own agent client
//! sends extension frames of length 0 and its server sees no data, so neither is used.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Asks for the keys.
pub const LIST: u8 = 11;
/// The keys.
pub const KEYS: u8 = 12;
/// Asks for a signature.
pub const SIGN: u8 = 13;
/// The signature.
pub const SIGNED: u8 = 14;
/// No.
pub const FAILURE: u8 = 5;
/// Yes.
pub const SUCCESS: u8 = 6;
/// An extension, by name.
pub const EXTENSION: u8 = 27;
/// No to an extension.
pub const EXTENSION_FAILURE: u8 = 28;
/// An extension's answer.
pub const EXTENSION_RESPONSE: u8 = 29;
/// Asks for rsa-sha2-512.
pub const RSA_SHA2_512: u32 = 4;

/// The extension that lists extensions.
pub const QUERY: &str = "query";
/// Shows a filtering agent one core and the parts it commits to.
pub const CORE: &str = "core@guildhall";
/// Shows it the manifest that will be signed.
pub const TEXT: &str = "text@guildhall";
/// OpenSSH's own, by which a client says to which host a connection goes.
pub const SESSION_BIND: &str = "session-bind@openssh.com";

/// A frame has at most this many bytes.
const MAX_FRAME: usize = 256 << 10;

/// Reads one frame; none at the end of the stream.
///
/// Errors: a frame over 256 KiB or empty, before anything is allocated for it; or the stream's.
pub async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if !(1..=MAX_FRAME).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("an agent frame of {length} bytes")));
    }
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame).await?;
    Ok(Some(frame))
}

/// Writes one frame.
pub async fn write_frame(stream: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let mut bytes = u32::try_from(frame.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    bytes.extend_from_slice(frame);
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// A frame in the making.
pub struct Frame(Vec<u8>);

impl Frame {
    /// Of this kind.
    pub fn of(kind: u8) -> Self {
        Self(vec![kind])
    }

    /// With a string field.
    #[must_use]
    pub fn string(mut self, field: &[u8]) -> Self {
        self.0.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }

    /// With a number.
    #[must_use]
    pub fn number(mut self, field: u32) -> Self {
        self.0.extend(field.to_be_bytes());
        self
    }

    /// Its bytes.
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Fields read from a frame's rest; each reading is none where the bytes end.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next string field.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    /// The next number.
    pub fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
