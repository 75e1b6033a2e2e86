//! Keys in files: made once, mode 600, OpenSSH format; the hall's own key and what it signs.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::ssh_key::{LineEnding, PrivateKey, PublicKey};

use crate::domain::HallId;
use crate::ledger::{Checkpoint, Hash, fingerprint, key_line, sign, sign_checkpoint};

use super::error::{HallError, file_error};
use super::ports::{Random, Signer, Signing, SigningError, ToSign, salt};

/// Makes an ed25519 key and writes it, with its public half beside it.
///
/// Errors: the file exists, or can't be written.
pub(super) fn make_key(path: &Path, comment: &str, random: &dyn Random) -> Result<PrivateKey, HallError> {
    let pair = Ed25519Keypair::from_seed(&salt(random));
    let failed = |error: russh::keys::ssh_key::Error| HallError::Failed(format!("{}: {error}", path.display()));
    let key = PrivateKey::new(KeypairData::Ed25519(pair), comment).map_err(failed)?;
    let text = key.to_openssh(LineEnding::LF).map_err(failed)?;
    write_private(path, text.as_bytes())?;
    let public = key.public_key().to_openssh().map_err(failed)?;
    let beside = path.with_extension("pub");
    std::fs::write(&beside, format!("{public}\n")).map_err(file_error(&beside))?;
    Ok(key)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), HallError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(file_error(path))
}

/// Reads a private key file.
///
/// Errors: no file, not an OpenSSH key, or one with a passphrase (use an agent then).
pub fn read_key(path: &Path) -> Result<PrivateKey, HallError> {
    let text = std::fs::read_to_string(path).map_err(file_error(path))?;
    let key = PrivateKey::from_openssh(&text)
        .map_err(|error| HallError::Usage(format!("{} is not an OpenSSH private key: {error}", path.display())))?;
    if key.is_encrypted() {
        let hint = "add it to an agent (ssh-add) and name its .pub file";
        return Err(HallError::Usage(format!("{} has a passphrase; {hint}", path.display())));
    }
    Ok(key)
}

/// The key by which SSH clients know the hall, and its file; made if there is none. It signs nothing in the ledger.
pub(super) fn ssh_host_key(dir: &Path, random: &dyn Random) -> Result<(PrivateKey, PathBuf), HallError> {
    let path = dir.join("keys/ssh_host_ed25519_key");
    let key = if path.exists() { read_key(&path)? } else { make_key(&path, "guildhall ssh host key", random)? };
    Ok((key, path))
}

/// A key in memory, as a signer.
pub struct KeyInMemory {
    key: PrivateKey,
    public: PublicKey,
}

impl KeyInMemory {
    /// From a private key without passphrase.
    pub fn of(key: PrivateKey) -> Self {
        let public = key.public_key().clone();
        Self { key, public }
    }
}

impl Signer for KeyInMemory {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign<'a>(&'a self, what: &'a ToSign) -> Signing<'a> {
        let signed = sign(&self.key, &what.text).map_err(|error| SigningError::Failed(error.to_string()));
        Box::pin(std::future::ready(signed))
    }
}

/// Makes a directory that only its owner enters.
pub(super) fn private_dir(path: &Path) -> Result<(), HallError> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path).map_err(file_error(path))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(file_error(path))
}

/// The hall's own key: signs consequences and heads.
pub(super) struct HostKey {
    key: PrivateKey,
    note: SigningKey,
}

impl HostKey {
    /// From the hall's key file, which must be ed25519.
    pub fn of(key: PrivateKey) -> Result<Self, HallError> {
        let KeypairData::Ed25519(pair) = key.key_data() else {
            return Err(HallError::Failed("the hall's key is not ed25519".to_owned()));
        };
        let note = SigningKey::from_bytes(&pair.private.to_bytes());
        Ok(Self { key, note })
    }

    /// Its public half.
    pub fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// Its line in the ledger.
    pub fn line(&self) -> Result<String, HallError> {
        Ok(key_line(self.key.public_key())?)
    }

    /// Its fingerprint.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.key.public_key())
    }

    /// Base64 of its SSHSIG blob over `text`.
    pub fn sign(&self, text: &[u8]) -> Result<String, HallError> {
        Ok(sign(&self.key, text)?)
    }

    /// The signed head of this size and root.
    pub fn head(&self, hall: &HallId, size: u64, root: Hash) -> Result<String, HallError> {
        let origin = origin(hall);
        let checkpoint = Checkpoint { origin: origin.clone(), size, root };
        sign_checkpoint(&checkpoint, &origin, &self.note).map_err(|error| HallError::Failed(error.to_string()))
    }
}

/// The log's name in its heads, and the name its key signs under.
pub fn origin(hall: &HallId) -> String {
    format!("guildhall/{hall}")
}
