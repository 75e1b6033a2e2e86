//! A second look at who belongs to a hall, told from bare entries without the rules that wrote them: nobody acts who isn't a
//! member or is suspended, nobody comes in without words for them, no key is replaced without, no text comes into force that
//! founders didn't sign, and every contribution is under its author's terms.

use std::collections::{BTreeMap, BTreeSet};

use guildhall::domain::{Charter, Event, GuildId, MemberId, Number, Terms, Timestamp, fingerprint_of, terms_digest};
use guildhall::ledger::{Entry, HALL_ACTOR, Signer};

use crate::audit::Houses;

const DAY_MS: i64 = 86_400_000;

/// Somebody's word: whose, and when.
type Word = (MemberId, Timestamp);

/// Who asks, or which key is vouched for.
#[derive(Default)]
struct Asks {
    key: String,
    member: Option<MemberId>,
    words: Vec<Word>,
    closed: bool,
}

#[derive(Default)]
struct Hall {
    founders: BTreeSet<MemberId>,
    /// Fingerprints that sign for a member now.
    keys: BTreeMap<MemberId, BTreeSet<String>>,
    joined: BTreeMap<MemberId, Timestamp>,
    /// On whose word somebody came in, after the founding.
    words: BTreeMap<MemberId, BTreeSet<MemberId>>,
    suspended: BTreeMap<MemberId, (Timestamp, MemberId)>,
    petitions: BTreeMap<u64, Asks>,
    recoveries: BTreeMap<String, Asks>,
    /// Institutions by member, with their end.
    held: BTreeMap<MemberId, Vec<(String, Timestamp)>>,
    houses: Houses,
    signed: BTreeMap<(Option<GuildId>, String), BTreeSet<MemberId>>,
    terms: BTreeMap<(MemberId, GuildId), Terms>,
    licence: String,
    founding: Option<bool>,
}

/// Checks the log of a hall with these charters; their defaults hold where nobody set terms.
pub fn audit(entries: &[Vec<u8>], charters: &BTreeMap<GuildId, Charter>) {
    assert_eq!(Number::ObjectionDays.name(), "objection_days");
    let mut hall = Hall::default();
    for bytes in entries {
        let entry = Entry::read(bytes).unwrap();
        hall.stamp(&entry);
        if entry.core.actor != HALL_ACTOR && !matches!(entry.core.event, Event::HallFounded { .. }) {
            hall.may(&entry, charters);
        }
        hall.take(&entry);
    }
}

impl Hall {
    /// What ended doesn't begin again.
    fn stamp(&mut self, entry: &Entry) {
        let now = entry.core.founding == Some(true);
        assert!(!(now && self.founding == Some(false)), "the founding began again");
        if entry.header.seq > 0 {
            self.founding = Some(now);
        }
    }

    fn is_founding(&self) -> bool {
        self.founding == Some(true)
    }

    /// Whether the author may act at all, and contributes under their terms.
    fn may(&self, entry: &Entry, charters: &BTreeMap<GuildId, Charter>) {
        let (seq, at) = (entry.header.seq, entry.header.at);
        let who: MemberId = entry.core.actor.parse().unwrap();
        let keys = self.keys.get(&who).unwrap_or_else(|| panic!("entry {seq}: {who} is no member"));
        assert!(
            entry.header.signer == Signer::Host || keys.contains(&entry.core.key),
            "entry {seq}: a key of nobody's"
        );
        if self.suspended.get(&who).is_some_and(|(until, _)| at < *until) {
            let kind = entry.core.event.kind();
            let left = ["judgement.withdrawn", "attestation.revoked", "recovery.stopped", "suspension.appealed"];
            let own = ["terms.set", "body.erased", "key.added", "key.revoked"];
            assert!(
                left.contains(&kind.as_str()) || own.contains(&kind.as_str()),
                "entry {seq}: suspended, yet {kind}"
            );
        }
        if entry.core.event.is_contribution() {
            let guild = entry.core.guild.clone().unwrap();
            let own = self.terms.get(&(who, guild.clone())).unwrap_or(&charters[&guild].terms);
            let digest = terms_digest(own, &self.licence).unwrap();
            assert_eq!(entry.core.terms, Some(digest), "entry {seq}: under other terms than its author's");
        }
    }

