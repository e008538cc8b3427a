//! An object store behind calls that wait for their answer.

use std::collections::HashSet;
use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, mpsc};

use futures_util::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{
    Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload, UpdateVersion,
    WriteMultipart,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::failure::Place;
use crate::storage::{Condition, Entry, Object, StorageError, StorageErrorKind, Version};

/// How much of an object is in one request, and so in memory.
pub(super) const PART: u64 = 8 << 20;

/// Parts of an upload that are under way at once.
const PARTS_AT_ONCE: usize = 4;

/// How many parts an object may have: less than the 10,000 of S3.
const PARTS: u64 = 9_000;

/// How often a new object is tried to be put if somebody is in the way who then has put nothing.
const TRIES: usize = 4;

/// The part of an object store below a prefix.
#[derive(Debug)]
pub(super) struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    place: Place,
}

impl Remote {
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        place: Place,
    ) -> Result<Self, StorageError> {
        let prefix = ObjectPath::parse(prefix).map_err(place.because("open", ""))?;
        Ok(Self {
            store,
            prefix,
            place,
        })
    }

    /// Where an object is, for people.
    pub(super) fn url(&self, path: &str) -> String {
        self.place.url(path)
    }

    fn at(&self, action: &'static str, path: &str) -> Result<ObjectPath, StorageError> {
        let whole = [self.prefix.as_ref(), path].join("/");
        ObjectPath::parse(whole).map_err(self.place.because(action, path))
    }

    pub(super) async fn read(&self, path: &str) -> Result<Object, StorageError> {
        let failed = || self.place.because("read", path);
        let at = self.at("read", path)?;
        let found = self.store.get(&at).await.map_err(failed())?;
        let version = version(found.meta.e_tag.as_ref(), found.meta.version.as_ref());
        let bytes = found.bytes().await.map_err(failed())?.into();
        Ok(Object { bytes, version })
    }

    pub(super) async fn length(&self, path: &str) -> Result<u64, StorageError> {
        let at = self.at("look at", path)?;
        let meta = self.store.head(&at).await;
        Ok(meta.map_err(self.place.because("look at", path))?.size)
    }

    pub(super) async fn range(
        &self,
        path: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, StorageError> {
        let at = self.at("read", path)?;
        let bytes = self.store.get_range(&at, range).await;
        Ok(bytes.map_err(self.place.because("read", path))?.into())
    }

    /// Puts an object as a whole, if the condition holds.
    ///
    /// A request whose answer was lost is sent again, and then fails because of its own first try. So
    /// who finds exactly his own bytes there has put them.
    pub(super) async fn put(
        &self,
        path: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Version, StorageError> {
        let at = self.at("write", path)?;
        let payload = PutPayload::from(bytes);
        let mode = match &condition {
            Condition::Any => PutMode::Overwrite,
            Condition::New => PutMode::Create,
            Condition::Replaces(version) => PutMode::Update(update(version)),
        };
        let mut tries = 0..TRIES;
        loop {
            let put = self
                .store
                .put_opts(&at, payload.clone(), mode.clone().into());
            let conflict = match put.await {
                Ok(put) => return Ok(version(put.e_tag.as_ref(), put.version.as_ref())),
                Err(error @ (Error::AlreadyExists { .. } | Error::Precondition { .. })) => error,
                Err(error) => return Err(self.place.because("write", path)(error)),
            };
            match self.same(&at, &payload).await {
                Ok(Some(version)) => return Ok(version),
                // S3 says "conflict" while another request for the same object is under way.
                Err(Error::NotFound { .. })
                    if condition == Condition::New && tries.next().is_some() => {}
                Ok(None) | Err(Error::NotFound { .. }) => {
                    return Err(self.place.because("write", path)(conflict));
                }
                Err(error) => return Err(self.place.because("write", path)(error)),
            }
        }
    }

    /// The version of an object, if it has this content.
    async fn same(&self, at: &ObjectPath, content: &PutPayload) -> Result<Option<Version>, Error> {
        let found = self.store.get(at).await?;
        let version = version(found.meta.e_tag.as_ref(), found.meta.version.as_ref());
        if found.meta.size != content.content_length() as u64 {
            return Ok(None);
        }
        let bytes = found.bytes().await?;
        let same = bytes.iter().eq(content.iter().flatten());
        Ok(same.then_some(version))
    }

    /// What is in a folder.
    pub(super) async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let at = self.at("list", folder)?;
        let listing = self.store.list_with_delimiter(Some(&at)).await;
        let listing = match listing.map_err(self.place.because("list", folder)) {
            Err(error) if error.kind == StorageErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing?,
        };
        let folders = listing.common_prefixes.iter().map(|path| (path, None));
        let objects = listing.objects.iter();
        let objects = objects.map(|meta| (&meta.location, Some(meta.size)));
        let entry = |(path, bytes): (&ObjectPath, Option<u64>)| {
            // Tools that show folders put an object of that name into them.
            path.prefix_match(&at)?.next()?;
            let name = path.filename()?.to_owned();
            Some(Entry { name, bytes })
        };
        Ok(folders.chain(objects).filter_map(entry).collect())
    }

    /// The paths of all objects below a folder, seen from there.
    pub(super) async fn all_below(&self, folder: &str) -> Result<HashSet<String>, StorageError> {
        let at = self.at("list", folder)?;
        let below = |meta: ObjectMeta| {
            let parts = meta.location.prefix_match(&at)?;
            let parts: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        let found = self.store.list(Some(&at));
        let found = found.try_filter_map(|meta| std::future::ready(Ok(below(meta))));
        let found = found.try_collect().await;
        found.map_err(self.place.because("list", folder))
    }

    pub(super) async fn remove(&self, path: &str) -> Result<(), StorageError> {
        let at = self.at("remove", path)?;
        match self.store.delete(&at).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.place.because("remove", path)(error)),
        }
    }

    async fn begin(&self, path: &str, part: usize) -> Result<WriteMultipart, StorageError> {
        let at = self.at("write", path)?;
        let upload = self.store.put_multipart(&at).await;
        let upload = upload.map_err(self.place.because("write", path))?;
        Ok(WriteMultipart::new_with_chunk_size(upload, part))
    }

    async fn go_on(
        &self,
        path: &str,
        mut upload: WriteMultipart,
        part: Vec<u8>,
    ) -> Result<WriteMultipart, StorageError> {
        if let Err(error) = upload.wait_for_capacity(PARTS_AT_ONCE).await {
            // Parts that stay are not seen by anybody; the store's lifecycle rules remove them.
            let _ = upload.abort().await;
            return Err(self.place.because("write", path)(error));
        }
        upload.put(part.into());
        Ok(upload)
    }

    async fn finish(&self, path: &str, upload: WriteMultipart) -> Result<Version, StorageError> {
        let put = upload.finish().await;
        let put = put.map_err(self.place.because("write", path))?;
        Ok(version(put.e_tag.as_ref(), put.version.as_ref()))
    }
}

