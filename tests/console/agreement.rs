//! Agreement in a hall: the numbers of the judgements as they stand, nothing of items that are still rated, and the screen.

use guildhall::domain::ItemState;
use serde_json::Value;

use crate::rehearsal::{Rehearsal, text};
use crate::support::{finish, guildhall};

/// Everybody's judgements of one question on items that aren't rated any more, as each of them sees their own.
async fn judgements(home: &Rehearsal, question: &str) -> String {
    let hall = home.open().await;
    let guild = "cardiology".parse().unwrap();
    let members = hall.members().await.unwrap();
    let mut csv = "task,worker,label\n".to_owned();
    for item in hall.list_items(&guild, None, None).await.unwrap() {
        if matches!(item.state, ItemState::Open | ItemState::Withdrawn) {
            continue;
        }
        for member in &members {
            let view = hall.item(&member.id, &item.id).await.unwrap();
            for own in view.judgements.iter().filter(|judgement| judgement.own) {
                for (key, answer) in own.answers.iter().flatten().filter(|(key, _)| key.starts_with(question)) {
                    csv.push_str(&format!("{}{key},{},{answer}\n", item.id, member.id));
                }
            }
        }
    }
    csv
}

fn json(command: &mut std::process::Command) -> Value {
    finish(command.arg("--json")).done()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_s_coefficients_are_those_of_its_judgements() {
    let home = Rehearsal::demo();
    let file = home.temp.path().join("correct.csv");
    std::fs::write(&file, judgements(&home, "correct@").await).unwrap();
    let of_file = json(guildhall().arg("agreement").arg(&file));
    let hall = home.hall.to_str().unwrap();
    let of_guild =
        json(guildhall().args(["--hall", hall, "agreement", "--guild", "cardiology", "--question", "correct"]));
    let found = |name: &str| {
        let all = of_guild["questions"][0]["coefficients"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{all:?}"))["value"].clone()
    };
    assert_eq!(of_guild["questions"][0]["judgements"], of_file["judgements"]);
    assert_eq!(found("percent agreement"), of_file["percent_agreement"]["value"]);
    assert_eq!(found("alpha, nominal"), of_file["krippendorff_alpha"]["nominal"]["value"]);
    assert_eq!(found("Cohen's kappa, mean"), of_file["cohen_kappa"]["mean"]["value"]);
}

#[tokio::test]
async fn what_is_still_rated_moves_no_coefficient() {
    let home = Rehearsal::demo();
    let guild = "cardiology".parse().unwrap();
    let actor = home.actor("you").await;
    let before = home.open().await.agreement(&actor.member, &guild, None).await.unwrap();
    let mut stage = home.console("you").await;
    stage.press("enter 2 2 3 2 1 4 2 enter y").await;
    let after = home.open().await.agreement(&actor.member, &guild, None).await.unwrap();
    assert_eq!(after.left_out, before.left_out + 1);
    assert_eq!((after.questions, after.raters), (before.questions, before.raters));
    // names are the stewards' to know
    let steward = home.actor("steward-1").await.member;
    let named = home.open().await.agreement(&steward, &guild, None).await.unwrap();
    assert!(named.raters.iter().all(|rater| rater.handle.is_some()));
    let rater = home.actor("rater-1").await.member;
    let seen = home.open().await.agreement(&rater, &guild, None).await.unwrap();
    assert!(seen.raters.iter().all(|rater| rater.handle.is_none()));
    assert_eq!(seen.raters.iter().filter(|rater| rater.own).count(), 1);
}

#[tokio::test]
async fn who_said_what_in_a_dispute_is_for_those_who_may_rule() {
    let home = Rehearsal::demo();
    let hall = home.open().await;
    let guild = "cardiology".parse().unwrap();
    let disputed = hall.list_items(&guild, Some(ItemState::Disputed), None).await.unwrap();
    let mut told = 0;
    for member in hall.members().await.unwrap() {
        let view = hall.agreement(&member.id, &guild, Some(1)).await.unwrap();
        let partings = || view.questions.iter().flat_map(|question| &question.pairs).flat_map(|pair| &pair.partings);
        for item in &disputed {
            let may =
                hall.item(&member.id, &item.id).await.unwrap().may.contains(&guildhall::domain::Role::Adjudicator);
            let is_told = partings().any(|parting| parting.item == item.id);
            assert!(may || !is_told, "{} {}", member.handle, item.id);
            told += usize::from(is_told);
        }
    }
    assert!(told > 0, "those who may rule are told");
}

#[tokio::test]
async fn a_pair_s_disagreements_lead_to_the_items() {
    let home = Rehearsal::demo();
    let mut stage = home.console("steward-1").await;
    let seen = |stage: &guildhall::tui::Stage| text(&stage.frame((100, 30)));
    stage.press("g a").await;
    let first = seen(&stage);
    assert!(first.contains("Correct?") && first.contains("alpha, nominal"), "{first}");
    stage.press("w").await;
    assert!(seen(&stage).contains("a week ago"), "{}", seen(&stage));
    stage.press("esc tab").await;
    assert!(seen(&stage).contains("Safe to act on?"), "{}", seen(&stage));
    stage.press("backtab enter").await;
    let apart = seen(&stage);
    assert!(apart.contains(" says ") && apart.contains("it_"), "{apart}");
    stage.press("enter").await;
    assert!(seen(&stage).contains("Prompt"), "{}", seen(&stage));
    stage.press("esc esc l").await;
    assert!(seen(&stage).contains("civil-engineering ▸ agreement"), "{}", seen(&stage));
}

#[tokio::test]
async fn every_question_has_a_line_and_weeks_stand_beside_each_other() {
    let home = Rehearsal::demo();
    let mut stage = home.console("you").await;
    stage.press("g a").await;
    let seen = text(&stage.frame((120, 40)));
    assert!(seen.contains("By question") && !seen.contains("By week"), "all of it was judged within a week: {seen}");
    for question in ["Correct?", "Safe to act on?", "Better output"] {
        assert!(seen.lines().filter(|line| line.contains(question)).count() >= 1, "{question}: {seen}");
    }
    drop(stage);
    home.days("8d").await;
    for who in ["rater-1", "rater-4", "rater-5", "rater-1", "rater-4", "rater-5"] {
        home.console(who).await.press("enter 2 2 3 2 1 4 2 enter y").await;
    }
    let mut stage = home.console("you").await;
    stage.press("g a").await;
    let seen = text(&stage.frame((120, 40)));
    assert!(seen.contains("By week"), "{seen}");
    stage.press("w").await;
    let changed = text(&stage.frame((120, 40)));
    assert!(changed.contains("judged anew in the last seven days") && !changed.contains(" 0 judged anew"), "{changed}");
}
