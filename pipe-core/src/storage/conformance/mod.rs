//! Holds a [`Storage`] to what it promises: for tests of storages.
//!
//! ```
//! use std::sync::Arc;
//! use pipe_core::storage::{Folder, Storage, conformance};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! conformance::run(|| Ok(Arc::new(Folder::new(folder.path()))))?;
//! # Ok(())
//! # }
//! ```
//!
//! `open` is called several times: each storage that it returns stands for another process, and all of
//! them for one place. What is there already is left alone; what the promises put there stays.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};
use std::io::{self, Write};
use std::sync::Arc;

use super::{Condition, Content, Object, Storage, StorageError, StorageErrorKind, Version};
use crate::store::unique;

mod lock;
mod objects;
mod races;
#[cfg(test)]
mod tests;

/// Opens the storage, as another process would.
pub type Open<'a> = dyn Fn() -> Result<Arc<dyn Storage>, StorageError> + 'a;

/// What a storage promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Promise {
    /// A staged object is seen by nobody, and leaves nothing if it is not published.
    Staged,
    /// Objects are there as a whole, also while they are being replaced.
    Whole,
    /// Conditions hold.
    Conditions,
    /// Conditions hold among writers who race.
    Races,
    /// A lock has one holder.
    Lock,
    /// What was published is seen by everybody from then on.
    Seen,
    /// Folders are listed as they are, whatever their names.
    Listed,
    /// Nothing comes about by reading.
    ReadOnly,
    /// Objects of many megabytes are stored like others.
    Large,
    /// What is removed is gone, and nothing else; what is not there can be removed.
    Removed,
    /// Objects that are not what they should be are told from others.
    Damage,
    /// Logs have the lines that were written.
    Logs,
}

impl Promise {
    /// All that [`run`] looks at.
    pub const ALL: [Self; 12] = [
        Self::Staged,
        Self::Whole,
        Self::Conditions,
        Self::Races,
        Self::Lock,
        Self::Seen,
        Self::Listed,
        Self::ReadOnly,
        Self::Large,
        Self::Removed,
        Self::Damage,
        Self::Logs,
    ];

    /// Holds a storage to this promise.
    ///
    /// # Errors
    ///
    /// When it does not keep it, and how this shows.
    pub fn check(self, open: &Open) -> Result<(), Broken> {
        let promise: fn(&Open) -> Kept = match self {
            Self::Staged => objects::staged,
            Self::Whole => races::whole,
            Self::Conditions => objects::conditions,
            Self::Races => races::conditions,
            Self::Lock => lock::one_holder,
            Self::Seen => objects::seen,
            Self::Listed => objects::listed,
            Self::ReadOnly => objects::read_only,
            Self::Large => objects::large,
            Self::Removed => objects::removed,
            Self::Damage => objects::damage,
            Self::Logs => objects::logs,
        };
        promise(open).map_err(|How(how)| Broken { promise: self, how })
    }

    fn text(self) -> &'static str {
        match self {
            Self::Staged => {
                "a staged object is seen by nobody, and leaves nothing if it is dropped"
            }
            Self::Whole => "objects are there as a whole, also while they are being replaced",
            Self::Conditions => "conditions hold",
            Self::Races => "conditions hold among writers who race",
            Self::Lock => "a lock has one holder",
            Self::Seen => "what was published is seen by everybody from then on",
            Self::Listed => "folders are listed as they are, whatever their names",
            Self::ReadOnly => "nothing comes about by reading",
            Self::Large => "objects of many megabytes are stored like others",
            Self::Removed => "what is removed is gone, and nothing else",
            Self::Damage => "objects that are not what they should be are told from others",
            Self::Logs => "logs have the lines that were written",
        }
    }
}

impl Display for Promise {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A promise that a storage does not keep.
#[derive(Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which one.
    pub promise: Promise,
    /// How this shows.
    pub how: String,
}

impl Display for Broken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { promise, how } = self;
        write!(
            f,
            "the storage does not keep its promise that {promise}: {how}"
        )
    }
}

/// What a test prints that unwraps it.
impl Debug for Broken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Error for Broken {}

/// Holds a storage to all promises but that of [`abandoned_lock`].
///
/// # Errors
///
/// The first promise that it does not keep.
pub fn run(open: impl Fn() -> Result<Arc<dyn Storage>, StorageError>) -> Result<(), Broken> {
    Promise::ALL
        .into_iter()
        .try_for_each(|promise| promise.check(&open))
}

/// Holds a storage to what it promises of a lock whose holder is gone: that somebody else can take it
/// and is told. `die` takes the lock of the folder that it is given and ends without giving it back,
/// which is best done by a process.
///
/// # Errors
///
/// When it does not keep it, and how this shows.
pub fn abandoned_lock(open: &Open, die: impl FnOnce(&str)) -> Result<(), Broken> {
    let broken = |How(how)| Broken {
        promise: Promise::Lock,
        how,
    };
    lock::abandoned(open, die).map_err(broken)
}

/// How a broken promise shows.
struct How(String);

type Kept = Result<(), How>;

impl From<StorageError> for How {
    fn from(error: StorageError) -> Self {
        Self(error.to_string())
    }
}

impl From<io::Error> for How {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

fn ensure(kept: bool, otherwise: impl Into<String>) -> Kept {
    if kept {
        Ok(())
    } else {
        Err(How(otherwise.into()))
    }
}

/// A folder that nobody has used yet.
fn new_folder() -> String {
    format!("conformance-{}", unique())
}

/// Bytes that are different for each seed.
fn bytes(seed: &str, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut source = blake3::Hasher::new();
    source.update(seed.as_bytes());
    source.finalize_xof().fill(&mut bytes);
    bytes
}

fn content_of(bytes: &[u8]) -> Content {
    Content {
        bytes: bytes.len() as u64,
        digest: blake3::hash(bytes).to_string(),
    }
}

/// Stages and publishes an object.
fn put(
    storage: &dyn Storage,
    path: &str,
    bytes: &[u8],
    condition: &Condition,
) -> Result<Version, StorageError> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut staged = storage.stage(folder)?;
    let mut writer = staged.writer()?;
    let written = writer.write_all(bytes).and_then(|()| writer.finish());
    written.map_err(StorageError::io("write", path))?;
    drop(writer);
    staged.publish(path, condition)
}

/// An object, or `None`.
fn get(storage: &dyn Storage, path: &str) -> Result<Option<Object>, How> {
    match storage.read(path) {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.kind == StorageErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The names in a folder, in order.
fn names(storage: &dyn Storage, folder: &str) -> Result<Vec<String>, How> {
    let entries = storage.list(folder)?.into_iter();
    let mut names: Vec<_> = entries.map(|entry| entry.name).collect();
    names.sort();
    Ok(names)
}

fn is_conflict<T>(result: &Result<T, StorageError>) -> bool {
    matches!(result, Err(error) if error.kind == StorageErrorKind::Conflict)
}
