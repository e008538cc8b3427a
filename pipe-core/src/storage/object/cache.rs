//! The files of object storage that are on this machine.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::unique;
use crate::digest::Digest;
use crate::storage::{StorageError, StorageErrorKind};
use crate::store::STAGED;

/// The age at which a staged file that nobody goes on writing is one of a process that is gone.
const LEFT: Duration = Duration::from_hours(1);

/// The folder for a store: `PIPE_CACHE`, or `pipe` in the user's folder for caches, and in it one of
/// its own.
pub(super) fn folder(endpoint: &str, url: &str) -> Result<PathBuf, StorageError> {
    let given = |name| std::env::var_os(name).map(PathBuf::from);
    let base = given("PIPE_CACHE").filter(|path| !path.as_os_str().is_empty());
    let user = || {
        let xdg = given("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let user = xdg.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
        Some(user.join("pipe"))
    };
    let Some(base) = base.or_else(user) else {
        let cause = "nobody knows where its cache is to be";
        let error = StorageError::new("open", url, StorageErrorKind::Other, cause);
        return Err(error.with_help("set PIPE_CACHE to a folder of this machine"));
    };
    let mut digest = Digest::new("cache");
    digest.part(endpoint);
    digest.part(url);
    Ok(base.join(&digest.finish()[..16]))
}

/// Tells this cache from those of other machines, even if they have the same name.
pub(super) fn id(root: &Path) -> Result<String, StorageError> {
    let path = root.join(".id");
    let id = fs::create_dir_all(root).and_then(|()| {
        match fs::File::create_new(&path) {
            Ok(mut file) => file.write_all(unique().as_bytes())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        fs::read_to_string(&path)
    });
    id.map_err(StorageError::io("write", path.display()))
}

/// Removes from a cached folder what is of no use any more: files in its folders that the store has
/// not, and what was left half-written. Files in the folder itself are about this machine and stay.
///
/// It is not asked for by anybody, so it fails silently.
pub(super) fn prune(folder: &Path, stored: impl FnOnce() -> Result<HashSet<String>, StorageError>) {
    let found = files(folder, "");
    if found.is_empty() {
        return;
    }
    let Ok(stored) = stored() else { return };
    for name in found.iter().filter(|name| !stored.contains(*name)) {
        let path = folder.join(name);
        if !name.ends_with(STAGED) || is_left(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// The paths of all files in the folders of a folder.
fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
            continue;
        };
        if kind.is_dir() {
            found.extend(files(&entry.path(), &format!("{prefix}{name}/")));
        } else if !prefix.is_empty() {
            found.push(format!("{prefix}{name}"));
        }
    }
    found
}

fn is_left(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
    changed.is_ok_and(|changed| {
        let age = SystemTime::now().duration_since(changed);
        age.is_ok_and(|age| age >= LEFT)
    })
}
