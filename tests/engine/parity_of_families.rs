//! Every family against logits that transformers computed, in one pass and token by token.

use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use guildhall::engine::model::{Threads, check};

const TOLERANCE: f32 = 1e-4;

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/parity");
    let mut found: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn every_family_agrees_with_transformers() {
    let mut wrong = Vec::new();
    for folder in fixtures() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let threads = Threads::new(1).unwrap();
        match check(&folder, &folder.join("ref.safetensors"), &threads) {
            Ok(report) => {
                println!(
                    "{name}: {} positions, prefill {:.2e}, stepwise {:.2e}",
                    report.positions, report.prefill, report.stepwise
                );
                if report.prefill.max(report.stepwise) > TOLERANCE || report.positions != 40 {
                    wrong.push(name);
                }
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_same_weights_as_gguf_agree_too() {
    let mut wrong = Vec::new();
    let scratch = tempfile::tempdir().unwrap();
    for folder in fixtures() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let threads = Threads::new(1).unwrap();
        for fused in [false, true] {
            let path = scratch.path().join(format!("{name}-{fused}.gguf"));
            std::fs::write(&path, crate::convert::convert(&folder, fused, GgmlDType::F32)).unwrap();
            match check(&path, &folder.join("ref.safetensors"), &threads) {
                Ok(report) => {
                    println!("{name} as GGUF: prefill {:.2e}, stepwise {:.2e}", report.prefill, report.stepwise);
                    if report.prefill.max(report.stepwise) > TOLERANCE {
                        wrong.push(name.clone());
                    }
                }
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
