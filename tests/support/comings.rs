//! Acts on members, standing, terms and rules, drawn at random for the sequences of commands; and doing them.

use std::collections::BTreeMap;

use guildhall::domain::{
    Attribution, Charter, Digest, GuildId, InstitutionId, MemberId, Models, State, Terms, Use, fingerprint_of,
};
use guildhall::hall::{Hall, HallError, Interested, KeyInMemory, PetitionText, Signer};
use guildhall::ledger::{fingerprint, key_line};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};

use crate::draw::Rng;

/// What somebody tries; people and guilds by their place in the world's lists, keys of strangers by number.
#[derive(Debug, Clone)]
pub enum Coming {
    Petition(u8),
    Attest(usize, u64),
    TakeBack(usize, u64),
    Object(usize, u64, &'static str),
    Decline(usize, u64),
    Add(usize, u8, Option<u64>),
    Suspend(usize, usize, u32),
    Appeal(usize),
    Lift(usize, usize),
    Join(usize, usize, usize),
    Interest(usize, usize),
    EndInterest(usize),
    Vouch(usize, usize, u8),
    Stop(usize, u8),
    Terms(usize, usize, Terms),
    SignConstitution(usize),
    AdoptConstitution,
    AdoptCharter(usize),
    EraseText(usize, u64),
}

/// The key of a stranger.
pub fn stranger(number: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[number; 32])), "").unwrap()
}

/// Why somebody objects; the second is no reason.
const REASONS: [&str; 2] = ["I know them.", " "];

/// Strangers, and keys that replace lost ones.
pub const STRANGERS: u8 = 12;

/// Something that seems allowed, or anything.
pub fn drawn(rng: &mut Rng, state: &State, people: &[MemberId], guilds: usize) -> Coming {
    let petitions: Vec<u64> = state.petitions.keys().copied().collect();
    let petition = |rng: &mut Rng| rng.pick_of(&petitions).copied().unwrap_or(7);
    let number = |rng: &mut Rng| u8::try_from(rng.below(usize::from(STRANGERS))).unwrap();
    let who = rng.below(people.len());
    let suspended = suspended(state, people);
    match rng.below(45) {
        0..=3 => Coming::Petition(number(rng)),
        4..=11 => Coming::Attest(who, petition(rng)),
        12 => {
            let given = state.petitions.values().find_map(|asks| Some((asks.vouches.first()?.by.clone(), asks.seq)));
            let place = |by: &MemberId| people.iter().position(|id| id == by).unwrap();
            let (by, petition) = given.map_or((who, 7), |(by, petition)| (place(&by), petition));
            Coming::TakeBack(by, petition)
        }
        13 => Coming::Object(who, petition(rng), REASONS[rng.below(2)]),
        14 => Coming::Decline(rng.below(3), petition(rng)),
        15 => Coming::Add(rng.below(3), number(rng), rng.pick_of(&petitions).copied()),
        16..=17 | 42..=43 => Coming::Suspend(rng.below(3), who, *rng.pick(&[6, 9, 99])),
        18 | 44 => Coming::Appeal(suspended.unwrap_or(who)),
        19 | 37..=39 => Coming::Lift(rng.below(2), suspended.unwrap_or(who)),
        20 => Coming::Join(rng.below(3), rng.below(5), rng.below(5)),
        21..=25 => Coming::Vouch(who, 2 + rng.below(2), 100 + number(rng) % 2),
        26 => Coming::Stop(2 + rng.below(2), 100 + number(rng) % 2),
        27..=30 => Coming::Terms(who, rng.below(guilds), terms(rng)),
        31 => Coming::SignConstitution(who),
        32 => Coming::AdoptConstitution,
        33 => Coming::AdoptCharter(rng.below(guilds)),
        34..=36 => {
            let has = people.iter().position(|id| !state.members[id].interests.is_empty());
            match has.filter(|_| rng.chance(40)) {
                Some(who) => Coming::EndInterest(who),
                None => Coming::Interest(who, rng.below(5)),
            }
        }
        _ => {
            let written: Vec<u64> = state.authors.keys().copied().collect();
            Coming::EraseText(who, rng.pick_of(&written).copied().unwrap_or(3))
        }
    }
}

/// The place of somebody suspended.
fn suspended(state: &State, people: &[MemberId]) -> Option<usize> {
    people.iter().position(|id| state.members[id].suspension.as_ref().is_some_and(|held| held.lifted.is_none()))
}

fn terms(rng: &mut Rng) -> Terms {
    let uses = Use::ALL.into_iter().filter(|_| rng.chance(85)).collect();
    let attribution = *rng.pick(&[Attribution::Pseudonym, Attribution::RealName, Attribution::Unnamed]);
    Terms { attribution, models: *rng.pick(&[Models::AnyOpenWeight, Models::GuildRatified]), uses }
}

