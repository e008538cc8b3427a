//! The store: checkpoints and run logs in a folder.

use std::path::{Path, PathBuf};

mod error;

pub use error::{ClearError, StoreError};

/// One pipeline's part of a store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    pipeline: String,
}

impl Store {
    pub(crate) fn new(store: &Path, pipeline: &str) -> Self {
        Self { folder: store.join(pipeline), pipeline: pipeline.to_owned() }
    }
}

pub(crate) fn clear(_: &Store, _: &[String]) -> Result<Vec<String>, ClearError> {
    todo!()
}

pub(crate) fn clear_all(_: &Store) -> Result<Vec<String>, ClearError> {
    todo!()
}
