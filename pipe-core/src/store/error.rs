//! What can be wrong with a store.

use crate::graph::UnknownNode;
use crate::storage::StorageError;

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another run holds the pipeline's lock.
    #[error(
        "pipeline `{pipeline}` is in use by {holder} ({lock}); wait for it, or give this run a store of its own with `--store`"
    )]
    InUse {
        /// The pipeline's name.
        pipeline: String,
        /// The lock.
        lock: String,
        /// Who has it, as far as that is known.
        holder: String,
    },
    /// A record that a newer version wrote.
    #[error(
        "{path} has format {found}, this version knows up to {known}; update the program, or use another store"
    )]
    Newer {
        /// The record.
        path: String,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// A result was to be stored before the contents of its inputs were known.
    #[error("node `{node}` has no key yet; this is a mistake in pipe, please report it")]
    NoKey {
        /// The node.
        node: String,
    },
    /// A result was to be stored as a layer on a checkpoint that does not have the columns.
    #[error(
        "the result of node `{node}` does not fit the checkpoint of `{below}`; this is a mistake in pipe, please report it"
    )]
    Layer {
        /// The node.
        node: String,
        /// The node whose checkpoint was to be below it.
        below: String,
    },
    /// Checkpoints were to be compressed in a way that does not exist.
    #[error(
        "checkpoints cannot be compressed by Zstandard at level {level}; its levels are 1 to 22"
    )]
    Compression {
        /// The level.
        level: i32,
    },
    /// Checkpoints were to be written in a way that does not exist.
    #[error("checkpoints cannot be written with {what}; at least one is needed")]
    Format {
        /// What there cannot be.
        what: &'static str,
    },
    /// The storage did not do what it was asked for.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why checkpoints were not cleared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClearError {
    /// The pipeline has no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// The store is in use or broken.
    #[error(transparent)]
    Store(#[from] StoreError),
}
