//! Where a store is, as people say it.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Durability, Folder, Storage, StorageError, StorageErrorKind};

/// Where a store is: a folder, a URL, or a [`Storage`] of your own. Texts with `://` in them are URLs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// `s3://bucket/prefix`, with the feature `s3`.
    Url(String),
    /// Any storage.
    Storage(Arc<dyn Storage>),
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(&without_user(url)),
            Self::Storage(storage) => f.write_str(&storage.describe()),
        }
    }
}

impl From<String> for Location {
    fn from(text: String) -> Self {
        if text.contains("://") {
            Self::Url(text)
        } else {
            Self::Folder(text.into())
        }
    }
}

impl From<&str> for Location {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Location {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<OsString> for Location {
    fn from(text: OsString) -> Self {
        match text.into_string() {
            Ok(text) => text.into(),
            Err(text) => Self::Folder(text.into()),
        }
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::Folder(path)
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::Folder(path.clone())
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::Folder(path.to_owned())
    }
}

impl From<Arc<dyn Storage>> for Location {
    fn from(storage: Arc<dyn Storage>) -> Self {
        Self::Storage(storage)
    }
}

impl From<Folder> for Location {
    fn from(folder: Folder) -> Self {
        Self::Storage(Arc::new(folder))
    }
}

impl From<super::Watched> for Location {
    fn from(watched: super::Watched) -> Self {
        Self::Storage(Arc::new(watched))
    }
}

#[cfg(feature = "s3")]
impl From<super::ObjectStorage> for Location {
    fn from(storage: super::ObjectStorage) -> Self {
        Self::Storage(Arc::new(storage))
    }
}

/// The storage at a location.
pub(crate) fn open(
    location: &Location,
    durability: Durability,
) -> Result<Arc<dyn Storage>, StorageError> {
    match location {
        Location::Folder(path) => Ok(Arc::new(Folder::new(path).durability(durability))),
        Location::Url(url) => remote(url),
        Location::Storage(storage) => Ok(storage.clone()),
    }
}

fn remote(url: &str) -> Result<Arc<dyn Storage>, StorageError> {
    let scheme = url.split("://").next().unwrap_or_default();
    #[cfg(feature = "s3")]
    if matches!(scheme, "s3" | "s3a") {
        return Ok(Arc::new(super::ObjectStorage::open(url)?));
    }
    let cause = format!("this program cannot reach stores with `{scheme}://`");
    let help = if cfg!(feature = "s3") {
        "give a folder, or `s3://bucket/prefix`"
    } else {
        "give a folder, or build it with feature `s3` of pipe-core for `s3://bucket/prefix`"
    };
    let kind = StorageErrorKind::Other;
    Err(StorageError::new("open", without_user(url), kind, cause).with_help(help))
}

/// A text whose URLs have no user and no password.
pub(super) fn without_user(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut parts = text.split("://");
    clean.extend(parts.next());
    for part in parts {
        let end = part.find(|c: char| c == '/' || c.is_whitespace());
        let (host, rest) = part.split_at(end.unwrap_or(part.len()));
        clean.push_str("://");
        clean.push_str(host.rsplit('@').next().unwrap_or(host));
        clean.push_str(rest);
    }
    clean
}
