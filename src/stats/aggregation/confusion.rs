//! A model in which every rater has a table of errors: one pass over the judgements is expectation and counting at once.
//!
//! `P(i, k)` is proportional to `q(k) product over judgements of i of T(r)[l | k]^v`; expected counts are
//! `E(r)[l, k] = sum v P(i, k)`. How tables come from counts is the [`Errors`] rule's. The pass over one part of the items
//! is in `confusion_pass`.
//!
//! Parts are cut by the data alone and summed in order, so the threads' number changes no bit. Tables lie with the truth
//! innermost: a judgement touches one short run of the table and one of the counts.

use super::chunks::{self, PARTS, SMALLEST_PART};
use super::climb::Model;
use super::confusion_pass::{Part, Tables};
use super::posterior::Posterior;
use super::rows::{Rows, to_float};

/// How a rater's table comes from expected counts.
pub(crate) trait Errors: Sync {
    /// Fills a rater's table, label × truth, and gives its log prior. On entry the table is the last one.
    fn maximise(&self, rater: usize, counts: &[f64], table: &mut [f64]) -> f64;
}

/// Where the prior of the classes comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ClassPrior {
    /// `(mass + pseudo) / (items + K pseudo)`.
    Learned { pseudo: f64 },
    /// Given.
    Fixed(Vec<f64>),
}

impl ClassPrior {
    /// Fills the prior and gives its log prior.
    pub fn maximise(&self, mass: &[f64], prior: &mut [f64]) -> f64 {
        match self {
            Self::Learned { pseudo } => {
                let total = mass.iter().sum::<f64>() + pseudo * to_float(mass.len());
                for (prior, mass) in prior.iter_mut().zip(mass) {
                    *prior = (mass + pseudo) / total;
                }
                if *pseudo == 0.0 { 0.0 } else { pseudo * prior.iter().map(|prior| libm::log(*prior)).sum::<f64>() }
            }
            Self::Fixed(given) => {
                prior.copy_from_slice(given);
                0.0
            }
        }
    }
}

/// The model's state.
pub(crate) struct Confusion<'a, E> {
    rows: &'a Rows,
    errors: E,
    class_prior: ClassPrior,
    threads: usize,
    /// Known classes by item; may be empty.
    known: &'a [Option<u32>],
    /// Prior of each class.
    pub prior: Vec<f64>,
    /// (rater, label, truth).
    pub table: Vec<f64>,
    log_table: Vec<f64>,
    parts: Vec<Part>,
    /// Expected classes of each item.
    pub posterior: Posterior,
    log_prior: f64,
}

/// What a [`Confusion`] starts from.
pub(crate) struct Start<'a> {
    pub rows: &'a Rows,
    pub class_prior: ClassPrior,
    /// Known classes by item; may be empty.
    pub known: &'a [Option<u32>],
    /// The first expectation.
    pub posterior: Posterior,
    pub threads: usize,
}

impl<'a, E: Errors> Confusion<'a, E> {
    /// Counts the first expectation.
    pub fn new(errors: E, start: Start<'a>) -> Self {
        let Start { rows, class_prior, known, posterior, threads } = start;
        let classes = rows.classes();
        let cells = rows.raters() * classes * classes;
        // zeroing and summing a part's counts should be little beside its judgements
        let parts = (rows.len() / (4 * cells).max(SMALLEST_PART)).clamp(1, PARTS);
        let parts = chunks::by_rows(rows.starts(), parts).into_iter().map(|items| Part::new(items, cells, classes));
        let log_table = if rows.has_weights() { vec![0.0; cells] } else { Vec::new() };
        let mut model = Self {
            rows,
            errors,
            class_prior,
            threads,
            known,
            prior: vec![1.0 / to_float(classes); classes],
            table: vec![0.0; cells],
            log_table,
            parts: parts.collect(),
            posterior,
            log_prior: 0.0,
        };
        for (item, known) in known.iter().enumerate() {
            if let Some(class) = known {
                let posterior = model.posterior.of_mut(item);
                posterior.fill(0.0);
                posterior[*class as usize] = 1.0;
            }
        }
        model.each_part(|part, _, rows, posterior| part.count(rows, posterior));
        model
    }

    /// Does all parts, then sums them into the first.
    fn each_part(&mut self, work: impl Fn(&mut Part, &Tables, &Rows, &mut [f64]) + Sync) {
        let classes = self.rows.classes();
        let mut rest = self.posterior.values_mut();
        let mut tasks = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            let (mine, others) = rest.split_at_mut(part.items.len() * classes);
            rest = others;
            tasks.push((part, mine));
        }
        let tables = Tables { prior: &self.prior, table: &self.table, log_table: &self.log_table, known: self.known };
        let rows = self.rows;
        chunks::run(self.threads, &mut tasks, |(part, posterior)| work(part, &tables, rows, posterior));
        if let Some((first, others)) = self.parts.split_first_mut() {
            others.iter().for_each(|other| first.add(other));
        }
    }

    fn maximise_tables(&mut self) -> f64 {
        let block = self.rows.classes() * self.rows.classes();
        let weighted = self.rows.has_weights();
        let parts = (self.table.len() / SMALLEST_PART).clamp(1, PARTS);
        let mut tables = self.table.as_mut_slice();
        let mut logs = self.log_table.as_mut_slice();
        let mut tasks = Vec::with_capacity(PARTS);
        for raters in chunks::even(self.rows.raters(), parts) {
            let (mine, others) = std::mem::take(&mut tables).split_at_mut(raters.len() * block);
            let (my_logs, other_logs) =
                std::mem::take(&mut logs).split_at_mut(if weighted { raters.len() * block } else { 0 });
            (tables, logs) = (others, other_logs);
            tasks.push((raters, mine, my_logs, 0.0));
        }
        let counts = &self.parts[0].counts;
        let errors = &self.errors;
        chunks::run(self.threads, &mut tasks, |(raters, tables, logs, log_prior)| {
            for (rater, table) in raters.clone().zip(tables.chunks_exact_mut(block.max(1))) {
                *log_prior += errors.maximise(rater, &counts[rater * block..(rater + 1) * block], table);
            }
            for (log, value) in logs.iter_mut().zip(tables.iter()) {
                *log = libm::log(*value);
            }
        });
        tasks.iter().map(|task| task.3).sum()
    }
}

impl<E: Errors> Model for Confusion<'_, E> {
    fn maximise(&mut self) {
        self.log_prior = self.class_prior.maximise(&self.parts[0].mass, &mut self.prior);
        self.log_prior += self.maximise_tables();
    }

    fn expect(&mut self) -> f64 {
        self.each_part(Part::expect);
        self.parts[0].log_likelihood + self.log_prior
    }
}
