//! Whom an endpoint's encryption trusts.

use std::time::Duration;

use guildhall::engine::endpoint::{Address, Endpoint, EndpointError, EndpointPrompt, EndpointSettings};
use guildhall::engine::net::Backoff;
use guildhall::engine::text::Sampling;
use guildhall::engine::{Settings, Unheard};

use super::peer::{Act, Peer, acceptor, events, pem, spoken};

async fn encrypted() -> Peer {
    Peer::encrypted(events(spoken(&["Hi"])), acceptor()).await
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
