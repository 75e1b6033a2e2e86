//! `init`: makes a hall.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::domain::CONSTITUTION;
use crate::hall::{Founder, Founding, found};
use crate::ledger::read_public_key;

use super::config::FILE;
use super::context::{CommandError, Context, Outcome};
use super::templates::charter;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Name of the hall
    #[arg(long)]
    name: String,
    /// Licence of the guilds' data, SPDX, such as CC-BY-4.0
    #[arg(long, value_name = "SPDX")]
    licence: Option<String>,
    /// A guild: the name of a template, or a charter file
    #[arg(long = "guild", value_name = "TEMPLATE|FILE")]
    guilds: Vec<String>,
    /// Public key of another founder, who becomes a steward too
    #[arg(long = "founder", value_name = "KEY.pub")]
    founders: Vec<std::path::PathBuf>,
}

/// Makes the hall.
pub async fn run(arguments: Init, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let dir = context.dir()?.to_path_buf();
    let licence = licence(arguments.licence, context)?;
    let mut founders = vec![Founder { handle: "steward".to_owned(), key: None, steward: true }];
    for (index, path) in arguments.founders.iter().enumerate() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        let key =
            read_public_key(&text).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
        founders.push(Founder { handle: format!("founder-{}", index + 2), key: Some(key), steward: true });
    }
    let charters: Result<Vec<String>, String> = arguments.guilds.iter().map(|name| charter(name)).collect();
    let founding = Founding {
        name: arguments.name,
        licence,
        founders,
        charters: charters.map_err(CommandError::Usage)?,
        constitution: CONSTITUTION.to_owned(),
        demo: false,
    };
    let (hall, ids) = found(&dir, founding, Arc::clone(&context.clock), Arc::clone(&context.random)).await?;
    let key = dir.join("keys/steward");
    record_key(&dir, "keys/steward")?;
    let facts = hall.facts().await?;
    let value = json!({"hall": facts.id, "member": ids.first(), "key": key});
    let text = format!(
        "The hall \"{}\" stands in {}.\nYour key, a steward's, is {} (guard it).\nNext:  guildhall --hall {} guild add cardiology\n       guildhall --hall {} import FILE --guild G",
        facts.name,
        dir.display(),
        key.display(),
        dir.display(),
        dir.display(),
    );
    context.emit(&value, || text)
}

/// The licence, asked for if somebody is there to answer: there is no default.
fn licence(given: Option<String>, context: &mut Context<'_>) -> Result<String, CommandError> {
    let asked = match (given, &mut context.ask) {
        (Some(licence), _) => licence,
        (None, Some(ask)) => ask("Licence of the guilds' data, SPDX, such as CC-BY-4.0: ")?.trim().to_owned(),
        (None, None) => String::new(),
    };
    match asked.is_empty() {
        false => Ok(asked),
        true => {
            let why = "a hall's data needs a licence, and there is no default: --licence SPDX, such as CC-BY-4.0";
            Err(CommandError::Usage(why.to_owned()))
        }
    }
}

/// Records which key acts when none is named.
pub fn record_key(dir: &std::path::Path, key: &str) -> Result<(), CommandError> {
    let path = dir.join(FILE);
    std::fs::write(
        &path,
        format!("# The key that acts when neither --as nor GUILDHALL_KEY names one.\nkey = \"{key}\"\n"),
    )
    .map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
}
