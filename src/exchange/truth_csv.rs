//! Known labels: a CSV with columns `task` and `truth`, or `task` and `label`.

use std::collections::BTreeMap;
use std::io::Read;

use super::csv_records::{CsvError, Records};
use super::votes_csv::Votes;

/// Labels by task; of a task given again the last counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Label of each task.
    pub labels: BTreeMap<String, String>,
}

impl Truth {
    /// Share of the tasks with a truth and a judgement whose label is the truth's text; none if there is no such task.
    /// `labels` is by item of `votes`.
    pub fn accuracy(&self, votes: &Votes, labels: &[Option<u32>]) -> Option<f64> {
        let (mut known, mut right) = (0_u32, 0_u32);
        for (task, truth) in &self.labels {
            let label = votes.items.find(task).and_then(|item| labels.get(item as usize).copied().flatten());
            if let Some(label) = label {
                known += 1;
                right += u32::from(votes.classes.name(label) == truth);
            }
        }
        (known > 0).then(|| f64::from(right) / f64::from(known))
    }

    /// As pairs of item and class; tasks and labels that no judgement names are left out and counted.
    pub fn of_votes(&self, votes: &Votes) -> (Vec<(u32, u32)>, usize) {
        let pair = |(task, truth): (&String, &String)| Some((votes.items.find(task)?, votes.classes.find(truth)?));
        let known: Vec<_> = self.labels.iter().filter_map(pair).collect();
        let left_out = self.labels.len() - known.len();
        (known, left_out)
    }
}

/// Reads known labels, plain or gzip.
///
/// # Errors
/// See [`CsvError`].
pub fn read_truth(input: impl Read) -> Result<Truth, CsvError> {
    let mut records = Records::new(input)?;
    let task = records.column(&["task"], "task")?;
    let label = records.column(&["truth", "label"], "truth` or `label")?;
    let mut labels = BTreeMap::new();
    while records.advance()? {
        labels.insert(records.text(task, "task")?.to_owned(), records.text(label, "truth")?.to_owned());
    }
    Ok(Truth { labels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::read_votes;

    #[test]
    fn accuracy_counts_tasks_with_truth_and_judgement() {
        let votes = read_votes(&b"task,worker,label\n1,a,x\n2,a,y\n3,a,x\n"[..]).unwrap();
        let truth = read_truth(&b"truth,task\nx,1\nx,2\nx,9\n"[..]).unwrap();
        let labels: Vec<_> = votes.judgements.rows().iter().map(|row| Some(row.class)).collect();
        assert_eq!(truth.accuracy(&votes, &labels), Some(0.5));
        assert_eq!(truth.of_votes(&votes), (vec![(0, 0), (1, 0)], 1));
        assert_eq!(read_truth(&b"task,label\n"[..]).unwrap().accuracy(&votes, &labels), None);
        assert_eq!(
            read_truth(&b"task,x\n"[..]).unwrap_err().to_string(),
            "line 1: no column `truth` or `label` in the header: task,x"
        );
    }
}
