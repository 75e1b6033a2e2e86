//! Frozen bytes: what is signed, hashed and named by a hash has one form for ever. A change here changes every hall that
//! exists; it needs another version of the format, not another vector.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ed25519_dalek::SigningKey;
use guildhall::domain::{
    Digest, Event, GuildId, HallId, ItemId, LabelKey, MemberId, Output, Turn, commitment, item_id, shown_digest,
    shown_order,
};
use guildhall::ledger::{
    Checkpoint, Commit, Core, Entry, Frontier, Header, Manifest, NoteVerifier, Seen, Signer, fingerprint, hash_of_core,
    key_line, leaf_hash, line, sign, sign_checkpoint, verify,
};
use russh::keys::ssh_key::PrivateKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use serde_json::json;

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn turn(role: &str, content: &str) -> Turn {
    Turn { role: role.to_owned(), content: content.to_owned() }
}

fn item() -> ItemId {
    let guild: GuildId = "cardiology".parse().unwrap();
    let output = |text: &str| Output { text: vec![turn("assistant", text)], model: None, params: None };
    item_id(&guild, &[turn("user", "INR 7.2, no bleeding?\u{1b}")], &[output("Hold warfarin."), output("Ünïcode 🩺")])
        .unwrap()
}

fn key() -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[7; 32])), "").unwrap()
}

fn core() -> Core {
    let answers = json!({"better": "tie", "correct@1": "no", "correct@2": "mostly"});
    let member = MemberId::from_entropy([2; 16]);
    Core {
        actor: member.to_string(),
        body: vec![
            Commit { commit: commitment(&[3; 32], &answers).unwrap(), part: "answers".to_owned() },
            Commit { commit: commitment(&[4; 32], &json!("Why: \"é\"\n")).unwrap(), part: "rationale".to_owned() },
        ],
        charter: Some(Digest::of(b"charter")),
        demo: None,
        founding: None,
        guild: Some("cardiology".parse().unwrap()),
        hall: HallId::from_entropy([1; 16]),
        key: fingerprint(key().public_key()),
        mine: 41,
        nonce: hex(&[5; 16]),
        prev: Some(Digest::of(b"the core before")),
        refs: vec![item()],
        seen: Seen::of(6660, &[6; 32]),
        shown: Some(shown_digest(&item(), &shown_order(&item(), &member, 2)).unwrap()),
        terms: Some(Digest::of(b"terms")),
        v: 1,
        event: Event::JudgementSubmitted {},
    }
}

fn entry() -> Vec<u8> {
    let (core, key) = (core(), key());
    let manifest = Manifest::over(vec![hash_of_core(&core).unwrap()], core.hall.clone(), core.key.clone());
    let sig = sign(&key, &line(&manifest).unwrap()).unwrap();
    let header = Header { at: "2026-11-22T08:00:00.000Z".parse().unwrap(), seq: 6660, sig, signer: Signer::Member };
    Entry::write(&header, &core, &manifest).unwrap()
}

#[test]
fn an_entry_s_three_lines() {
    let bytes = entry();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), ENTRY);
    let read = Entry::read(&bytes).unwrap();
    assert_eq!((read.core.clone(), hash_of_core(&core()).unwrap()), (core(), read.core_hash.clone()));
    verify(key().public_key(), &read.signed, &read.header.sig).unwrap();
}

#[test]
fn hashes_and_ids() {
    let bytes = entry();
    let label: LabelKey = "correct@1".to_owned().try_into().unwrap();
    let mut frontier = Frontier::default();
    frontier.append(leaf_hash(&bytes));
    frontier.append(leaf_hash(b"two"));
    frontier.append(leaf_hash(b"three"));
    let found = [
        ("item", item().to_string()),
        ("label", label.id(&item()).to_string()),
        ("member", MemberId::from_entropy([2; 16]).to_string()),
        ("commitment", commitment(&[9; 32], &json!({"b": 1, "a": "\u{20ac}"})).unwrap().to_string()),
        ("core", hash_of_core(&core()).unwrap().to_string()),
        ("leaf", hex(&leaf_hash(&bytes))),
        ("root of three", hex(&frontier.root())),
        ("key", key_line(key().public_key()).unwrap()),
    ];
    let found: String = found.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    assert_eq!(found, HASHES);
}

