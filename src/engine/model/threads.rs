//! Worker threads for one computation at a time. How work is cut never shows in results: every output is computed by
//! one thread, in an order of its own.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::error::ModelError;
use super::isa::Isa;

/// Pieces a thread gets on average, so that a thread that was held up leaves its rest to the others.
const PIECES: usize = 4;

/// A fixed number of threads; idle ones sleep.
#[derive(Debug)]
pub struct Threads {
    pool: Option<ThreadPool>,
    count: usize,
    isa: Isa,
}

impl Threads {
    /// Starts `count` threads; with one, work runs on the caller's.
    pub fn new(count: usize) -> Result<Self, ModelError> {
        let build = || rayon::ThreadPoolBuilder::new().num_threads(count).build();
        let failed = |error: rayon::ThreadPoolBuildError| ModelError::Threads(error.to_string());
        let pool = if count > 1 { Some(build().map_err(failed)?) } else { None };
        Ok(Self { pool, count: count.max(1), isa: Isa::detect() })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The vector instructions that kernels use.
    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    /// Runs `work` where its parallel parts find the threads.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// How many of `units` equal pieces of work to do in one go.
    pub(super) fn share(&self, units: usize) -> usize {
        if self.count == 1 { units.max(1) } else { units.div_ceil(self.count * PIECES).max(1) }
    }

    /// Calls `work` with the number and the content of each run of `size` elements.
    pub(super) fn chunks<T: Send>(&self, all: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync + Send) {
        if self.count == 1 || all.len() <= size {
            all.chunks_mut(size.max(1)).enumerate().for_each(|(index, chunk)| work(index, chunk));
        } else {
            all.par_chunks_mut(size.max(1)).enumerate().for_each(|(index, chunk)| work(index, chunk));
        }
    }

    /// What `work` gives for each number below `count`, in order.
    pub(super) fn map<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        if self.count == 1 || count < 2 {
            (0..count).map(work).collect()
        } else {
            (0..count).into_par_iter().with_max_len(1).map(work).collect()
        }
    }
}
