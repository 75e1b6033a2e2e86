//! Whose signature an act has: each kind of key behind a forwarded agent, and what is said when there is none.

use std::path::{Path, PathBuf};
use std::process::Command;

use ed25519_dalek::SigningKey;

use crate::agents::SecurityKey;
use crate::house::{Agent, Held, House, has_ssh, keygen, quoted};
use crate::support::{GUILD, Ran, Says, answers, finish};

fn judging(house: &House, id: &str) -> Vec<String> {
    let given = answers(&house.home.show(id)["asked"], Says::Wrong);
    let mut words =
        vec!["judge", id, "--rationale", "It's \"why\".", "--json"].into_iter().map(str::to_owned).collect::<Vec<_>>();
    words.extend(given.into_iter().flat_map(|answer| ["--answer".to_owned(), answer]));
    words
}

fn judge(house: &House, agent: &dyn Held, id: &str) -> Ran {
    let words = judging(house, id);
    house.with(agent, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A new member with this key, who may judge.
pub fn admit(house: &House, name: &str, public: &Path) {
    house.home.run(&["member", "add", name, "--key", &public.display().to_string()]).done();
    let attest = ["credential", "attest", name, "--guild", GUILD, "--class", "board"];
    house.home.run(&[&attest[..], &["--institution", name, "--expires", "2099-01-01"]].concat()).done();
}

#[test]
fn every_kind_of_key_signs() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let kinds: [(&str, &[&str]); 5] = [
        ("ed", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa", &["-t", "rsa", "-b", "3072"]),
    ];
    for (number, (name, kind)) in kinds.into_iter().enumerate() {
        let key = keygen(&house.home, name, kind);
        let public = key.with_extension("pub");
        house.home.by(&format!("rater-{}", number + 1), &["key", "add", &public.display().to_string()]).done();
        let agent = Agent::holding(&house.home, &format!("{name}.agent"), &[&key]);
        let status = house.with(&agent, &["status", "--json"]).done();
        assert_eq!(status["signing"], "member", "{name}");
        let done = judge(&house, &agent, &house.home.fresh()).done();
        let seq = done["event"].as_u64().unwrap();
        assert_eq!(house.entry(seq)[0]["signer"], "member", "{name}");
        house.signed_by(seq, &public);
    }
    assert_eq!(house.home.ledger().done()["ok"], true);
}

#[test]
fn security_keys_sign() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let pair = keygen(&house.home, "p256", &["-t", "ecdsa", "-b", "256"]);
    let ecdsa = SecurityKey::Ecdsa(Box::new(guildhall::hall::read_key(&pair).unwrap()));
    let ed25519 = SecurityKey::Ed25519(Box::new(SigningKey::from_bytes(&[7; 32])));
    for (name, token) in [("sk-ed25519", ed25519), ("sk-ecdsa", ecdsa)] {
        let public = PathBuf::from(house.home.file(&format!("{name}.pub"), token.line()));
        admit(&house, name, &public);
        let agent = token.behind(&house.home.path(name));
        let done = judge(&house, &agent, &house.home.fresh()).done();
        house.signed_by(done["event"].as_u64().unwrap(), &public);
    }
    assert_eq!(house.home.ledger().done()["ok"], true);
}

#[test]
fn without_an_agent_the_hall_attests_and_says_so() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    assert_eq!(house.by("rater-1", &["status", "--json"]).done()["signing"], "host");
    let id = house.home.fresh();
    let words = judging(&house, &id);
    let done = house.by("rater-1", &words.iter().map(String::as_str).collect::<Vec<_>>()).done();
    let seq = done["event"].as_u64().unwrap();
    let [header, core, manifest] = house.entry(seq);
    assert_eq!(header["signer"], "host");
    assert_ne!(core["actor"], "hall", "it is in the member's name");
    assert_eq!(core["key"], manifest["key"]);
    house.signed_by(seq, &house.home.hall.join("keys/hall.pub"));
    assert_eq!(house.home.ledger().done()["ok"], true);
    // what only the member can sign isn't attested
    let settled = house.home.pick("agreed", |acts| !acts.knows("rater-1") && acts.signed.is_empty());
    house.by("rater-1", &["review", &settled, "--sign", "--json"]).refused_over_ssh("attested");
    house
        .by("steward-1", &["member", "add", "x", "--key", &public_line(&house), "--json"])
        .refused_over_ssh("attested");
}

fn public_line(house: &House) -> String {
    std::fs::read_to_string(keygen(&house.home, "x", &["-t", "ed25519"]).with_extension("pub"))
        .unwrap()
        .trim()
        .to_owned()
}

