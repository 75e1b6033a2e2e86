//! Aggregated labels as a CSV: `task,label,confidence`, by task.

use std::io::{self, Write};

use crate::stats::Aggregation;

use super::votes_csv::Votes;

/// Writes a row for each task that has a label; the confidence is the label's posterior.
///
/// Errors: the writer's.
pub fn write_labels(mut out: impl Write, votes: &Votes, result: &Aggregation) -> io::Result<()> {
    out.write_all(b"task,label,confidence\n")?;
    for (item, task) in votes.items.iter().enumerate() {
        let (Some(label), Some(confidence)) = (result.labels[item], result.confidence(item)) else { continue };
        writeln!(out, "{},{},{confidence}", quoted(task), quoted(votes.classes.name(label)))?;
    }
    Ok(())
}

/// In quotes if it would read otherwise without (RFC 4180).
pub fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::read_votes;
    use crate::stats::majority;

    #[test]
    fn what_is_written_is_read_again() {
        let votes = read_votes(&b"task,worker,label\n\"a,1\",x,\"say \"\"no\"\"\"\nb,x,yes\n"[..]).unwrap();
        let mut out = Vec::new();
        write_labels(&mut out, &votes, &majority(&votes.judgements).unwrap()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "task,label,confidence\n\"a,1\",\"say \"\"no\"\"\",1\nb,yes,1\n");
    }
}
