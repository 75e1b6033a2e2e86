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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use russh::keys::ssh_key::{Algorithm, PrivateKey};
    use serde_json::{Value, json};

    use super::super::act::Allowed;
    use super::*;
    use crate::domain::{canonical_value, commitment, core_hash};

    const HALL: &str = "h_aaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn key() -> PublicKey {
        let seed = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
        let private = PrivateKey::from(seed);
        assert_eq!(private.algorithm(), Algorithm::Ed25519);
        private.public_key().clone()
    }

    fn note(mine: u64, key: &str) -> (Vec<u8>, Vec<u8>) {
        let part = json!({"text": format!("note {mine}")});
        let commit = commitment(&[3; 32], &part).unwrap();
        let core = json!({
            "actor": "m_aaaaaaaaaaaaaaaaaaaaaaaaaa", "body": [{"commit": commit, "part": "note"}], "hall": HALL, "key": key,
            "kind": "item.flagged", "mine": mine, "nonce": "00".repeat(16), "pub": {"flag": "scope"},
            "refs": [], "seen": {"root": "AAAA", "size": 9}, "v": 1,
        });
        (canonical_value(&core).unwrap(), canonical_value(&part).unwrap())
    }

    /// What an honest host sends for two acts.
    fn honest(key: &PublicKey) -> Vec<Vec<u8>> {
        let name = fingerprint(key);
        let acts = [note(0, &name), note(1, &name)];
        let shown = acts.iter().map(|(core, part)| {
            Frame::of(EXTENSION).string(CORE.as_bytes()).string(core).string(&[3; 32]).string(part).bytes()
        });
        let cores: Vec<_> = acts.iter().map(|(core, _)| core_hash(core)).collect();
        let manifest = json!({"cores": cores, "hall": HALL, "key": name, "kind": "manifest", "v": 1});
        let mut text = canonical_value(&manifest).unwrap();
        text.push(b'\n');
        let shows = Frame::of(EXTENSION).string(TEXT.as_bytes()).string(&text).bytes();
        let signs = Frame::of(SIGN).string(&blob(key)).string(&to_be_signed(&text).unwrap()).number(0).bytes();
        let mut frames = vec![Frame::of(LIST).bytes()];
        frames.extend(shown);
        frames.extend([shows, signs]);
        frames
    }

    fn rules(key: &PublicKey) -> Rules<'_> {
        let pinned = Pinned { key: fingerprint(key), hall: None, heads: BTreeMap::new(), allowed: Allowed::Daily };
        Rules { key, pinned, host: None }
    }

    #[test]
    fn two_acts_that_were_shown_are_signed() {
        let key = key();
        let mut connection = Connection::default();
        let steps: Vec<_> = honest(&key).iter().map(|frame| connection.step(&rules(&key), frame)).collect();
        assert!(matches!(steps.last(), Some(Step::Sign { acts, .. }) if acts.len() == 2), "{steps:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever a host sends, what is signed lists exactly the acts that this connection showed in words, whole.
        #[test]
        fn nothing_unshown_is_signed(
            order in proptest::collection::vec(0_usize..5, 0..12),
            flips in proptest::collection::vec((0_usize..12, any::<prop::sample::Index>(), 1_u8..), 0..3),
        ) {
            let key = key();
            let honest = honest(&key);
            let mut frames: Vec<_> = honest.iter().cloned().chain(order.iter().map(|&at| honest[at].clone())).collect();
            // half of the cases begin in disorder
            frames.rotate_left(order.len() / 2);
            for (frame, at, flip) in flips {
                let count = frames.len();
                let frame = &mut frames[frame % count];
                let at = at.index(frame.len());
                frame[at] ^= flip;
            }
            let mut connection = Connection::default();
            let mut shown: Vec<Vec<u8>> = Vec::new();
            for frame in &frames {
                let step = connection.step(&rules(&key), frame);
                match step {
                    Step::Answer(_) => shown.push(frame.clone()),
                    Step::Sign { text, acts } => {
                        let manifest: Value = serde_json::from_slice(&text).unwrap();
                        let listed = manifest["cores"].as_array().unwrap();
                        prop_assert_eq!(listed.len(), acts.len());
                        for hash in listed {
                            let was_shown = honest[1..3].iter().zip([note(0, &fingerprint(&key)), note(1, &fingerprint(&key))])
                                .any(|(whole, (core, _))| shown.contains(whole) && json!(core_hash(&core)) == *hash);
                            prop_assert!(was_shown, "{manifest}");
                        }
                        prop_assert!(frame.ends_with(&Frame::of(0).string(&to_be_signed(&text).unwrap()).number(0).bytes()[1..]));
                    }
                    Step::Refuse(..) | Step::Close => {}
                }
            }
        }

        /// Noise is refused, without a fault.
        #[test]
        fn noise_is_refused(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..80), 0..40)) {
            let key = key();
            let mut connection = Connection::default();
            for frame in frames {
                let signs = matches!(connection.step(&rules(&key), &frame), Step::Sign { .. });
                prop_assert!(!signs);
            }
        }
    }
}
