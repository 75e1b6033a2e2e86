//! The agent that a client forwards over its connection.

use std::io;

use russh::ChannelId;
use russh::server::Handle;

use crate::ssh::agent::{Agent, Connect, Connecting};

/// The agent at the other end of a connection.
pub struct Forwarded(pub Handle);

impl Connect for Forwarded {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let refused = |error: russh::Error| {
                io::Error::other(format!(
                    "your client doesn't open the agent it forwarded ({error}); is it still running?"
                ))
            };
            let channel = self.0.channel_open_agent().await.map_err(refused)?;
            let closing = Closing { handle: self.0.clone(), id: channel.id() };
            Ok(Agent::over(channel.into_stream()).ended_by(closing))
        })
    }
}

/// Closes an agent's channel when nobody needs it any more.
struct Closing {
    handle: Handle,
    id: ChannelId,
}

impl Drop for Closing {
    fn drop(&mut self) {
        let (handle, id) = (self.handle.clone(), self.id);
        tokio::spawn(async move { handle.close(id).await });
    }
}
