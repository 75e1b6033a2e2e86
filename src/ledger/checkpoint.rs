//! The signed head of the log, a C2SP checkpoint in a signed note with an Ed25519 signature (type 0x01); it leaves out
//! witnesses' cosignatures, consistency between heads and where keys are kept.
//!
//! Reading is strict: what is read is written again and must give the same bytes, so no two texts mean one checkpoint.
//! Extension lines, which the format allows and advises against, are refused. Signature lines of unknown keys must be
//! well formed and are otherwise ignored, as the format requires.
//!
//! Source: C2SP `signed-note` and `tlog-checkpoint`.

use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::tree::{Hash, MAX_SIZE};

/// The longest note that is read, in bytes.
pub const NOTE_LIMIT_BYTES: usize = 1_000_000;

/// The signature type of plain Ed25519.
const ED25519: u8 = 0x01;

/// Why a name, a verifier key, a note or a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// An origin or a key name that could not be told apart from its surroundings.
    #[error("{0:?} is no name: it is empty or holds a space, a plus sign or a control character")]
    Name(String),
    /// A tree size that no tree can have.
    #[error("a tree of {0} leaves is too large")]
    Size(u64),
    /// A verifier key that is not exactly as it would be written.
    #[error("the verifier key is malformed: {0}")]
    VerifierKey(&'static str),
    /// A note whose frame is wrong.
    #[error("the note is malformed: {0}")]
    Malformed(&'static str),
    /// A signature line that cannot be read, counted from 1 among the signature lines.
    #[error("signature line {0} of the note is malformed")]
    SignatureLine(usize),
    /// A signature by the verifier's key that does not fit the text.
    #[error("the signature by {0} does not fit the note's text")]
    Signature(String),
    /// A note that the verifier's key has not signed.
    #[error("the note has no signature by {0}")]
    NotSigned(String),
    /// A signed text that is no checkpoint.
    #[error("line {line} of the checkpoint is not {expected}")]
    Checkpoint {
        /// The line, from 1.
        line: usize,
        /// What the line should be.
        expected: &'static str,
    },
}

/// The head of a log: its name, its size and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log this is; no spaces, plus signs or control characters.
    pub origin: String,
    /// The tree size, at most [`MAX_SIZE`].
    pub size: u64,
    /// The root hash at that size.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    ///
    /// **Errors**: an origin or a size that could not be read again.
    pub fn text(&self) -> Result<String, NoteError> {
        check_name(&self.origin)?;
        if self.size > MAX_SIZE {
            return Err(NoteError::Size(self.size));
        }
        Ok(format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root)))
    }

    /// Reads the three lines that [`Checkpoint::text`] writes; nothing says yet that anyone signed them.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let refused = |line, expected| NoteError::Checkpoint { line, expected };
        let mut lines = text.splitn(4, '\n');
        let origin = lines.next().unwrap_or_default().to_owned();
        let size = lines.next().and_then(parse_decimal).ok_or(refused(2, "a tree size"))?;
        let root = lines.next().and_then(parse_hash).ok_or(refused(3, "a root hash"))?;
        if lines.next() != Some("") {
            return Err(refused(4, "the end"));
        }
        let checkpoint = Self { origin, size, root };
        if checkpoint.text()? != text {
            return Err(NoteError::Malformed("the checkpoint reads otherwise when it is written again"));
        }
        Ok(checkpoint)
    }
}

/// A public key with the name under which it signs notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl NoteVerifier {
    /// Names a key.
    ///
    /// **Errors**: a name with a space, a plus sign or a control character; a key under which anyone can sign.
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        if key.is_weak() {
            return Err(NoteError::VerifierKey("the public key is weak"));
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &key), key })
    }

    /// Reads a verifier key as [`NoteVerifier::vkey`] writes it, and in no other way.
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::VerifierKey;
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(_), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("it has not three parts joined by plus signs"));
        };
        let bytes = BASE64_STANDARD.decode(material).map_err(|_| malformed("its last part is not base64"))?;
        let Some((&ED25519, public)) = bytes.split_first() else {
            return Err(malformed("it is not of type Ed25519"));
        };
        let public = public.try_into().map_err(|_| malformed("the public key is not 32 bytes long"))?;
        let key = VerifyingKey::from_bytes(public).map_err(|_| malformed("the public key is not on the curve"))?;
        let verifier = Self::new(name, key)?;
        if verifier.vkey() != vkey {
            return Err(malformed("its key ID is not that of its name and public key"));
        }
        Ok(verifier)
    }

    /// The verifier key as text, `<name>+<key ID>+<base64 of type and public key>`.
    pub fn vkey(&self) -> String {
        let material = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        format!("{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), BASE64_STANDARD.encode(material))
    }

    /// The name under which the key signs.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Signs a checkpoint under a key name, which should be the origin; returns the whole note.
///
/// **Errors**: an origin, a key name or a size that could not be read again.
pub fn sign_checkpoint(checkpoint: &Checkpoint, name: &str, key: &SigningKey) -> Result<String, NoteError> {
    let verifier = NoteVerifier::new(name, key.verifying_key())?;
    let text = checkpoint.text()?;
    let line = signature_line(name, verifier.id, &key.sign(text.as_bytes()).to_bytes());
    Ok(format!("{text}\n{line}\n"))
}

/// Reads a checkpoint that the verifier's key has signed; whether its origin is the expected log is for the caller.
pub fn open_checkpoint(note: &str, verifier: &NoteVerifier) -> Result<Checkpoint, NoteError> {
    Checkpoint::parse(open_note(note, verifier)?)
}

/// The text of a note that the verifier's key has signed, its last newline included.
///
/// **Errors**: a malformed note, a signature by the key that does not fit, or none by the key.
pub fn open_note<'a>(note: &'a str, verifier: &NoteVerifier) -> Result<&'a str, NoteError> {
    if note.len() > NOTE_LIMIT_BYTES {
        return Err(NoteError::Malformed("it is over a million bytes long"));
    }
    if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Malformed("it holds a control character"));
    }
    let malformed = NoteError::Malformed("it is not a text, an empty line and signature lines");
    let (body, signatures) = note.rsplit_once("\n\n").ok_or(malformed.clone())?;
    let text = note.get(..=body.len()).ok_or(malformed.clone())?;
    let mut is_signed = false;
    for (index, line) in signatures.strip_suffix('\n').ok_or(malformed)?.split('\n').enumerate() {
        let (name, id, signature) = parse_signature_line(line).ok_or(NoteError::SignatureLine(index + 1))?;
        if name == verifier.name && id == verifier.id {
            let unfit = || NoteError::Signature(verifier.name.clone());
            let fixed = Signature::from_slice(&signature).map_err(|_| unfit())?;
            verifier.key.verify_strict(text.as_bytes(), &fixed).map_err(|_| unfit())?;
            is_signed = true;
        }
    }
    if is_signed { Ok(text) } else { Err(NoteError::NotSigned(verifier.name.clone())) }
}

