//! Aggregation and agreement over a CSV of judgements, as CPU time: `cargo bench --bench consensus -- VOTES.csv [THREADS]`.
//!
//! Beside crowd-kit, a scipy.sparse EM and the krippendorff package: `tests/bench/consensus.sh`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs::File;

use guildhall::engine::processor_seconds;
use guildhall::exchange::read_votes;
use guildhall::stats::{Bootstrap, Counts, DawidSkene, Metric, krippendorff_alpha};

/// How often each is done; the middle is told.
const RUNS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let Some(file) = arguments.next() else { return };
    let threads = arguments.next().map_or(1, |word| word.parse().unwrap());
    let (read_s, votes) = timed(|| read_votes(File::open(&file).unwrap()).unwrap());
    let judgements = &votes.judgements;
    let count = judgements.rows().len();
    let mut iterations = 0;
    let fits = (0..RUNS).map(|_| {
        let (seconds, fit) = timed(|| DawidSkene::maximum_a_posteriori(threads).fit(judgements).unwrap());
        iterations = fit.aggregation.iterations;
        seconds / iterations as f64
    });
    let iteration_s = middle(fits.collect());
    // without an interval: the package beside it gives none
    let none = Bootstrap { seed: 1, replicates: 0 };
    let alpha = || krippendorff_alpha(&Counts::of(judgements), Metric::Nominal, None, &none).unwrap().value;
    let value = alpha();
    let alpha_s = middle((0..RUNS).map(|_| timed(alpha).0).collect());
    println!(
        "{{\"judgements\":{count},\"read_s\":{read_s},\"iterations\":{iterations},\"iteration_s\":{iteration_s},\
         \"ns_a_judgement\":{},\"alpha_s\":{alpha_s},\"alpha\":{value}}}",
        1e9 * iteration_s / count as f64
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = processor_seconds().unwrap();
    let done = work();
    (processor_seconds().unwrap() - before, done)
}

fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
