//! Models in the console: run on a dispute, recorded, compared, scored; stopped without a trace; absent where there are none.

use guildhall::engine::{Origin, Registry};
use guildhall::tui::Stage;

use crate::rehearsal::{Rehearsal, text};
use crate::tiny_model::tiny_model;

fn seen(stage: &Stage) -> String {
    text(&stage.frame((100, 30)))
}

fn with_model() -> Rehearsal {
    let home = Rehearsal::demo();
    let dir = tiny_model(home.temp.path());
    let origin = Origin { name: None, source: "tiny".to_owned(), revision: None, at: "2026-11-22".to_owned() };
    Registry::of(&home.hall).copy(&dir, &origin).unwrap();
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_run_on_a_dispute_and_recorded() {
    let home = with_model();
    let mut stage = home.console("you").await;
    stage.press("g d enter r").await;
    assert!(seen(&stage).contains("No model was run on this item"), "{}", seen(&stage));
    // model, samples, tokens, temperature, seed
    stage.press("r enter C-u 2 enter C-u 1 6 enter enter enter").await;
    assert!(seen(&stage).contains("tiny × 2, temperature 0.8, seed 1"), "{}", seen(&stage));
    let before = home.open().await.size().await.unwrap();
    stage.press("y").await;
    let told = seen(&stage);
    assert!(told.contains("recorded, entry") && told.contains("sample 2"), "{told}");
    assert_eq!(home.open().await.size().await.unwrap(), before + 1);
    stage.press("d").await;
    assert!(seen(&stage).contains("against output A"), "{}", seen(&stage));
    stage.press("p enter enter y").await;
    let scored = seen(&stage);
    assert!(scored.contains("surprisal in nats") && scored.contains("output A as tiny reads it"), "{scored}");
    stage.press("j").await;
    assert!(seen(&stage).contains("sample 1"), "{}", seen(&stage));
    // beside the judgements it is told in a line
    stage.press("esc R end").await;
    assert!(seen(&stage).contains("Models") && seen(&stage).contains("tiny × 2"), "{}", seen(&stage));
    assert!(home.open().await.verify().await.unwrap().ok);
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_runs() {
    let home = with_model();
    let mut stage = home.console("you").await;
    stage.press("g d enter r r enter C-u 9 9 enter enter enter enter").await;
    assert!(seen(&stage).contains("1 to 64 samples"), "{}", seen(&stage));
    let without = Rehearsal::demo();
    let mut stage = without.console("you").await;
    stage.press("g d enter r").await;
    assert!(seen(&stage).contains("guildhall model add"), "{}", seen(&stage));
    assert!(!seen(&stage).contains("r rerun"));
}