#[test]
fn a_signed_head_and_its_key() {
    let signing = SigningKey::from_bytes(&[7; 32]);
    let origin = format!("guildhall/{}", HallId::from_entropy([1; 16]));
    let checkpoint = Checkpoint { origin: origin.clone(), size: 6661, root: [8; 32] };
    assert_eq!(sign_checkpoint(&checkpoint, &origin, &signing).unwrap(), HEAD);
    assert_eq!(NoteVerifier::new(&origin, signing.verifying_key()).unwrap().vkey(), VKEY);
}

const ENTRY: &str = r#"{"at":"2026-11-22T08:00:00.000Z","seq":6660,"sig":"U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iwAAAATZ3VpbGRoYWxsLWxlZGdlci12MQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEAbeCKIAzREMUKLCOK45/1iVfSpDawaBf642DzmmuX2r7BQW08OtRX7T/JHdQvcycOXu94FSjoE+v2dq8a6pwEF","signer":"member"}
{"actor":"m_aibaeaqcaibaeaqcaibaeaqcai","body":[{"commit":"37aaed1ac79a8bced1f5c5348f6d9b9bac346fe7858342c84db705d190778c90","part":"answers"},{"commit":"1c4bd68b0bfe3873e6bf331397f732e8d033853967e7ea481e49365c6b7a4fc4","part":"rationale"}],"charter":"8399e57405627368722830c9ff3db81fba0afa6120a439c7a2568a5be31b8295","guild":"cardiology","hall":"h_aeaqcaibaeaqcaibaeaqcaibae","key":"SHA256:z/fSv0Z0RZS+Lccbc6ZoOWwt/fbj1VFJGSBKQbo4icE","kind":"judgement.submitted","mine":41,"nonce":"05050505050505050505050505050505","prev":"a5b82b8bfdba43f9366f96fcf06b05f2c0ef840993a74bc938c166b13ab37f82","pub":{},"refs":["it_pqewrrmjhoj2vr42e6j7qyzw3tyby6atyazuryti5z2jtwznqzxa"],"seen":{"root":"BgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgY=","size":6660},"shown":"e632539071084c646b4516f98c365d5a15a235276d7c1355de331a50b74e3243","terms":"51d2361f4faea3bc8f9facdbc7d99abb555596a2e51f7b25fd3b41c93587e616","v":1}
{"cores":["36c02fafffea77d80f477b6e3cfbfe3a4d81660ea4b88b46d888bdf35fc7c9ae"],"hall":"h_aeaqcaibaeaqcaibaeaqcaibae","key":"SHA256:z/fSv0Z0RZS+Lccbc6ZoOWwt/fbj1VFJGSBKQbo4icE","kind":"manifest","v":1}
"#;

const HASHES: &str = "\
item: it_pqewrrmjhoj2vr42e6j7qyzw3tyby6atyazuryti5z2jtwznqzxa
label: lb_ypwoju3ualivamapp5jzdn236vnb5jfxessv3wtpofd4eqzpvwxa
member: m_aibaeaqcaibaeaqcaibaeaqcai
commitment: c69715a198f09f248563b33d2607e3a893e65c2f7977f386d60475741634348e
core: 36c02fafffea77d80f477b6e3cfbfe3a4d81660ea4b88b46d888bdf35fc7c9ae
leaf: 7e6a7a0806cdcf12ca4a92e300539b072020c4e52dbe81746f5803a1281c0835
root of three: edf65f037e78f011daa961f79dae3c37ff0b0178441a80538bfb496a0f111232
key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs
";

const HEAD: &str = "\
guildhall/h_aeaqcaibaeaqcaibaeaqcaibae
6661
CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=

\u{2014} guildhall/h_aeaqcaibaeaqcaibaeaqcaibae HNrcE0wPMyzmx8CxVZLMTrm4PAQFDJI9zh+IhYuNGU2jw1amiQUbe7JWDDklOn6ivuAeMDhyQpMu7l/Ib9Z02ybGkg8=
";

const VKEY: &str = "guildhall/h_aeaqcaibaeaqcaibaeaqcaibae+1cdadc13+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
