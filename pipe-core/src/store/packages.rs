//! Lists of packages, each kept once: keys have digests of them, and a reason names what changed.

use std::fs;
use std::path::PathBuf;

use super::{Lock, Store, StoreError, staged};

impl Store {
    fn packages_at(&self, digest: &str) -> PathBuf {
        let name = digest.get(..16).unwrap_or(digest);
        self.folder.join("packages").join(format!("{name}.txt"))
    }

    /// The list of that digest; `None` if it was not kept or is damaged.
    pub(crate) fn packages(&self, digest: &str) -> Option<String> {
        // A record may say anything; its digest must not lead out of the store.
        if !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let list = fs::read_to_string(self.packages_at(digest)).ok()?;
        (crate::key::digest_of(&list) == digest).then_some(list)
    }

    /// Keeps a list for the reasons that later runs give. Only for the holder of the lock.
    pub(crate) fn keep_packages(
        &self,
        _lock: &Lock,
        digest: &str,
        list: &str,
    ) -> Result<(), StoreError> {
        if self.packages(digest).is_some() {
            return Ok(());
        }
        let path = self.packages_at(digest);
        let folder = self.folder.join("packages");
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        staged::replace(&path, list.as_bytes()).map_err(StoreError::io("write", &path))
    }
}
