//! SSH signatures over manifests, in SSHSIG form: made by a key in memory, checked strictly. Agents are in `ssh`.

use russh::keys::ssh_key::encoding::{Decode, Encode};
use russh::keys::ssh_key::{HashAlg, PrivateKey, PublicKey, SshSig};

/// The namespace of every signature in a ledger.
pub const NAMESPACE: &str = "guildhall-ledger-v1";

/// Why a key or signature isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key line can't be read.
    #[error("not an OpenSSH public key: {0}")]
    Key(String),
    /// The signature can't be read, or isn't in its one form.
    #[error("not a signature in SSHSIG form: {0}")]
    Form(String),
    /// The signature is not of this key over this text.
    #[error("the signature doesn't verify: {0}")]
    Wrong(String),
    /// Signing failed.
    #[error("signing failed: {0}")]
    Signing(String),
}

/// Reads an OpenSSH public key line; a comment is dropped.
pub fn read_public_key(line: &str) -> Result<PublicKey, SignatureError> {
    let mut key = PublicKey::from_openssh(line.trim()).map_err(|error| SignatureError::Key(error.to_string()))?;
    key.set_comment("");
    Ok(key)
}

/// A public key's one line in the ledger, without comment.
pub fn key_line(key: &PublicKey) -> Result<String, SignatureError> {
    let mut plain = key.clone();
    plain.set_comment("");
    let line = plain.to_openssh().map_err(|error| SignatureError::Key(error.to_string()))?;
    Ok(line.trim().to_owned())
}

/// The fingerprint that cores and manifests name a key by.
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The bytes that a key, in memory or behind an agent, signs for `text`.
pub fn to_be_signed(text: &[u8]) -> Result<Vec<u8>, SignatureError> {
    SshSig::signed_data(NAMESPACE, HashAlg::Sha512, text).map_err(|error| SignatureError::Signing(error.to_string()))
}

/// Base64 of the SSHSIG blob of `key` over `text`.
pub fn sign(key: &PrivateKey, text: &[u8]) -> Result<String, SignatureError> {
    let signature =
        key.sign(NAMESPACE, HashAlg::Sha512, text).map_err(|error| SignatureError::Signing(error.to_string()))?;
    encode(&signature)
}

/// Base64 of an SSHSIG's blob.
pub fn encode(signature: &SshSig) -> Result<String, SignatureError> {
    let mut blob = Vec::new();
    signature.encode(&mut blob).map_err(|error| SignatureError::Form(error.to_string()))?;
    Ok(data_encoding::BASE64.encode(&blob))
}

/// Checks that `sig`, base64 of a blob, is `key`'s signature over `text`, in exactly the form a writer would choose.
pub fn verify(key: &PublicKey, text: &[u8], sig: &str) -> Result<(), SignatureError> {
    let form = |error: &dyn std::fmt::Display| SignatureError::Form(error.to_string());
    let blob = data_encoding::BASE64.decode(sig.as_bytes()).map_err(|error| form(&error))?;
    let signature = SshSig::decode(&mut blob.as_slice()).map_err(|error| form(&error))?;
    if encode(&signature)? != sig {
        return Err(form(&"bytes that no writer would add"));
    }
    if signature.hash_alg() != HashAlg::Sha512 || !signature.reserved().is_empty() {
        return Err(form(&"the hash is not sha512, or reserved bytes are set"));
    }
    key.verify(NAMESPACE, text, &signature).map_err(|error| SignatureError::Wrong(error.to_string()))
}
