//! Servers and hubs that misbehave, asked without a hall: what they may get wrong, how often they are asked again, and what is
//! given up without waiting for the rest.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use candle_core::quantized::GgmlDType;
use candle_core::{Device, Tensor};
use guildhall::engine::download::{Downloading, Source, download};
use guildhall::engine::net::Backoff;
use guildhall::engine::{EngineError, Local, Origin, Registered, Registry};
use serde_json::json;
use tempfile::TempDir;

use crate::convert::convert;
use crate::peer::{Act, Peer, Request, acceptor, answer, pem};
use crate::support::{Home, finish};
use crate::{COMMIT, TOKEN, add, cut, file, model, path, repository, runtime, sha256};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity").join(name)
}

/// A model of one file.
fn gguf() -> Vec<u8> {
    convert(&fixture("llama"), false, GgmlDType::F32)
}

/// A place for models, and how they are asked for.
struct Place {
    dir: TempDir,
    hub: String,
    sha256: Option<String>,
    free: u64,
    told: Mutex<Vec<(u64, u64)>>,
}

impl Place {
    fn new(hub: &str) -> Self {
        let told = Mutex::default();
        Self { dir: TempDir::new().unwrap(), hub: hub.to_owned(), sha256: None, free: u64::MAX, told }
    }

    fn registry(&self) -> Registry {
        Registry::of(self.dir.path())
    }

    /// Fetches, with waits that a test can wait for.
    async fn fetch(&self, source: &str) -> Result<Registered, EngineError> {
        let source = Source::new(source).unwrap().unwrap();
        let at = "2026-11-24".to_owned();
        let origin = Origin { name: None, source: source.shown(), revision: None, licence: None, at };
        let set = |name: &str| match name {
            "HF_ENDPOINT" => Some(self.hub.clone()),
            "HF_TOKEN" if self.hub.starts_with("http://127.0.0.1") => Some(TOKEN.to_owned()),
            _ => None,
        };
        let backoff = Backoff {
            tries: 3,
            first: Duration::from_millis(2),
            most_told: Duration::from_millis(300),
            ..Backoff::default()
        };
        let with = Downloading {
            environment: &set,
            backoff,
            sha256: self.sha256.clone(),
            free: &|_| Some(self.free),
            tell: &|here, all| self.told.lock().unwrap().push((here, all)),
        };
        download(&self.registry(), &source, origin, &with).await
    }

    /// The words of a fetching that fails; nothing is listed then, and no token is shown.
    async fn fails(&self, source: &str) -> String {
        let words = self.fetch(source).await.unwrap_err().to_string();
        assert!(!words.contains(TOKEN) && !words.contains("sesame"), "{words}");
        assert!(self.registry().list().unwrap().is_empty(), "{words}");
        words
    }
}

/// How often a peer was asked, and for which parts.
fn ranges(peer: &mut Peer) -> Vec<Option<String>> {
    peer.requests().iter().map(|one| one.header("range").map(str::to_owned)).collect()
}

/// A peer that serves one file, but for what the script puts in the place of an answer.
async fn serving(bytes: Vec<u8>, script: impl Fn(usize, Vec<Act>) -> Vec<Act> + Send + Sync + 'static) -> Peer {
    Peer::scripted(move |number, request| script(number, file(request, &bytes, "\"1\""))).await
}

#[tokio::test]
async fn a_server_that_knows_no_parts_sends_the_whole_again() {
    let bytes = gguf();
    let whole = bytes.clone();
    let mut peer = Peer::scripted(move |number, _| {
        let acts = answer("200 OK", &[&format!("Content-Length: {}", whole.len()), "ETag: \"1\""], &whole);
        if number == 0 { cut(acts, 90_000) } else { acts }
    })
    .await;
    let place = Place::new("");
    let added = place.fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    assert_eq!(added.digest, format!("sha256:{}", sha256(&bytes)));
    assert_eq!(ranges(&mut peer), [None, Some("bytes=90000-".to_owned())]);
    assert!(place.registry().unfinished().unwrap().is_empty());
    assert_eq!(place.told.lock().unwrap().last(), Some(&(bytes.len() as u64, bytes.len() as u64)));
}

