//! Sessions at a terminal over ssh: a whole day's work, resizing, being cut off and coming back, the server stopping.

use crate::house::{Agent, House, has_ssh};
use crate::support::Home;
use crate::terminal::only_ours;

#[test]
fn a_whole_day_over_ssh() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("you")]);
    let before = house.home.ledger().done()["entries"].as_u64().unwrap();
    let mut terminal = house.terminal("you", Some(&agent), (80, 24));
    terminal.sees("signed by your agent");
    terminal.press("\r");
    terminal.sees("0 of 7 given");
    terminal.press("2232142");
    terminal.sees("7 of 7 given");
    terminal.resize((120, 40));
    terminal.until("the wider frame", |screen, _| screen.contents_between(39, 0, 39, 119).contains("answer"));
    terminal.press("\r");
    terminal.sees("You sign this judgement");
    terminal.press("y");
    terminal.sees("judgement signed, entry");
    terminal.press("gd");
    terminal.sees("you may rule");
    terminal.press("\r");
    terminal.sees("Ruling");
    terminal.press("432e");
    terminal.sees("Opinion");
    // pasted, with what a paste may hide
    terminal.press("\u{1b}[200~The drug is right, the dose is not.\u{1b}[201~ Größe 漢\u{1b}");
    terminal.sees("3 of 3 given");
    terminal.press("\r");
    terminal.sees("You sign this ruling");
    terminal.press("y");
    terminal.sees("ruling signed");
    terminal.reviews_and_cuts();
    terminal.press("Q");
    let bytes = terminal.ended();
    only_ours(&bytes);
    let left = terminal.screen_of(&bytes);
    assert!(!left.screen().alternate_screen() && !left.screen().hide_cursor(), "the terminal is as it was");

    assert_eq!(
        signed_since(&house, before, "you"),
        ["judgement.submitted", "ruling.given", "review.signed", "release.cut"]
    );
}

/// Kinds of the members' entries from a place on, each checked by ssh-keygen; the ledger holds.
fn signed_since(house: &House, from: u64, who: &str) -> Vec<String> {
    let after = house.home.ledger().done();
    assert_eq!(after["ok"], true);
    let public = house.home.hall.join(format!("keys/{who}.pub"));
    let mut acts = Vec::new();
    for seq in from..after["entries"].as_u64().unwrap() {
        let [header, core, _] = house.entry(seq);
        if header["signer"] == "member" {
            house.signed_by(seq, &public);
            acts.push(core["kind"].as_str().unwrap().to_owned());
        }
    }
    acts
}

#[test]
fn cut_off_at_each_step_it_goes_on_there() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("you")]);
    let before = house.home.ledger().done()["entries"].as_u64().unwrap();
    // every client is killed; the next one goes on with the same item, field and text
    let mut first = house.terminal("you", Some(&agent), (80, 24));
    first.sees("Waiting for you");
    first.press("\r");
    first.sees("0 of 7 given");
    first.press("22");
    let opened = first.sees("2 of 7 given");
    first.sees("draft kept");
    first.signal("KILL");
    first.ended();
    let item = |screen: &str| screen.lines().next().unwrap().split('·').nth(1).unwrap().trim().to_owned();

    let mut second = house.terminal("you", Some(&agent), (80, 24));
    let resumed = second.sees("2 of 7 given");
    assert_eq!(item(&opened), item(&resumed));
    second.press("32142");
    second.sees("7 of 7 given");
    second.press("e");
    second.sees("Rationale");
    second.press("first line\rsecond wrd");
    second.sees("second wrd");
    // the cursor goes back into the word; a letter there shows that it did
    second.press("\u{1b}[D\u{1b}[D_");
    second.sees("second w_rd");
    second.press("\u{7f}");
    second.sees("second wrd");
    second.sees("draft kept");
    second.signal("KILL");
    second.ended();

    let mut third = house.terminal("you", Some(&agent), (80, 24));
    third.sees("second wrd");
    third.press("o");
    third.sees("second word");
    third.sees("draft kept");
    third.press("\u{1b}");
    third.sees("7 of 7 given");
    third.press("\r");
    third.sees("You sign this judgement");
    third.signal("KILL");
    third.ended();
    assert_eq!(house.home.ledger().done()["entries"].as_u64().unwrap(), before, "nothing was signed");

    let mut fourth = house.terminal("you", Some(&agent), (80, 24));
    fourth.sees("7 of 7 given");
    fourth.press("\r");
    fourth.sees("You sign this judgement");
    fourth.press("y");
    fourth.sees("judgement signed, entry");
    fourth.press("Q");
    fourth.ended();
    house.signed_by(before, &house.home.hall.join("keys/you.pub"));
}

#[test]
fn the_server_stops_and_nothing_typed_is_lost() {
    if !has_ssh() {
        return;
    }
    let mut house = House::demo();
    let mut terminal = house.terminal("you", None, (80, 24));
    terminal.sees("not signed by you");
    terminal.press("\r");
    terminal.sees("attested by the hall");
    terminal.press("4e");
    terminal.sees("Rationale");
    terminal.press("waiting for bleeding is wr");
    terminal.sees("waiting for bleeding is wr");
    house.signal("TERM");
    let (took, code) = house.ended();
    let bytes = terminal.ended();
    assert!(code == 0 && took.as_secs() < 5, "{took:?}");
    let left = terminal.screen_of(&bytes);
    assert!(!left.screen().alternate_screen() && !left.screen().hide_cursor(), "the terminal is given back");
    assert!(left.screen().contents().contains("what you typed is kept"), "{}", left.screen().contents());
    let house = house.again();
    let mut again = house.terminal("you", None, (80, 24));
    again.sees("waiting for bleeding is wr");
    again.press("\u{1b}");
    again.sees("Answers");
    again.press("Q");
    again.ended();
}

