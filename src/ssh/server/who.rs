//! Who a proved key or certificate is: a member, or a stranger who may ask to be one.

use std::net::SocketAddr;

use russh::keys::Certificate;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::{HashAlg, PublicKey};

use crate::domain::{MemberId, State, Timestamp};
use crate::hall::{Hall, HallError};
use crate::ledger::fingerprint;

/// Whoever is at the other end.
#[derive(Debug, Clone)]
pub enum Who {
    /// A member, and the fingerprint of the key they came in with; none with a certificate.
    Member {
        /// Who.
        id: MemberId,
        /// See [`Who::Member`].
        login: Option<String>,
    },
    /// Nobody's key, which was proved to be held.
    Stranger(Box<PublicKey>),
}

/// The member who signs with this key now.
pub fn member_with(state: &State, key: &PublicKey) -> Option<Who> {
    let login = fingerprint(key);
    let id = state.member_with(&login)?.id.clone();
    Some(Who::Member { id, login: Some(login) })
}

/// Whether whoever came in so may stay.
pub fn may_stay(state: &State, who: &Who) -> bool {
    match who {
        Who::Stranger(_) => true,
        Who::Member { id, login } => state.members.get(id).is_some_and(|member| match login {
            Some(login) => member.signs_with(login),
            None => member.live_keys().next().is_some(),
        }),
    }
}

/// The member whom a certificate names, if a trusted authority made it for a user who comes from here, now.
///
/// Errors: the hall's; why a certificate isn't taken is told in the log alone.
pub async fn certified(
    hall: &Hall,
    certificate: &Certificate,
    (authorities, peer): (&[PublicKey], SocketAddr),
) -> Result<Option<MemberId>, HallError> {
    if let Err(why) = check(certificate, (authorities, peer), hall.now()) {
        tracing::info!(%peer, why, "certificate not taken");
        return Ok(None);
    }
    let state = hall.state().await?;
    let named = |principal: &String| state.members.keys().find(|id| id.as_str() == *principal).cloned();
    for principal in certificate.valid_principals() {
        let found = match named(principal) {
            Some(id) => Some(id),
            None => hall.member_called(principal).await?,
        };
        // a certificate stands in for a member's keys; it doesn't bring back whose keys were all revoked
        let live = |id: &MemberId| state.members.get(id).is_some_and(|member| member.live_keys().next().is_some());
        if let Some(id) = found.filter(live) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn check(
    certificate: &Certificate,
    (authorities, peer): (&[PublicKey], SocketAddr),
    now: Timestamp,
) -> Result<(), &'static str> {
    if certificate.cert_type() != CertType::User {
        return Err("it is no user certificate");
    }
    let trusted: Vec<_> = authorities.iter().map(|key| key.fingerprint(HashAlg::Sha256)).collect();
    let seconds = u64::try_from(now.ms() / 1000).unwrap_or(0);
    if certificate.validate_at(seconds, trusted.iter()).is_err() {
        return Err("its authority isn't trusted, its signature is wrong, or its time isn't now");
    }
    if certificate.valid_principals().is_empty() {
        return Err("it names no principal, so it would be anybody's");
    }
    for (name, value) in certificate.critical_options().iter() {
        match name.as_str() {
            "source-address" if value.split(',').any(|range| covers(range, peer)) => {}
            "source-address" => return Err("it is for other addresses"),
            _ => return Err("it has a critical option that is not known"),
        }
    }
    Ok(())
}

/// Whether an address or a CIDR range covers the peer's address.
fn covers(range: &str, peer: SocketAddr) -> bool {
    let (address, bits) = match range.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (range, Some(128)),
    };
    let octets = |address: std::net::IpAddr| match address.to_canonical() {
        std::net::IpAddr::V4(short) => (32, u128::from(u32::from(short)) << 96),
        std::net::IpAddr::V6(long) => (128, u128::from(long)),
    };
    let (Ok(address), Some(bits)) = (address.parse(), bits) else { return false };
    let ((length, range), (peer_length, peer)) = (octets(address), octets(peer.ip()));
    let differing = (range ^ peer).checked_shr(128 - bits.min(length)).unwrap_or(0);
    length == peer_length && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_their_addresses() {
        let peer = |text: &str| SocketAddr::new(text.parse().unwrap(), 22);
        assert!(covers("192.0.2.0/24", peer("192.0.2.77")) && !covers("192.0.2.0/24", peer("192.0.3.1")));
        assert!(covers("192.0.2.7", peer("::ffff:192.0.2.7")) && !covers("192.0.2.7", peer("192.0.2.8")));
        assert!(covers("2001:db8::/32", peer("2001:db8:1::1")) && !covers("2001:db8::/32", peer("2001:db9::1")));
        assert!(covers("0.0.0.0/0", peer("203.0.113.1")) && !covers("nonsense", peer("203.0.113.1")));
    }
}
