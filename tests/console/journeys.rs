//! A session's work by keys alone, and what is in the ledger afterwards.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use guildhall::domain::ItemState;
use guildhall::tui::{LineInput, Lines, Output, Reading, Stage, Writing};

use crate::rehearsal::{Rehearsal, text};

const SIZE: (u16, u16) = (80, 24);

fn sees(stage: &Stage, words: &str) {
    let seen = text(&stage.frame(SIZE));
    assert!(seen.contains(words), "`{words}` isn't on the screen:\n{seen}");
}

#[tokio::test]
async fn judging_takes_a_key_a_question_and_two_more() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter").await;
    sees(&stage, "0 of 7 given");
    // seven required questions, then the card and its yes: 7 + 2 keys
    let before = home.open().await.size().await.unwrap();
    for key in ["2", "2", "3", "2", "1", "4", "2", "enter", "y"] {
        stage.press(key).await;
    }
    sees(&stage, "judgement signed, entry 234");
    sees(&stage, "1 of 9");
    assert!(home.open().await.size().await.unwrap() > before);
}

#[tokio::test]
async fn a_dispute_is_ruled_on_reviewed_and_released_without_leaving() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("g d enter").await;
    sees(&stage, "Judgements");
    stage.press("4 3 2 e").await;
    stage.write("Output B has the drug right and the dose not.").await;
    stage.press("esc enter").await;
    sees(&stage, "You sign this ruling");
    stage.press("y").await;
    sees(&stage, "ruling signed");
    stage.press("g r enter S").await;
    sees(&stage, "Sign off");
    stage.press("y").await;
    sees(&stage, "✓ review.signed");
    stage.press("g o c").await;
    sees(&stage, "Version");
    let dir = home.temp.path().join("release");
    stage.press("enter enter enter C-u").await;
    stage.write(&dir.display().to_string()).await;
    stage.press("enter").await;
    sees(&stage, "You sign this release");
    stage.press("y").await;
    sees(&stage, "verified: nothing is wrong");
    stage.press("g l y").await;
    sees(&stage, "verified: nothing is wrong");
    let verified = home.open().await.verify().await.unwrap();
    assert!(verified.ok, "{:?}", verified.fault);
}

#[tokio::test]
async fn a_rationale_that_is_asked_for_is_asked_for() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter 4 3 1 4 3 1 0 enter").await;
    sees(&stage, "a rationale is asked for");
    stage.press("enter").await;
    sees(&stage, "a rationale is asked for");
    stage.press("e").await;
    stage.write("Both would wait for a bleeding; hold warfarin and give vitamin K.").await;
    stage.press("esc enter y").await;
    sees(&stage, "judgement signed");
}

#[tokio::test]
async fn skipping_flagging_and_resolving_ask_for_reasons_and_a_yes() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter s").await;
    stage.write("not my field").await;
    stage.press("esc").await;
    stage.press("s").await;
    sees(&stage, "not my field");
    stage.press("enter y").await;
    sees(&stage, "✓ skipped");
    stage.press("s").await;
    let next = text(&stage.frame(SIZE));
    assert!(!next.contains("not my field"), "a reason stays with its item");
    stage.press("esc").await;
    stage.press("f 1 enter").await;
    stage.write("would kill").await;
    stage.press("enter y").await;
    sees(&stage, "✓ item.flagged");
}

#[tokio::test]
async fn marks_are_set_by_keyboard_on_the_text_as_it_is_written() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter m w enter e enter 4 2").await;
    stage.press("esc").await;
    sees(&stage, "1 mark");
    let drafts = home.actor("you").await;
    let (_, draft) = drafts.hall.drafts(&drafts.member).unwrap().remove(0);
    let mark = draft.answers.iter().find(|(key, _)| key.starts_with("errors@")).unwrap().1;
    assert_eq!(mark, "2-10:dosage:major", "the second word: `possible`");
}

#[tokio::test]
async fn what_was_typed_is_there_again_on_the_same_item_in_the_same_field() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("enter J J 4 e").await;
    stage.write("half a sent").await;
    let before = text(&stage.frame(SIZE));
    drop(stage);
    let stage = home.console("you").await;
    let after = text(&stage.frame(SIZE));
    assert!(after.contains("half a sent"), "{after}");
    let body = |screen: &str| screen.lines().skip(1).take(22).map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&before), body(&after));
}

