//! The guild's law in the console: from a petition to what a release leaves out, standing, lost keys, terms, the
//! constitution; and by lines.

use guildhall::domain::ItemState;
use guildhall::hall::PetitionText;
use guildhall::tui::{Lines, Stage};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};

use crate::journeys::{Said, Typed};
use crate::rehearsal::{Rehearsal, text};

const SIZE: (u16, u16) = (100, 30);

fn sees(stage: &Stage, words: &str) {
    let seen = text(&stage.frame(SIZE));
    assert!(seen.contains(words), "`{words}` isn't on the screen:\n{seen}");
}

fn lacks(stage: &Stage, words: &str) {
    let seen = text(&stage.frame(SIZE));
    assert!(!seen.contains(words), "`{words}` is on the screen:\n{seen}");
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[seed; 32])), "").unwrap()
}

/// Files a petition; the key lies among the hall's as the handle that the name becomes.
async fn asks(home: &Rehearsal, name: &str, handle: &str) {
    let key = key(7);
    key.write_openssh_file(home.hall.join("keys").join(handle), LineEnding::LF).unwrap();
    let text = PetitionText {
        name: name.to_owned(),
        institution: "A hospital".to_owned(),
        credentials: "Board certified".to_owned(),
        statement: "To help".to_owned(),
    };
    home.open().await.petition(key.public_key(), &text).await.unwrap();
}

/// Goes down the list to the row that begins with this handle.
async fn to_member(stage: &mut Stage, handle: &str) {
    stage.press("g m home").await;
    for _ in 0..20 {
        let seen = text(&stage.frame(SIZE));
        if seen.lines().any(|line| line.starts_with(&format!("▌ {handle} "))) {
            return;
        }
        stage.press("j").await;
    }
    sees(stage, &format!("▌ {handle} "));
}

/// Judges the item that was imported last.
async fn judges_last(home: &Rehearsal, who: &str) {
    let mut stage = home.console(who).await;
    stage.press("g q end enter i 2 2 2").await;
    sees(&stage, "3 of 3 given");
    stage.press("enter y").await;
    sees(&stage, "judgement signed");
}

/// Cuts a release into a directory of this name; what it discloses.
async fn releases(home: &Rehearsal, version: &str) -> String {
    let dir = home.temp.path().join(version);
    let mut stage = home.console("you").await;
    stage.press("g o c enter C-u").await;
    stage.write(version).await;
    stage.press("enter enter C-u").await;
    stage.write(&dir.display().to_string()).await;
    stage.press("enter y").await;
    sees(&stage, "verified: nothing is wrong");
    std::fs::read_to_string(dir.join("ledger/disclosed.jsonl")).unwrap()
}

