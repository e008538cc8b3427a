//! A checkpoint as one file for other tools.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::PolarsError;
use serde::Serialize;

use super::error::LoadError;
use super::plan::stored;
use crate::graph::Graph;
use crate::step::StepOutput;
use crate::store::{Store, StoreError, WriteError};
use crate::text::{count, size};

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The node.
    pub node: String,
    /// The file.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of it.
    pub bytes: u64,
}

impl Display for Saved {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { node, path, .. } = self;
        let (rows, bytes, path) = (count(self.rows, "row"), size(self.bytes), path.display());
        writeln!(f, "saved {node} to {path}: {rows}, {bytes}")
    }
}

/// Why a checkpoint was not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// There is no such frame.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// There is nothing to save.
    #[error(
        "node `{node}` has no valid checkpoint\nhelp: run the pipeline; if it does not store the node, say `#[checkpoint(true)]` above its `let`"
    )]
    NotStored {
        /// The node.
        node: String,
    },
    /// Its data cannot be read.
    #[error("node `{node}` cannot be read: {error}")]
    Polars {
        /// The node.
        node: String,
        /// What went wrong.
        error: PolarsError,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the valid checkpoint of a node as one Parquet file, which is there as a whole or not at all.
pub(crate) fn save(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
    path: &Path,
) -> Result<Saved, SaveError> {
    let name = || graph.nodes[node].name.clone();
    let frame = match stored(graph, store, node)? {
        Some(StepOutput::Frame(frame)) => frame,
        Some(StepOutput::Rows(rows)) => rows.into_plan(),
        Some(StepOutput::Value(value)) => {
            let found = value.kind().type_name();
            let node = name();
            return Err(LoadError::IsValue { node, found }.into());
        }
        None => return Err(SaveError::NotStored { node: name() }),
    };
    let (rows, bytes) = store.save(frame, path).map_err(|error| match error {
        WriteError::Query(error) => SaveError::Polars {
            node: name(),
            error,
        },
        WriteError::Storage(error) => SaveError::Store(error.into()),
    })?;
    Ok(Saved {
        node: name(),
        path: path.to_owned(),
        rows,
        bytes,
    })
}
