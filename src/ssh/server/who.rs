//! Who a proved key or certificate is: a member, or a stranger who may ask to be one.

use std::net::SocketAddr;

use russh::keys::Certificate;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::{HashAlg, PublicKey};

use crate::domain::{Member, MemberId, State, Timestamp};
use crate::hall::{Hall, HallError};
use crate::ledger::fingerprint;

/// What a member came in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A key of theirs, by its fingerprint.
    Key(String),
    /// A certificate.
    Certificate {
        /// Fingerprint of the key that it is about.
        subject: String,
        /// From then on it isn't valid, seconds since 1970.
        until: u64,
    },
}

/// Whoever is at the other end.
#[derive(Debug, Clone)]
pub enum Who {
    /// A member.
    Member {
        /// Who.
        id: MemberId,
        /// With what they came in.
        login: Login,
    },
    /// Nobody's key, which was proved to be held.
    Stranger(Box<PublicKey>),
}

/// The member who signs with this key now.
pub fn member_with(state: &State, key: &PublicKey) -> Option<Who> {
    let login = fingerprint(key);
    let id = state.member_with(&login)?.id.clone();
    Some(Who::Member { id, login: Login::Key(login) })
}

/// Whether whoever came in so may stay at `now`.
pub fn may_stay(state: &State, who: &Who, now: Timestamp) -> bool {
    match who {
        Who::Stranger(_) => true,
        Who::Member { id, login: Login::Key(login) } => {
            state.members.get(id).is_some_and(|member| member.signs_with(login))
        }
        Who::Member { id, login: Login::Certificate { subject, until } } => {
            seconds(now) < *until && may_stand_in(state, id, subject)
        }
    }
}

/// Whether a certificate about this key stands in for a member's keys: it doesn't bring back whose keys were all revoked, nor
/// the one key that was.
fn may_stand_in(state: &State, id: &MemberId, subject: &str) -> bool {
    let live = state.members.get(id).is_some_and(|member| member.live_keys().next().is_some());
    let revoked = |member: &Member| member.keys.iter().any(|key| key.fingerprint == subject && key.revoked.is_some());
    live && !state.members.values().any(revoked)
}

fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.ms() / 1000).unwrap_or(0)
}

/// The member whom a certificate names, if a trusted authority made it for a user who comes from here, now.
///
/// Errors: the hall's; why a certificate isn't taken is told in the log alone.
pub async fn certified(
    hall: &Hall,
    certificate: &Certificate,
    (authorities, peer): (&[PublicKey], SocketAddr),
) -> Result<Option<Who>, HallError> {
    if let Err(why) = check(certificate, (authorities, peer), hall.now()) {
        tracing::info!(%peer, why, "certificate not taken");
        return Ok(None);
    }
    let state = hall.state().await?;
    let subject = fingerprint(&PublicKey::from(certificate.public_key().clone()));
    let named = |principal: &String| state.members.keys().find(|id| id.as_str() == *principal).cloned();
    for principal in certificate.valid_principals() {
        let found = match named(principal) {
            Some(id) => Some(id),
            None => hall.member_called(principal).await?,
        };
        if let Some(id) = found.filter(|id| may_stand_in(&state, id, &subject)) {
            return Ok(Some(Who::Member {
                id,
                login: Login::Certificate { subject, until: certificate.valid_before() },
            }));
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
    if certificate.validate_at(seconds(now), trusted.iter()).is_err() {
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
    fn a_certificate_lets_in_until_it_ends_and_not_for_a_revoked_key() {
        let key = |byte| format!("ssh-ed25519 {}", data_encoding::BASE64.encode(&[byte; 51]));
        let id = MemberId::from_entropy([7; 16]);
        let mut member = Member::new(id.clone(), &key(1), Timestamp::from_ms(0));
        member.keys.push(crate::domain::MemberKey { revoked: Some(9), ..crate::domain::MemberKey::new(&key(2)) });
        let state = State { members: [(id.clone(), member)].into(), ..State::default() };
        let stays = |subject: u8, ms| {
            let subject = crate::domain::fingerprint_of(&key(subject));
            may_stay(
                &state,
                &Who::Member { id: id.clone(), login: Login::Certificate { subject, until: 60 } },
                Timestamp::from_ms(ms),
            )
        };
        assert_eq!([stays(1, 59_999), stays(1, 60_000), stays(3, 0), stays(2, 0)], [true, false, true, false]);
    }

    #[test]
    fn ranges_cover_their_addresses() {
        let peer = |text: &str| SocketAddr::new(text.parse().unwrap(), 22);
        assert!(covers("192.0.2.0/24", peer("192.0.2.77")) && !covers("192.0.2.0/24", peer("192.0.3.1")));
        assert!(covers("192.0.2.7", peer("::ffff:192.0.2.7")) && !covers("192.0.2.7", peer("192.0.2.8")));
        assert!(covers("2001:db8::/32", peer("2001:db8:1::1")) && !covers("2001:db8::/32", peer("2001:db9::1")));
        assert!(covers("0.0.0.0/0", peer("203.0.113.1")) && !covers("nonsense", peer("203.0.113.1")));
    }
}
