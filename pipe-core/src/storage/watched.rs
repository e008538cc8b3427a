//! Any storage, with somebody who looks on.

use std::fmt::{self, Debug, Formatter};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    Condition, Content, Damage, DigestFile, Entry, Guard, Object, Staged, StagedWriter, Storage,
    StorageError, Version,
};

type Watch = Arc<dyn Fn(Operation) -> io::Result<()> + Send + Sync>;

/// A storage that calls a function before everything that it does: to count, to wait, to fail, to
/// stop the process.
///
/// An error of the function is the error of the operation, which is not done then.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use pipe_core::storage::{Folder, Storage, Watched};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let count = Arc::new(AtomicUsize::new(0));
/// let counted = count.clone();
/// let storage = Watched::new(Arc::new(Folder::new(folder.path())), move |_operation| {
///     counted.fetch_add(1, Ordering::Relaxed);
///     Ok(())
/// });
/// storage.list("delays")?;
/// assert_eq!(count.load(Ordering::Relaxed), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Watched {
    storage: Arc<dyn Storage>,
    watch: Watch,
}

/// What a storage is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// [`Storage::lock`]
    Lock,
    /// [`Storage::list`]
    List,
    /// [`Storage::read`]
    Read,
    /// [`Storage::stage`]
    Stage,
    /// A piece of a staged object is written.
    Write,
    /// [`StagedWriter::finish`]
    Finish,
    /// [`Staged::publish`]
    Publish,
    /// [`Storage::remove`]
    Remove,
    /// [`Storage::check`]
    Check,
    /// [`Storage::fetch`] or [`Storage::verify`]
    Fetch,
    /// [`Storage::log`]
    Log,
}

impl Watched {
    /// Watches a storage.
    pub fn new(
        storage: Arc<dyn Storage>,
        watch: impl Fn(Operation) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            storage,
            watch: Arc::new(watch),
        }
    }

    fn look(
        &self,
        operation: Operation,
        action: &'static str,
        path: &str,
    ) -> Result<(), StorageError> {
        (self.watch)(operation).map_err(StorageError::io(action, path))
    }
}

impl Debug for Watched {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.storage).finish()
    }
}

impl Storage for Watched {
    fn describe(&self) -> String {
        self.storage.describe()
    }

    fn lock(&self, folder: &str) -> Result<Guard, StorageError> {
        self.look(Operation::Lock, "lock", folder)?;
        self.storage.lock(folder)
    }

    fn holder(&self, folder: &str) -> Option<String> {
        self.storage.holder(folder)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        self.look(Operation::List, "list", folder)?;
        self.storage.list(folder)
    }

    fn read(&self, path: &str) -> Result<Object, StorageError> {
        self.look(Operation::Read, "read", path)?;
        self.storage.read(path)
    }

    fn stage(&self, folder: &str) -> Result<Box<dyn Staged>, StorageError> {
        self.look(Operation::Stage, "create a file in", folder)?;
        Ok(Box::new(WatchedStaged {
            staged: self.storage.stage(folder)?,
            watched: self.clone(),
        }))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        self.look(Operation::Remove, "remove", path)?;
        self.storage.remove(path)
    }

    fn check(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.look(Operation::Check, "check", path)?;
        self.storage.check(path, expected, digest)
    }

    fn fetch(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.look(Operation::Fetch, "read", path)?;
        self.storage.fetch(path, expected, digest)
    }

    fn verify(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.look(Operation::Fetch, "read", path)?;
        self.storage.verify(path, expected, digest)
    }

    fn local_path(&self, path: &str) -> PathBuf {
        self.storage.local_path(path)
    }

    fn log(&self, path: &str) -> Result<Box<dyn Write + Send>, StorageError> {
        self.look(Operation::Log, "create", path)?;
        self.storage.log(path)
    }
}

#[derive(Debug)]
struct WatchedStaged {
    staged: Box<dyn Staged>,
    watched: Watched,
}

impl Staged for WatchedStaged {
    fn path(&self) -> &Path {
        self.staged.path()
    }

    fn writer(&mut self) -> Result<Box<dyn StagedWriter>, StorageError> {
        Ok(Box::new(WatchedWriter {
            writer: self.staged.writer()?,
            watch: self.watched.watch.clone(),
        }))
    }

    fn publish(
        self: Box<Self>,
        path: &str,
        condition: &Condition,
    ) -> Result<Version, StorageError> {
        self.watched.look(Operation::Publish, "publish", path)?;
        self.staged.publish(path, condition)
    }
}

struct WatchedWriter {
    writer: Box<dyn StagedWriter>,
    watch: Watch,
}

impl Write for WatchedWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (self.watch)(Operation::Write)?;
        self.writer.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl StagedWriter for WatchedWriter {
    fn finish(&mut self) -> io::Result<()> {
        (self.watch)(Operation::Finish)?;
        self.writer.finish()
    }
}
