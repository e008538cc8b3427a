//! Whether the data of checkpoints are what their records say, as far as somebody has to know.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::source::KnownFiles;
use crate::storage::Damage;
use crate::store::{FileDigests, Record, Store, StoreError};

/// For whoever looks, and uses nothing: by what is known of files.
pub(super) fn to_look<'a>(
    store: &'a Store,
    known: &'a Mutex<FileDigests>,
) -> impl Fn(&Record) -> Result<Result<(), Damage>, StoreError> + Sync + 'a {
    move |record| store.check(record, &mut |path| known_digest(known, path))
}

/// For whoever uses them: every byte is read.
pub(super) fn to_use<'a>(
    store: &'a Store,
    known: &'a Mutex<FileDigests>,
) -> impl Fn(&Record) -> Result<Result<(), Damage>, StoreError> + Sync + 'a {
    move |record| {
        store.fetch(record, &mut |path| {
            FileDigests::digest_stored(known, path, record.written())
        })
    }
}

/// The digest of a file, which is read if it is not known.
pub(super) fn known_digest(known: &Mutex<FileDigests>, path: &Path) -> io::Result<String> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.digest(path)
}