trait RefusedOverSsh {
    fn refused_over_ssh(self, rule: &str);
}

impl RefusedOverSsh for Ran {
    #[track_caller]
    fn refused_over_ssh(self, rule: &str) {
        assert_eq!(self.code, 1, "{} {}", self.out, self.err);
        assert_eq!(self.json["refused"]["rule"], rule, "{}", self.out);
        assert_eq!(self.err.trim_end().lines().count(), 1, "{}", self.err);
    }
}

#[test]
fn what_rests_on_attested_acts_is_no_gold() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    // one rater comes without their key; the others sign
    let id = house.home.fresh();
    let words = judging(&house, &id);
    house.by("rater-1", &words.iter().map(String::as_str).collect::<Vec<_>>()).done();
    for who in ["rater-2", "rater-3", "rater-4", "rater-5"] {
        if house.home.state(&id) == "open" {
            house.home.judge(who, &id, Says::Wrong);
        }
    }
    assert_eq!(house.home.state(&id), "agreed");
    let reviewers = ["rater-3", "rater-4", "rater-5", "rater-6", "steward-1"];
    let refused = reviewers.iter().map(|who| house.home.by(who, &["review", &id, "--sign"]));
    assert!(refused.into_iter().any(|ran| ran.json["refused"]["rule"] == "attested"));
    assert_eq!(house.home.state(&id), "agreed");
    assert_eq!(house.home.ledger().done()["ok"], true);
}

#[test]
fn agents_that_cannot_sign_are_told_apart() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let said = |agent: &Agent| {
        // the login is by the key file, whatever the agent holds
        let mut command = house.at_terminal("rater-1", Some(agent), &["--", "--linear"]);
        let key = house.home.key("rater-1").display().to_string();
        for word in ["-i", &key, "-o", "IdentitiesOnly=yes"].into_iter().rev() {
            command.get_argv_mut().insert(1, word.into());
        }
        let mut terminal = crate::terminal::Terminal::run(command, (100, 30));
        let text = terminal.sees("What next?");
        terminal.press("b\r");
        terminal.ended();
        text.replace('\n', " ")
    };
    let other = keygen(&house.home, "other", &["-t", "ed25519"]);
    let wrong = Agent::holding(&house.home, "wrong.agent", &[&other]);
    let text = said(&wrong);
    assert!(text.contains("attested by the hall") && text.contains("none is one of yours"), "{text}");

    // a key that only logs in somewhere else isn't offered to hosts
    let bound = Agent::holding(&house.home, "bound.agent", &[]);
    let known = house.home.path("known_hosts").display().to_string();
    bound.add(&house.home.key("rater-1"), &["-H", &known, "-h", &format!("[127.0.0.1]:{}", house.port)]);
    let text = said(&bound);
    assert!(text.contains("attested by the hall") && text.contains("ssh-add -h"), "{text}");

    // one that asks its holder, who says no
    let asking = Agent::holding(&house.home, "asking.agent", &[]);
    asking.add(&house.home.key("rater-1"), &["-c"]);
    let login = keygen(&house.home, "login", &["-t", "ed25519"]);
    let public = login.with_extension("pub").display().to_string();
    house.home.by("rater-1", &["key", "add", &public]).done();
    let mut command = Command::new("ssh");
    command.args(house.options()).args(["-A", "-o", "IdentitiesOnly=yes", "-i"]).arg(&login);
    command.env("SSH_AUTH_SOCK", &asking.socket).env("HOME", house.home.temp.path());
    let words = judging(&house, &house.home.fresh());
    let words: Vec<String> = words.iter().map(|word| crate::house::quoted(word)).collect();
    let before = house.home.ledger().done()["entries"].clone();
    let refused = crate::support::finish(command.args(["127.0.0.1", "--"]).args(words));
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("declined") && refused.err.contains("agent"), "{}", refused.err);
    assert_eq!(house.home.ledger().done()["entries"], before, "nothing is attested in its place");
}

