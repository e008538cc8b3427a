//! Whether the data of checkpoints are what their records say, as far as somebody has to know.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::source::KnownFiles;
use crate::storage::Damage;
use crate::store::{Costs, FileDigests, Record, Store, StoreError};

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

/// How long it takes to read checkpoints.
#[derive(Default)]
pub(super) struct Reading {
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Reading {
    /// Has the data of a checkpoint read, and takes the time.
    pub(super) fn time<T>(&self, record: &Record, read: impl FnOnce(&Record) -> T) -> T {
        let began = Instant::now();
        let result = read(record);
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.bytes
            .fetch_add(record.bytes_to_read(), Ordering::Relaxed);
        self.nanoseconds.fetch_add(took, Ordering::Relaxed);
        result
    }

    /// What is known of costs now.
    pub(super) fn noted_in(self, mut costs: Costs) -> Costs {
        let seconds = Duration::from_nanos(self.nanoseconds.into_inner()).as_secs_f64();
        costs.note_reading(self.bytes.into_inner(), seconds);
        costs
    }
}

/// The digest of a file, which is read if it is not known.
pub(super) fn known_digest(known: &Mutex<FileDigests>, path: &Path) -> io::Result<String> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.digest(path)
}
