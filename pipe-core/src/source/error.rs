//! What can be wrong with a source.

use std::fmt::Display;

/// A source that cannot be read, or not as what it is declared to be.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {problem}")]
pub struct SourceError {
    /// Which source: its path, as the user wrote it.
    pub source_name: String,
    /// What is wrong with it.
    pub problem: SourceProblem,
}

impl SourceError {
    /// An error of the given source.
    pub fn new(source: impl Display, problem: SourceProblem) -> Self {
        Self { source_name: source.to_string(), problem }
    }
}

/// What is wrong with a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceProblem {
    /// The file name's extension says nothing.
    #[error("unknown file format; known extensions are .csv, .tsv, .parquet, .ndjson and .jsonl")]
    UnknownFormat,
    /// Anything else, in its own words.
    #[error("{0}")]
    Other(String),
}
