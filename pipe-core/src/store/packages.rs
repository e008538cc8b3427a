//! Lists of packages, each kept once: keys have digests of them, and a reason names what changed.

use super::{Lock, Store, StoreError};
use crate::storage::Condition;

const FOLDER: &str = "packages";

impl Store {
    fn packages_at(&self, digest: &str) -> String {
        let name = digest.get(..16).unwrap_or(digest);
        self.path(FOLDER, &format!("{name}.txt"))
    }

    /// The list of that digest; `None` if it was not kept or is damaged.
    pub(crate) fn packages(&self, digest: &str) -> Option<String> {
        // A record may say anything; its digest must not lead out of the store.
        if !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let object = self.storage.read(&self.packages_at(digest)).ok()?;
        let list = String::from_utf8(object.bytes).ok()?;
        (crate::key::digest_of(&list) == digest).then_some(list)
    }

    /// Keeps a list for the reasons that later runs give. Only for the holder of the lock.
    pub(crate) fn keep_packages(
        &self,
        _lock: &Lock,
        digest: &str,
        list: &str,
    ) -> Result<(), StoreError> {
        if self.packages(digest).is_none() {
            let staged = self.storage.stage(&self.folder(FOLDER))?;
            let path = self.packages_at(digest);
            super::publish(staged, &path, list.as_bytes(), &Condition::Any)?;
        }
        Ok(())
    }
}
