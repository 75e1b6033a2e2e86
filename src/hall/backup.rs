//! Backups: a consistent, verified copy taken while the hall works; and putting one back, never behind a signed head.

use std::path::Path;
use std::sync::Arc;

use crate::store::StoreError;

use super::error::{HallError, file_error};
use super::keys::private_dir;
use super::opened::Hall;
use super::ports::{Clock, Random};
use super::verify::Verified;

/// What lies beside the database in a hall's directory.
const BESIDE: [&str; 4] = ["keys", "guilds", "constitution.md", "config.toml"];

/// Copies the hall into `to`, which must be absent or empty, and verifies the copy.
///
/// Working state (leases, drafts) is not copied. The copy holds the hall's keys: guard it like the hall.
pub async fn backup(
    hall: &Hall,
    to: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Verified, HallError> {
    if to.exists() && to.read_dir().map_err(file_error(to))?.next().is_some() {
        return Err(HallError::Usage(format!("{} is not empty", to.display())));
    }
    private_dir(to)?;
    hall.store.copy_to(to.join("hall.db")).await?;
    for name in BESIDE {
        copy(&hall.dir().join(name), &to.join(name))?;
    }
    let copied = Hall::open(to, clock, random).await?.verify().await?;
    match &copied.fault {
        None => Ok(copied),
        Some(fault) => {
            Err(HallError::Failed(format!("the copy is faulty: {} {}: {}", fault.file, fault.at, fault.what)))
        }
    }
}

/// Puts a backup back as the hall in `to`.
///
/// Errors: the backup is faulty, or the hall in `to` signed a head that the backup doesn't reach or contradicts. Nothing
/// is changed then. The replaced database is kept beside the new one as `hall.db.replaced`.
pub async fn restore(
    from: &Path,
    to: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Verified, HallError> {
    let source = Hall::open(from, Arc::clone(&clock), Arc::clone(&random)).await?;
    let verified = source.verify().await?;
    if let Some(fault) = &verified.fault {
        let what = format!("{}: faulty at {} {}: {}", from.display(), fault.file, fault.at, fault.what);
        return Err(HallError::Failed(what));
    }
    if let Some((size, note)) = last_head(to).await? {
        let reached = source.store.heads().await?.into_iter().any(|(known, signed)| (known, &signed) == (size, &note));
        if !reached {
            return Err(HallError::Store(StoreError::Head(format!(
                "the hall in {} signed a head of size {size} that this backup ({} entries) doesn't hold; a hall never goes \
                 behind a head it signed",
                to.display(),
                verified.entries
            ))));
        }
    }
    private_dir(to)?;
    let (staged, live) = (to.join("hall.db.restoring"), to.join("hall.db"));
    let _ = std::fs::remove_file(&staged);
    source.store.copy_to(staged.clone()).await?;
    for name in BESIDE {
        copy(&from.join(name), &to.join(name))?;
    }
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(to.join(format!("hall.db{tail}")));
    }
    if live.exists() {
        std::fs::rename(&live, to.join("hall.db.replaced")).map_err(file_error(&live))?;
    }
    std::fs::rename(&staged, &live).map_err(file_error(&staged))?;
    Ok(verified)
}

/// The largest head that the hall in `dir` is known to have signed, from its working state or its database.
async fn last_head(dir: &Path) -> Result<Option<(u64, String)>, HallError> {
    if !dir.join("work.db").exists() && !dir.join("hall.db").exists() {
        return Ok(None);
    }
    Ok(crate::store::Store::last_signed(dir).await?)
}

fn copy(from: &Path, to: &Path) -> Result<(), HallError> {
    if from.is_dir() {
        std::fs::create_dir_all(to).map_err(file_error(to))?;
        let mode = std::fs::metadata(from).map_err(file_error(from))?.permissions();
        std::fs::set_permissions(to, mode).map_err(file_error(to))?;
        for entry in from.read_dir().map_err(file_error(from))? {
            let entry = entry.map_err(file_error(from))?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if from.exists() {
        std::fs::copy(from, to).map_err(file_error(from))?;
    }
    Ok(())
}
