//! The key that secrets are digested with: one for each pipeline of a store.

use super::{Lock, Store, StoreError};
use crate::secret::SecretKey;
use crate::storage::{Condition, StorageError, StorageErrorKind};

impl Store {
    fn secret_key_at(&self) -> String {
        self.path_of("secret.key")
    }

    /// The key that runs have used; `None` if none has, or if it is damaged. Then whatever is stored
    /// counts as made with other secrets.
    pub(crate) fn secret_key(&self) -> Result<Option<SecretKey>, StoreError> {
        match self.storage.read(&self.secret_key_at()) {
            Ok(object) => Ok(SecretKey::from_bytes(&object.bytes)),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a new key, for its owner only. Only for the holder of the lock.
    pub(crate) fn keep_secret_key(&self, _lock: &Lock, key: &SecretKey) -> Result<(), StoreError> {
        let staged = self.storage.stage(&self.pipeline)?;
        // Before the key is in it.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let owner = std::fs::Permissions::from_mode(0o600);
            let done = std::fs::set_permissions(staged.path(), owner);
            done.map_err(StorageError::io("protect", staged.path().display()))?;
        }
        let path = self.secret_key_at();
        super::publish(staged, &path, key.as_bytes(), &Condition::Any)?;
        Ok(())
    }
}