/// S3 and Azure tell states of an object apart by `ETag`s, Google Cloud Storage by generations. Neither
/// has line ends in it.
fn version(e_tag: Option<&String>, generation: Option<&String>) -> Version {
    let e_tag = e_tag.map_or("", String::as_str);
    Version::new(match generation {
        Some(generation) => format!("{e_tag}\n{generation}"),
        None => e_tag.to_owned(),
    })
}

fn update(version: &Version) -> UpdateVersion {
    let (e_tag, generation) = match version.mark().split_once('\n') {
        Some((e_tag, generation)) => (e_tag, Some(generation.to_owned())),
        None => (version.mark(), None),
    };
    UpdateVersion {
        e_tag: (!e_tag.is_empty()).then(|| e_tag.to_owned()),
        version: generation,
    }
}

/// Waits for what the remote does. The work is done by threads of its own: so callers may be in a
/// runtime of theirs or not.
pub(super) struct Client {
    pub(super) remote: Arc<Remote>,
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl Client {
    pub(super) fn new(remote: Remote) -> Result<Self, StorageError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("pipe-storage")
            .enable_all()
            .build()
            .map_err(StorageError::io("open", remote.url("")))?;
        Ok(Self {
            remote: Arc::new(remote),
            runtime: Some(runtime),
        })
    }

    /// Does something and waits for its end.
    pub(super) fn wait<T, F>(&self, task: impl FnOnce(Arc<Remote>) -> F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StorageError>> + Send + 'static,
    {
        let (tell, told) = mpsc::sync_channel(1);
        let task = task(self.remote.clone());
        self.spawn(async move {
            let _ = tell.send(task.await);
        });
        told.recv().unwrap_or_else(|_| {
            let (kind, cause) = (StorageErrorKind::Other, "its client panicked");
            Err(StorageError::new("reach", self.remote.url(""), kind, cause))
        })
    }

    /// Does something beside everything else.
    pub(super) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Option<JoinHandle<()>> {
        self.runtime.as_ref().map(|runtime| runtime.spawn(task))
    }

    /// Uploads a file in parts; it is there when the last one is.
    pub(super) fn upload(
        &self,
        path: &str,
        mut file: File,
        length: u64,
    ) -> Result<Version, StorageError> {
        let part = PART.max(length.div_ceil(PARTS));
        let size = usize::try_from(part).unwrap_or(usize::MAX);
        let owned = Arc::<str>::from(path);
        let to = owned.clone();
        let mut upload = self.wait(|remote| async move { remote.begin(&to, size).await })?;
        loop {
            let mut bytes = Vec::new();
            let read = file.by_ref().take(part).read_to_end(&mut bytes);
            let to = owned.clone();
            match read {
                Ok(0) => {
                    return self.wait(|remote| async move { remote.finish(&to, upload).await });
                }
                Ok(_) => {
                    let task =
                        |remote: Arc<Remote>| async move { remote.go_on(&to, upload, bytes).await };
                    upload = self.wait(task)?;
                }
                Err(error) => {
                    let _ = self.wait(|_| async move {
                        let _ = upload.abort().await;
                        Ok(())
                    });
                    return Err(StorageError::io("write", self.remote.url(path))(error));
                }
            }
        }
    }
}

impl Debug for Client {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.remote).finish()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Waiting for its threads is not allowed where a caller's own runtime drops this.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
