//! `agreement` and `consensus`: files in, one JSON document out, and errors that name file and line.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, finish, guildhall};

fn run(dir: &Path, words: &[&str]) -> Ran {
    finish(guildhall().current_dir(dir).args(words).arg("--json"))
}

fn folder(votes: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("votes.csv"), votes).unwrap();
    dir
}

/// Three raters of two classes; two of them agree.
fn votes() -> String {
    let rows = (0..20).flat_map(|item| {
        let truth = item % 2;
        [("ann", truth), ("bob", truth), ("cy", u8::from(item % 5 == 0))]
            .map(|(who, said)| format!("t{item},{who},{said}\n"))
    });
    std::iter::once("task,worker,label\n".to_owned()).chain(rows).collect()
}

#[test]
fn consensus_keeps_its_contract() {
    let dir = folder(&votes());
    let truth: String = (0..20).map(|item| format!("t{item},{}\n", item % 2)).collect();
    std::fs::write(dir.path().join("truth.csv"), format!("task,truth\n{truth}unknown,1\n")).unwrap();
    let methods = ["auto", "majority", "wawa", "zbs", "dawid-skene", "dawid-skene-ml", "one-coin", "glad", "mace"];
    for method in methods {
        let words = ["consensus", "votes.csv", "--method", method, "--truth", "truth.csv", "--output", "labels.csv"];
        let told = run(dir.path(), &words).done();
        assert_eq!((told["method"].as_str(), &told["items"], &told["raters"]), (Some(method), &20.into(), &3.into()));
        assert_eq!(
            (&told["judgements"], &told["repeated_pairs"], &told["classes"]),
            (&60.into(), &0.into(), &2.into())
        );
        assert_eq!((&told["accuracy"], &told["ties"]), (&1.0.into(), &0.into()), "{method}");
        let climbed: Vec<f64> = serde_json::from_value(told["log_posterior"].clone()).unwrap();
        assert!(climbed.windows(2).all(|pair| pair[1] >= pair[0]), "{method}: {climbed:?}");
        assert!(climbed.is_empty() || told["iterations"] == climbed.len(), "{method}");
        for field in ["chosen_because", "converged", "moved_from_majority", "seconds"] {
            assert!(!told[field].is_null(), "{method} {field}");
        }
        let labels = std::fs::read_to_string(dir.path().join("labels.csv")).unwrap();
        assert!(labels.starts_with("task,label,confidence\nt0,0,") && labels.lines().count() == 21, "{labels}");
        let again = run(dir.path(), &[&words[..], &["--threads", "2"]].concat()).done();
        assert_eq!(
            (&again["log_posterior"], &again["moved_from_majority"]),
            (&told["log_posterior"], &told["moved_from_majority"])
        );
        assert_eq!(std::fs::read_to_string(dir.path().join("labels.csv")).unwrap(), labels, "threads change no bit");
    }
    assert!(!dir.path().join("labels.csv.part").exists());
    let told = run(dir.path(), &["consensus", "votes.csv", "--gold", "truth.csv", "--suggest-audit", "3"]).done();
    assert!(told["audit"].as_array().unwrap().iter().all(Value::is_string));
    assert!(told["notes"][0].as_str().unwrap().contains("1 rows of gold"), "{}", told["notes"]);
    assert!(run(dir.path(), &["consensus", "votes.csv", "--truth", "votes.csv"]).done()["accuracy"].is_number());
    let none = std::fs::write(dir.path().join("none.csv"), "task,truth\nx,1\n");
    none.unwrap();
    assert!(run(dir.path(), &["consensus", "votes.csv", "--truth", "none.csv"]).done()["accuracy"].is_null());
}

