//! Counters of the server, and their text for Prometheus on a port of its own.

use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::accepting::accepted;

macro_rules! counters {
    ($($(#[doc = $help:literal])* $name:ident $kind:literal $metric:literal),+ $(,)?) => {
        /// See the module's first line.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[doc = $help])* pub $name: Count),+
        }

        impl Metrics {
            /// In the text format that Prometheus reads.
            pub fn text(&self) -> String {
                let mut text = String::new();
                $({
                    let help = concat!($($help),*);
                    let _ = write!(text, "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", $metric, help.trim(), $kind, self.$name.get());
                })+
                text
            }
        }
    };
}

counters! {
    /// Connections open now
    connections "gauge" "guildhall_connections",
    /// Consoles and commands running now
    sessions "gauge" "guildhall_sessions",
    /// Connections refused before anything was said: too many, or too often from one address
    refused "counter" "guildhall_connections_refused_total",
    /// Members let in
    logins "counter" "guildhall_logins_total",
    /// Keys and certificates turned away
    turned_away "counter" "guildhall_logins_refused_total",
    /// Commands run
    commands "counter" "guildhall_commands_total",
    /// Petitions filed
    petitions "counter" "guildhall_petitions_total",
    /// Keys and pastes received
    keys "counter" "guildhall_keys_total",
    /// Bytes sent to terminals
    bytes "counter" "guildhall_output_bytes_total",
    /// Sessions that ended in a fault of this program
    panics "counter" "guildhall_session_panics_total",
    /// Entries in the ledger
    entries "gauge" "guildhall_ledger_entries",
}

/// A number that many tasks change.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more, or as many.
    pub fn add(&self, by: usize) {
        self.0.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// One less.
    pub fn take(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Exactly this.
    pub fn set(&self, to: u64) {
        self.0.store(to, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Longest request that is read.
const LONGEST: usize = 4096;

/// Answers `GET /metrics`, for ever.
pub async fn answer(listener: TcpListener, text: impl Fn() -> String) {
    loop {
        let (mut client, _) = accepted(&listener, "metrics").await;
        let told = async {
            let mut request = Vec::new();
            while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST {
                if client.read_buf(&mut request).await? == 0 {
                    break;
                }
            }
            let (status, body) = match request.starts_with(b"GET /metrics ") {
                true => ("200 OK", text()),
                false => ("404 Not Found", "metrics are at /metrics\n".to_owned()),
            };
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            client.write_all(head.as_bytes()).await?;
            client.write_all(body.as_bytes()).await?;
            client.shutdown().await
        };
        // one that reads slowly holds up the others for a moment, and no longer
        let _: Result<io::Result<()>, _> = tokio::time::timeout(std::time::Duration::from_secs(2), told).await;
    }
}
