//! Taking connections in: a failure to take one is not the listener's end.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long nothing is tried after a failure: there may be no more files for a moment.
const PAUSE: Duration = Duration::from_millis(50);

/// The next connection; `of` stands in the log where one can't be taken.
pub async fn accepted(listener: &TcpListener, of: &str) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(of, %error, "a connection can't be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
