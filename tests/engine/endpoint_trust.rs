//! Whom an endpoint's encryption trusts: a certificate for 127.0.0.1 that signed itself, made for these tests alone.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use guildhall::engine::endpoint::{Address, Endpoint, EndpointError, EndpointPrompt, EndpointSettings};
use guildhall::engine::net::Backoff;
use guildhall::engine::text::Sampling;
use guildhall::engine::{Settings, Unheard};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::peer::{Act, Peer, events, spoken};

/// Until 2126.
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

async fn encrypted() -> Peer {
    let certificate = CertificateDer::from(BASE64.decode(CERTIFICATE.as_bytes()).unwrap());
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(BASE64.decode(SECRET.as_bytes()).unwrap()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], secret).unwrap();
    Peer::encrypted(events(spoken(&["Hi"])), TlsAcceptor::from(Arc::new(config))).await
}

async fn ask(url: &str, authorities: Option<String>) -> Result<String, EndpointError> {
    let mut settings = EndpointSettings::new(Address::new(url).unwrap(), "m");
    settings.authorities = authorities;
    settings.backoff = Backoff { first: Duration::from_millis(1), ..Backoff::default() };
    let asked = Settings { samples: 1, max_tokens: 9, stops: Vec::new(), sampling: Sampling::default() };
    let endpoint = Endpoint::new(settings, None)?;
    let answered = endpoint.answer(EndpointPrompt::Text("Say"), &asked, &mut Unheard).await?;
    Ok(answered.samples[0].text.clone())
}

fn pem() -> String {
    format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn an_unknown_certificate_is_refused_at_once() {
    let mut peer = encrypted().await;
    let error = ask(&peer.url, None).await.unwrap_err();
    assert!(matches!(&error, EndpointError::Untrusted { why, .. } if why.contains("certificate")), "{error:?}");
    assert_eq!(peer.requests().len(), 0, "nothing was said to it");
}

#[tokio::test]
async fn a_named_authority_is_trusted_for_its_own_host() {
    let mut peer = encrypted().await;
    assert_eq!(ask(&peer.url, Some(pem())).await.unwrap(), "Hi");
    assert_eq!(peer.requests().len(), 1);
    let other = peer.url.replace("127.0.0.1", "localhost");
    let error = ask(&other, Some(pem())).await.unwrap_err();
    assert!(matches!(error, EndpointError::Untrusted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_peer_without_encryption_is_refused() {
    for acts in [events(spoken(&["Hi"])), vec![Act::Send(vec![0; 2000])]] {
        let mut peer = Peer::new(vec![acts]).await;
        let error = ask(&peer.url.replace("http:", "https:"), Some(pem())).await.unwrap_err();
        assert!(matches!(error, EndpointError::Untrusted { .. }), "{error:?}");
        assert_eq!(peer.requests().len(), 1);
    }
}
