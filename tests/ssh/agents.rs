//! Agents of the tests' own making: one between a client and OpenSSH's agent, that says no, waits or says nothing; and one
//! that holds a security key, as the key itself would sign.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};

use crate::house::Held;

/// A string field.
pub fn string(field: &[u8]) -> Vec<u8> {
    [&u32::try_from(field.len()).unwrap().to_be_bytes(), field].concat()
}

/// A frame; none at the end.
fn read(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut frame).ok()?;
    Some(frame)
}

/// Whether a signature over an act of the ledger is asked for; a login asks for others.
pub fn is_act(frame: &[u8]) -> bool {
    frame.first() == Some(&13) && frame.windows(6).any(|window| window == b"SSHSIG")
}

/// What comes to a message.
pub enum Comes {
    /// What OpenSSH's agent answers.
    Theirs,
    /// What it answers to this message in its place.
    TheirsTo(Vec<u8>),
    /// This answer.
    This(Vec<u8>),
    /// Nothing, ever.
    Nothing,
}

/// An agent of the test's own.
pub struct OwnAgent {
    socket: String,
}

impl Held for OwnAgent {
    fn socket(&self) -> &str {
        &self.socket
    }
}

impl OwnAgent {
    /// At this socket; a task a connection asks `comes` of each message, which may take its time.
    pub fn at(socket: &Path, theirs: &str, comes: impl Fn(&[u8]) -> Comes + Send + Sync + 'static) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let (comes, theirs) = (Arc::new(comes), theirs.to_owned());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (comes, theirs) = (Arc::clone(&comes), theirs.clone());
                std::thread::spawn(move || {
                    let mut upstream = UnixStream::connect(theirs).ok();
                    while let Some(frame) = read(&mut stream) {
                        let mut asked = |frame: &[u8]| {
                            let upstream = upstream.as_mut().expect("it is there");
                            upstream.write_all(&string(frame)).unwrap();
                            read(upstream).unwrap()
                        };
                        let answer = match comes(&frame) {
                            Comes::This(answer) => answer,
                            Comes::Nothing => continue,
                            Comes::Theirs => asked(&frame),
                            Comes::TheirsTo(other) => asked(&other),
                        };
                        // whoever asked may be gone
                        let _ = stream.write_all(&string(&answer));
                    }
                });
            }
        });
        Self { socket: socket.display().to_string() }
    }
}

/// Acts that wait at an agent until the test lets them go.
pub struct Waiting {
    /// Told each time one begins to wait.
    asked: Receiver<()>,
    /// Lets one go; dropped, it lets them all go unanswered.
    pub go: Sender<()>,
}

impl Waiting {
    /// The waiting, and what an agent does of it.
    pub fn acts() -> (Self, impl Fn(&[u8]) -> Comes + Send + Sync + 'static) {
        let ((told, asked), (go, goes)) = (channel(), channel());
        let goes = std::sync::Mutex::new(goes);
        let comes = move |frame: &[u8]| {
            if !is_act(frame) {
                return Comes::Theirs;
            }
            let _ = told.send(());
            match goes.lock().unwrap().recv() {
                Ok(()) => Comes::Theirs,
                Err(_) => Comes::Nothing,
            }
        };
        (Self { asked, go }, comes)
    }

    /// Waits until one waits; one that doesn't come for a minute never comes.
    pub fn is_asked(&self) {
        self.asked.recv_timeout(Duration::from_secs(60)).expect("an act comes to the agent");
    }
}

/// A security key: how it is called and signs.
pub enum SecurityKey {
    /// sk-ssh-ed25519@openssh.com
    Ed25519(Box<SigningKey>),
    /// sk-ecdsa-sha2-nistp256@openssh.com
    Ecdsa(Box<russh::keys::PrivateKey>),
}

const APPLICATION: &[u8] = b"ssh:";
/// Touched, and its counter.
const TOUCHED: [u8; 5] = [0x01, 0, 0, 0, 7];

impl SecurityKey {
    fn kind(&self) -> &'static [u8] {
        match self {
            Self::Ed25519(_) => b"sk-ssh-ed25519@openssh.com",
            Self::Ecdsa(_) => b"sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn blob(&self) -> Vec<u8> {
        let rest = match self {
            Self::Ed25519(key) => string(key.verifying_key().as_bytes()),
            Self::Ecdsa(key) => {
                let plain = key.public_key().to_bytes().unwrap();
                plain[string(b"ecdsa-sha2-nistp256").len()..].to_vec()
            }
        };
        [string(self.kind()), rest, string(APPLICATION)].concat()
    }

    /// The public key's line.
    pub fn line(&self) -> String {
        format!("{} {} token\n", std::str::from_utf8(self.kind()).unwrap(), BASE64_STANDARD.encode(self.blob()))
    }

    fn sign(&self, data: &[u8]) -> Vec<u8> {
        let message = [&Sha256::digest(APPLICATION)[..], &TOUCHED, &Sha256::digest(data)[..]].concat();
        let signed = match self {
            Self::Ed25519(key) => ed25519_dalek::Signer::sign(key.as_ref(), &message).to_bytes().to_vec(),
            Self::Ecdsa(key) => {
                russh::keys::signature::Signer::try_sign(key.as_ref(), message.as_slice()).unwrap().as_bytes().to_vec()
            }
        };
        [string(self.kind()), string(&signed), TOUCHED.to_vec()].concat()
    }

    fn answer(&self, frame: &[u8]) -> Vec<u8> {
        match frame.first() {
            Some(11) => [vec![12, 0, 0, 0, 1], string(&self.blob()), string(b"token")].concat(),
            Some(13) => {
                let data = &frame[1 + 4 + self.blob().len() + 4..frame.len() - 4];
                [vec![14], string(&self.sign(data))].concat()
            }
            _ => vec![5],
        }
    }

    /// Behind an agent.
    pub fn behind(self, socket: &Path) -> OwnAgent {
        OwnAgent::at(socket, "", move |frame| Comes::This(self.answer(frame)))
    }
}
