//! Objects in object storage, with a cache on this machine.

use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use object_store::ObjectStore;

use super::{
    Condition, Content, Damage, DigestFile, Entry, Folder, Guard, Object, Staged, StagedWriter,
    Storage, StorageError, StorageErrorKind, Version,
};
use crate::store::unique;
use client::{Client, PART, Remote};
use failure::Place;
use lease::{Clock, LEASE, Terms};
use log::ObjectLog;

mod cache;
mod client;
mod failure;
mod lease;
mod log;
mod s3;

/// Object storage: S3 and what speaks its protocol, or any [`ObjectStore`].
///
/// ```
/// use std::sync::Arc;
/// use pipe_core::object_store::memory::InMemory;
/// use pipe_core::storage::{ObjectStorage, Storage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let cache = tempfile::tempdir()?;
/// let storage = ObjectStorage::new(Arc::new(InMemory::new()), "checkpoints", cache.path())?;
/// assert!(storage.list("delays")?.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// The store must be able to put an object by condition (`If-None-Match`, `If-Match`), as S3, Google
/// Cloud Storage, Azure, `MinIO`, Ceph and R2 are.
///
/// **The cache.** What is read and written lies in a folder of this machine too, below `PIPE_CACHE`, or
/// `pipe` in `XDG_CACHE_HOME` or `~/.cache`. Its tree is that of the store. A file there is held against
/// length and digest before it is used, so it may be removed whenever no run is going on. A run removes
/// from it what is no longer in the store; it grows no larger than the pipelines that run here.
///
/// **The lock** is a lease: an object that says who has it and until when. It is renewed while its
/// holder lives. A run that was killed keeps others out until its lease ends, a minute at most; runs
/// of the same machine not at all.
///
/// **Uploads** of large files go in parts. Those of a run that was killed half-way stay, unseen; have a
/// lifecycle rule of the bucket remove incomplete multipart uploads.
#[derive(Clone)]
pub struct ObjectStorage {
    client: Arc<Client>,
    cache: Folder,
    lease: Duration,
    clock: Clock,
}

impl ObjectStorage {
    /// The part of an object store below a prefix, with this folder as its cache.
    ///
    /// # Errors
    ///
    /// When the prefix cannot be part of an object's name.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        cache: impl Into<PathBuf>,
    ) -> Result<Self, StorageError> {
        let url = format!("{store}/{}", prefix.trim_matches('/'));
        Self::at(store, prefix, Place::new(&url), cache.into())
    }

    fn at(
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        place: Place,
        cache: PathBuf,
    ) -> Result<Self, StorageError> {
        let remote = Remote::new(store, prefix, place)?;
        Ok(Self {
            client: Arc::new(Client::new(remote)?),
            cache: Folder::new(cache),
            lease: LEASE,
            clock: Clock(Arc::new(SystemTime::now)),
        })
    }

    /// Another folder as its cache.
    #[must_use]
    pub fn cache(self, folder: impl Into<PathBuf>) -> Self {
        let cache = Folder::new(folder);
        Self { cache, ..self }
    }

    /// How long a run that was killed keeps others out; a minute unless told otherwise. The lock is
    /// renewed three times as often.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        let lease = lease.max(Duration::from_millis(30));
        Self { lease, ..self }
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        let clock = Clock(Arc::new(now));
        Self { clock, ..self }
    }

    fn cached(&self, path: &str) -> PathBuf {
        self.cache.local_path(path)
    }

    /// Holds an object against the length that it should have.
    fn measure(&self, path: &str, expected: &Content) -> Result<Result<(), Damage>, StorageError> {
        let of = path.to_owned();
        let length = self
            .client
            .wait(|remote| async move { remote.length(&of).await });
        Ok(match length {
            Ok(found) if found == expected.bytes => Ok(()),
            Ok(found) => Err(Damage::Length {
                name: name(path),
                found,
                expected: expected.bytes,
            }),
            Err(error) if error.kind == StorageErrorKind::NotFound => {
                Err(Damage::Missing { name: name(path) })
            }
            Err(error) => return Err(error),
        })
    }

    /// Loads an object into the cache, if it is what it should be.
    fn download(&self, path: &str, expected: &Content) -> Result<Result<(), Damage>, StorageError> {
        let mut staged = self.cache.stage(folder(path))?;
        let mut writer = staged.writer()?;
        let mut digest = blake3::Hasher::new();
        let at = staged.path().to_owned();
        let mut start = 0;
        while start < expected.bytes {
            let end = expected.bytes.min(start + PART);
            let from = path.to_owned();
            let part = self
                .client
                .wait(|remote| async move { remote.range(&from, start..end).await });
            let part = match part {
                Err(error) if error.kind == StorageErrorKind::NotFound => {
                    return Ok(Err(Damage::Missing { name: name(path) }));
                }
                part => part?,
            };
            digest.update(&part);
            let written = writer.write_all(&part);
            written.map_err(StorageError::io("write", at.display()))?;
            start = end;
        }
        let written = writer.finish();
        written.map_err(StorageError::io("write", at.display()))?;
        if digest.finalize().to_string() != expected.digest {
            return Ok(Err(Damage::Digest { name: name(path) }));
        }
        staged.publish(path, &Condition::Any)?;
        Ok(Ok(()))
    }
}

