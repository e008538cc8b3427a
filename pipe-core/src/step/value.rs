//! Results that are not frames.

use std::any::{Any, type_name};
use std::fmt::{self, Debug, Formatter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

type Shared = Arc<dyn Any + Send + Sync>;

/// A result that is not a frame: a model, a count, a report, a [`WrittenFile`]. Checkpoints keep it as
/// JSON. Clones share it.
#[derive(Clone)]
pub struct Value {
    data: Shared,
    kind: ValueKind,
}

/// The type of values: its name, and how they become JSON and back.
#[derive(Clone, Copy)]
pub struct ValueKind {
    type_name: fn() -> &'static str,
    to_json: fn(&(dyn Any + Send + Sync)) -> serde_json::Result<Vec<u8>>,
    from_json: fn(&[u8]) -> serde_json::Result<Shared>,
}

impl ValueKind {
    /// Of values of type `T`.
    #[must_use]
    pub const fn of<T: Serialize + DeserializeOwned + Send + Sync + 'static>() -> Self {
        Self {
            type_name: type_name::<T>,
            to_json: |data| serde_json::to_vec(&data.downcast_ref::<T>()),
            from_json: |json| {
                serde_json::from_slice::<T>(json).map(|value| Arc::new(value) as Shared)
            },
        }
    }

    /// The type's name, for people.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// Reads a value that was stored.
    pub(crate) fn read(&self, json: &[u8]) -> serde_json::Result<Value> {
        Ok(Value {
            data: (self.from_json)(json)?,
            kind: *self,
        })
    }
}

impl Debug for ValueKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueKind").field(&self.type_name()).finish()
    }
}

impl Value {
    /// Wraps a value.
    pub fn new<T: Serialize + DeserializeOwned + Send + Sync + 'static>(value: T) -> Self {
        Self {
            data: Arc::new(value),
            kind: ValueKind::of::<T>(),
        }
    }

    /// The value, if it is of type `T`.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.data.clone().downcast().ok()
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// How it is stored.
    pub(crate) fn json(&self) -> serde_json::Result<Vec<u8>> {
        (self.kind.to_json)(&*self.data)
    }

    /// The files that it stands for.
    pub(crate) fn files(&self) -> &[WrittenFile] {
        if let Some(file) = self.data.downcast_ref::<WrittenFile>() {
            std::slice::from_ref(file)
        } else if let Some(files) = self.data.downcast_ref::<Vec<WrittenFile>>() {
            files
        } else {
            &[]
        }
    }
}

impl Debug for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Value")
            .field(&self.kind.type_name())
            .finish()
    }
}

/// A file that a step wrote, as its result. The checkpoint keeps where it is, its length and a digest of
/// its bytes: the step runs again when the file is gone or is not what was written.
///
/// ```
/// use pipe_core::prelude::*;
///
/// #[step]
/// fn export(rows: DataFrame, path: String) -> Result<WrittenFile, StepError> {
///     std::fs::write(&path, rows.height().to_string())?;
///     Ok(WrittenFile::new(path)?)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    path: PathBuf,
    bytes: u64,
    digest: String,
}

impl WrittenFile {
    /// Takes note of a file that is complete.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = std::path::absolute(path.into())?;
        Ok(Self {
            bytes: std::fs::metadata(&path)?.len(),
            digest: crate::digest::file(&path)?,
            path,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Digest of its bytes.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

impl AsRef<Path> for WrittenFile {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json_and_come_back() -> Result<(), Box<dyn std::error::Error>> {
        let value = Value::new(vec![1u8, 2]);
        assert_eq!(value.json()?, b"[1,2]");
        let back = value.kind().read(b"[3]")?;
        assert_eq!(*back.get::<Vec<u8>>().ok_or("no bytes")?, [3]);
        assert!(back.get::<Vec<u16>>().is_none());
        assert!(value.kind().read(b"\"three\"").is_err());
        Ok(())
    }
}
