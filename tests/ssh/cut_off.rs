//! The client is killed at each step of the work, and a new session goes on there: the same item, field and cursor, and
//! nothing half done. Judging itself is among the sessions; here are the steps after it, and the agent's.

use crate::agents::{OwnAgent, Waiting};
use crate::house::{Agent, House, has_ssh};
use crate::terminal::Terminal;

/// A hall, and the agent of `you`.
fn begun() -> (House, Agent) {
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("you")]);
    (house, agent)
}

/// Kills the client; what was typed is kept by then.
fn killed(mut terminal: Terminal) {
    terminal.signal("KILL");
    terminal.ended();
}

/// The item that the title names.
fn item(screen: &str) -> String {
    screen.lines().next().unwrap().split("it_").nth(1).unwrap().split(['…', ' ']).next().unwrap().to_owned()
}

/// Writes a text whose one word lacks its `o`, and puts the cursor there.
fn writes(terminal: &mut Terminal, (text, back): (&str, usize)) {
    terminal.press(text);
    terminal.sees(text);
    terminal.press(&"\u{1b}[D".repeat(back));
    // a letter shows that the cursor is there; it is rubbed out again
    let at = text.len() - back;
    terminal.press("_");
    terminal.sees(&format!("{}_{}", &text[..at], &text[at..]));
    terminal.press("\u{7f}");
    terminal.sees(text);
    terminal.sees("draft kept");
}

#[test]
fn while_ruling_on_a_dispute() {
    if !has_ssh() {
        return;
    }
    let (house, agent) = begun();
    let before = house.entries();
    let mut first = house.terminal("you", Some(&agent), (80, 24));
    first.sees("Waiting for you");
    first.press("gd");
    first.sees("you may rule");
    first.press("\r");
    let opened = first.sees("Ruling");
    first.press("432e");
    first.sees("Opinion");
    writes(&mut first, ("the dose is nt right", 7));
    killed(first);

    let mut second = house.terminal("you", Some(&agent), (80, 24));
    let resumed = second.sees("the dose is nt right");
    assert_eq!(item(&opened), item(&resumed));
    second.press("o");
    second.sees("the dose is not right");
    second.press("\u{1b}");
    second.sees("3 of 3 given");
    second.sees("draft kept");
    second.press("\r");
    second.sees("You sign this ruling");
    killed(second);
    assert_eq!(house.entries(), before, "nothing was signed");

    let mut third = house.terminal("you", Some(&agent), (80, 24));
    let resumed = third.sees("3 of 3 given");
    assert_eq!(item(&opened), item(&resumed));
    third.press("\r");
    assert!(third.sees("You sign this ruling").contains("the dose is not right"));
    third.press("y");
    third.sees("ruling signed");
    third.press("Q");
    third.ended();
    house.signed_by(before, &house.home.hall.join("keys/you.pub"));
    assert_eq!(house.entry(before)[1]["kind"], "ruling.given");
}

#[test]
fn while_reviewing() {
    if !has_ssh() {
        return;
    }
    let (house, agent) = begun();
    let before = house.entries();
    let mut first = house.terminal("you", Some(&agent), (80, 24));
    first.sees("Waiting for you");
    first.press("gr");
    first.sees("I could review");
    first.press("\r");
    let opened = first.sees("sign off");
    first.press("T");
    first.sees("What is wrong with it");
    writes(&mut first, ("the value is wrng here", 7));
    killed(first);

    let mut second = house.terminal("you", Some(&agent), (80, 24));
    let resumed = second.sees("the value is wrng here");
    assert!(resumed.contains("What is wrong with it"), "{resumed}");
    assert_eq!(item(&opened), item(&resumed));
    second.press("o");
    second.sees("the value is wrong here");
    second.sees("draft kept");
    second.press("\r");
    second.sees("item it_");
    killed(second);
    assert_eq!(house.entries(), before, "nothing was returned");

    // on a second thought it stands
    let mut third = house.terminal("you", Some(&agent), (80, 24));
    let resumed = third.sees("the value is wrong here");
    assert_eq!(item(&opened), item(&resumed));
    third.press("\u{1b}");
    third.until("the item alone", |screen, _| !screen.contents().contains("What is wrong with it"));
    third.press("S");
    third.sees("You read it, and the values stand");
    killed(third);
    assert_eq!(house.entries(), before, "nothing was signed off");

    let mut fourth = house.terminal("you", Some(&agent), (80, 24));
    fourth.sees("the value is wrong here");
    fourth.press("\u{1b}");
    fourth.until("the item alone", |screen, _| !screen.contents().contains("What is wrong with it"));
    fourth.press("S");
    fourth.sees("You read it, and the values stand");
    fourth.press("y");
    fourth.sees("review.signed");
    fourth.press("Q");
    fourth.ended();
    house.signed_by(before, &house.home.hall.join("keys/you.pub"));
    assert_eq!(house.entry(before)[1]["kind"], "review.signed");
}

