//! Asking an agent: its keys, what it can do beside signing, and signatures.

use std::io;

use russh::keys::ssh_key::encoding::{Decode, Encode};
use russh::keys::ssh_key::{PublicKey, Signature};
use sha2::{Digest as _, Sha512};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::hall::ToSign;

use super::wire::{
    CORE, EXTENSION, EXTENSION_RESPONSE, Fields, Frame, KEYS, LIST, QUERY, RSA_SHA2_512, SIGN, SIGNED, TEXT,
    read_frame, write_frame,
};

/// Both ways of a connection to an agent.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to an agent.
pub struct Agent {
    stream: Box<dyn Stream>,
    /// Ends the connection when it goes.
    _end: Option<Box<dyn Send>>,
}

/// What an agent answered to a request for a signature.
pub enum Answer {
    /// The signature.
    Signed(Signature),
    /// No.
    Declined,
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the agent's answer can't be read")
}

impl Agent {
    /// Over this stream.
    pub fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), _end: None }
    }

    /// With what is to go when the connection does.
    #[must_use]
    pub fn ended_by(self, end: impl Send + 'static) -> Self {
        Self { _end: Some(Box::new(end)), ..self }
    }

    async fn ask(&mut self, frame: Frame) -> io::Result<Vec<u8>> {
        write_frame(&mut self.stream, &frame.bytes()).await?;
        read_frame(&mut self.stream).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The public keys it offers; certificates are left out.
    pub async fn keys(&mut self) -> io::Result<Vec<PublicKey>> {
        let answer = self.ask(Frame::of(LIST)).await?;
        let mut fields = Fields(&answer);
        if fields.byte() != Some(KEYS) {
            return Ok(Vec::new());
        }
        let count = fields.number().ok_or_else(malformed)?;
        let mut keys = Vec::new();
        for _ in 0..count {
            let (blob, _comment) = fields.string().zip(fields.string()).ok_or_else(malformed)?;
            keys.extend(PublicKey::from_bytes(blob));
        }
        Ok(keys)
    }

    /// Whether it says that it shows what it signs, as `guildhall agent` does.
    pub async fn shows(&mut self) -> io::Result<bool> {
        let answer = self.ask(Frame::of(EXTENSION).string(QUERY.as_bytes())).await?;
        let mut fields = Fields(&answer);
        if fields.byte() != Some(EXTENSION_RESPONSE) || fields.string() != Some(QUERY.as_bytes()) {
            return Ok(false);
        }
        let mut names = Vec::new();
        while let Some(name) = fields.string() {
            names.push(name);
        }
        Ok(names.contains(&CORE.as_bytes()) && names.contains(&TEXT.as_bytes()))
    }

    /// Shows it what will be signed: every core with its parts, then the manifest; whether it took them all.
    pub async fn show(&mut self, what: &ToSign) -> io::Result<bool> {
        for core in &what.cores {
            let mut frame = Frame::of(EXTENSION).string(CORE.as_bytes()).string(&core.core);
            for part in &core.parts {
                frame = frame.string(&part.salt).string(&part.content);
            }
            if self.ask(frame).await?.first() != Some(&EXTENSION_RESPONSE) {
                return Ok(false);
            }
        }
        let answer = self.ask(Frame::of(EXTENSION).string(TEXT.as_bytes()).string(&what.text)).await?;
        let mut fields = Fields(&answer);
        Ok(fields.byte() == Some(EXTENSION_RESPONSE) && fields.string() == Some(&Sha512::digest(&what.text)[..]))
    }

    /// Asks for a signature over `data`.
    pub async fn sign(&mut self, key: &PublicKey, data: &[u8]) -> io::Result<Answer> {
        let mut blob = Vec::new();
        key.key_data().encode(&mut blob).map_err(io::Error::other)?;
        let flags = if key.algorithm().is_rsa() { RSA_SHA2_512 } else { 0 };
        let answer = self.ask(Frame::of(SIGN).string(&blob).string(data).number(flags)).await?;
        let mut fields = Fields(&answer);
        if fields.byte() != Some(SIGNED) {
            return Ok(Answer::Declined);
        }
        let mut signature = fields.string().ok_or_else(malformed)?;
        Ok(Answer::Signed(Signature::decode(&mut signature).map_err(|_| malformed())?))
    }
}