    fn take(&mut self, entry: &Entry) {
        let (seq, at) = (entry.header.seq, entry.header.at);
        let actor: Option<MemberId> = entry.core.actor.parse().ok();
        match &entry.core.event {
            Event::HallFounded { founders, licence, .. } => {
                self.licence.clone_from(licence);
                for founder in founders {
                    self.founders.insert(founder.member.clone());
                    self.comes(&founder.member, &founder.key, at);
                }
            }
            Event::MemberAdded { key, member, petition, .. } => {
                let who = actor.unwrap();
                assert!(self.is_founding() && self.founders.contains(&who), "entry {seq}: added by {who}");
                self.room(seq, at);
                if let Some(asks) = petition.and_then(|petition| self.petitions.remove(&petition)) {
                    assert!(asks.key == *key && !asks.closed, "entry {seq}: on another's petition");
                }
                self.comes(member, key, at);
            }
            Event::MemberAdmitted { key, member, petition } => {
                let asks = self.petitions.remove(petition).expect("it waited");
                assert!(asks.key == *key && asks.member.as_ref() == Some(member) && !asks.closed);
                let founder = asks.words.iter().any(|(by, _)| self.founders.contains(by));
                let enough = (self.is_founding() && founder) || self.stood(&asks.words, at, 7);
                assert!(enough, "entry {seq}: {member} comes in on {:?}", asks.words);
                self.room(seq, at);
                if !self.is_founding() {
                    self.words.insert(member.clone(), asks.words.into_iter().map(|(by, _)| by).collect());
                }
                self.comes(member, key, at);
            }
            Event::KeyAdded { key, member } => {
                self.keys.get_mut(member).unwrap().insert(fingerprint_of(key));
            }
            Event::KeyRevoked { key, member } => {
                self.keys.get_mut(member).unwrap().remove(key);
            }
            Event::PetitionFiled { key, member } => {
                let asks = Asks { key: key.clone(), member: Some(member.clone()), ..Asks::default() };
                self.petitions.insert(seq, asks);
            }
            Event::PetitionAttested { petition } => {
                self.petitions.get_mut(petition).unwrap().words.push((actor.unwrap(), at));
            }
            Event::AttestationRevoked { petition } => {
                let who = actor.unwrap();
                self.petitions.get_mut(petition).unwrap().words.retain(|(by, _)| *by != who);
            }
            Event::PetitionObjected { petition } => self.petitions.get_mut(petition).unwrap().closed = true,
            Event::PetitionDeclined { petition } => drop(self.petitions.remove(petition)),
            _ => self.take_more(entry, actor),
        }
    }

