//! Stake on the screen and by lines: who made the gold, how concentrated it is, one member's units.

use crate::journeys::{Said, Typed};
use crate::rehearsal::{Rehearsal, text};
use guildhall::tui::{Lines, Stage};

fn seen(stage: &Stage) -> String {
    text(&stage.frame((100, 30)))
}

#[tokio::test]
async fn claims_are_told_in_words_beside_their_bars() {
    let home = Rehearsal::demo();
    let guild = "cardiology".parse().unwrap();
    let view = home.open().await.stake(&guild).await.unwrap();
    let mut stage = home.console("rater-1").await;
    stage.press("g t").await;
    let first = seen(&stage);
    for words in ["Who made the gold", "never a vote", "capped", "commons", "by members: 7 hold it", "concentrated"] {
        assert!(first.contains(words), "`{words}`: {first}");
    }
    for row in &view.rows {
        let percent = guildhall::governance::percent(row.claim);
        let line = first.lines().find(|line| line.contains(&row.handle)).unwrap_or_default();
        assert!(line.contains(&percent) && line.contains('▮'), "{} {percent}: {first}", row.handle);
    }
    for alarm in &view.alarms {
        assert!(first.contains(&format!("! {alarm}")), "an alarm is more than a colour: {first}");
    }
    stage.press("enter").await;
    assert!(seen(&stage).contains("before the caps") && seen(&stage).contains("rater "), "{}", seen(&stage));
    stage.press("esc l").await;
    assert!(seen(&stage).contains("civil-engineering ▸ stake"), "{}", seen(&stage));
    // by name too
    stage.press("g h").await;
    stage.press(":").await;
    stage.press("g o - s t a k e enter").await;
    assert!(seen(&stage).contains("▸ stake"), "{}", seen(&stage));
}

#[tokio::test]
async fn lines_tell_it_without_bars() {
    let home = Rehearsal::demo();
    let actor = home.actor("you").await;
    let said = Said::default();
    let typed = Typed(["9", "b"].map(str::to_owned).into());
    let mut lines = Lines { input: Box::new(typed), output: Box::new(said.clone()) };
    guildhall::tui::linear(&actor, &mut lines).await.unwrap();
    let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("stake, cardiology") && said.contains("Herfindahl index"), "{said}");
    assert!(said.contains("sum") && said.contains("1000000"), "{said}");
    assert!(!said.contains('▮') && !said.contains('\u{1b}'), "lines draw nothing");
}
