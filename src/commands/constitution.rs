//! `constitution`: the hall's own rules, shown, compared, checked and adopted.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::domain::{CONSTITUTION, Constitution, Digest, Number, Rule};
use crate::hall::{Amendment, Hall};

use super::context::{CommandError, Context, Outcome};

/// Commands of `constitution`.
#[derive(Debug, Subcommand)]
pub enum ConstitutionCommand {
    /// Print the constitution in force, or one article of it
    Show {
        /// Number of an article
        article: Option<u32>,
    },
    /// Show what a text changes of the constitution in force, article by article and line by line
    Diff {
        /// The text; the hall's own working copy, constitution.md, if none
        file: Option<PathBuf>,
    },
    /// Check that a text can serve: each rule of the program cited once, each number there and in range, and with a hall
    /// that it keeps what is entrenched
    Check {
        /// The text; the hall's working copy, or else the program's own, if none
        file: Option<PathBuf>,
    },
    /// As a founder, during the founding: sign a new text; it is in force when every founder has
    Adopt {
        /// Digest of the text, as `constitution diff` prints it; the text is the hall's constitution.md
        digest: String,
    },
}

/// Runs `constitution`.
pub async fn run(command: ConstitutionCommand, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    match command {
        ConstitutionCommand::Show { article } => show(article, context).await,
        ConstitutionCommand::Diff { file } => {
            let text = file.as_deref().map(|file| context.file(file)).transpose()?;
            let amendment = context.open().await?.amendment(text).await?;
            let Amendment { articles, breaks, digest, .. } = &amendment;
            let diff = amendment.diff();
            let value = json!({"digest": digest, "articles": articles, "breaks": breaks, "diff": diff});
            context.emit(&value, || amendment.in_words())
        }
        ConstitutionCommand::Check { file } => check(file.as_deref(), context).await,
        ConstitutionCommand::Adopt { digest } => {
            let digest = digest_argument(&digest)?;
            let (hall, signer) = context.enter().await?;
            let (receipt, adopted) = hall.sign_constitution(signer.as_ref(), &digest).await?;
            let told = adopted_text(&hall, (&digest, adopted)).await?;
            context.emit(&json!({"event": receipt.event, "adopted": adopted, "receipt": receipt}), || told)
        }
    }
}

/// The digest that an argument names.
pub(super) fn digest_argument(text: &str) -> Result<Digest, CommandError> {
    text.parse().map_err(|error: crate::domain::IdError| CommandError::Usage(error.to_string()))
}

/// What a founder's signature came to, in words.
pub(super) async fn adopted_text(hall: &Hall, (digest, adopted): (&Digest, bool)) -> Result<String, CommandError> {
    if adopted {
        return Ok(format!("every founder signed {digest}: it is in force"));
    }
    let (signed, of) = hall.signed_by(digest).await?;
    Ok(format!("{signed} of {of} founders signed {digest}; it is in force when all have"))
}

async fn show(article: Option<u32>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let constitution = match context.has_hall() {
        true => context.open().await?.state().await?.constitution,
        false => Constitution::read(CONSTITUTION).ok().map(Into::into),
    };
    let constitution = constitution.ok_or_else(|| CommandError::Usage("no constitution is in force".to_owned()))?;
    let wanted = |number: u32| article.is_none_or(|wanted| wanted == number);
    let articles: Vec<_> = constitution.articles().iter().filter(|article| wanted(article.number)).collect();
    if articles.is_empty() {
        return Err(CommandError::Usage("the constitution has no such article".to_owned()));
    }
    let entrenched = constitution.entrenched();
    let row = |a: &&crate::domain::Article| {
        let entrenched = entrenched.contains(&a.number);
        json!({"number": a.number, "title": a.title, "text": a.text, "entrenched": entrenched})
    };
    let rows: Vec<_> = articles.iter().map(row).collect();
    context.emit(&json!({ "articles": rows }), || {
        articles.iter().map(|a| format!("## Article {}. {}\n{}", a.number, a.title, a.text)).collect()
    })
}

/// The text to check, where it comes from, and what is in force.
async fn checked(
    file: Option<&Path>,
    context: &Context<'_>,
) -> Result<(String, String, Option<Constitution>), CommandError> {
    let hall = if context.has_hall() { Some(context.open().await?) } else { None };
    let in_force = match &hall {
        Some(hall) => Constitution::of_record(&hall.constitution().await?).ok(),
        None => None,
    };
    let (name, text) = match (file, &hall) {
        (Some(file), _) => (file.display().to_string(), context.file(file)?),
        (None, Some(hall)) => ("constitution.md".to_owned(), hall.working_constitution()?),
        (None, None) => ("the program's own".to_owned(), CONSTITUTION.to_owned()),
    };
    Ok((name, text, in_force))
}

async fn check(file: Option<&Path>, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (name, text, in_force) = checked(file, context).await?;
    let mut faults: Vec<String> = Constitution::faults(&text).iter().map(ToString::to_string).collect();
    let read = Constitution::read(&text).ok();
    let broken = read.as_ref().zip(in_force).and_then(|(new, old)| old.broken_by(new));
    faults.extend(broken.map(|article| format!("article {article} is entrenched, and this text changes it")));
    let count = read.as_ref().map_or(0, |text| text.articles().len());
    let digest = Digest::of(text.as_bytes());
    let value = json!({"articles": count, "rules": Rule::ALL.len(), "numbers": Number::ALL.len(), "digest": digest, "faults": faults});
    let words = match faults.is_empty() {
        true => format!(
            "{name}: {count} articles, each of the program's {} rules cited once, all {} numbers in range\ndigest {digest}",
            Rule::ALL.len(),
            Number::ALL.len()
        ),
        false => faults.iter().map(|fault| format!("{name}: {fault}\n")).collect(),
    };
    context.emit(&value, || words)?;
    Ok(if faults.is_empty() { Outcome::Done } else { Outcome::No })
}
