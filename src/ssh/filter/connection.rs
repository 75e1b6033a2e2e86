//! One connection to the filtering agent, without its bytes' ways: each message and what it comes to.

use russh::keys::signature::Verifier;
use russh::keys::ssh_key::encoding::{Decode, Encode};
use russh::keys::ssh_key::{PublicKey, Signature};

use crate::ledger::{fingerprint, to_be_signed};
use crate::ssh::agent::{
    CORE, EXTENSION, EXTENSION_FAILURE, EXTENSION_RESPONSE, FAILURE, Fields, Frame, KEYS, LIST, QUERY, RSA_SHA2_512,
    SESSION_BIND, SIGN, SUCCESS, TEXT,
};

use super::act::{MOST_SHOWN, Pinned, Shown, take, take_manifest};

/// Refusals after which a connection is closed.
const REFUSALS: u32 = 32;
/// Cores that may wait for their manifest.
const CORES: usize = 64;

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Connection {
    /// Fingerprint of the host it was forwarded to.
    pub host: Option<String>,
    bound: Bound,
    refusals: u32,
    cores: Vec<Shown>,
    text: Option<Vec<u8>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Bound {
    #[default]
    No,
    Forwarded,
    /// For logging in; the guild key isn't for that.
    Login,
    /// To something it must not be.
    Spoiled,
}

/// What a message comes to.
#[derive(Debug)]
pub enum Step {
    /// This answer.
    Answer(Vec<u8>),
    /// This refusal, told to the key's holder.
    Refuse(Vec<u8>, String),
    /// A signature over the manifest of these acts is asked for.
    Sign {
        /// The manifest.
        text: Vec<u8>,
        /// What it lists.
        acts: Vec<Shown>,
    },
    /// Nothing more is said.
    Close,
}

/// What holds for every connection.
pub struct Rules<'a> {
    /// The guild key.
    pub key: &'a PublicKey,
    /// See [`Pinned`].
    pub pinned: Pinned,
    /// The only host it may be forwarded to, if one is named.
    pub host: Option<&'a str>,
}

impl Connection {
    /// Handles one message.
    pub fn step(&mut self, rules: &Rules<'_>, frame: &[u8]) -> Step {
        let step = self.handled(rules, frame);
        if matches!(step, Step::Refuse(..)) {
            self.refusals += 1;
            if self.refusals >= REFUSALS {
                return Step::Close;
            }
        }
        step
    }

    fn handled(&mut self, rules: &Rules<'_>, frame: &[u8]) -> Step {
        let mut fields = Fields(frame);
        match fields.byte() {
            Some(LIST) if fields.is_empty() => Step::Answer(self.keys(rules)),
            Some(SIGN) => self.sign(rules, fields),
            Some(EXTENSION) => match fields.string() {
                Some(name) if name == QUERY.as_bytes() => {
                    let names = [QUERY, CORE, TEXT, SESSION_BIND].map(str::as_bytes);
                    Step::Answer(names.into_iter().fold(Frame::of(EXTENSION_RESPONSE), Frame::string).bytes())
                }
                Some(name) if name == SESSION_BIND.as_bytes() => self.bind(rules, fields),
                Some(name) if name == CORE.as_bytes() => self.core(rules, fields),
                Some(name) if name == TEXT.as_bytes() => self.text(rules, fields),
                _ => refuse(FAILURE, "an extension that isn't known"),
            },
            _ => refuse(FAILURE, "a message this agent doesn't take"),
        }
    }

    fn keys(&self, rules: &Rules<'_>) -> Vec<u8> {
        // a login would try the key, and be refused a signature
        if matches!(self.bound, Bound::Login | Bound::Spoiled) {
            return Frame::of(KEYS).number(0).bytes();
        }
        Frame::of(KEYS).number(1).string(&blob(rules.key)).string(b"guildhall").bytes()
    }