    fn take_more(&mut self, entry: &Entry, actor: Option<MemberId>) {
        let (seq, at) = (entry.header.seq, entry.header.at);
        match &entry.core.event {
            Event::RecoveryVouched { key, member } => {
                // somebody's newest word for a member's key is the one that counts
                let who = actor.clone().unwrap();
                for known in self.recoveries.values_mut().filter(|known| known.member.as_ref() == Some(member)) {
                    known.words.retain(|(by, _)| *by != who);
                }
                self.recoveries.retain(|_, known| known.closed || !known.words.is_empty());
                let asks = self.recoveries.entry(fingerprint_of(key)).or_default();
                if asks.member.as_ref().is_some_and(|known| known != member) {
                    let over = |(_, when): &(MemberId, Timestamp)| when.plus_ms(60 * DAY_MS) <= at;
                    assert!(asks.closed || asks.words.iter().all(over), "entry {seq}: vouched for as another's");
                    *asks = Asks::default();
                }
                assert!(!asks.closed && asks.member.as_ref().is_none_or(|known| known == member), "entry {seq}");
                (asks.key, asks.member) = (key.clone(), Some(member.clone()));
                asks.words.push((actor.unwrap(), at));
            }
            Event::RecoveryStopped { key } => {
                let asks = self.recoveries.get_mut(key).unwrap();
                assert_eq!(asks.member, actor, "entry {seq}: stopped by another");
                asks.closed = true;
            }
            Event::KeyRecovered { key, member } => {
                let asks = self.recoveries.remove(&fingerprint_of(key)).expect("it was vouched for");
                assert!(!asks.closed && asks.member.as_ref() == Some(member), "entry {seq}: it was stopped");
                assert!(self.stood(&asks.words, at, 14), "entry {seq}: {:?}", asks.words);
                self.recoveries.retain(|_, other| other.member.as_ref() != Some(member));
                self.keys.insert(member.clone(), BTreeSet::from([fingerprint_of(key)]));
            }
            Event::CredentialAttested { expires, institution, member, .. } => {
                self.held.entry(member.clone()).or_default().push((institution.to_string(), *expires));
            }
            Event::InstitutionJoined { institution, into, .. } => {
                self.houses.join(institution.as_str(), into.as_str());
            }
            Event::MemberSuspended { member, .. } => {
                assert_ne!(actor.as_ref(), Some(member), "entry {seq}: themselves");
                self.suspended.insert(member.clone(), (at.plus_ms(30 * DAY_MS), actor.unwrap()));
            }
            Event::SuspensionLifted { member } => {
                let (until, by) = self.suspended.remove(member).unwrap();
                assert!(at < until && Some(by) != actor, "entry {seq}: lifted by who suspended");
            }
            Event::ConstitutionSigned { constitution: text } | Event::CharterSigned { charter: text } => {
                let who = actor.unwrap();
                assert!(self.is_founding() && self.founders.contains(&who), "entry {seq}: signed by {who}");
                self.signed.entry((entry.core.guild.clone(), text.to_string())).or_default().insert(who);
            }
            Event::ConstitutionAdopted { constitution: text } | Event::CharterAdopted { charter: text } => {
                let signed = self.signed.remove(&(entry.core.guild.clone(), text.to_string()));
                assert_eq!(signed.as_ref(), Some(&self.founders), "entry {seq}: not signed by every founder");
                self.signed.retain(|(guild, _), _| *guild != entry.core.guild);
            }
            Event::TermsSet { terms } => {
                self.terms.insert((actor.unwrap(), entry.core.guild.clone().unwrap()), terms.clone());
            }
            _ => {}
        }
    }

    fn comes(&mut self, member: &MemberId, key: &str, at: Timestamp) {
        assert!(self.joined.insert(member.clone(), at).is_none(), "{member} comes twice");
        self.keys.insert(member.clone(), BTreeSet::from([fingerprint_of(key)]));
        self.petitions.retain(|_, asks| asks.key != key);
    }

    /// No more come in than a quarter takes.
    fn room(&self, seq: u64, at: Timestamp) {
        let new = |(member, joined): &(&MemberId, &Timestamp)| {
            !self.founders.contains(*member) && **joined > at.plus_ms(-90 * DAY_MS)
        };
        let came = self.joined.iter().filter(new).count();
        let most = ((self.joined.len() - came) / 5).max(if self.is_founding() { 3 } else { 1 });
        assert!(came < most, "entry {seq}: {came} came in within a quarter");
    }

    /// Whether two words of two houses, of nobody who came in on the other's or on the same one's, stood for so many days.
    fn stood(&self, words: &[Word], at: Timestamp, days: i64) -> bool {
        let homes = |who: &MemberId, then: Timestamp| -> BTreeSet<String> {
            let held = self.held.get(who).into_iter().flatten().filter(|(_, end)| then < *end);
            held.map(|(place, _)| self.houses.of(place).to_owned()).collect()
        };
        let old = |who: &MemberId, then: Timestamp| {
            self.founders.contains(who) || self.joined[who].plus_ms(60 * DAY_MS) <= then
        };
        let none = BTreeSet::new();
        let on = |who: &MemberId| self.words.get(who).unwrap_or(&none);
        words.iter().enumerate().any(|(n, (a, first))| {
            words[n + 1..].iter().any(|(b, second)| {
                let then = (*first).max(*second).plus_ms(days * DAY_MS);
                let (mine, theirs) = (homes(a, then), homes(b, then));
                let apart = !mine.is_empty() && !theirs.is_empty() && mine.is_disjoint(&theirs);
                let free = !on(a).contains(b) && !on(b).contains(a) && on(a).is_disjoint(on(b));
                then <= at && apart && free && a != b && old(a, then) && old(b, then)
            })
        })
    }
}
