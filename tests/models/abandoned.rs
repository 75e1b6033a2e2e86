//! What is left of downloads that nobody goes on with: named with its size, and thrown away when somebody says so.

use std::process::Stdio;

use crate::peer::Act;
use crate::support::{Home, finish};
use crate::{add, coming, cut, file, hosts, model, models, wait_for, weights};

#[test]
fn unfinished_models_are_named_and_thrown_away() {
    let files = model();
    let whole = weights(&files);
    let hosts = hosts(&files, move |_, request| [cut(file(request, &whole, "\"1\""), 3000), vec![Act::Stall]].concat());
    let home = Home::demo();
    assert_eq!(home.run(&["model", "list"]).done()["unfinished"], serde_json::json!([]));
    let source = "hf:org/tiny-chat";
    let mut fetching = add(&home, source, &hosts.hub.url).stdout(Stdio::null()).spawn().unwrap();
    wait_for("the beginning", || coming(&home).is_some_and(|path| std::fs::metadata(path).unwrap().len() == 3000));
    home.run(&["model", "remove", source]).usage("is being fetched already");
    fetching.kill().unwrap();
    fetching.wait().unwrap();
    let listed = home.run(&["model", "list"]).done();
    let left = &listed["unfinished"][0];
    let small: usize = files.iter().filter(|(name, _)| !name.ends_with(".safetensors")).map(|(_, b)| b.len()).sum();
    assert_eq!((&left["source"], listed["models"].as_array().unwrap().len()), (&source.into(), 0));
    // what has come, and the mark of its version
    let bytes = usize::try_from(left["bytes"].as_u64().unwrap()).unwrap();
    assert!((small + 3000..small + 3100).contains(&bytes), "{left}");
    let told = home.text(&["model", "list"]).out;
    assert!(told.contains("unfinished: hf:org/tiny-chat, 1 MB here"), "{told}");

    let removed = home.run(&["model", "remove", source]).done();
    assert_eq!((&removed["removed"], &removed["bytes"]), (&source.into(), &left["bytes"]));
    assert!(coming(&home).is_none());
    assert_eq!(home.run(&["model", "list"]).done()["unfinished"], serde_json::json!([]));
    home.run(&["model", "remove", source]).usage("no model `hf:org/tiny-chat`");
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let home = Home::demo();
    let model = crate::tiny_model::tiny_model(home.temp.path());
    let broken = model.join("tokenizer_config.json");
    std::fs::write(&broken, "{\"chat_template\":").unwrap();
    home.run(&["model", "add", model.to_str().unwrap()]).usage("template");
    assert_eq!(models(&home), 0);
    assert!(std::fs::read_dir(home.hall.join("models/.partial")).unwrap().next().is_none(), "nothing is left over");
    std::fs::remove_file(&broken).unwrap();
    let added = finish(home.command(&["model", "add", "--json"]).arg(&model)).done();
    assert_eq!(added["template"], false, "it has no template");
    let shown = home.run(&["model", "show", "tiny"]).done();
    assert_eq!((&shown["source"], &shown["digest"]), (&added["source"], &added["digest"]));
}
