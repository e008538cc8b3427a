//! Removing checkpoints, and what is left of attempts.

use std::collections::BTreeSet;
use std::path::Path;

use super::survey::{Survey, named, owned};
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
    let mut lock = store.lock_and_sweep()?;
    // If it breaks off, there are data of which nobody will know.
    remove(store, nodes).inspect_err(|_| lock.expect_leftovers())
}

fn remove(store: &Store, nodes: &[String]) -> Result<Vec<String>, ClearError> {
    // What their records name may be in the folders of others.
    let surveys = store.survey_all()?;
    let of_cleared = |(node, _): &&(String, Survey)| nodes.contains(node);
    let gone = surveys.iter().filter(of_cleared).map(|(_, survey)| survey);
    let mut data: BTreeSet<_> = named(gone).into_iter().map(owned).collect();
    let mut cleared = Vec::new();
    for node in nodes {
        let (records, others) = in_folder(store, node)?;
        // Records first: what is left then after a crash does not exist.
        for name in &records {
            let removed = store.storage.remove(&store.path(node, name));
            removed.map_err(StoreError::from)?;
        }
        data.extend(others.into_iter().map(|name| (node.clone(), name)));
        if !records.is_empty() {
            cleared.push(node.clone());
        }
    }
    store.remove_unnamed(data)?;
    Ok(cleared)
}

/// Removes every checkpoint of the pipeline; returns the nodes that had any.
pub(crate) fn clear_all(store: &Store) -> Result<Vec<String>, ClearError> {
    clear(store, &store.nodes()?)
}

/// The files of ours in a node's folder: records, and others.
fn in_folder(store: &Store, node: &str) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let entries = store.files_in(node)?.into_iter();
    let names = entries.map(|entry| entry.name);
    Ok(names
        .filter(|name| is_ours(name))
        .partition(|name| record::is_name(name)))
}

impl Store {
    /// Removes what earlier runs left behind without a record. Only for the holder of the lock.
    pub(crate) fn sweep(&self, lock: &Lock) -> Result<(), StoreError> {
        for (node, survey) in self.survey_all()? {
            for entry in survey.orphans {
                self.storage.remove(&self.path(&node, &entry.name))?;
            }
        }
        let left = self.storage.list(&self.pipeline)?.into_iter();
        let staged = |name: &String| is_ours(name) && is_staged(name);
        for name in left.map(|entry| entry.name).filter(staged) {
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
    digits && (record::is_name(name) || is_data(name) || is_staged(name))
}

/// Whether a file has data that records name.
pub(super) fn is_data(name: &str) -> bool {
    has(name, "parquet") || name.ends_with(record::VALUE)
}

pub(super) fn is_staged(name: &str) -> bool {
    has(name, STAGED)
}

/// The part of a file name before its first dot.
pub(super) fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn has(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}
