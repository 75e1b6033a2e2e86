//! GGUF files that are damaged or made to harm: each ends in an error that names it, in bounded time and memory, however far
//! one gets: tensors, tokenizer, chat template, the first tokens.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use candle_core::quantized::GgmlDType;
use guildhall::engine::text::{Chat, Sampling};
use guildhall::engine::{Local, Settings, Unheard};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::convert::{Entry, Metadata, Tensors, parts, stored, write};
use crate::support::{Ran, finish, guildhall};

/// No file may take longer, on a machine however busy.
const LONG: Duration = Duration::from_secs(60);

const TEMPLATE: &str = "{% for message in messages %}{% if message.role == 'user' %}[{{ message.content | trim }}]\
    {% elif loop.index < 4 %}{{ message.content[:7] }}{% endif %}{% endfor %}{% if add_generation_prompt %}>{% endif %}";

/// A whole model: weights, a tokenizer of bytes, a template.
fn whole() -> (Metadata, Tensors) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity/llama");
    let (mut metadata, tensors) = parts(&folder, false);
    let fixture: Value = serde_json::from_str(include_str!("data/byte_level.json")).unwrap();
    let tokens: Vec<String> =
        fixture["metadata"]["tokens"].as_array().unwrap()[..256].iter().map(|t| t.as_str().unwrap().into()).collect();
    for (key, entry) in [
        ("tokenizer.ggml.model", Entry::Text("gpt2".into())),
        ("tokenizer.ggml.pre", Entry::Text("gpt-2".into())),
        ("tokenizer.ggml.tokens", Entry::Texts(tokens)),
        ("tokenizer.ggml.token_type", Entry::Integers(vec![1; 256])),
        ("tokenizer.ggml.merges", Entry::Texts(Vec::new())),
        ("tokenizer.ggml.eos_token_id", Entry::Count(0)),
        ("tokenizer.chat_template", Entry::Text(TEMPLATE.into())),
    ] {
        metadata.insert(key.into(), entry);
    }
    (metadata, tensors)
}

fn bytes((metadata, tensors): &(Metadata, Tensors)) -> Vec<u8> {
    write(metadata, tensors, &|name, tensor| {
        let stored = stored(name, tensor, GgmlDType::F32);
        (stored.dtype(), stored.data().unwrap().into_owned())
    })
}

/// Loads a file and has it say two tokens.
fn used(path: &Path) -> Result<usize, String> {
    let model = Local::load(path, 1, 1 << 30).map_err(|error| error.to_string())?;
    let chat = Chat { system: Some("Be brief."), turns: &[("user", "Why?")] };
    let prompted = model.prompt(&chat, Some((2026, 11, 24))).map_err(|error| error.to_string())?;
    let sampling = Sampling { temperature: 0.9, seed: 3, ..Sampling::default() };
    let settings = Settings { samples: 1, max_tokens: 2, stops: Vec::new(), sampling };
    let answered = model.answer(&prompted, &settings, &mut Unheard).map_err(|error| error.to_string())?;
    Ok(answered[0].tokens.len())
}

fn written(dir: &Path, bytes: &[u8]) -> PathBuf {
    let path = dir.join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What a command says of a file, with 2 GiB of memory of its own and no more.
fn within_memory(words: &[&str], path: &Path) -> Ran {
    let program = guildhall();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -d 2097152; exec \"$0\" \"$@\""]).arg(program.get_program()).args(words);
    let began = Instant::now();
    let ran = finish(shell.arg("--model").arg(path));
    assert!(began.elapsed() < LONG, "{words:?} took {:?}", began.elapsed());
    ran
}

#[test]
fn tensors_that_are_missing_or_out_of_place_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let model = whole();
    assert!(used(&written(dir.path(), &bytes(&model))).unwrap() >= 1);
    for name in ["token_embd.weight", "blk.0.ffn_up.weight", "blk.1.attn_norm.weight", "output_norm.weight"] {
        let (metadata, mut tensors) = whole();
        tensors.remove(name).unwrap();
        let error = used(&written(dir.path(), &bytes(&(metadata, tensors)))).unwrap_err();
        assert!(error.contains(name), "{name}: {error}");
    }
    let (metadata, mut tensors) = whole();
    tensors.insert("blk.0.extra.weight".into(), tensors["output_norm.weight"].clone());
    assert!(used(&written(dir.path(), &bytes(&(metadata, tensors)))).unwrap_err().contains("blk.0.extra.weight"));

    // the offset stands at the end of a tensor's entry, before the next one's name
    let right = bytes(&model);
    let offset_of = |name: &str, dimensions: usize| {
        let at = right.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
        at + name.len() + 4 + 8 * dimensions + 4
    };
    let at = offset_of("blk.1.ffn_up.weight", 2);
    let own = u64::from_le_bytes(right[at..at + 8].try_into().unwrap());
    for (offset, said) in [
        (own - 32, "overlap"),
        (0, "overlap"),
        (own + 1, "aligned"),
        (1 << 40, "past the end"),
        (u64::MAX - 31, "past the end"),
        (1 << 63, "past the end"),
    ] {
        let mut bytes = right.clone();
        bytes[at..at + 8].copy_from_slice(&offset.to_le_bytes());
        let error = used(&written(dir.path(), &bytes)).unwrap_err();
        assert!(error.contains(said) && error.contains("blk.1."), "{offset}: {error}");
    }
}