#[tokio::test]
async fn a_part_that_can_t_be_had_is_the_end_or_a_beginning() {
    // all of it is here, though more was announced: the server says that nothing is missing
    let bytes = gguf();
    let (whole, size) = (bytes.clone(), bytes.len());
    let mut peer = Peer::scripted(move |number, request| match number {
        0 => answer("200 OK", &[&format!("Content-Length: {}", size + 1), "ETag: \"1\""], &whole),
        _ => file(request, &whole, "\"1\""),
    })
    .await;
    let place = Place::new("");
    place.fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    assert_eq!(ranges(&mut peer), [None, Some(format!("bytes={size}-"))]);

    // the file has become shorter than what is here
    let mut peer = serving(bytes, |number, acts| match number {
        0 => cut(acts, 5000),
        1 => answer("416 Range Not Satisfiable", &["Content-Range: bytes */400"], ""),
        _ => acts,
    })
    .await;
    let place = Place::new("");
    place.fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    assert_eq!(ranges(&mut peer), [None, Some("bytes=5000-".to_owned()), None]);
}

#[tokio::test]
async fn servers_that_are_busy_are_asked_again_as_they_wish() {
    let statuses = ["429 Too Many Requests", "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"];
    for status in statuses {
        let mut peer = serving(gguf(), move |number, acts| match number {
            0 => answer(status, &["Retry-After: 3600"], "later"),
            _ => acts,
        })
        .await;
        let began = Instant::now();
        Place::new("").fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(300), "{status}: it asked to wait");
        assert_eq!(peer.requests().len(), 2, "{status}");
    }
    for (status, tries) in [("429 Too Many Requests", 3), ("503 Service Unavailable", 3), ("501 Not Implemented", 1)] {
        let mut peer = Peer::new(vec![answer(status, &[], "{\"error\":\"no\"}")]).await;
        let words = Place::new("").fails(&format!("{}/tiny.gguf?key=sesame", peer.url)).await;
        assert!(words.contains(&status[..3]) && words.contains("no"), "{words}");
        assert_eq!(words.contains("tried 3 times"), tries == 3, "{words}");
        assert_eq!(peer.requests().len(), tries, "{status}");
    }
    // what has come is progress, so another try counts from the beginning
    let mut peer = serving(gguf(), |number, acts| if number < 6 { cut(acts, 20_000) } else { acts }).await;
    Place::new("").fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    assert_eq!(peer.requests().len(), 7);
    let mut peer = serving(gguf(), |_, acts| cut(acts, 0)).await;
    let words = Place::new("").fails(&format!("{}/tiny.gguf", peer.url)).await;
    assert!(words.contains("broke off after 0 bytes, tried 3 times"), "{words}");
    assert_eq!(peer.requests().len(), 3);
}

#[tokio::test]
async fn an_error_s_words_are_not_waited_for_without_end() {
    let Act::Send(head) = answer("403 Forbidden", &[], "").remove(0) else { unreachable!() };
    let drip = Act::Drip(vec![b'n'; 100_000], Duration::from_millis(100));
    let peer = Peer::new(vec![vec![Act::Send(head), drip]]).await;
    let began = Instant::now();
    let words = Place::new("").fails(&format!("{}/tiny.gguf", peer.url)).await;
    // by the limit of bytes alone it would be minutes
    assert!(words.contains("403") && began.elapsed() < Duration::from_secs(60), "{:?}: {words}", began.elapsed());
}

#[tokio::test]
async fn sizes_that_are_not_as_announced_are_told() {
    let bytes = gguf();
    // nobody says how much will come: the end of the connection is the end of the file
    let peer = Peer::new(vec![answer("200 OK", &[], &bytes)]).await;
    let added = Place::new("").fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    assert_eq!(added.digest, format!("sha256:{}", sha256(&bytes)));
    // without an end it is given up
    let Act::Send(mut head) = answer("200 OK", &[], &bytes).remove(0) else { unreachable!() };
    head.truncate(head.len() - 1);
    let peer = Peer::new(vec![vec![Act::Send(head), Act::Flood(vec![0; 1 << 16])]]).await;
    let words = Place::new("").fails(&format!("{}/tiny.gguf", peer.url)).await;
    assert!(words.contains("more than 67108864 bytes"), "{words}");

    // more than the hub promised, and a server that doesn't say how much it sends
    let (place, _peer) = of_hub(vec![("tiny.gguf", bytes.clone())], |_, name, acts| match name {
        "tiny.gguf" => answer("200 OK", &[], vec![b'G'; 400_000]),
        _ => acts,
    })
    .await;
    let words = place.fails("hf:org/tiny-chat/tiny.gguf").await;
    assert!(
        words.contains(&format!("more than {} bytes", bytes.len())) || words.contains("start with GGUF"),
        "{words}"
    );
    let (place, _peer) = of_hub(vec![("small.gguf", b"GGUF".to_vec())], |_, name, acts| match name {
        "small.gguf" => answer("200 OK", &[], b"GGUF and more"),
        _ => acts,
    })
    .await;
    assert!(place.fails("hf:org/tiny-chat/small.gguf").await.contains("more than 4 bytes"));
}