#[tokio::test]
async fn a_reviewer_who_may_not_is_told_the_rule_and_the_article() {
    let home = Rehearsal::demo();
    let mut stage = home.console("steward-1").await;
    stage.press("g q end enter").await;
    sees(&stage, "Not as rater: you imported this item");
    sees(&stage, "Article");
}

#[tokio::test]
async fn whole_drafts_go_in_under_one_signature() {
    let home = Rehearsal::demo();
    let before = judged(&home).await;
    let mut stage = home.console("you").await;
    stage.press("enter 2 2 3 2 1 4 2").await;
    sees(&stage, "7 of 7 given");
    stage.press("J 2 2 3 2 1 4 2").await;
    sees(&stage, "7 of 7 given");
    stage.press("J 2").await;
    stage.press("esc").await;
    sees(&stage, "go on");
    stage.press("B").await;
    sees(&stage, "You sign these judgements as one");
    stage.press("y").await;
    sees(&stage, "2 signed and submitted as one");
    sees(&stage, "is still a draft");
    stage.press("esc").await;
    assert_eq!(judged(&home).await, before + 2);
    let log = home.open().await.log(&home.actor("steward-1").await.member, 234, 100).await.unwrap();
    assert!(log.iter().filter(|line| line.kind == "judgement.submitted").count() == 2);
}

#[tokio::test]
async fn a_steward_answers_petitions() {
    let home = Rehearsal::demo();
    let hall = home.open().await;
    let text = |name: &str| guildhall::hall::PetitionText {
        name: name.to_owned(),
        institution: "A hospital".to_owned(),
        credentials: "Board certified".to_owned(),
        statement: "To help".to_owned(),
    };
    for (seed, name) in [(1, "first who asks"), (2, "second who asks")] {
        let pair = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
        let key = russh::keys::PublicKey::from(russh::keys::ssh_key::public::Ed25519PublicKey(pair.public.0));
        hall.petition(&key, &text(name)).await.unwrap();
    }
    let mut stage = home.console("steward-1").await;
    stage.press("g m").await;
    sees(&stage, "first who asks");
    sees(&stage, "Board certified");
    stage.press("A enter n e w enter enter").await;
    sees(&stage, "admit who asks");
    stage.press("y").await;
    sees(&stage, "member added");
    stage.press("D enter n o enter").await;
    stage.press("y").await;
    assert_eq!(hall.petitions(&home.actor("steward-1").await.member).await.unwrap().len(), 0);
    assert!(hall.member_called("new").await.unwrap().is_some());
    let mut other = home.console("rater-1").await;
    other.press("g m").await;
    assert!(!text_of(&other).contains("asks to be admitted"));
}

fn text_of(stage: &Stage) -> String {
    text(&stage.frame(SIZE))
}

#[tokio::test]
async fn lines_judge_as_the_console_does() {
    let home = Rehearsal::demo();
    let actor = home.actor("you").await;
    let before = judged(&home).await;
    let typed = "7\n1\n2\n2\n3\n\n\n\n2\n1\n4\n\n\n\n2\n\ny\nb\nb\n";
    let said = Said::default();
    let typed = Typed(typed.lines().map(ToOwned::to_owned).collect());
    let mut lines = Lines { input: Box::new(typed), output: Box::new(said.clone()) };
    guildhall::tui::linear(&actor, &mut lines).await.unwrap();
    let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("alpha, nominal"), "{said}");
    assert!(said.contains("Done: judgement signed, entry 234."), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('─'), "lines draw nothing");
    assert_eq!(judged(&home).await, before + 1);
}

/// Lines that are typed.
pub struct Typed(pub VecDeque<String>);

impl LineInput for Typed {
    fn line(&mut self) -> Reading<'_> {
        Box::pin(std::future::ready(Ok(self.0.pop_front())))
    }
}

/// What is said.
#[derive(Clone, Default)]
pub struct Said(pub Arc<Mutex<Vec<u8>>>);

impl Output for Said {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Judgements on open items.
async fn judged(home: &Rehearsal) -> usize {
    let guild = "cardiology".parse().unwrap();
    let open = home.open().await.list_items(&guild, Some(ItemState::Open), None).await.unwrap();
    open.iter().map(|item| item.judgements).sum()
}
