//! Reading and writing the field's formats over `Read` and `Write`; release bundles. Nothing here knows a store.

mod ballots_csv;
mod csv_records;
mod labels_csv;
mod names;
pub mod own_jsonl;
pub mod parquet;
pub mod release;
mod strict_json;
mod truth_csv;
mod votes_csv;

pub use ballots_csv::{BallotRow, read_ballots, read_institutions};
pub use csv_records::CsvError;
pub use labels_csv::{quoted, write_labels};
pub use names::Names;
pub use truth_csv::{Truth, read_truth};
pub use votes_csv::{MOST_CLASSES, Votes, read_votes};