#[tokio::test]
async fn from_a_petition_to_gold_a_release_and_what_is_left_of_it() {
    let home = Rehearsal::demo();
    home.import(include_str!("overflowing.jsonl").lines().next_back().unwrap()).await;
    asks(&home, "Ann Lee", "ann-lee").await;
    // attested from the first screen on; in the founding that is enough
    let mut stage = home.console("rater-1").await;
    sees(&stage, "1 petition");
    stage.press("g m").await;
    sees(&stage, "Ann Lee, A hospital");
    sees(&stage, "it waits for members who attest it");
    stage.press("v").await;
    sees(&stage, "You say that you know who asks");
    stage.press("y").await;
    sees(&stage, "who asked is a member now");
    lacks(&stage, "asks to be admitted");
    stage.press("g h").await;
    lacks(&stage, "1 petition");
    // a steward attests what she is
    let mut stage = home.console("you").await;
    to_member(&mut stage, "ann-lee").await;
    stage.press("t enter enter enter").await;
    stage.write("A hospital").await;
    stage.press("enter enter y").await;
    sees(&stage, "credential attested");
    // she sets her terms, then judges
    let mut ann = home.console("ann-lee").await;
    to_member(&mut ann, "ann-lee").await;
    sees(&ann, "cardiology, the charter's terms:");
    ann.press("T enter C-u").await;
    ann.write("train, everything").await;
    ann.press("enter enter enter enter").await;
    sees(&ann, "`everything`: it is of train, evaluate");
    ann.press("T enter C-u").await;
    ann.write("train, publish_label, publish_answers").await;
    ann.press("enter enter enter enter").await;
    sees(&ann, "what you gave stays under its terms");
    ann.press("y").await;
    sees(&ann, "your terms hold for what you contribute from now on");
    sees(&ann, "cardiology, your terms: train, publish_label, publish_answers;");
    judges_last(&home, "ann-lee").await;
    judges_last(&home, "rater-3").await;
    for who in ["rater-5", "rater-2"] {
        let mut stage = home.console(who).await;
        stage.press("g q end enter S y").await;
        sees(&stage, "✓ review.signed");
    }
    let hall = home.open().await;
    let gold = hall.list_items(&"cardiology".parse().unwrap(), Some(ItemState::Gold), None).await.unwrap();
    let id = gold.last().unwrap().id.clone();
    let item = hall.item(&home.actor("ann-lee").await.member, &id).await.unwrap();
    let own = item.judgements.iter().find(|judgement| judgement.own).unwrap().entry;
    let answers = format!("\"seq\":{own}}}");
    assert!(releases(&home, "1.0.0").await.contains(&answers), "her answers are in it");
    // gold isn't withdrawn, but she may destroy what she said, and the next release has it no more
    let mut ann = home.console("ann-lee").await;
    ann.press("g q end enter D enter").await;
    sees(&ann, "left out of it, and its words are");
    ann.press("y").await;
    sees(&ann, &format!("destroyed: answers of entry {own}"));
    sees(&ann, "challenged");
    assert!(!releases(&home, "1.1.0").await.contains(&answers));
    let verified = hall.verify().await.unwrap();
    assert!(verified.ok, "{:?}", verified.fault);
}

#[tokio::test]
async fn a_judgement_that_is_taken_back_leaves_the_next_release() {
    let home = Rehearsal::demo();
    home.import(include_str!("overflowing.jsonl").lines().next_back().unwrap()).await;
    judges_last(&home, "rater-1").await;
    judges_last(&home, "rater-3").await;
    let hall = home.open().await;
    let agreed = hall.list_items(&"cardiology".parse().unwrap(), Some(ItemState::Agreed), None).await.unwrap();
    let id = agreed.last().unwrap().id.to_string();
    assert!(releases(&home, "1.0.0").await.contains(&id));
    let mut stage = home.console("rater-1").await;
    stage.press("g q end enter W").await;
    sees(&stage, "a contribution is left out of it");
    stage.press("y").await;
    sees(&stage, "judgement taken back");
    assert!(!releases(&home, "1.0.1").await.contains(&id));
}

#[tokio::test]
async fn a_word_is_taken_back_and_an_objection_waits_for_a_vote() {
    let home = Rehearsal::demo();
    asks(&home, "Ann Lee", "ann-lee").await;
    let mut stage = home.console("rater-5").await;
    stage.press("g m O enter").await;
    stage.write("I know them as somebody else.").await;
    stage.press("enter y").await;
    sees(&stage, "you object");
    sees(&stage, "somebody objects");
    let mut other = home.console("rater-1").await;
    other.press("g m").await;
    sees(&other, "objection: I know them as somebody else.");
    other.press("v y").await;
    sees(&other, "petition attested");
    sees(&other, "attested by rater-1");
    other.press("V y").await;
    sees(&other, "your word is taken back");
    lacks(&other, "attested by rater-1");
}

#[tokio::test]
async fn standing_is_seen_appealed_and_lifted() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    to_member(&mut stage, "rater-2").await;
    stage.press("S enter").await;
    sees(&stage, "Under which article");
    stage.press("6 enter").await;
    stage.write("They talked about open items.").await;
    stage.press("enter").await;
    sees(&stage, "They keep what is theirs, and may appeal");
    stage.press("y").await;
    sees(&stage, "suspended until");
    sees(&stage, "under article 6");
    let mut theirs = home.console("rater-2").await;
    to_member(&mut theirs, "rater-2").await;
    theirs.press("P").await;
    theirs.write("It was another.").await;
    theirs.press("enter y").await;
    sees(&theirs, "your appeal is in the record");
    sees(&theirs, "appealed in entry");
    // whoever suspended doesn't lift
    to_member(&mut stage, "rater-2").await;
    stage.press("L enter x enter y").await;
    sees(&stage, "Article");
    let mut other = home.console("steward-1").await;
    to_member(&mut other, "rater-2").await;
    other.press("L enter").await;
    other.write("It was another indeed.").await;
    other.press("enter y").await;
    sees(&other, "the suspension is lifted");
    lacks(&other, "suspended until");
}

