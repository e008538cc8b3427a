//! What can be wrong with a storage and with what it holds.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;

/// A storage that did not do what it was asked for.
#[derive(Debug)]
pub struct StorageError {
    /// What was to be done: `write`, `list`.
    pub action: &'static str,
    /// With which folder or object, in the storage's own words.
    pub object: String,
    /// What the caller can do about it depends on this.
    pub kind: StorageErrorKind,
    /// Why.
    pub cause: Box<dyn Error + Send + Sync>,
    /// What to do, where the storage knows more about it than the kind says.
    pub help: Option<String>,
}

/// Storage errors by what the caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageErrorKind {
    /// There is no such object.
    NotFound,
    /// The condition for publishing does not hold: somebody else was quicker.
    Conflict,
    /// Somebody else has the lock.
    Locked,
    /// It is not allowed: permissions, a read-only medium, wrong credentials.
    Denied,
    /// There is no room left.
    Full,
    /// Something else; trying again may help.
    Other,
}

impl StorageError {
    /// An error with its kind.
    pub fn new(
        action: &'static str,
        object: impl Display,
        kind: StorageErrorKind,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            action,
            object: object.to_string(),
            kind,
            cause: cause.into(),
            help: None,
        }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// For `map_err`: an error of a file operation.
    pub fn io(action: &'static str, object: impl Display) -> impl FnOnce(io::Error) -> Self {
        move |error| {
            let kind = match error.kind() {
                io::ErrorKind::NotFound => StorageErrorKind::NotFound,
                io::ErrorKind::AlreadyExists => StorageErrorKind::Conflict,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    StorageErrorKind::Denied
                }
                io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::FileTooLarge => StorageErrorKind::Full,
                _ => StorageErrorKind::Other,
            };
            Self::new(action, object, kind, error)
        }
    }
}

impl Display for StorageError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.action, self.object, self.cause)?;
        let help = self.help.as_deref().or(match self.kind {
            StorageErrorKind::Full => Some(
                "make room (`gc` removes old checkpoints), or give another store with `--store`; what was committed is safe",
            ),
            StorageErrorKind::Denied => {
                Some("give a store that can be written with `--store`, or mend the permissions")
            }
            _ => None,
        });
        help.map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// What is wrong with a stored object. It counts as missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// It is not there.
    #[error("{name} is missing")]
    Missing {
        /// The object's name.
        name: String,
    },
    /// It is shorter or longer than its record says.
    #[error("{name} has {found} bytes, its record says {expected}")]
    Length {
        /// The object's name.
        name: String,
        /// Its length.
        found: u64,
        /// What it should be.
        expected: u64,
    },
    /// It has another content than its record says.
    #[error("{name} is not what was written: its digest differs")]
    Digest {
        /// The object's name.
        name: String,
    },
    /// It is there and cannot be read.
    #[error("{name} cannot be read: {error}")]
    Unreadable {
        /// The object's name.
        name: String,
        /// Why not.
        error: io::Error,
    },
}