#[test]
fn agreement_keeps_its_contract() {
    let dir = folder(&votes());
    let told = run(dir.path(), &["agreement", "votes.csv", "--pairs"]).done();
    assert_eq!(
        (&told["items"], &told["raters"], &told["judgements"], &told["pairable"]),
        (&20.into(), &3.into(), &60.into(), &60.into())
    );
    let estimates = [
        "/percent_agreement",
        "/krippendorff_alpha/nominal",
        "/krippendorff_alpha/ordinal",
        "/krippendorff_alpha/interval",
        "/krippendorff_alpha/ratio",
        "/fleiss_kappa",
        "/gwet_ac1",
        "/gwet_ac2/linear",
        "/gwet_ac2/quadratic",
        "/gwet_ac2/ordinal",
        "/cohen_kappa/mean",
    ];
    for place in estimates {
        let one = |end: &str| told.pointer(place).unwrap()[end].as_f64().unwrap();
        assert!(one("low") <= one("value") && one("value") <= one("high"), "{place}");
    }
    assert_eq!(
        (&told["cohen_kappa"]["pairs"], &told["cohen_kappa"]["each"][0]["raters"][1]),
        (&3.into(), &"bob".into())
    );
    assert_eq!(told["cohen_kappa"]["each"][0]["kappa"]["value"], 1.0);
    assert_eq!(
        run(dir.path(), &["agreement", "votes.csv", "--pairs"]).done(),
        told,
        "the same seed, the same intervals"
    );

    let words = folder(&votes().replace(",0\n", ",low\n").replace(",1\n", ",high\n"));
    let told = run(words.path(), &["agreement", "votes.csv"]).done();
    assert!(told["krippendorff_alpha"]["ordinal"]["undefined"].as_str().unwrap().contains("--order"));
    assert!(told["krippendorff_alpha"]["nominal"]["value"].is_number());
    let ordered = run(words.path(), &["agreement", "votes.csv", "--order", "low,high"]).done();
    assert!(ordered["krippendorff_alpha"]["ordinal"]["value"].is_number());
    run(words.path(), &["agreement", "votes.csv", "--order", "low,medium"]).usage("doesn't name the label `high`");

    let scaled = |scale: &str| run(dir.path(), &["agreement", "votes.csv", "--scale", scale]).done();
    assert_eq!(scaled("ratio"), run(dir.path(), &["agreement", "votes.csv"]).done());
    for (scale, defined) in [("nominal", 1), ("ordinal", 2), ("interval", 3)] {
        let told = scaled(scale);
        let alphas = ["nominal", "ordinal", "interval", "ratio"].map(|level| told["krippendorff_alpha"][level].clone());
        let words = format!("the scale is {scale}");
        assert!(alphas[..defined].iter().all(|alpha| alpha["value"].is_number()), "{told}");
        assert!(alphas[defined..].iter().all(|alpha| alpha["undefined"] == words.as_str()), "{told}");
        assert_eq!(told["gwet_ac2"]["linear"]["value"].is_number(), defined > 1, "{told}");
        assert_eq!(told["cohen_kappa"]["quadratic"]["value"].is_number(), defined > 1, "{told}");
    }
    run(words.path(), &["agreement", "votes.csv", "--scale", "ordinal"]).usage("give it with --order");
    run(words.path(), &["agreement", "votes.csv", "--scale", "interval", "--order", "low,high"])
        .usage("--scale interval");

    let unanimous = folder("task,worker,label\na,x,1\na,y,1\nb,x,1\nb,y,1\n");
    let told = run(unanimous.path(), &["agreement", "votes.csv"]).done();
    assert_eq!(told["percent_agreement"]["value"], 1.0);
    assert!(told["gwet_ac1"]["undefined"].is_string() && told["cohen_kappa"]["mean"]["undefined"].is_string());
}

#[test]
fn bad_files_are_refused_with_file_and_line() {
    let refused = |votes: &str, words: &[&str], says: &str| {
        let dir = folder(votes);
        let ran = run(dir.path(), words);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("votes.csv: ") && ran.err.contains(says), "{}", ran.err);
        assert!(!dir.path().join("out.csv").exists());
    };
    for command in ["agreement", "consensus"] {
        refused("task,label\n1,2\n", &[command, "votes.csv"], "no column `worker` in the header");
        refused("task,worker,label\n1,2,3\n1,,3\n", &[command, "votes.csv"], "line 3: `worker` is empty");
        refused("task,worker,label\n1,\"2,3\n", &[command, "votes.csv"], "line 2: a quote that opens here");
    }
    let auto = ["consensus", "votes.csv", "--output", "out.csv"];
    refused("task,worker,label\n", &auto, "no judgements");
    refused("task,worker,label\n1,a,x\n1,b,x\n", &auto, "all judgements name one class");
    let dir = folder("task,worker,label\n1,a,x\n");
    assert_eq!(run(dir.path(), &["consensus", "absent.csv"]).code, 2);
    let one = run(dir.path(), &["consensus", "votes.csv", "--method", "majority"]).done();
    assert_eq!((&one["items"], &one["raters"]), (&1.into(), &1.into()));
    run(dir.path(), &["consensus", "votes.csv", "--method", "wawa", "--gold", "votes.csv"]).usage("--gold");
    let told = run(dir.path(), &["agreement", "votes.csv"]).done();
    assert!(told["fleiss_kappa"]["undefined"].as_str().unwrap().contains("one rater"));
}

