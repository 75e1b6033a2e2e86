//! Opening the console on the local terminal.

use std::sync::Arc;

use crate::commands::{CommandError, Context, Outcome};
use crate::hall::Signer;
use crate::tui::{Actor, LineInput, LinearError, Lines, Reading, Seat, Session, Settings, SignedBy, Sits, linear, run};

use super::look::Look;
use super::terminal::{LocalTerminal, StandardOutput, edit_outside};

/// Runs the console in the context's hall until it is left.
pub async fn open(context: &Context<'_>, look: &Look) -> Result<Outcome, CommandError> {
    let (actor, session) = enter(context).await?;
    let settings = Settings { session, theme: look.theme()?, keymap: look.keymap()?, glyphs: look.glyphs() };
    let editor = look.editor();
    let scratch = context.scratch.with_extension("md");
    let terminal = LocalTerminal::enter()?;
    let seat = Seat {
        input: terminal.input()?,
        output: Box::new(StandardOutput),
        size: terminal.size(),
        outside: Some(Box::new(move |text| edit_outside(text, editor.as_deref(), &scratch))),
        clipboard: true,
    };
    run(actor, settings, seat).await?;
    drop(terminal);
    Ok(Outcome::Done)
}

/// Runs the console by lines on standard input and output.
pub async fn open_linear(context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (actor, _) = enter(context).await?;
    let mut lines = Lines { input: Box::new(StandardInput), output: Box::new(StandardOutput) };
    match linear(&actor, &mut lines).await {
        Ok(()) | Err(LinearError::Ended) => Ok(Outcome::Done),
        Err(LinearError::Io(error)) => Err(CommandError::Output(error)),
    }
}

/// Lines of standard input.
pub struct StandardInput;

impl LineInput for StandardInput {
    fn line(&mut self) -> Reading<'_> {
        Box::pin(async {
            let read = tokio::task::spawn_blocking(|| {
                let mut line = String::new();
                let read = std::io::stdin().read_line(&mut line)?;
                Ok((read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
            });
            read.await.map_err(std::io::Error::other)?
        })
    }
}

/// Who acts in which hall.
pub async fn enter(context: &Context<'_>) -> Result<(Actor, Session), CommandError> {
    let (hall, signer) = context.enter().await?;
    let member = hall.member(signer.as_ref()).await?;
    let facts = hall.facts().await?;
    let steward = hall.state().await?.members.get(&member).is_some_and(|member| member.steward);
    let session = Session {
        hall: facts.name,
        handle: hall.handle(&member).await?,
        member: member.clone(),
        steward,
        demo: facts.demo,
        signed_by: if signer.is_agent() { SignedBy::Agent } else { SignedBy::Key },
        seat: Sits::Local,
    };
    let signer: Arc<dyn Signer> = Arc::from(signer);
    Ok((Actor { hall, signer, member, seat: Sits::Local }, session))
}
