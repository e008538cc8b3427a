//! What is in CSV files.

use super::facts::{self, Candidate};
use super::guess::Guess;
use super::{Found, SourceError, SourceProblem};
use crate::source::{Csv, Fault, Source};

/// Guesses types from all records, and reads the files with them.
pub(super) fn found(csv: &Csv, separator_is_given: bool) -> Result<Found, SourceError> {
    let dialect = csv.dialect()?;
    let files = csv.headers(&dialect, None, Vec::new())?;
    let names = files.first().map_or(&[][..], |(_, columns)| columns);
    if let [only] = names
        && !separator_is_given
    {
        unless_separated_otherwise(csv, only)?;
    }
    let mut guesses = vec![Guess::new(); names.len()];
    for (file, _) in &files {
        let io = |error| Fault::io(file, error);
        let mut records = csv.records(&dialect, file)?;
        while let Some(batch) = records.next_batch().map_err(io)? {
            for i in 0..batch.records.len() {
                let fields = dialect.fields(batch.record(i));
                for (guess, field) in guesses.iter_mut().zip(fields) {
                    let text = dialect.text(field);
                    if !field.is_empty() && !csv.is_null(&text) {
                        guess.see(&text);
                    }
                }
            }
        }
    }
    let candidates = names.iter().zip(guesses).map(|(name, guess)| {
        let (dtype, notes) = guess.verdict();
        Candidate::new(name.clone(), dtype, notes)
    });
    facts::read(csv, candidates.collect(), |targets| {
        csv.read(&dialect, &files, Some(targets))
    })
}

/// One column whose name holds what other files separate columns with is hardly one column.
fn unless_separated_otherwise(csv: &Csv, header: &str) -> Result<(), SourceError> {
    let others = [';', '\t', '|', ','].into_iter();
    let other = others
        .map(|other| (header.matches(other).count(), other))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count);
    match other {
        None => Ok(()),
        Some((_, other)) => {
            let problem = format!(
                "has a single column, `{header}`; it looks separated by {other:?}; help: give `--separator {other:?}`"
            );
            Err(SourceError::new(
                csv.describe(),
                SourceProblem::Other(problem),
            ))
        }
    }
}