#[test]
fn counts_that_only_a_large_file_allows_take_no_large_memory() {
    let dir = tempfile::tempdir().unwrap();
    let head = |tensors: u64, values: u64| {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend([tensors.to_le_bytes(), values.to_le_bytes()].concat());
        bytes
    };
    // one entry, an array of so many elements of a kind that take a byte or more each, which are holes in the file
    let array = |kind: u32, count: u64| {
        let mut bytes = head(0, 1);
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(b"a");
        bytes.extend([9_u32, kind].map(u32::to_le_bytes).concat());
        bytes.extend(count.to_le_bytes());
        bytes
    };
    for bytes in [
        head(u64::MAX, 1),
        head(1, u64::MAX),
        head(10_000_000, 0),
        head(0, 5_000_000),
        array(0, 1 << 40),
        array(0, 260_000_000),
        array(0, 60_000_000),
        array(7, 60_000_000),
        array(6, 15_000_000),
        array(8, 8_000_000),
        array(8, 33_000_000),
    ] {
        let path = written(dir.path(), &bytes);
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        let ran = within_memory(&["rerun", "--prompt", "Why?"], &path);
        assert!(ran.code == 2 && ran.err.starts_with("error: ") && ran.err.contains("model.gguf"), "{}", ran.err);
    }
}

#[test]
fn templates_that_loop_end_in_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for template in [
        "{% for i in range(1000000000) %}{% for j in range(1000000000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% for m in messages recursive %}{{ loop(messages) }}{% endfor %}",
        "{{ 'x' * 100000000000 }}",
    ] {
        let (mut metadata, tensors) = whole();
        metadata.insert("tokenizer.chat_template".into(), Entry::Text(template.into()));
        let path = written(dir.path(), &bytes(&(metadata, tensors)));
        let ran = within_memory(&["rerun", "--prompt", "Why?"], &path);
        assert!(ran.code == 2 && ran.err.contains("template"), "{template}: {} {}", ran.code, ran.err);
    }
}

/// A change to a file's header.
#[derive(Debug, Clone)]
enum Change {
    Byte(prop::sample::Index, u8),
    Number(prop::sample::Index, u64),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    Template(prop::sample::Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let number = prop_oneof![
        Just(0),
        Just(1),
        Just(u64::from(u32::MAX)),
        Just(1 << 31),
        Just(1 << 40),
        Just(u64::MAX),
        Just(u64::MAX / 2 + 1),
        0..100_000_u64,
    ];
    let words =
        ["{% for i in range(99999) %}", "{{ messages[", "{% endfor %}", "{{ 'x' * 999 }}", "~", "|", "%}", "{#"];
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, value)| Change::Byte(at, value)),
        (any::<prop::sample::Index>(), number).prop_map(|(at, value)| Change::Number(at, value)),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..40_usize)
            .prop_map(|(from, to, length)| Change::Copy(from, to, length)),
        (any::<prop::sample::Index>(), prop::sample::select(words.to_vec()))
            .prop_map(|(at, word)| Change::Template(at, word)),
    ]
}

/// The file with a change; what it overwrites keeps its length, so that everything behind it is still where it was.
fn changed(bytes: &mut [u8], header: usize, change: &Change) {
    let template = bytes.windows(TEMPLATE.len()).position(|window| window == TEMPLATE.as_bytes());
    match change {
        Change::Byte(at, value) => bytes[at.index(header)] = *value,
        Change::Number(at, value) => {
            let at = at.index(header - 8);
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        Change::Copy(from, to, length) => {
            let (from, to) = (from.index(header - length), to.index(header - length));
            bytes.copy_within(from..from + length, to);
        }
        Change::Template(at, word) => {
            let start = template.unwrap_or(header / 2) + at.index(TEMPLATE.len() - word.len());
            bytes[start..start + word.len()].copy_from_slice(word.as_bytes());
        }
    }
}

#[test]
fn altered_models_never_panic_however_far_they_get() {
    let dir = tempfile::tempdir().unwrap();
    let right = bytes(&whole());
    let header = right.len() - whole().1.values().map(|tensor| tensor.elem_count() * 4).sum::<usize>();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() });
    let (refused, ran) = (Cell::new(0), Cell::new(0));
    runner
        .run(&prop::collection::vec(change(), 1..4), |changes| {
            let mut bytes = right.clone();
            changes.iter().for_each(|change| changed(&mut bytes, header.min(right.len()), change));
            let path = written(dir.path(), &bytes);
            let began = Instant::now();
            let counted = if used(&path).is_ok() { &ran } else { &refused };
            counted.set(counted.get() + 1);
            prop_assert!(began.elapsed() < LONG);
            Ok(())
        })
        .unwrap();
    let (refused, ran) = (refused.get(), ran.get());
    println!("{refused} refused, {ran} ran");
    assert!(refused > 300 && ran > 100, "the changes reach both ends: {refused} refused, {ran} ran");
}
