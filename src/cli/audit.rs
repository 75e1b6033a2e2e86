//! `audit --me` on the member's own machine: the log, and what their agent wrote down when it signed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::commands::{AuditArguments, CommandError, Context, Outcome, tell_audit};
use crate::domain::Digest;
use crate::hall::{Audit, audit, read_log};
use crate::ledger::{Signer, fingerprint, read_public_key};
use crate::ssh::{Line, read_journal};

use super::agent::journal_path;

/// Runs `audit`.
pub async fn run(arguments: AuditArguments, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let named = arguments.key.as_deref().map(|path| key_in(path, context)).transpose()?;
    let (mut found, key) = match (&arguments.dir, named) {
        (Some(dir), Some(key)) => (audit(&read_log(dir)?, &key), key),
        (Some(_), None) => {
            return Err(CommandError::Usage("name your public key with --key KEY.pub".to_owned()));
        }
        (None, named) => {
            let (hall, signer) = context.enter().await?;
            let key = named.unwrap_or_else(|| fingerprint(signer.public_key()));
            (hall.audit(&key).await?, key)
        }
    };
    let journal = match arguments.journal {
        Some(path) => Some(path),
        None => journal_path(&key).filter(|path| path.is_file()),
    };
    if let Some(path) = journal {
        let faults = against(&found, &lines(&path)?);
        found.faults.extend(faults);
    }
    tell_audit(&found, context)
}

fn key_in(path: &Path, context: &Context<'_>) -> Result<String, CommandError> {
    let line = context.file(path)?;
    let key = read_public_key(&line).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
    Ok(fingerprint(&key))
}

fn lines(path: &Path) -> Result<Vec<Line>, CommandError> {
    Ok(read_journal(path).map_err(|error| CommandError::Usage(error.to_string()))?.0)
}

/// What a log and a journal say differently.
pub fn against(found: &Audit, journal: &[Line]) -> Vec<String> {
    let own: Vec<&Line> = journal.iter().filter(|line| line.hall == found.hall).collect();
    let mut faults = Vec::new();
    for line in &own {
        match found.head_at(line.seen.size) {
            Some(head) if *head == line.seen => {}
            Some(_) => faults.push(format!(
                "at {} you signed over a ledger of size {} that isn't this one: the hall showed you another history",
                line.at, line.seen.size
            )),
            None => faults.push(format!(
                "at {} you signed over a ledger of size {}, but this one ends at {}",
                line.at, line.seen.size, found.size
            )),
        }
    }
    let written: BTreeSet<&Digest> = own.iter().map(|line| &line.core).collect();
    let logged: BTreeSet<&Digest> = found.acts.iter().map(|act| &act.core).collect();
    // places in the log, not times: those are the host's
    let first = own.first().map(|line| line.seen.size);
    let since = |act: &&crate::hall::OwnAct| {
        act.signed_by == Signer::Member && act.key == found.key && first.is_some_and(|first| act.seq >= first)
    };
    for act in found.acts.iter().filter(since).filter(|act| !written.contains(&act.core)) {
        faults.push(format!(
            "entry {}, {}: signed with your key, but not through your guildhall agent",
            act.seq, act.kind
        ));
    }
    for line in own.iter().filter(|line| !logged.contains(&line.core)) {
        faults.push(format!(
            "{} at {}: you signed it, and it isn't in this ledger (refused, cut short, or withheld)",
            line.kind, line.at
        ));
    }
    faults
}