#[tokio::test]
async fn a_hash_that_is_insisted_on_is_kept_to() {
    let bytes = gguf();
    let peer = serving(bytes.clone(), |_, acts| acts).await;
    let source = format!("{}/tiny.gguf", peer.url);
    let mut place = Place::new("");
    place.sha256 = Some("00".repeat(32));
    let words = place.fails(&source).await;
    assert!(words.contains(&format!("sha256 {}, but {}", sha256(&bytes), "00".repeat(32))), "{words}");
    assert!(place.registry().unfinished().unwrap().is_empty(), "what is wrong is thrown away");
    place.sha256 = Some(sha256(&bytes).to_uppercase());
    let added = place.fetch(&source).await.unwrap();
    assert_eq!(added.files[0].sha256, sha256(&bytes));
    assert!(place.registry().verify(&added).unwrap().is_empty());
}

#[tokio::test]
async fn what_can_t_be_run_is_refused_from_its_header() {
    let mut bytes = gguf();
    let at = bytes.windows(5).position(|window| window == b"llama").unwrap();
    bytes[at..at + 5].copy_from_slice(b"mamba");
    // of a file of gigabytes the beginning comes, and then nothing
    for (begins, said) in [(bytes, "architecture \"mamba\""), (vec![b'<'; 90_000], "start with GGUF")] {
        let head = answer("200 OK", &["Content-Length: 9000000000"], &begins[..80_000]);
        let peer = Peer::new(vec![[head, vec![Act::Stall]].concat()]).await;
        let place = Place::new("");
        let words = tokio::time::timeout(Duration::from_secs(50), place.fails(&format!("{}/m.gguf", peer.url))).await;
        let words = words.expect("it waits for the rest");
        assert!(words.contains(said) && words.contains("m.gguf"), "{words}");
        assert!(place.registry().unfinished().unwrap().is_empty());
    }
}

#[test]
fn nothing_goes_on_where_it_isn_t_encrypted() {
    // where it was encrypted, it stays so: told by the program, as it alone can be given an authority to trust
    let runtime = runtime();
    let (mut open, from, to, outside) = runtime.block_on(async {
        let open = Peer::new(vec![answer("200 OK", &[], gguf())]).await;
        let location = format!("Location: {}/tiny.gguf", open.url);
        let from = Peer::encrypted(answer("302 Found", &[&location], ""), acceptor()).await;
        let to = Peer::encrypted(answer("200 OK", &[], gguf()), acceptor()).await;
        let location = format!("Location: {}/tiny.gguf", to.url);
        let outside = Peer::new(vec![answer("302 Found", &[&location], "")]).await;
        (open, from, to, outside)
    });
    let home = Home::demo();
    let authority = home.file("authority.pem", pem());
    let told = |url: &str| finish(add(&home, &format!("{url}/tiny.gguf"), "").env("SSL_CERT_FILE", &authority));
    let refused = told(&from.url);
    assert!(refused.code == 1 && refused.err.contains("nothing is encrypted"), "{} {}", refused.code, refused.err);
    assert!(open.requests().is_empty());
    // from where it isn't encrypted to where it is, one may be sent
    let added = told(&outside.url).done();
    assert_eq!(added["family"], "llama");
    let stranger = finish(&mut add(&home, &format!("{}/other.gguf", to.url), ""));
    assert!(stranger.code == 1 && stranger.err.contains("is not trusted"), "{} {}", stranger.code, stranger.err);
}

