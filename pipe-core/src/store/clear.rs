//! Removing checkpoints, and what is left of attempts.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{ClearError, Store, StoreError, entries, files_in, staged};

/// Removes the checkpoints of these nodes; returns those that had any.
pub(crate) fn clear(store: &Store, nodes: &[String]) -> Result<Vec<String>, ClearError> {
    // Clearing nothing creates nothing.
    if !store.folder.is_dir() {
        return Ok(Vec::new());
    }
    let _lock = store.lock()?;
    let mut cleared = Vec::new();
    for node in nodes {
        if clear_folder(&store.node(node))? {
            cleared.push(node.clone());
        }
    }
    Ok(cleared)
}

/// Removes every checkpoint of the pipeline; returns the nodes that had any.
pub(crate) fn clear_all(store: &Store) -> Result<Vec<String>, ClearError> {
    let name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let mut nodes: Vec<String> = store.node_folders()?.into_iter().filter_map(name).collect();
    nodes.sort();
    clear(store, &nodes)
}

/// Whether there was anything to clear.
fn clear_folder(folder: &Path) -> Result<bool, StoreError> {
    let (records, others): (Vec<_>, Vec<_>) = files_in(folder)?
        .into_iter()
        .filter(|path| is_ours(path))
        .partition(|path| has(path, "json"));
    // Records first: what is left then after a crash does not exist.
    for path in records.iter().chain(&others) {
        remove(path)?;
    }
    // The run logs of a pipeline with a node `runs` are in one folder with its checkpoints.
    if entries(folder)?.is_empty() {
        let _ = fs::remove_dir(folder);
    }
    Ok(!records.is_empty())
}

/// Removes staged files, and data files without a record.
pub(super) fn sweep(folder: &Path) -> Result<(), StoreError> {
    let files = files_in(folder)?;
    // A record that cannot be read keeps its data too: it may be of a newer version.
    let recorded: HashSet<_> = files
        .iter()
        .filter(|path| has(path, "json"))
        .filter_map(|path| stem(path))
        .collect();
    for path in &files {
        let orphan = has(path, "parquet") && stem(path).is_none_or(|stem| !recorded.contains(stem));
        if is_ours(path) && (orphan || has(path, staged::SUFFIX)) {
            remove(path)?;
        }
    }
    Ok(())
}

/// Whether a name is one that this store gives: 16 hexadecimal digits, and what the file is. Other
/// files are somebody else's and are left alone.
fn is_ours(path: &Path) -> bool {
    let digits = stem(path).is_some_and(|stem| stem.len() == 16 && is_hexadecimal(stem));
    digits && (has(path, "json") || has(path, "parquet") || has(path, staged::SUFFIX))
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The part of a file name before its first dot: data files may be numbered after it.
fn stem(path: &Path) -> Option<&str> {
    path.file_name().and_then(OsStr::to_str)?.split('.').next()
}

fn has(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