#[tokio::test]
async fn a_key_that_others_vouch_for_is_stopped_by_an_old_one() {
    let home = Rehearsal::demo();
    for who in ["rater-1", "rater-3"] {
        let mut stage = home.console(who).await;
        to_member(&mut stage, "rater-2").await;
        stage.press("K enter").await;
        stage.write(&key(9).public_key().to_openssh().unwrap()).await;
        stage.press("enter").await;
        sees(&stage, "any old key of theirs may stop it");
        stage.press("y").await;
        sees(&stage, "you vouch for that key");
    }
    let mut theirs = home.console("rater-2").await;
    to_member(&mut theirs, "rater-2").await;
    sees(&theirs, "2 vouch for");
    theirs.press("x enter y").await;
    sees(&theirs, "that key will not sign for you");
    lacks(&theirs, "2 vouch for");
}

#[tokio::test]
async fn the_constitution_has_contents_and_shows_what_a_working_copy_changes() {
    let home = Rehearsal::demo();
    let mut stage = home.console("rater-1").await;
    stage.press("g c").await;
    lacks(&stage, "Article 6.");
    stage.press("c").await;
    sees(&stage, "Contents");
    stage.press("end enter").await;
    let law = std::fs::read_to_string(home.hall.join("constitution.md")).unwrap();
    let last = law.lines().rfind(|line| line.starts_with("## ")).unwrap().trim_start_matches("## ");
    sees(&stage, last);
    stage.press("d").await;
    sees(&stage, "to the byte");
    stage.press("d").await;
    assert!(law.contains("objection_days = 7"));
    std::fs::write(home.hall.join("constitution.md"), law.replace("objection_days = 7", "objection_days = 9")).unwrap();
    stage.press("d").await;
    sees(&stage, ": changed");
    sees(&stage, "+objection_days = 9");
    // a text that can't serve is told, and the reader stays
    stage.press("d").await;
    std::fs::write(home.hall.join("constitution.md"), "no law").unwrap();
    stage.press("d").await;
    sees(&stage, "1");
    stage.press("esc").await;
    sees(&stage, "constitution");
}

#[tokio::test]
async fn lines_attest_and_set_terms_and_read_the_law() {
    let home = Rehearsal::demo();
    asks(&home, "Ann Lee", "ann-lee").await;
    let actor = home.actor("steward-1").await;
    let said = Said::default();
    // the places of the choices are read first
    let typed = Typed(["b"].map(str::to_owned).into());
    let mut lines = Lines { input: Box::new(typed), output: Box::new(said.clone()) };
    guildhall::tui::linear(&actor, &mut lines).await.unwrap();
    let told = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    let place = |words: &str| {
        let line = told.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words}: {told}"));
        line.split(' ').next().unwrap().to_owned()
    };
    let (petitions, terms, law) = (place("petitions, 1"), place("your terms"), place("the constitution"));
    let after = |place: &str| (place.parse::<usize>().unwrap() - 1).to_string();
    let typed = [&petitions, "1", "y", &after(&terms), "1", "train", "none", "", "y", &after(&law), "6", "b", "b"];
    let said = Said::default();
    let mut lines = Lines { input: Box::new(Typed(typed.map(str::to_owned).into())), output: Box::new(said.clone()) };
    guildhall::tui::linear(&actor, &mut lines).await.unwrap();
    let told = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    for words in ["who asked is a member now", "hold for what you contribute", "Article 6."] {
        assert!(told.contains(words), "`{words}`: {told}");
    }
    assert!(!told.contains('\u{1b}'), "lines draw nothing");
    let terms = actor.hall.terms(&actor.member).await.unwrap().remove(0);
    assert!(terms.own && terms.terms.uses.len() == 1 && terms.terms.attribution.name() == "none", "{terms:?}");
}
