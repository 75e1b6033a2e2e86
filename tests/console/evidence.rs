//! Models in the console: run on a dispute, recorded, compared, scored; stopped without a trace; absent where there are none.

use guildhall::engine::endpoint::Dialect;
use guildhall::engine::{Origin, Registry, RemoteModel, Waits};
use guildhall::tui::Stage;

use crate::peer::{Act, Peer, events, spoken};
use crate::rehearsal::{Rehearsal, text};
use crate::tiny_model::tiny_model;

fn seen(stage: &Stage) -> String {
    text(&stage.frame((100, 30)))
}

pub fn with_model() -> Rehearsal {
    let home = Rehearsal::demo();
    let dir = tiny_model(home.temp.path());
    let origin =
        Origin { name: None, source: "tiny".to_owned(), revision: None, licence: None, at: "2026-11-22".to_owned() };
    Registry::of(&home.hall).copy(&dir, &origin, &[]).unwrap();
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_run_on_a_dispute_and_recorded() {
    let home = with_model();
    let mut stage = home.console("you").await;
    stage.press("g d enter M").await;
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
    stage.press("h enter enter y").await;
    let scored = seen(&stage);
    assert!(scored.contains("surprisal in nats") && scored.contains("output A as tiny reads it"), "{scored}");
    stage.press("j").await;
    assert!(seen(&stage).contains("sample 1"), "{}", seen(&stage));
    // a page behind the judgements tells it too
    stage.press("esc tab").await;
    let page = seen(&stage);
    assert!(page.contains("rerun tiny × 2") && page.contains("surprisal of output A as tiny reads it"), "{page}");
    assert!(home.open().await.verify().await.unwrap().ok);
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_runs() {
    let home = with_model();
    let mut stage = home.console("you").await;
    stage.press("g d enter M r enter C-u 9 9 enter enter enter enter").await;
    assert!(seen(&stage).contains("1 to 64 samples"), "{}", seen(&stage));
    let without = Rehearsal::demo();
    let mut stage = without.console("you").await;
    stage.press("g d enter r").await;
    let wide = text(&stage.frame((120, 40)));
    assert!(wide.contains("Tab: texts"), "there is no evidence to turn to: {wide}");
    stage.press("M").await;
    assert!(seen(&stage).contains("guildhall model add"), "{}", seen(&stage));
    assert!(!seen(&stage).contains("r rerun"));
}

/// The demo with a model behind a peer that says this.
pub async fn with_peer(acts: Vec<Act>) -> (Rehearsal, Peer) {
    let (home, peer) = (Rehearsal::demo(), Peer::new(vec![acts]).await);
    let remote = RemoteModel {
        address: format!("{}/v1", peer.url),
        model: "big-model".to_owned(),
        dialect: Dialect::Common,
        key: None,
        key_in_clear: false,
        authorities: None,
        waits: Waits::default(),
    };
    let at = "2026-11-24".to_owned();
    let origin = Origin { name: Some("big".to_owned()), source: peer.url.clone(), revision: None, licence: None, at };
    Registry::of(&home.hall).connect(remote, &origin).unwrap();
    (home, peer)
}

/// A console over what models say of a dispute, with such a model.
async fn with_endpoint(acts: Vec<Act>) -> (Rehearsal, Stage, Peer) {
    let (home, peer) = with_peer(acts).await;
    let mut stage = home.console("you").await;
    stage.press("g d enter M").await;
    (home, stage, peer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_elsewhere_is_run_and_recorded() {
    let (home, mut stage, _peer) = with_endpoint(events(spoken(&["I would ", "say yes"]))).await;
    assert!(!seen(&stage).contains("h heat"), "an endpoint scores nothing: {}", seen(&stage));
    stage.press("r enter C-u 2 enter enter enter enter y").await;
    let told = seen(&stage);
    assert!(told.contains("recorded, entry") && told.contains("I would say yes"), "{told}");
    assert!(told.contains("say the same word for word"), "{told}");
    assert!(home.open().await.verify().await.unwrap().ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_is_told_and_records_nothing() {
    let (home, mut stage, _peer) = with_endpoint(vec![Act::Send(b"HTTP/1.1 403 No\r\n\r\n".to_vec())]).await;
    let before = home.open().await.size().await.unwrap();
    stage.press("r enter enter enter enter enter y").await;
    assert!(seen(&stage).contains("the key may not use this"), "{}", seen(&stage));
    // no pop-up takes the keys: the next one goes to the screen, and why it failed stays there
    stage.press("esc tab").await;
    assert!(seen(&stage).contains("Evidence") && seen(&stage).contains("the key may not use this"), "{}", seen(&stage));
    assert_eq!(home.open().await.size().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hall_s_models_are_shown_checked_and_taken_out() {
    let home = with_model();
    let mut stage = home.console("steward-1").await;
    stage.press("g e").await;
    let shown = seen(&stage);
    assert!(shown.contains("tiny") && shown.contains("llama") && shown.contains("sha256:"), "{shown}");
    stage.press("y").await;
    assert!(seen(&stage).contains("its files are what was added"), "{}", seen(&stage));
    // a file of this machine, and what isn't encrypted, are for the command
    stage.press("a").await;
    stage.write("http://127.0.0.1:9/a.gguf").await;
    stage.press("enter enter").await;
    assert!(seen(&stage).contains("is fetched from hf:ORG/REPO/FILE or https://"), "{}", seen(&stage));
    stage.press("esc X").await;
    assert!(seen(&stage).contains("of tiny are deleted"), "{}", seen(&stage));
    stage.press("y").await;
    assert!(seen(&stage).contains("none yet") && seen(&stage).contains("tiny is taken out"), "{}", seen(&stage));
    assert!(home.open().await.models().unwrap().is_empty());
}

#[tokio::test]
async fn models_are_their_stewards_to_keep() {
    let home = with_model();
    let mut stage = home.console("rater-1").await;
    stage.press("g e").await;
    assert!(seen(&stage).contains("tiny") && !seen(&stage).contains("a add"), "{}", seen(&stage));
    let hall = home.open().await;
    let rater = hall.members().await.unwrap().into_iter().find(|row| row.handle == "rater-1").unwrap().id;
    for refused in [
        hall.fetch_model(&rater, "hf:org/tiny", None).await,
        hall.remove_model(&rater, "tiny").await,
        hall.verify_model(&rater, "tiny").await.map(|_| ()),
        hall.stop_fetch(&rater, "hf:org/tiny").await,
    ] {
        assert!(refused.unwrap_err().to_string().contains("steward"));
    }
}
