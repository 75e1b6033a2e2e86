//! A peer that speaks HTTP as badly as it is told to, on this machine.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "every test binary uses its own part of this")]

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use data_encoding::BASE64;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;

/// For 127.0.0.1, signed by itself, until 2126; made for these tests alone.
const CERTIFICATE: &str = "\
    MIIBlzCCAT2gAwIBAgIUfhLho/vqMtohVc1gZa7Rse8DtpwwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOZ3VpbGRoYWxsIHRlc3QwIBcNMjYxMT\
    IzMTgyMjU0WhgPMjEyNjEwMzAxODIyNTRaMBkxFzAVBgNVBAMMDmd1aWxkaGFsbCB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEs/gn\
    tIRiNRGW4YUlM2puVkAnHtysJHLADD6QSycHYLTDybnkLXGwUEnstutHB0hG/1vPC45GTzsfjqm1rHgUc6NhMF8wHQYDVR0OBBYEFF4j2ufZ5c\
    lNkjgQmTIryVcPz+8TMB8GA1UdIwQYMBaAFF4j2ufZ5clNkjgQmTIryVcPz+8TMA8GA1UdEQQIMAaHBH8AAAEwDAYDVR0TAQH/BAIwADAKBggq\
    hkjOPQQDAgNIADBFAiAw9MKZ4yo5pcWWpajI3zXVRC62eFMmIRS7zB87sFckMwIhAJqI8LOVzcdqZRaVp5dNhDo+XnYdEUWtZOXImenryPYo";

/// Of that certificate; it protects nothing.
const SECRET: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZb5uwhWUjDvjjYd4+8FNPEF7AI2D/Q5XU7wTKxI7JxWhRANCAASz+Ce0hGI1EZ\
    bhhSUzam5WQCce3KwkcsAMPpBLJwdgtMPJueQtcbBQSey260cHSEb/W88LjkZPOx+OqbWseBRz";

/// Speaks TLS with that certificate.
pub fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from(BASE64.decode(CERTIFICATE.as_bytes()).unwrap());
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(BASE64.decode(SECRET.as_bytes()).unwrap()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], secret).unwrap()))
}

/// That certificate as a file holds it.
pub fn pem() -> String {
    format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n")
}

/// What the peer does with a request, one after the other; then it closes the connection.
#[derive(Clone)]
pub enum Act {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends each byte by itself.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes again and again until nobody listens.
    Flood(Vec<u8>),
    /// Waits until nobody listens.
    Stall,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first line.
    pub line: String,
    /// The header lines, in lower case but for their values.
    pub headers: Vec<(String, String)>,
    /// The document.
    pub body: serde_json::Value,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is known of a peer.
pub struct Peer {
    /// Its address, without a path.
    pub url: String,
    requests: mpsc::UnboundedReceiver<Request>,
    hung_up: watch::Receiver<usize>,
    most: Arc<AtomicUsize>,
    /// Bytes that it sent.
    pub sent: Arc<AtomicUsize>,
}

/// What to do with a request, by its number.
type Script = Box<dyn Fn(usize, &Request) -> Vec<Act> + Send + Sync>;

struct Shared {
    script: Script,
    requests: mpsc::UnboundedSender<Request>,
    hung_up: watch::Sender<usize>,
    count: AtomicUsize,
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Peer {
    /// A peer that answers its requests in order; the last answer is for all that follow.
    pub async fn new(answers: Vec<Vec<Act>>) -> Self {
        Self::scripted(move |number, _| answers[number.min(answers.len() - 1)].clone()).await
    }

    /// A peer that decides by the request and its number.
    pub async fn scripted(script: impl Fn(usize, &Request) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::start(Box::new(script), None).await
    }

    /// The same behind TLS.
    pub async fn encrypted(answer: Vec<Act>, acceptor: TlsAcceptor) -> Self {
        Self::start(Box::new(move |_, _| answer.clone()), Some(acceptor)).await
    }

    async fn start(script: Script, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        let (gone, hung_up) = watch::channel(0);
        let (most, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let shared = Arc::new(Shared {
            script,
            requests: sender,
            hung_up: gone,
            count: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: Arc::clone(&most),
            sent: Arc::clone(&sent),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, acceptor) = (Arc::clone(&shared), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => shared.serve(stream).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                shared.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, requests, hung_up, most, sent }
    }

    /// The requests so far.
    pub fn requests(&mut self) -> Vec<Request> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }

    /// Waits until so many connections were given up on the other side.
    pub async fn hung_up(&mut self, times: usize) {
        let waiting = self.hung_up.wait_for(|count| *count >= times);
        tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("nobody hung up").unwrap();
    }

    /// The most requests at a time.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Shared {
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Some(request) = read_request(&mut stream).await else { return };
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let acts = (self.script)(self.count.fetch_add(1, Ordering::SeqCst), &request);
        self.requests.send(request).ok();
        for act in acts {
            if self.act(act, &mut stream).await.is_err() {
                self.hung_up.send_modify(|count| *count += 1);
                break;
            }
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        stream.shutdown().await.ok();
    }

    async fn act(&self, act: Act, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
        match act {
            Act::Send(bytes) => self.send(&bytes, stream).await,
            Act::Drip(bytes, pause) => {
                for byte in bytes {
                    self.send(&[byte], stream).await?;
                    tokio::time::sleep(pause).await;
                }
                Ok(())
            }
            Act::Flood(bytes) => loop {
                self.send(&bytes, stream).await?;
            },
            Act::Stall => {
                // the other side sends nothing more, so this ends when it hangs up
                let mut byte = [0];
                let _ = stream.read(&mut byte).await;
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    async fn send(&self, bytes: &[u8], stream: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
        stream.write_all(bytes).await?;
        stream.flush().await?;
        self.sent.fetch_add(bytes.len(), Ordering::SeqCst);
        Ok(())
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        // somebody who wants encryption is answered all the same
        if bytes[0] == 0x16 {
            return Some(Request { line: String::new(), headers: Vec::new(), body: serde_json::Value::Null });
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n").map(str::to_owned);
    let line = lines.next()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
    }
    let body = serde_json::from_slice(&bytes[head_end + 4..]).unwrap_or_default();
    Some(Request { line, headers, body })
}

/// An answer of HTTP with these header lines; its end is the end of the connection.
pub fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<Act> {
    let mut bytes = Vec::new();
    write!(bytes, "HTTP/1.1 {status}\r\nConnection: close\r\n").unwrap();
    for header in headers {
        write!(bytes, "{header}\r\n").unwrap();
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_ref());
    vec![Act::Send(bytes)]
}

/// A stream of events that ends as it ends.
pub fn events(body: impl AsRef<[u8]>) -> Vec<Act> {
    answer("200 OK", &["Content-Type: text/event-stream"], body)
}

/// A JSON document.
pub fn document(body: impl AsRef<[u8]>) -> Vec<Act> {
    answer("200 OK", &["Content-Type: application/json; charset=utf-8"], body)
}

/// The events of an answer of these pieces, with its end.
pub fn spoken(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let delta = serde_json::json!({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": null}]});
        text += &format!("data: {delta}\n\n");
    }
    text + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
}
