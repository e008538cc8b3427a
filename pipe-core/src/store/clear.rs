//! Removing checkpoints, and what is left of attempts.

use std::path::Path;

use super::{ClearError, Lock, STAGED, Store, StoreError, record};

/// Removes the checkpoints of these nodes; returns those that had any.
pub(crate) fn clear(store: &Store, nodes: &[String]) -> Result<Vec<String>, ClearError> {
    // Clearing nothing creates nothing.
    if store
        .storage
        .list(&store.pipeline)
        .map_err(StoreError::from)?
        .is_empty()
    {
        return Ok(Vec::new());
    }
    let _lock = store.lock_and_sweep()?;
    let mut cleared = Vec::new();
    for node in nodes {
        if clear_folder(store, node)? {
            cleared.push(node.clone());
        }
    }
    Ok(cleared)
}

/// Removes every checkpoint of the pipeline; returns the nodes that had any.
pub(crate) fn clear_all(store: &Store) -> Result<Vec<String>, ClearError> {
    clear(store, &store.nodes()?)
}

/// Whether there was anything to clear.
fn clear_folder(store: &Store, node: &str) -> Result<bool, StoreError> {
    let entries = store.files_in(node)?.into_iter();
    let (records, others): (Vec<_>, Vec<_>) = entries
        .map(|entry| entry.name)
        .filter(|name| is_ours(name))
        .partition(|name| record::is_name(name));
    // Records first: what is left then after a crash does not exist.
    for name in records.iter().chain(&others) {
        store.storage.remove(&store.path(node, name))?;
    }
    Ok(!records.is_empty())
}

impl Store {
    /// Removes what earlier runs left behind without a record. Only for the holder of the lock.
    pub(crate) fn sweep(&self, lock: &Lock) -> Result<(), StoreError> {
        for node in self.nodes()? {
            for entry in self.survey(&node)?.orphans {
                self.storage.remove(&self.path(&node, &entry.name))?;
            }
        }
        let left = self.storage.list(&self.pipeline)?.into_iter();
        for name in left.map(|entry| entry.name).filter(|name| is_staged(name)) {
            self.storage.remove(&self.path_of(&name))?;
        }
        let _ = lock;
        Ok(())
    }
}

/// Whether a name is one that this store gives: 16 hexadecimal digits, and what the file is. Other
/// files are somebody else's and are left alone.
pub(super) fn is_ours(name: &str) -> bool {
    let stem = stem(name);
    let digits = stem.len() == 16 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits
        && (record::is_name(name)
            || has(name, "parquet")
            || name.ends_with(record::VALUE)
            || is_staged(name))
}

pub(super) fn is_staged(name: &str) -> bool {
    has(name, STAGED)
}

/// The part of a file name before its first dot.
pub(super) fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

pub(super) fn has(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}