#[test]
fn what_looks_wrong_is_told_with_its_line_and_never_a_panic() {
    let both =
        |votes: &str| ["agreement", "consensus"].map(|command| run(folder(votes).path(), &[command, "votes.csv"]));
    for ran in both(&format!("\u{feff}\r\n{}\n1,2\n", "a".repeat(1000))) {
        ran.usage("votes.csv: line 2: no column `task` in the header: aaaa");
    }
    for ran in both("task,worker,label,worker\n1,2,3,4\n") {
        ran.usage("line 1: column `worker` is twice in the header");
    }
    let many: String = (0..20_000).map(|n| format!("t{n},w,c{n}\n")).collect();
    for ran in both(&format!("task,worker,label\n{many}")) {
        ran.usage("line 10002: more than 10000 different labels");
    }
    for ran in both("task,worker,label\n1,a,\"x\"\"y\"\n1,b,NaN\n2,a,NaN\n2,b,NaN\n") {
        let told = ran.done();
        assert_eq!((&told["items"], &told["raters"], &told["judgements"]), (&2.into(), &2.into(), &4.into()));
    }
    let told =
        run(folder("task,worker,label\n1,a,1\n1,b,NaN\n2,a,2\n2,b,2\n").path(), &["agreement", "votes.csv"]).done();
    let why = told["krippendorff_alpha"]["interval"]["undefined"].as_str().unwrap();
    assert!(why.contains("the labels are not numbers (`NaN`)"), "{why}");
    // one item with a crowd
    let crowd: String = (0..20_000).map(|n| format!("t,w{n},{}\n", n % 3)).collect();
    let [agreement, consensus] = both(&format!("task,worker,label\n{crowd}"));
    let mean = agreement.done()["cohen_kappa"]["mean"]["undefined"].as_str().unwrap().to_owned();
    assert!(mean.contains("too many raters to compare two by two"), "{mean}");
    assert_eq!(consensus.done()["raters"], 20_000);
    // a file holds no terminal's commands
    for words in [&["agreement", "votes.csv"][..], &["consensus", "votes.csv", "--suggest-audit", "9"]] {
        for votes in
            ["\u{1b}[31mtask,b\n1,2\n", "task,worker,label\n\u{1b}[31mt,a,x\n\u{1b}[31mt,b,\u{1b}[31my\nu,a,x\n"]
        {
            let ran = finish(guildhall().current_dir(folder(votes).path()).args(words));
            assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{:?} {:?}", ran.out, ran.err);
        }
    }
}

#[test]
fn zipped_files_with_marks_and_crlf_are_read() {
    let dir = folder("");
    let text = format!("\u{feff}{}", votes().replace('\n', "\r\n"));
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut zipped, text.as_bytes()).unwrap();
    std::fs::write(dir.path().join("votes.csv.gz"), zipped.finish().unwrap()).unwrap();
    assert_eq!(run(dir.path(), &["consensus", "votes.csv.gz"]).done()["judgements"], 60);
}

#[test]
fn ratings_and_rankings_have_methods_of_their_own() {
    let ratings = folder("task,worker,label\na,x,1\na,y,2\na,z,9\nb,x,3\nb,y,4\n");
    let told = run(ratings.path(), &["consensus", "votes.csv", "--method", "median", "--output", "out.csv"]).done();
    assert_eq!((&told["rows"][0]["value"], &told["rows"][1]["value"]), (&2.0.into(), &3.5.into()));
    assert_eq!(std::fs::read_to_string(ratings.path().join("out.csv")).unwrap(), "task,value\na,2.0\nb,3.5\n");
    let told = run(ratings.path(), &["consensus", "votes.csv", "--method", "trimmed-mean"]).done();
    assert_eq!(told["rows"][0]["value"], 4.0, "of three nothing is cut");
    run(ratings.path(), &["consensus", "votes.csv", "--method", "kemeny", "--truth", "votes.csv"]).usage("--truth");

    // Condorcet's winner B isn't Borda's
    let rankings =
        folder("task,worker,label\nt,1,A>B>C\nt,2,A>B>C\nt,3,A>B>C\nt,4,B>C>A\nt,5,B>C>A\nu,1,C=A\nu,2,A>C\n");
    let order = |method: &str| run(rankings.path(), &["consensus", "votes.csv", "--method", method]).done();
    assert_eq!(order("borda")["rows"][0]["ranking"], "B>A>C");
    assert_eq!(order("kemeny")["rows"][0]["ranking"], "A>B>C");
    assert_eq!(order("kemeny")["rows"][1]["ranking"], "A>C");
    let strengths = order("bradley-terry");
    assert_eq!(strengths["rows"][2]["option"], "C", "{strengths}");
    run(rankings.path(), &["consensus", "votes.csv", "--method", "median"]).usage("is no number");
    let twice = folder("task,worker,label\nt,1,A>B>A\n");
    run(twice.path(), &["consensus", "votes.csv", "--method", "borda"]).usage("`A` is in it twice");
}