/// Who does what in which hall.
pub struct Cast<'a> {
    pub hall: &'a Hall,
    pub keys: Vec<&'a KeyInMemory>,
    pub ids: Vec<MemberId>,
    pub guilds: Vec<(GuildId, String)>,
    pub institutions: &'a [InstitutionId],
}

impl Cast<'_> {
    /// Does it.
    pub async fn run(&self, coming: &Coming) -> Result<(), HallError> {
        let (hall, key) = (self.hall, |who: &usize| self.keys[*who]);
        match coming {
            Coming::Petition(number) => {
                let word = |what: &str| format!("{what} of {number}");
                let (name, institution) = (word("Name"), word("Place"));
                let text = PetitionText { name, institution, credentials: word("Class"), statement: word("Statement") };
                drop(hall.petition(stranger(*number).public_key(), &text).await?);
            }
            Coming::Attest(who, petition) => drop(hall.attest_petition(key(who), *petition).await?),
            Coming::TakeBack(who, petition) => drop(hall.revoke_attestation(key(who), *petition).await?),
            Coming::Object(who, petition, why) => drop(hall.object(key(who), *petition, why).await?),
            Coming::Decline(who, petition) => drop(hall.decline(key(who), *petition, "No.").await?),
            Coming::Add(who, number, petition) => {
                let public = petition.is_none().then(|| stranger(*number).public_key().clone());
                let handle = format!("added-{number}");
                let new = guildhall::hall::NewMember { handle, key: public, steward: false, petition: *petition };
                drop(hall.add_member(key(who), new).await?);
            }
            Coming::Suspend(who, whom, article) => {
                drop(hall.suspend(key(who), &self.ids[*whom], (*article, "They talked.")).await?);
            }
            Coming::Appeal(who) => drop(hall.appeal(key(who), "I didn't.").await?),
            Coming::Lift(who, whom) => drop(hall.lift(key(who), &self.ids[*whom], "They didn't.").await?),
            Coming::Join(who, one, other) => {
                let pair = (&self.institutions[*one], &self.institutions[*other]);
                drop(hall.join_institutions(key(who), pair, (12, "One house.")).await?);
            }
            Coming::Interest(who, place) => {
                drop(hall.declare_interest(key(who), &self.institutions[*place], Interested::FromNowOn).await?);
            }
            Coming::EndInterest(who) => {
                let state = hall.state().await?;
                let first = state.members[&self.ids[*who]].interests.first().unwrap_or(&self.institutions[0]);
                drop(hall.declare_interest(key(who), first, Interested::NoMore).await?);
            }
            Coming::Vouch(who, whom, number) => {
                drop(hall.vouch_for_key(key(who), &self.ids[*whom], stranger(*number).public_key()).await?);
            }
            Coming::Stop(who, number) => {
                drop(hall.stop_recovery(key(who), &fingerprint(stranger(*number).public_key())).await?);
            }
            Coming::Terms(who, guild, terms) => {
                let name = (terms.attribution == Attribution::RealName).then_some("Somebody");
                drop(hall.set_terms(key(who), self.guilds[*guild].0.clone(), (terms.clone(), name)).await?);
            }
            Coming::EraseText(who, entry) => drop(hall.erase_text(key(who), (*entry, "reason"), None).await?),
            coming => self.adopt(coming).await?,
        }
        Ok(())
    }

    /// Changes a text in a way that changes no rule for the items, and has it signed by one or by all founders.
    async fn adopt(&self, coming: &Coming) -> Result<(), HallError> {
        let size = self.hall.size().await?;
        match coming {
            Coming::AdoptCharter(guild) => {
                let (guild, text) = &self.guilds[*guild];
                let text = format!("{text}\n# revised at {size}\n");
                std::fs::write(self.hall.dir().join(format!("guilds/{guild}.toml")), &text).unwrap();
                for key in &self.keys[..9] {
                    self.hall.sign_charter(*key, guild, &Charter::digest_of(&text)).await?;
                }
            }
            coming => {
                let text = self.hall.constitution().await?;
                let text = format!("{}\nRevised at {size}.\n", text.trim_end());
                std::fs::write(self.hall.dir().join("constitution.md"), &text).unwrap();
                let founders = match coming {
                    Coming::SignConstitution(who) => &self.keys[*who..=*who],
                    _ => &self.keys[..9],
                };
                for key in founders {
                    self.hall.sign_constitution(*key, &Digest::of(text.as_bytes())).await?;
                }
            }
        }
        Ok(())
    }
}

/// Keys of strangers by fingerprint.
pub fn strangers() -> BTreeMap<String, PrivateKey> {
    let numbers = (0..STRANGERS).chain(100..102);
    let named = |number: u8| {
        let key = stranger(number);
        (fingerprint_of(&key_line(key.public_key()).unwrap()), key)
    };
    numbers.map(named).collect()
}

/// Whether a key signs for somebody.
pub fn signs(state: &State, key: &KeyInMemory) -> bool {
    state.member_with(&fingerprint(key.public_key())).is_some()
}
