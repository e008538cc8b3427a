//! The key that secrets are digested with: one for each pipeline of a store.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::{Lock, Store, StoreError, staged, unique};
use crate::secret::SecretKey;

impl Store {
    fn secret_key_at(&self) -> PathBuf {
        self.folder.join("secret.key")
    }

    /// The key that runs have used; `None` if none has, or if it is damaged. Then whatever is stored
    /// counts as made with other secrets.
    pub(crate) fn secret_key(&self) -> Result<Option<SecretKey>, StoreError> {
        let path = self.secret_key_at();
        match fs::read(&path) {
            Ok(bytes) => Ok(SecretKey::from_bytes(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Keeps a new key, for its owner only. Only for the holder of the lock.
    pub(crate) fn keep_secret_key(&self, _lock: &Lock, key: &SecretKey) -> Result<(), StoreError> {
        let path = self.secret_key_at();
        // Never under its own name with the rights of other files, or in part.
        let staged = path.with_file_name(format!("{}.{}", unique(), staged::SUFFIX));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options
            .open(&staged)
            .and_then(|mut file| file.write_all(key.as_bytes()))
            .and_then(|()| fs::rename(&staged, &path));
        written.map_err(|error| {
            // What cannot be removed is swept by the next run.
            let _ = fs::remove_file(&staged);
            StoreError::io("write", &path)(error)
        })
    }
}
