//! The keys of a pipeline over a store.

use super::error::PlanError;
use crate::graph::Graph;
use crate::key::Keys;
use crate::secret::SecretKey;
use crate::source::KnownFiles;
use crate::storage::StorageError;
use crate::store::{Lock, Store, StoreError};

/// The keys, for looking only: nothing is created.
pub(super) fn keys(
    graph: &Graph,
    store: &Store,
    known: &mut dyn KnownFiles,
) -> Result<Keys, PlanError> {
    found(graph, store, known).map(|(keys, _)| keys)
}

/// The keys, for the holder of the lock. What is needed to compare other keys with them is kept in the
/// store.
pub(super) fn keys_to_keep(
    graph: &Graph,
    store: &Store,
    known: &mut dyn KnownFiles,
    lock: &Lock,
) -> Result<Keys, PlanError> {
    let (keys, new) = found(graph, store, known)?;
    if let Some(key) = new.filter(|_| keys.have_secrets()) {
        store.keep_secret_key(lock, &key)?;
    }
    if let Some((digest, list)) = keys.packages() {
        store.keep_packages(lock, digest, list)?;
    }
    Ok(keys)
}

/// The keys, and a new key for secrets where the store has none.
fn found(
    graph: &Graph,
    store: &Store,
    known: &mut dyn KnownFiles,
) -> Result<(Keys, Option<SecretKey>), PlanError> {
    let (key, new) = match store.secret_key()? {
        Some(key) => (key, None),
        None => {
            let key = SecretKey::random();
            let key = key.map_err(StorageError::io("make a key for", store.pipeline()));
            let key = key.map_err(StoreError::from)?;
            (key.clone(), Some(key))
        }
    };
    let keys = Keys::of(graph, &key, known).map_err(|why| PlanError::unkeyed(graph, why))?;
    Ok((keys, new))
}
