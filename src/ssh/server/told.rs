//! What a command said on its way to the client: in pieces, as fast as they are taken, and not for ever.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::command::Ran;
use super::state::Place;

/// A client that takes no more of a command's output for so long is gone.
const STALLED: Duration = Duration::from_secs(30);
/// Output goes out in pieces of so many bytes.
const PIECE: usize = 32 << 10;

/// Writes what a command said, as long as the client takes it; line ends as its terminal needs them.
pub async fn tell(write: &ChannelWriteHalf<Msg>, ran: &Ran, (cooked, place): (bool, Option<&Place>)) -> io::Result<()> {
    let mut ending = place.map(|place| place.ending.clone());
    let told = async {
        let mut out = Box::pin(write.make_writer());
        let mut last = 0;
        for piece in ran.out.chunks(PIECE) {
            put(&mut out, &ends(piece, (cooked, last))).await?;
            last = piece.last().copied().unwrap_or(last);
        }
        if !ran.err.is_empty() {
            let mut err = Box::pin(write.make_writer_ext(Some(1)));
            put(&mut err, format!("{}{}", ran.err, if cooked { "\r\n" } else { "\n" }).as_bytes()).await?;
        }
        Ok(())
    };
    let over = async {
        if let Some(ending) = &mut ending
            && ending.wait_for(Option::is_some).await.is_ok()
        {
            // a moment is left for the last words
            tokio::time::sleep(Duration::from_secs(1)).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        told = told => told,
        () = over => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn put(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    timeout(STALLED, writer.write_all(bytes)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// A piece with the line ends of a terminal in raw mode, if one is there; `last` is the byte before it.
fn ends(piece: &[u8], (cooked, mut last): (bool, u8)) -> Cow<'_, [u8]> {
    if !cooked {
        return Cow::Borrowed(piece);
    }
    let mut ends = Vec::with_capacity(piece.len());
    for byte in piece {
        if *byte == b'\n' && last != b'\r' {
            ends.push(b'\r');
        }
        ends.push(*byte);
        last = *byte;
    }
    Cow::Owned(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_a_terminal_s_wherever_pieces_part() {
        assert_eq!(&*ends(b"a\nb\r\n", (true, 0)), b"a\r\nb\r\n");
        assert_eq!(&*ends(b"\nb", (true, b'\r')), b"\nb", "the return was in the piece before");
        assert_eq!(&*ends(b"\nb", (true, b'a')), b"\r\nb");
        assert!(matches!(ends(b"a\n", (false, 0)), Cow::Borrowed(b"a\n")), "nothing is copied without need");
    }
}