impl Debug for ObjectStorage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStorage")
            .field("client", &self.client)
            .field("cache", &self.cache)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl Storage for ObjectStorage {
    fn describe(&self) -> String {
        self.client.remote.url("")
    }

    fn lock(&self, folder: &str) -> Result<Guard, StorageError> {
        let path = format!("{folder}/.lock");
        let local = self.cache.lock(folder).map_err(|mut error| {
            if error.kind == StorageErrorKind::Locked {
                error.object = self.client.remote.url(&path);
                error.cause = format!("{} on this machine", error.cause).into();
            }
            error
        })?;
        let terms = Terms {
            length: self.lease,
            clock: self.clock.clone(),
            cache: cache::id(&self.cached(""))?,
        };
        let guard = lease::take(&self.client, path, terms, local)?;
        let listed = folder.to_owned();
        cache::prune(&self.cached(folder), || {
            self.client
                .wait(|remote| async move { remote.all_below(&listed).await })
        });
        Ok(guard)
    }

    fn holder(&self, folder: &str) -> Option<String> {
        let path = format!("{folder}/.lock");
        let lock = self
            .client
            .wait(|remote| async move { remote.read(&path).await });
        lease::holder(&lock.ok()?.bytes, self.clock.now())
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let folder = folder.to_owned();
        self.client
            .wait(|remote| async move { remote.list(&folder).await })
    }

    fn read(&self, path: &str) -> Result<Object, StorageError> {
        let path = path.to_owned();
        self.client
            .wait(|remote| async move { remote.read(&path).await })
    }

    fn stage(&self, folder: &str) -> Result<Box<dyn Staged>, StorageError> {
        Ok(Box::new(StagedObject {
            client: self.client.clone(),
            staged: self.cache.stage(folder)?,
        }))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        let gone = path.to_owned();
        self.client
            .wait(|remote| async move { remote.remove(&gone).await })?;
        // A file that stays in the cache is not used.
        let _ = self.cache.remove(path);
        Ok(())
    }

    fn check(
        &self,
        path: &str,
        expected: &Content,
        _digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.measure(path, expected)
    }

    fn fetch(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        // What is only in this machine's cache is lost to all others: it counts as missing.
        if let Err(damage) = self.measure(path, expected)? {
            return Ok(Err(damage));
        }
        match self.cache.check(path, expected, digest)? {
            Ok(()) => Ok(Ok(())),
            Err(_) => self.download(path, expected),
        }
    }

    fn verify(
        &self,
        path: &str,
        expected: &Content,
        _digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        match self.measure(path, expected)? {
            Ok(()) => self.download(path, expected),
            Err(damage) => Ok(Err(damage)),
        }
    }

    fn local_path(&self, path: &str) -> PathBuf {
        self.cached(path)
    }

    fn log(&self, path: &str) -> Result<Box<dyn Write + Send>, StorageError> {
        let log = ObjectLog::new(self.client.clone(), path, self.clock.clone())?;
        Ok(Box::new(log))
    }
}

/// A file of the cache that is uploaded when it is published.
#[derive(Debug)]
struct StagedObject {
    client: Arc<Client>,
    staged: Box<dyn Staged>,
}

impl StagedObject {
    fn upload(&self, path: &str, condition: &Condition) -> Result<Version, StorageError> {
        let at = self.staged.path();
        let failed = |error: io::Error| StorageError::io("read", at.display())(error);
        let length = fs::metadata(at).map_err(failed)?.len();
        // An upload in parts cannot be told a condition. What has one is small.
        if *condition == Condition::Any && length > PART {
            let file = fs::File::open(at).map_err(failed)?;
            return self.client.upload(path, file, length);
        }
        let bytes = fs::read(at).map_err(failed)?;
        let (path, condition) = (path.to_owned(), condition.clone());
        self.client
            .wait(|remote| async move { remote.put(&path, bytes, condition).await })
    }
}

impl Staged for StagedObject {
    fn path(&self) -> &Path {
        self.staged.path()
    }

    fn writer(&mut self) -> Result<Box<dyn StagedWriter>, StorageError> {
        self.staged.writer()
    }

    fn publish(
        self: Box<Self>,
        path: &str,
        condition: &Condition,
    ) -> Result<Version, StorageError> {
        let version = self.upload(path, condition)?;
        self.staged.publish(path, &Condition::Any)?;
        Ok(version)
    }
}

/// The folder of a path.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
