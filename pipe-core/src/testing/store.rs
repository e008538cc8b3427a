//! Stores that go away.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::storage::Location;

/// A store in a folder of its own, which goes away with this value: `pipeline.store(&store)`. Results of
/// runs are read from it when they are collected, so it has to outlive them.
#[derive(Debug)]
pub struct TestStore(TempDir);

impl TestStore {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// When no folder can be made.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        match tempfile::Builder::new().prefix("pipe-test-").tempdir() {
            Ok(folder) => Self(folder),
            Err(error) => panic!("no folder can be made for a store: {error}"),
        }
    }

    /// Its folder, where every pipeline has one of its name.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The files of a node with this extension: `parquet` for the data of frames, `json` for commit
    /// records and the data of values, `staged` for what is not committed yet.
    #[must_use]
    pub fn files(&self, pipeline: &str, node: &str, extension: &str) -> Vec<PathBuf> {
        let folder = self.path().join(pipeline).join(node);
        let files = folder.read_dir().into_iter().flatten().flatten();
        let mut files: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect();
        files.sort();
        files
    }
}

impl Default for TestStore {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl From<&TestStore> for Location {
    fn from(store: &TestStore) -> Self {
        store.path().into()
    }
}
