//! Where checkpoints are kept: folders, object storage, or what you implement [`Storage`] for.
//!
//! A storage holds objects under paths with `/` between their parts. Everything that makes a
//! checkpoint safe is built from a few promises, which [`Storage`] lists: the rest, records, keys,
//! verification, sweeping, is the same whatever the storage is. [`conformance`] holds a storage to them.

use std::fmt::{self, Debug, Display, Formatter};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub mod conformance;
mod error;
mod folder;
mod location;
#[cfg(feature = "s3")]
mod object;
mod watched;

pub use error::{Damage, StorageError, StorageErrorKind};
pub(crate) use folder::hold_against;
pub use folder::{Durability, Folder};
pub use location::Location;
pub(crate) use location::open;
#[cfg(feature = "s3")]
pub use object::ObjectStorage;
pub use watched::{Operation, Watched};

/// A place for objects.
///
/// An implementation promises:
///
/// 1. An object appears under its path as a whole or not at all, by [`Staged::publish`] alone.
///    Readers see the old object or the new one, never a part or a mixture.
/// 2. [`Condition`]s hold against other writers too.
/// 3. A [`lock`](Self::lock) has one holder at a time, and can be taken again after its holder died.
/// 4. What was published is seen by every later call.
/// 5. Nothing is created by reading.
///
/// `pipe_core` promises in turn to write only while it holds the lock, and never to believe an
/// object's content without its digest. So a lock that has two holders for a moment, as a lease in
/// object storage may, costs work at worst, and never a result.
pub trait Storage: Debug + Send + Sync {
    /// Where it is, for people: a folder or a URL.
    fn describe(&self) -> String;

    /// Takes the right to write below a folder, which need not exist.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Locked`] when somebody else has it.
    fn lock(&self, folder: &str) -> Result<Guard, StorageError>;

    /// Who has the right to write below a folder, or ended without giving it back, as far as that can
    /// be told without taking it.
    fn holder(&self, folder: &str) -> Option<String> {
        let _ = folder;
        None
    }

    /// What is in a folder, in no particular order, folders within it included. A folder that does
    /// not exist is empty.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError>;

    /// A small object as a whole.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::NotFound`] when there is none, others when it cannot be read.
    fn read(&self, path: &str) -> Result<Object, StorageError>;

    /// A new object, to be written and then published into this folder.
    ///
    /// # Errors
    ///
    /// When nothing can be written.
    fn stage(&self, folder: &str) -> Result<Box<dyn Staged>, StorageError>;

    /// Removes an object. One that is not there is removed.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    fn remove(&self, path: &str) -> Result<(), StorageError>;

    /// Holds an object against what it should be without moving it: by its length at least, by its
    /// digest where that costs no transfer.
    ///
    /// # Errors
    ///
    /// When the storage cannot be reached. What is wrong with the object itself is [`Damage`].
    fn check(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError>;

    /// Makes sure that [`local_path`](Self::local_path) has the object, with this length and digest.
    ///
    /// # Errors
    ///
    /// When the storage cannot be reached. What is wrong with the object itself is [`Damage`].
    fn fetch(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError>;

    /// Reads all of an object where it is kept, and holds it against what it should be: a storage that keeps copies on this
    /// machine does not believe them.
    ///
    /// # Errors
    ///
    /// When the storage cannot be reached. What is wrong with the object itself is [`Damage`].
    fn verify(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.fetch(path, expected, digest)
    }

    /// The file of this machine that has an object after it was published or fetched here. Below the
    /// same folder `pipe_core` keeps what it knows of this machine's own files, while it holds the lock.
    fn local_path(&self, path: &str) -> PathBuf;

    /// A new object that grows line by line while a run goes on. What was written before a crash is
    /// there afterwards as far as the storage can.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    fn log(&self, path: &str) -> Result<Box<dyn Write + Send>, StorageError>;
}

/// Digests a file: BLAKE3 in hexadecimal. It may know the digest of a file that has not changed.
pub type DigestFile<'a> = dyn FnMut(&Path) -> io::Result<String> + 'a;

/// An object that nobody sees yet. Dropped without being published it goes away, as far as possible.
pub trait Staged: Debug + Send {
    /// The file of this machine that it is in until then. Its name is never used again: after a
    /// failed query Polars may go on writing to it.
    fn path(&self) -> &Path;

    /// The one writer of its content.
    ///
    /// # Errors
    ///
    /// When there was one already.
    fn writer(&mut self) -> Result<Box<dyn StagedWriter>, StorageError>;

    /// Gives it its path, if the condition holds. The version may be an empty one without a condition.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Conflict`] when the condition does not hold, though not if the very same bytes
    /// are there: nobody can tell who put them. Others when it cannot be written.
    fn publish(self: Box<Self>, path: &str, condition: &Condition)
    -> Result<Version, StorageError>;
}

/// Writes the content of a staged object.
pub trait StagedWriter: Write + Send {
    /// All was written. Afterwards it is as durable as the storage makes what it holds.
    ///
    /// # Errors
    ///
    /// When not all could be written.
    fn finish(&mut self) -> io::Result<()>;
}

/// When an object may be published. Large objects are published without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always: whatever is there is replaced.
    Any,
    /// If nothing is there.
    New,
    /// If this version is there.
    Replaces(Version),
}

/// Tells two states of an object apart. What it says is the storage's own affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// A version by the storage's own mark for it.
    pub fn new(mark: impl Into<String>) -> Self {
        Self(mark.into())
    }

    /// The storage's own mark.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.0
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A small object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its version, for [`Condition::Replaces`].
    pub version: Version,
}

/// What is in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// Its length in bytes; `None` for a folder.
    pub bytes: Option<u64>,
}

impl Entry {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.bytes.is_none()
    }
}

/// What an object's content should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 over it, in hexadecimal.
    pub digest: String,
}

/// The right to write. Dropping it gives it back.
pub struct Guard {
    abandoned: bool,
    leftovers: bool,
    release: Option<Box<dyn FnOnce(Release) + Send>>,
}

/// How a lock is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Everything that was begun was ended.
    Clean,
    /// Something may have been left behind: the next holder is to see it as abandoned.
    WithLeftovers,
}

impl Guard {
    /// A right that `release` gives back. `abandoned` says that its last holder ended without
    /// giving it back, or with left-overs.
    pub fn new(abandoned: bool, release: impl FnOnce(Release) + Send + 'static) -> Self {
        let release: Box<dyn FnOnce(Release) + Send> = Box::new(release);
        Self {
            abandoned,
            leftovers: false,
            release: Some(release),
        }
    }

    /// Whether the last holder may have left something behind.
    #[must_use]
    pub fn was_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Something may be left behind when it is given back.
    pub fn expect_leftovers(&mut self) {
        self.leftovers = true;
    }
}

impl Debug for Guard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("abandoned", &self.abandoned)
            .field("leftovers", &self.leftovers)
            .finish_non_exhaustive()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release(if self.leftovers {
                Release::WithLeftovers
            } else {
                Release::Clean
            });
        }
    }
}
