//! What can be wrong with a store.

use std::path::{Path, PathBuf};

use crate::graph::UnknownNode;

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another run holds the pipeline's lock.
    #[error("pipeline `{pipeline}` is in use: another run holds {}; wait for it, or give this run a store of its own", lock.display())]
    InUse {
        /// The pipeline's name.
        pipeline: String,
        /// The lock file.
        lock: PathBuf,
    },
    /// A record that a newer version wrote.
    #[error("{} has format {found}, this version knows up to {known}; update the program, or use another store", path.display())]
    Newer {
        /// The record.
        path: PathBuf,
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
    /// A file operation failed.
    #[error("cannot {action} {}: {error}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it could not be.
        error: std::io::Error,
    },
}

impl StoreError {
    /// For `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io {
            action,
            path,
            error,
        }
    }
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