/// A hub of these files; the script may answer otherwise, by the request's number and the file's path, which is empty for the
/// listing.
async fn of_hub(
    files: Vec<(&str, Vec<u8>)>,
    script: impl Fn(usize, &str, Vec<Act>) -> Vec<Act> + Send + Sync + 'static,
) -> (Place, Peer) {
    let files: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    let said = repository(&files);
    let peer = Peer::scripted(move |number, request: &Request| {
        let path = path(request);
        if path.starts_with("/api/models/org/tiny-chat/revision/main") {
            return script(number, "", answer("200 OK", &["Content-Type: application/json"], &said));
        }
        let name = path.strip_prefix(&format!("/org/tiny-chat/resolve/{COMMIT}/")).unwrap_or_default();
        match files.get(name) {
            None => answer("404 Not Found", &[], "Entry not found"),
            Some(bytes) => script(number, name, file(request, bytes, "\"1\"")),
        }
    })
    .await;
    (Place::new(&peer.url), peer)
}

#[tokio::test]
async fn a_single_file_of_a_hub_is_a_model() {
    let bytes = convert(&fixture("llama"), false, GgmlDType::Q8_0);
    let files = vec![("sub/tiny.Q8_0.gguf", bytes.clone()), ("other.gguf", b"GGUF".to_vec())];
    let (place, mut peer) = of_hub(files, |_, _, acts| acts).await;
    let added = place.fetch("hf:org/tiny-chat/sub/tiny.Q8_0.gguf").await.unwrap();
    assert_eq!((added.name.as_str(), added.quantization.as_str()), ("tiny.Q8_0", "Q8_0"));
    assert_eq!((added.digest, added.licence.as_deref()), (format!("sha256:{}", sha256(&bytes)), Some("apache-2.0")));
    assert_eq!((added.revision.as_deref(), added.template), (Some(COMMIT), false));
    assert_eq!(peer.requests().len(), 2, "the listing and the file");
    assert!(place.fetch("hf:org/tiny-chat").await.unwrap_err().to_string().contains("several models; name one"));
}

#[tokio::test]
async fn weights_in_several_files_are_one_model() {
    let files = model();
    let tensors = candle_core::safetensors::load_buffer(&files["model.safetensors"], &Device::Cpu).unwrap();
    let mut names: Vec<String> = tensors.keys().cloned().collect();
    names.sort();
    let scratch = TempDir::new().unwrap();
    let mut shards = vec![];
    let mut index = serde_json::Map::new();
    for (number, part) in names.chunks(names.len().div_ceil(2)).enumerate() {
        let shard = format!("model-0000{}-of-00002.safetensors", number + 1);
        let held: HashMap<String, Tensor> = part.iter().map(|name| (name.clone(), tensors[name].clone())).collect();
        candle_core::safetensors::save(&held, scratch.path().join(&shard)).unwrap();
        part.iter().for_each(|name| drop(index.insert(name.clone(), json!(shard))));
        shards.push(shard);
    }
    let index = json!({"metadata": {}, "weight_map": index}).to_string().into_bytes();
    let mut all = vec![("model.safetensors.index.json", index)];
    all.extend(shards.iter().map(|shard| (shard.as_str(), std::fs::read(scratch.path().join(shard)).unwrap())));
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
        all.push((name, files[name].clone()));
    }
    let (place, _peer) = of_hub(all, |_, _, acts| acts).await;
    let added = place.fetch("hf:org/tiny-chat").await.unwrap();
    assert_eq!((added.files.len(), added.template), (6, true));
    let whole = Local::load(&place.registry().path(&added), 1, u64::MAX).unwrap();
    assert_eq!(whole.hyperparameters().layers(), 2);
}