#[test]
fn the_locale_and_no_color_of_the_client_count() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut command = house.at_terminal("you", None, &[]);
    // SetEnv before the others, so that it is the one that counts
    command.get_argv_mut().insert(1, "-oSetEnv=NO_COLOR=1 LANG=C".into());
    let mut terminal = crate::terminal::Terminal::run(command, (80, 24));
    terminal.sees("Waiting for you -----");
    terminal.press("Q");
    let bytes = terminal.ended();
    assert!(bytes.is_ascii(), "an ASCII locale gets ASCII");
    assert!(!String::from_utf8(bytes).unwrap().contains("\u{1b}[38;"), "no colour is sent");
}

#[test]
fn by_lines_for_screen_readers() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut terminal = crate::terminal::Terminal::run(house.at_terminal("you", None, &["--", "--linear"]), (80, 24));
    terminal.sees("What next?");
    terminal.press("1\r");
    terminal.sees("Question 1 of");
    for answer in ["2", "2", "3", "", "", "", "2", "1", "4", "", "", "", "2", "Becausx\u{7f}e", "y"] {
        terminal.press(answer);
        terminal.press("\r");
    }
    terminal.until("the receipt", |_, seen| String::from_utf8_lossy(&seen.bytes).contains("Done: judgement signed"));
    terminal.press("b\rb\r");
    let bytes = terminal.ended();
    assert!(!bytes.contains(&0x1b), "no escape sequence at all");
    assert!(String::from_utf8_lossy(&bytes).contains("attested by the hall"));
}

#[test]
fn texts_are_copied_where_that_is_allowed() {
    if !has_ssh() {
        return;
    }
    let copies = |config: &str, words: &str| {
        let house = House::open(Home::demo(), config, &[]);
        let mut terminal = house.terminal("you", None, (100, 30));
        terminal.sees("Waiting for you");
        terminal.press("\r");
        terminal.sees("of 7 given");
        terminal.press("Y");
        terminal.sees(words);
        terminal.press("Q");
        let bytes = terminal.ended();
        (String::from_utf8_lossy(&bytes).into_owned(), house)
    };
    let (sent, _) = copies("", "copying isn't allowed here");
    assert!(!sent.contains("\u{1b}]"));
    let (sent, house) = copies("clipboard = true\n", "copied as it came");
    let copied = sent.split("\u{1b}]52;c;").nth(1).unwrap().split('\u{7}').next().unwrap();
    let copied = String::from_utf8(data_encoding::BASE64.decode(copied.as_bytes()).unwrap()).unwrap();
    let samples = std::fs::read_to_string("samples/cardiology.jsonl").unwrap();
    let is_output = samples.lines().any(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["outputs"].as_array().unwrap().iter().any(|output| output["text"] == copied.as_str())
    });
    assert!(is_output, "{copied}");
    drop(house);
}

#[test]
fn a_dispute_s_thread_is_live() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let mut ruling = house.terminal("you", None, (120, 40));
    ruling.sees("Waiting for you");
    ruling.press("gd");
    ruling.sees("you may rule");
    ruling.press("\r");
    let title = ruling.sees("Ruling");
    let id = title.split("dispute · ").nth(1).unwrap().split(['…', ' ', '\n']).next().unwrap().to_owned();
    let id = house.home.ids(crate::support::GUILD, Some("disputed")).into_iter().find(|full| full.starts_with(&id));
    let id = id.unwrap();
    ruling.press("2");
    let rater = house.home.acts()[&id].judged[0].clone();
    let mut reading = house.terminal(&rater, None, (120, 40));
    reading.sees("Waiting for you");
    reading.press(&format!("gq/{id}\r"));
    reading.until("the one row", |screen, _| {
        let text = screen.contents();
        text.contains("with “it_") && text.contains("disputed") && !text.contains(" gold ")
    });
    reading.press("\r");
    reading.sees("Record");
    house.by(&rater, &["note", &id, "--text", "Look at the renal function first."]).done();
    house.home.by("you", &["note", &id, "--text", "I did."]).done();
    // the record is scrolled to its end, where the thread is
    for (terminal, by, end) in [(&mut ruling, "rater ", "\u{1b}[F"), (&mut reading, ", you", "\t\t\u{1b}[F")] {
        terminal.press(end);
        let screen = terminal.sees("renal function first");
        assert!(screen.contains(by) && !screen.contains(&format!("{rater} ·")), "{screen}");
    }
    assert!(ruling.sees("1 of").contains("Ruling"), "the ruling that was begun is where it was");
    for terminal in [&mut ruling, &mut reading] {
        terminal.press("Q");
        terminal.ended();
    }
}

#[test]
fn who_is_here_is_shown_and_on_what_is_not() {
    if !has_ssh() {
        return;
    }
    let house = House::open(Home::demo(), "", &[]);
    let mut first = house.terminal("rater-1", None, (100, 30));
    first.sees("Waiting for you");
    first.press("\r");
    let item = first.sees("of 7 given");
    let item = item.lines().next().unwrap().split('·').nth(1).unwrap().trim().trim_end_matches('…').to_owned();
    let mut second = house.terminal("rater-2", None, (100, 30));
    let screen = second.sees("here: rater-1");
    assert!(!screen.contains(&item), "{screen}");
    // that somebody is at work on it is told, who it is isn't
    second.press("gq");
    let screen = second.sees("1 at work");
    let row = screen.lines().find(|line| line.contains("1 at work")).unwrap();
    assert!(row.contains(&item) && !screen.contains("rater-1"), "{screen}");
    second.press("q");
    first.press("Q");
    first.ended();
    second.press("R");
    second.until("nobody else", |screen, _| !screen.contents().contains("here: "));
    second.press("Q");
    second.ended();
}
