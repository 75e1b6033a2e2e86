//! What memory gives to threads that only read: the limit of decoding, which reads all weights for each token.
//!
//! `cargo bench --bench bandwidth -- THREADS` prints gigabytes a second, the best of ten passes over 256 MB a thread.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

const WORDS: usize = 32 << 20;

fn main() {
    let threads = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_usize);
    let memory: Vec<Vec<u64>> = (0..threads).map(|thread| vec![thread as u64 + 1; WORDS]).collect();
    let pass = || {
        let started = Instant::now();
        std::thread::scope(|scope| {
            for part in &memory {
                scope.spawn(|| black_box(part.iter().fold(0_u64, |sum, word| sum.wrapping_add(*word))));
            }
        });
        (threads * WORDS * 8) as f64 / 1e9 / started.elapsed().as_secs_f64()
    };
    let best = (0..10).map(|_| pass()).fold(0.0_f64, f64::max);
    println!("{best:.2}");
}
