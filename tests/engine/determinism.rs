//! The bits of a sequence's logits do not depend on threads, passes, neighbours, shared prefixes or earlier failures.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use guildhall::engine::model::{
    Demand, Logits, Model, ModelError, ModelFile, Progress, Sequence, Step, Threads, Wanted,
};

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn step<'a>(sequence: &'a mut Sequence, tokens: &'a [u32]) -> Step<'a> {
    Step { sequence, tokens, wanted: Wanted::All }
}

fn bits(logits: &[Logits]) -> Vec<u32> {
    logits.iter().flat_map(|logits| logits.rows().flatten().map(|value| value.to_bits())).collect()
}

fn tokens(seed: u32) -> Vec<u32> {
    (0..40).map(|at| 3 + (at * at + seed * 31 + at * 7) % 250).collect()
}

/// Every fixture, as it is and with quantised weights.
fn models() -> Vec<(String, Model)> {
    let scratch = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut models = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        models.push((name.clone(), ModelFile::open(&folder).unwrap().load(&mut go).unwrap()));
        for kind in [GgmlDType::Q4_1, GgmlDType::Q8_0] {
            let path = scratch.path().join(format!("{name}-{kind:?}.gguf"));
            std::fs::write(&path, crate::convert::convert(&folder, false, kind)).unwrap();
            models.push((format!("{name} {kind:?}"), ModelFile::open(&path).unwrap().load(&mut go).unwrap()));
        }
    }
    models
}

#[test]
fn logits_have_the_same_bits_however_they_are_computed() {
    let (one, two) = (Threads::new(1).unwrap(), Threads::new(2).unwrap());
    for (name, model) in models() {
        let ids = tokens(1);
        let baseline = bits(&model.forward(&mut [step(&mut model.sequence(), &ids)], &one, &mut go).unwrap());
        let threaded = bits(&model.forward(&mut [step(&mut model.sequence(), &ids)], &two, &mut go).unwrap());
        assert_eq!(threaded, baseline, "{name}: two threads");
        for size in [1, 7] {
            let mut sequence = model.sequence();
            let pass = |part| bits(&model.forward(&mut [step(&mut sequence, part)], &two, &mut go).unwrap());
            assert_eq!(ids.chunks(size).flat_map(pass).collect::<Vec<_>>(), baseline, "{name}: passes of {size}");
        }
        let (before, after) = (tokens(2), tokens(3));
        let (mut first, mut middle, mut last) = (model.sequence(), model.sequence(), model.sequence());
        let mut batch = [step(&mut first, &before[..9]), step(&mut middle, &ids), step(&mut last, &after[..1])];
        let found = model.forward(&mut batch, &two, &mut go).unwrap();
        assert_eq!(bits(&found[1..2]), baseline, "{name}: in a batch");
    }
}

#[test]
fn samples_that_share_a_prefix_and_tries_that_failed_leave_no_trace() {
    let (one, two) = (Threads::new(1).unwrap(), Threads::new(2).unwrap());
    for (name, model) in models() {
        let ids = tokens(1);
        let whole = model.forward(&mut [step(&mut model.sequence(), &ids)], &one, &mut go).unwrap();
        let expected: Vec<u32> = whole[0].rows().skip(21).flatten().map(|value| value.to_bits()).collect();
        let mut start = model.sequence();
        model.forward(&mut [step(&mut start, &ids[..13])], &two, &mut go).unwrap();
        let mut longer = start.share().sequence();
        model.forward(&mut [step(&mut longer, &ids[13..21])], &two, &mut go).unwrap();
        let prefix = longer.share();
        assert_eq!(prefix.len(), 21);
        let mut samples: Vec<Sequence> = (0..3).map(|_| prefix.sequence()).collect();
        let mut stop = |progress: Progress| {
            if progress.done == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let other = tokens(9);
        let refused = model.forward(&mut [step(&mut samples[1], &other[..5])], &one, &mut stop);
        assert!(matches!(refused, Err(ModelError::Cancelled)));
        assert_eq!(samples[1].len(), 21);
        let mut found = Vec::new();
        for at in 21..40 {
            let next: Vec<[u32; 1]> = (0..3).map(|sample| [if sample == 1 { ids[at] } else { other[at] }]).collect();
            let mut steps: Vec<Step> = samples.iter_mut().zip(&next).map(|(sample, next)| step(sample, next)).collect();
            found.extend(bits(&model.forward(&mut steps, &two, &mut go).unwrap()[1..2]));
        }
        assert_eq!(found, expected, "{name}");
        assert!(samples[1].truncate(25) && !samples[1].truncate(20));
        let again = model.forward(&mut [step(&mut samples[1], &ids[25..])], &one, &mut go).unwrap();
        assert_eq!(bits(&again), expected[4 * 256..], "{name}: after going back");
    }
}

#[test]
fn long_prompts_and_requests_that_do_not_fit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity/llama");
    let file = ModelFile::open(&folder).unwrap();
    let model = file.load(&mut go).unwrap();
    let threads = Threads::new(1).unwrap();
    let ids: Vec<u32> = (0..128).map(|at| 3 + at % 250).collect();
    let whole = model.forward(&mut [step(&mut model.sequence(), &ids)], &threads, &mut go).unwrap();
    let mut sequence = model.sequence();
    let last = Step { sequence: &mut sequence, tokens: &ids, wanted: Wanted::Last };
    let found = model.prefill(last, &threads, &mut go).unwrap();
    assert_eq!((found.len(), found.last()), (1, whole[0].last()));
    let full = model.forward(&mut [step(&mut sequence, &[3])], &threads, &mut go);
    assert!(full.unwrap_err().to_string().contains("129 positions"));
    let outside = model.forward(&mut [step(&mut model.sequence(), &[256])], &threads, &mut go);
    assert!(matches!(outside, Err(ModelError::Token { token: 256, .. })));
    let estimate = file.estimate(&Demand { prompt: 100, continuation: 28, samples: 3 });
    assert_eq!(estimate.cache, 4 * 256 * 2 * 2 * 2 * 8 * 4);
    assert!(estimate.fits(estimate.total()).is_ok());
    let refusal = estimate.fits(estimate.total() - 1).unwrap_err().to_string();
    assert!(refusal.contains(&estimate.total().to_string()));
}