/// In the console: on the card of a release, which only lacks its yes.
fn about_to_release(terminal: &mut Terminal) {
    terminal.sees("Waiting for you");
    terminal.press("go");
    terminal.sees("newest first");
    terminal.press("c");
    terminal.sees("Directory to make");
    terminal.press("\r\r\r\r");
    terminal.sees("You sign this release");
}

#[test]
fn at_the_release_step() {
    if !has_ssh() {
        return;
    }
    let (house, agent) = begun();
    let (before, mut releases) = (house.entries(), house.releases());
    let mut first = house.terminal("you", Some(&agent), (80, 24));
    about_to_release(&mut first);
    killed(first);
    assert_eq!((house.entries(), house.releases()), (before, releases.clone()));

    let (waiting, comes) = Waiting::acts();
    let held = OwnAgent::at(&house.home.path("held"), &agent.socket, comes);
    let mut second = house.terminal("you", Some(&held), (80, 24));
    about_to_release(&mut second);
    second.press("y");
    waiting.is_asked();
    killed(second);
    waiting.go.send(()).unwrap();

    let mut third = house.terminal("you", Some(&agent), (80, 24));
    about_to_release(&mut third);
    assert_eq!(house.entries(), before, "nothing was released");
    third.press("y");
    third.sees("verified: nothing is wrong");
    third.press("Q");
    third.ended();
    releases.push("cardiology-0.2.0".to_owned());
    releases.sort();
    assert_eq!(house.releases(), releases, "and nothing of the other try is left");
    house.signed_by(before, &house.home.hall.join("keys/you.pub"));
}

#[test]
fn while_the_agent_is_asked() {
    if !has_ssh() {
        return;
    }
    let (house, agent) = begun();
    let before = house.entries();
    let (waiting, comes) = Waiting::acts();
    let held = OwnAgent::at(&house.home.path("held"), &agent.socket, comes);
    let mut first = house.terminal("you", Some(&held), (80, 24));
    first.sees("Waiting for you");
    first.press("\r");
    first.sees("0 of 7 given");
    first.press("2232142");
    let opened = first.sees("7 of 7 given");
    first.sees("draft kept");
    first.press("\r");
    first.sees("You sign this judgement");
    first.press("y");
    waiting.is_asked();
    first.sees("signing …");
    killed(first);
    // a yes that comes too late is nobody's
    waiting.go.send(()).unwrap();

    let mut second = house.terminal("you", Some(&held), (80, 24));
    let resumed = second.sees("7 of 7 given");
    assert_eq!(item(&opened), item(&resumed));
    assert_eq!(house.entries(), before, "nothing was signed");
    second.press("\r");
    second.sees("You sign this judgement");
    second.press("y");
    waiting.is_asked();
    waiting.go.send(()).unwrap();
    second.sees("judgement signed, entry");
    second.press("Q");
    second.ended();
    house.signed_by(before, &house.home.hall.join("keys/you.pub"));
}
