//! Places taken by who goes away before there is anything to judge.

use std::time::Duration;

use guildhall::domain::{ItemState, Role};
use guildhall::hall::{QueueFilter, QueueFrom, QueueSort};

use crate::live::Live;
use crate::rehearsal::Rehearsal;

#[tokio::test]
async fn a_place_that_was_taken_before_the_item_came_is_given_back() {
    let home = Rehearsal::demo();
    let (rater, other) = (home.actor("rater-1").await, home.actor("steward-1").await);
    let hall = rater.hall.clone();
    let mine = QueueFilter { state: Some(ItemState::Open), role: Some(Role::Rater), ..QueueFilter::default() };
    let queue = |filter: QueueFilter| {
        let (hall, rater) = (hall.clone(), rater.member.clone());
        async move { hall.queue(&rater, &filter, QueueSort::Oldest, (QueueFrom::Start, 50)).await.unwrap().rows }
    };
    let item = queue(mine).await.remove(0).id;
    let place = queue(QueueFilter::default()).await.iter().position(|row| row.id == item).unwrap();

    for _ in 0..5 {
        let live = Live::open(rater.clone(), "rater-1").await;
        live.press("g q").await;
        live.sees("oldest first").await;
        live.press(&vec!["j"; place].join(" ")).await;
        live.press("enter").await;
        live.sees("you may act as rater").await;
        // it is asked for, and the session is left before it comes
        live.press("i").await;
        live.leave().await;
        // what was asked is done after the session, one after the other: time to take the place, and then as long as it takes
        tokio::time::sleep(Duration::from_millis(200)).await;
        let settled = async {
            while hall.item(&other.member, &item).await.unwrap().at_work > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), settled).await.expect("the place is free again");
    }
}