/// Writes a signature line, without its newline.
fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("\u{2014} {name} {}", BASE64_STANDARD.encode([id.as_slice(), signature].concat()))
}

/// Reads the name, key ID and signature of a line that [`signature_line`] could have written.
fn parse_signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    let (&id, signature) = bytes.split_first_chunk()?;
    (!signature.is_empty() && signature_line(name, id, signature) == line).then(|| (name, id, signature.to_vec()))
}

/// The first four bytes of `SHA-256(name || 0x0A || 0x01 || public key)`.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes());
    let [a, b, c, d, ..] = Hash::from(digest.finalize());
    [a, b, c, d]
}

/// Refuses a name that is empty or holds a space, a plus sign or a control character.
fn check_name(name: &str) -> Result<(), NoteError> {
    let is_refused = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(is_refused) { Err(NoteError::Name(name.to_owned())) } else { Ok(()) }
}

/// Reads a number as it would be written: no sign and no leading zeros.
pub(super) fn parse_decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Reads a hash in canonical base64.
pub(super) fn parse_hash(text: &str) -> Option<Hash> {
    let hash = BASE64_STANDARD.decode(text).ok()?.try_into().ok()?;
    (BASE64_STANDARD.encode(hash) == text).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn signed() -> (Checkpoint, NoteVerifier, String) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let checkpoint = Checkpoint { origin: "hall.example/log".into(), size: 6660, root: [9; 32] };
        let verifier = NoteVerifier::new(&checkpoint.origin, key.verifying_key()).unwrap();
        let note = sign_checkpoint(&checkpoint, &checkpoint.origin, &key).unwrap();
        (checkpoint, verifier, note)
    }

    #[test]
    fn the_specification_s_example_opens() {
        let verifier = NoteVerifier::parse(VKEY).unwrap();
        assert_eq!(open_note(NOTE, &verifier), Ok("This is an example message.\n"));
        assert!(open_checkpoint(NOTE, &verifier).is_err());
    }

    #[test]
    fn every_changed_byte_of_a_verifier_key_or_a_note_is_refused() {
        let (checkpoint, verifier, note) = signed();
        assert_eq!(NoteVerifier::parse(&verifier.vkey()), Ok(verifier.clone()));
        assert_eq!(open_checkpoint(&note, &verifier), Ok(checkpoint));
        for (text, is_vkey) in [(VKEY, true), (note.as_str(), false)] {
            for (at, mask) in (0..text.len()).flat_map(|at| [1, 32].map(|mask| (at, mask))) {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] ^= mask;
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let is_ok = NoteVerifier::parse(&changed).is_ok() || open_checkpoint(&changed, &verifier).is_ok();
                assert!(!is_ok, "byte {at} of {is_vkey} xor {mask}");
            }
        }
    }

    #[test]
    fn unknown_signatures_are_ignored_and_malformed_ones_are_not() {
        let (checkpoint, verifier, note) = signed();
        let other = sign_checkpoint(&checkpoint, "witness.example", &SigningKey::from_bytes(&[8; 32])).unwrap();
        let line = other.lines().last().unwrap();
        assert_eq!(open_checkpoint(&format!("{note}{line}\n"), &verifier), Ok(checkpoint));
        assert_eq!(open_checkpoint(&other, &verifier), Err(NoteError::NotSigned(verifier.name.clone())));
        for bad in
            ["\u{2014} w AAAA\n", "\u{2014} w AAAAAAB=\n", "- w AAAAAAA=\n", "\u{2014} w+x AAAAAAA=\n", "\n", "x"]
        {
            assert!(open_checkpoint(&format!("{note}{bad}"), &verifier).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn texts_and_names_in_another_form_are_refused() {
        let root = BASE64_STANDARD.encode([9; 32]);
        assert!(Checkpoint::parse(&format!("log\n0\n{root}\n")).is_ok());
        for head in ["log\n01", "log\n+1", "log\n-1", "log\n", "log\n9223372036854775808", "a b\n1", "a+b\n1", "\n1"] {
            assert!(Checkpoint::parse(&format!("{head}\n{root}\n")).is_err(), "{head:?}");
        }
        for tail in ["", "\nextension\n", "\n\n", "=\n", " \n"] {
            assert!(Checkpoint::parse(&format!("log\n1\n{root}{tail}")).is_err(), "{tail:?}");
        }
        let key = SigningKey::from_bytes(&[7; 32]);
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\0b"] {
            assert_eq!(NoteVerifier::new(name, key.verifying_key()), Err(NoteError::Name(name.to_owned())));
        }
    }
}