#[tokio::test]
async fn a_hub_s_listing_may_fail() {
    let listing = |times: usize, acts: Vec<Act>| {
        of_hub(vec![("tiny.gguf", gguf())], move |number, name, usual| match name {
            "" if number < times => acts.clone(),
            _ => usual,
        })
    };
    for (times, acts) in [
        (1, answer("429 Too Many Requests", &["Retry-After: 1"], "")),
        (2, answer("503 Service Unavailable", &[], "")),
        (1, answer("200 OK", &["Content-Length: 5000"], "{\"sha\":")),
    ] {
        let (place, mut peer) = listing(times, acts).await;
        place.fetch("hf:org/tiny-chat").await.unwrap();
        assert_eq!(peer.requests().len(), times + 2);
    }
    for (acts, said, asked) in [
        (answer("500 Internal Server Error", &[], "no"), "500, tried 3 times: no", 3),
        (answer("401 Unauthorized", &[], ""), "set HF_TOKEN", 1),
        (answer("404 Not Found", &[], ""), "404", 1),
        (answer("200 OK", &[], "{\"sha\":"), "sent what can't be used", 1),
        (answer("200 OK", &[], "{\"siblings\":[]}"), "names no commit", 1),
        (answer("200 OK", &[], "{\"sha\":\"../../x\"}"), "names no commit", 1),
        (answer("200 OK", &[], "{\"sha\":\"0123456789\",\"siblings\":[]}"), "neither a GGUF file", 1),
        (answer("200 OK", &[], vec![b' '; 17 << 20]), "more than 16 MB", 1),
        (answer("302 Found", &["Location: ftp://127.0.0.1/"], ""), "nothing is encrypted", 1),
    ] {
        let (place, mut peer) = listing(usize::MAX, acts).await;
        let words = place.fails("hf:org/tiny-chat").await;
        assert!(words.contains(said), "{said}: {words}");
        assert_eq!(peer.requests().len(), asked, "{words}");
    }
}

#[tokio::test]
async fn a_bad_hub_keeps_no_plain_address_away() {
    let peer = Peer::new(vec![answer("200 OK", &[], gguf())]).await;
    for hub in ["no address", "ftp://mirror.example.org", "https://me:sesame@mirror.example.org"] {
        let place = Place::new(hub);
        assert!(place.fails("hf:org/tiny-chat").await.contains("HF_ENDPOINT can't be used"), "{hub}");
        place.fetch(&format!("{}/tiny.gguf", peer.url)).await.unwrap();
    }
}

#[tokio::test]
async fn room_is_wanted_for_all_files_together() {
    let files = model();
    let all: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let size: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let (mut place, _peer) = of_hub(all, move |_, name, acts| {
        counted.fetch_add(usize::from(!name.is_empty()), Ordering::SeqCst);
        acts
    })
    .await;
    // each file by itself would fit
    place.free = size - 1;
    let words = place.fails("hf:org/tiny-chat").await;
    assert!(words.contains("make room") && asked.load(Ordering::SeqCst) == 0, "{words}");
    place.free = size;
    place.fetch("hf:org/tiny-chat").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_given_up_registers_nothing() {
    // among the files there is a pipe, and the last check waits there until somebody writes into it
    let files = model();
    let all: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let pipe: Arc<OnceLock<PathBuf>> = Arc::default();
    let made = Arc::clone(&pipe);
    let (place, _peer) = of_hub(all, move |_, name, acts| {
        if name == "config.json" {
            assert!(Command::new("mkfifo").arg(made.get().unwrap()).status().unwrap().success());
        }
        acts
    })
    .await;
    let registry = place.registry();
    pipe.set(registry.staging("hf:org/tiny-chat").join("whole/files/z.json")).unwrap();
    let place = Arc::new(place);
    let fetching = tokio::spawn({
        let place = Arc::clone(&place);
        async move { place.fetch("hf:org/tiny-chat").await }
    });
    // nobody reads it before the check does
    let opening = tokio::task::spawn_blocking({
        let pipe = pipe.get().unwrap().clone();
        move || {
            let until = Instant::now() + Duration::from_secs(30);
            while !pipe.exists() {
                assert!(Instant::now() < until, "nothing comes");
                std::thread::sleep(Duration::from_millis(5));
            }
            std::fs::OpenOptions::new().write(true).open(pipe).unwrap()
        }
    });
    let mut written = opening.await.unwrap();
    fetching.abort();
    assert!(fetching.await.unwrap_err().is_cancelled());
    written.write_all(b"{}").unwrap();
    drop(written);
    let until = Instant::now() + Duration::from_secs(30);
    // as long as the check goes on it holds the lock
    while let Err(busy) = registry.forget("hf:org/tiny-chat") {
        assert!(busy.to_string().contains("is being fetched") && Instant::now() < until, "{busy}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(registry.list().unwrap().is_empty(), "it was given up");
}