    /// OpenSSH says where a connection goes: host key, session, the host's signature over it, and whether it is forwarded.
    fn bind(&mut self, rules: &Rules<'_>, mut fields: Fields<'_>) -> Step {
        let was = std::mem::replace(&mut self.bound, Bound::Spoiled);
        let read = (fields.string(), fields.string(), fields.string(), fields.byte());
        let (Some(key), Some(session), Some(mut signature), Some(forwarding)) = read else {
            return refuse(FAILURE, "a binding that can't be read");
        };
        let (Ok(key), Ok(signature)) = (PublicKey::from_bytes(key), Signature::decode(&mut signature)) else {
            return refuse(FAILURE, "a binding that can't be read");
        };
        if Verifier::verify(&key, session, &signature).is_err() {
            return refuse(FAILURE, "a binding whose host didn't sign it");
        }
        let host = fingerprint(&key);
        if was != Bound::No {
            return refuse(FAILURE, &format!("it was forwarded on, through {host}"));
        }
        if rules.host.is_some_and(|pinned| pinned != host) && forwarding != 0 {
            return refuse(FAILURE, &format!("it was forwarded to {host}, which is not the host that is pinned"));
        }
        self.bound = if forwarding == 0 { Bound::Login } else { Bound::Forwarded };
        self.host = Some(host);
        Step::Answer(vec![SUCCESS])
    }

    fn is_shut(&self, rules: &Rules<'_>) -> bool {
        match self.bound {
            Bound::Forwarded => false,
            // clients before OpenSSH 8.9 say nothing; where a host is pinned that isn't enough
            Bound::No => rules.host.is_some(),
            Bound::Login | Bound::Spoiled => true,
        }
    }

    fn core(&mut self, rules: &Rules<'_>, mut fields: Fields<'_>) -> Step {
        if self.is_shut(rules) {
            return refuse(EXTENSION_FAILURE, "an act over a connection that isn't forwarded to the pinned host");
        }
        if self.text.take().is_some() {
            self.cores.clear();
        }
        let Some(core) = fields.string() else { return refuse(EXTENSION_FAILURE, "an act that can't be read") };
        let mut parts = Vec::new();
        while !fields.is_empty() {
            let Some(part) = fields.string().zip(fields.string()) else {
                return refuse(EXTENSION_FAILURE, "an act that can't be read");
            };
            parts.push(part);
        }
        let shown: usize = self.cores.iter().map(|core| core.bytes).sum();
        match take(&rules.pinned, core, &parts) {
            Ok(taken) if self.cores.len() < CORES && shown + taken.bytes <= MOST_SHOWN => {
                self.cores.push(taken);
                Step::Answer(vec![EXTENSION_RESPONSE])
            }
            Ok(_) => refuse(EXTENSION_FAILURE, "more acts than one signature covers"),
            Err(why) => {
                self.cores.clear();
                refuse(EXTENSION_FAILURE, &format!("an act: {why}"))
            }
        }
    }

    fn text(&mut self, rules: &Rules<'_>, mut fields: Fields<'_>) -> Step {
        let text = fields.string().filter(|_| fields.is_empty() && self.text.is_none());
        let Some(text) = text else { return refuse(EXTENSION_FAILURE, "a manifest that can't be read") };
        match take_manifest(&rules.pinned, text, &self.cores) {
            Ok(digest) => {
                self.text = Some(text.to_vec());
                Step::Answer(Frame::of(EXTENSION_RESPONSE).string(&digest).bytes())
            }
            Err(why) => {
                self.cores.clear();
                refuse(EXTENSION_FAILURE, &format!("a manifest: {why}"))
            }
        }
    }

    /// One text, one try.
    fn sign(&mut self, rules: &Rules<'_>, mut fields: Fields<'_>) -> Step {
        let (text, acts) = (self.text.take(), std::mem::take(&mut self.cores));
        let read = (fields.string(), fields.string(), fields.number());
        let (Some(key), Some(data), Some(flags), true) = (read.0, read.1, read.2, fields.is_empty()) else {
            return refuse(FAILURE, "a request for a signature that can't be read");
        };
        let Some(text) = text else {
            return refuse(FAILURE, "a signature over something that was never shown");
        };
        let expected = to_be_signed(&text).unwrap_or_default();
        let wanted = if rules.key.algorithm().is_rsa() { RSA_SHA2_512 } else { 0 };
        if key != blob(rules.key) || data != expected || flags != wanted {
            return refuse(FAILURE, "a signature over another text than the one that was shown");
        }
        Step::Sign { text, acts }
    }
}

fn refuse(with: u8, why: &str) -> Step {
    Step::Refuse(vec![with], why.to_owned())
}

/// A public key as the agent protocol writes it.
pub fn blob(key: &PublicKey) -> Vec<u8> {
    let mut blob = Vec::new();
    // writing to memory doesn't fail
    let _ = key.key_data().encode(&mut blob);
    blob
}
