//! `serve`: the hall over SSH until a signal stops it; its host key is made on the first run.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

use crate::commands::{CommandError, Config, Context, Outcome, Serve, Serving};
use crate::ledger::fingerprint;
use crate::ssh::{Shared, Sockets, serve};

/// Runs `serve`.
pub async fn run(arguments: Serve, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let hall = context.open().await?;
    let settings = settings(arguments, Config::read(hall.dir())?.serve);
    let authorities = settings.authorities().map_err(CommandError::Usage)?;
    let (host_key, file) = hall.ssh_host_key()?;
    let sockets = Sockets { ssh: bind(settings.listen).await?, metrics: bind_metrics(settings.metrics).await? };
    let at = sockets.ssh.local_addr()?;
    let name = hall.facts().await?.name;
    writeln!(
        context.out,
        "{name} is served at {at}\nhost key {} ({})",
        fingerprint(host_key.public_key()),
        file.display()
    )?;
    if let Some(metrics) = &sockets.metrics {
        writeln!(context.out, "metrics at http://{}/metrics", metrics.local_addr()?)?;
    }
    context.out.flush()?;
    log();
    // a fault is told by its place alone: what it was about may be somebody's words
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of guildhall");
    }));
    let clocks = (Arc::clone(&context.clock), Arc::clone(&context.random));
    let shared = Arc::new(Shared::new(hall, settings, authorities, clocks));
    serve(shared, host_key, sockets, stopped()?).await;
    Ok(Outcome::Done)
}

/// What the command line says, over what the hall's file says.
fn settings(arguments: Serve, configured: Serving) -> Serving {
    Serving {
        listen: arguments.listen.unwrap_or(configured.listen),
        metrics: arguments.metrics.or(configured.metrics),
        petitions: arguments.petitions || configured.petitions,
        ..configured
    }
}

async fn bind(at: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(at).await.map_err(|error| CommandError::Usage(format!("{at}: {error}")))
}

/// The metrics tell who uses the hall how much, so they stay on this machine.
async fn bind_metrics(at: Option<SocketAddr>) -> Result<Option<TcpListener>, CommandError> {
    match at {
        None => Ok(None),
        Some(at) if at.ip().is_loopback() => Ok(Some(bind(at).await?)),
        Some(at) => {
            Err(CommandError::Usage(format!("{at}: metrics are given on this machine alone, such as 127.0.0.1:9222")))
        }
    }
}

/// Lines of what happens, on standard error: who and what, no answers.
fn log() {
    let level = match std::env::var("GUILDHALL_LOG").as_deref() {
        Ok("debug") => Level::DEBUG,
        Ok("warn") => Level::WARN,
        Ok("error") => Level::ERROR,
        _ => Level::INFO,
    };
    // one that a test set up before stays
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Done when the program is told to end.
fn stopped() -> Result<impl Future<Output = ()>, CommandError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
