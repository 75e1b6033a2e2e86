//! Files of judgements that commands read, with the file's name in every error.

use std::fs::File;
use std::path::Path;

use crate::exchange::{CsvError, Truth, Votes, read_truth, read_votes};

use super::context::{CommandError, Context};

/// The judgements of a CSV file, plain or gzip.
pub fn votes(path: &Path, context: &Context<'_>) -> Result<Votes, CommandError> {
    read_votes(open(path, context)?).map_err(|error| wrong(path, &error))
}

/// The known labels of a CSV file.
pub fn truth(path: &Path, context: &Context<'_>) -> Result<Truth, CommandError> {
    read_truth(open(path, context)?).map_err(|error| wrong(path, &error))
}

fn open(path: &Path, context: &Context<'_>) -> Result<File, CommandError> {
    if context.opened.is_some() {
        return Err(CommandError::Usage(format!("{}: files are not read over SSH", path.display())));
    }
    File::open(path).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
}

fn wrong(path: &Path, error: &CsvError) -> CommandError {
    CommandError::Usage(format!("{}: {error}", path.display()))
}