#[test]
fn sessions_over_one_shared_connection_sign_each_their_own() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let control = house.home.path("c");
    let shared = |words: &[&str]| {
        let mut command = Command::new("ssh");
        command.args(house.options()).arg("-A").env("SSH_AUTH_SOCK", &agent.socket).stdin(std::process::Stdio::null());
        command.args(["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o"]);
        command.arg(format!("ControlPath={}", control.display())).env("HOME", house.home.temp.path());
        finish(command.args(["127.0.0.1", "--"]).args(words.iter().map(|word| quoted(word))))
    };
    assert_eq!(shared(&["status", "--json"]).done()["signing"], "member");
    assert!(control.exists(), "the connection stays for the next");
    std::thread::scope(|scope| {
        let judged: Vec<_> = (0..3)
            .map(|n| {
                let id = house.home.ids(GUILD, Some("open"))[n].clone();
                let (words, shared) = (judging(&house, &id), &shared);
                scope.spawn(move || shared(&words.iter().map(String::as_str).collect::<Vec<_>>()))
            })
            .collect();
        for ran in judged {
            let seq = ran.join().unwrap().done()["event"].as_u64().unwrap();
            house.signed_by(seq, &house.home.hall.join("keys/rater-1.pub"));
        }
    });
    let mut leave = Command::new("ssh");
    leave.args(house.options()).args(["-O", "exit", "-o"]).arg(format!("ControlPath={}", control.display()));
    assert!(leave.arg("127.0.0.1").output().unwrap().status.success());
}

#[test]
fn drafts_are_signed_by_one_touch() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let agent = Agent::holding(&house.home, "agent", &[&house.home.key("rater-1")]);
    let ids: Vec<String> = house.home.ids(GUILD, Some("open")).into_iter().take(5).collect();
    for id in &ids {
        let mut words = judging(&house, id);
        words.push("--draft".to_owned());
        assert_eq!(house.with(&agent, &words.iter().map(String::as_str).collect::<Vec<_>>()).code, 0);
    }
    // one more that lacks most answers
    let half = house.home.ids(GUILD, Some("open")).into_iter().nth(6).unwrap();
    assert_eq!(house.with(&agent, &["judge", &half, "--answer", "correct@1=yes", "--draft"]).code, 0);
    let ran = house.with(&agent, &["judge", "--all-drafts", "--json"]);
    assert_eq!(ran.code, 1, "one is left: {} {}", ran.out, ran.err);
    let judged = ran.json["judged"].as_array().unwrap();
    assert_eq!(judged.len(), ids.len(), "{}", ran.json);
    assert_eq!(ran.json["left"][0]["id"], half.as_str());
    let seqs: Vec<u64> = judged.iter().map(|one| one["receipt"]["event"].as_u64().unwrap()).collect();
    let manifests: Vec<_> = seqs.iter().map(|seq| house.entry(*seq)[2].clone()).collect();
    assert!(manifests.iter().all(|manifest| *manifest == manifests[0]), "one manifest, one signature");
    assert_eq!(manifests[0]["cores"].as_array().unwrap().len(), ids.len());
    house.signed_by(seqs[0], &house.home.hall.join("keys/rater-1.pub"));
    assert_eq!(house.home.ledger().done()["ok"], true);
}

#[test]
fn keys_are_added_and_revoked() {
    if !has_ssh() {
        return;
    }
    let house = House::demo();
    let key = keygen(&house.home, "second", &["-t", "ed25519"]);
    let line = std::fs::read_to_string(key.with_extension("pub")).unwrap().trim().to_owned();
    let first = Agent::holding(&house.home, "first.agent", &[&house.home.key("rater-1")]);
    house.with(&first, &["key", "add", &line, "--json"]).done();
    let second = Agent::holding(&house.home, "second.agent", &[&key]);
    let done = judge(&house, &second, &house.home.fresh()).done();
    house.signed_by(done["event"].as_u64().unwrap(), &key.with_extension("pub"));
    let listed = house.with(&second, &["key", "list", "--json"]).done();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2);
    // the new key revokes the old one, which lets nobody in from then on
    let old = listed["keys"][0].as_str().unwrap();
    house.with(&second, &["key", "revoke", old, "--json"]).done();
    assert_eq!(house.with(&first, &["status"]).code, 255);
    house.with(&second, &["key", "add", &line, "--json"]).refused_over_ssh("member-exists");
    house
        .home
        .by("rater-2", &["key", "revoke", &listed["keys"][1].as_str().unwrap()[..16], "--member", "rater-1"])
        .refused("key-owner");
    // a steward replaces lost keys, when none is left
    let replacing = public_line(&house);
    house.home.by("steward-1", &["key", "add", &replacing, "--member", "rater-1"]).refused("key-owner");
    house
        .home
        .by("steward-1", &["key", "revoke", &listed["keys"][1].as_str().unwrap()[..16], "--member", "rater-1"])
        .done();
    house.home.by("steward-1", &["key", "add", &replacing, "--member", "rater-1"]).done();
    assert_eq!(house.home.ledger().done()["ok"], true);
}
