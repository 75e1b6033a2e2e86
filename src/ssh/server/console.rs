//! The console in a session: the same core as on the local terminal, over a channel.

use std::sync::Arc;

use russh::ChannelWriteHalf;
use russh::server::Msg;

use crate::commands::CommandError;
use crate::domain::MemberId;
use crate::hall::Hall;
use crate::tui::{
    Actor, Depth, ENTER, Glyphs, Keymap, LEAVE, LinearError, Output, Seat, Session, Settings, SignedBy, Sits, Theme,
    linear, run,
};

use super::environment::Environment;
use super::isolated::isolated;
use super::lines::lines;
use super::signing::{Offered, signer};
use super::state::Shared;
use super::who::Who;
use super::wire::{ChannelOutput, Typing};

/// A member at a channel.
pub struct Guest {
    /// What all share.
    pub shared: Arc<Shared>,
    /// The member's id.
    pub id: MemberId,
    /// How they came in.
    pub who: Who,
    /// Their agent, if they offer one.
    pub agent: Option<Offered>,
    /// What their client says of their terminal.
    pub environment: Environment,
}

impl Guest {
    /// Who acts, and what the console shows of them.
    async fn actor(&self) -> Result<(Actor, Session), CommandError> {
        let hall = Arc::clone(&self.shared.hall);
        let (signer, signed_by) = signer(&hall, (&self.id, &self.who), self.agent.as_ref()).await;
        let session = session_of(&hall, &self.id, signed_by).await?;
        let actor = Actor { hall, signer: Arc::from(signer), member: self.id.clone(), seat: Sits::Remote };
        Ok((actor, session))
    }

    fn settings(&self, session: Session) -> Result<Settings, CommandError> {
        let look = |name: &str| self.environment.get(name);
        let depth = Depth::detect(&look);
        let name = look("GUILDHALL_THEME").unwrap_or_else(|| Theme::default_name(depth).to_owned());
        let theme = Theme::named(&name, depth).map_err(|error| CommandError::Usage(error.to_string()))?;
        Ok(Settings { session, theme, keymap: Keymap::default(), glyphs: Glyphs::detect(&look) })
    }

    /// Runs the console until it is left.
    pub async fn console(
        &self,
        (typing, write): (Typing, &ChannelWriteHalf<Msg>),
        size: (u16, u16),
    ) -> Result<(), CommandError> {
        let (actor, session) = self.actor().await?;
        let settings = self.settings(session)?;
        let mut output = ChannelOutput::new(write, typing.ended.clone(), Arc::clone(&self.shared));
        output.write(ENTER).await?;
        let clipboard = self.shared.settings.clipboard;
        let seat = Seat { input: typing.input, output: Box::new(output), size, outside: None, clipboard };
        let over = isolated((&self.id, &self.shared.metrics), run(actor, settings, seat)).await;
        let mut last = ChannelOutput::new(write, typing.ended.clone(), Arc::clone(&self.shared));
        let left = last.write(LEAVE).await;
        Ok(over?.and(left)?)
    }

    /// Runs the console by lines until it is left.
    pub async fn linear(
        &self,
        (typing, write): (Typing, &ChannelWriteHalf<Msg>),
        terminal: bool,
    ) -> Result<(), CommandError> {
        let (actor, session) = self.actor().await?;
        let output = ChannelOutput::new(write, typing.ended.clone(), Arc::clone(&self.shared));
        let mut lines = lines(typing, output, terminal);
        let over = async move {
            if let Some(why) = session.signed_by.why_not() {
                lines.say(&format!("What you do is attested by the hall, not signed by you: {why}.")).await?;
            }
            linear(&actor, &mut lines).await
        };
        match isolated((&self.id, &self.shared.metrics), over).await? {
            Ok(()) | Err(LinearError::Ended) => Ok(()),
            Err(LinearError::Io(error)) => Err(CommandError::Output(error)),
        }
    }
}

/// What the console shows of a member who came in from afar.
pub async fn session_of(hall: &Hall, id: &MemberId, signed_by: SignedBy) -> Result<Session, CommandError> {
    let facts = hall.facts().await?;
    let steward = hall.state().await?.members.get(id).is_some_and(|member| member.steward);
    let handle = hall.handle(id).await?;
    Ok(Session {
        hall: facts.name,
        member: id.clone(),
        handle,
        steward,
        demo: facts.demo,
        signed_by,
        seat: Sits::Remote,
    })
}
