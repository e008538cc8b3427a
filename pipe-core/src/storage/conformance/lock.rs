//! Promises about locks.

use std::sync::{Arc, Barrier};
use std::thread;

use super::super::{Guard, Storage, StorageError, StorageErrorKind};
use super::{How, Kept, Open, ensure, new_folder};

const RIVALS: usize = 4;
const ROUNDS: usize = 4;

pub(super) fn one_holder(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let folder = new_folder();
    let guard = mine.lock(&folder)?;
    ensure(
        !guard.was_abandoned(),
        "a lock that nobody had counts as abandoned",
    )?;
    for storage in [&mine, &other] {
        match storage.lock(&folder) {
            Err(error) if error.kind == StorageErrorKind::Locked => ensure(
                !error.cause.to_string().is_empty(),
                "nothing is said about who has a lock",
            )?,
            Ok(_) => return Err(How("a lock has two holders".to_owned())),
            Err(error) => return Err(error.into()),
        }
    }
    // Another folder's lock is another lock.
    drop(other.lock(&new_folder())?);
    drop(guard);
    for storage in [&other, &mine] {
        let guard = storage.lock(&folder)?;
        ensure(
            !guard.was_abandoned(),
            "a lock that was given back counts as abandoned",
        )?;
    }
    let mut guard = mine.lock(&folder)?;
    guard.expect_leftovers();
    drop(guard);
    ensure(
        other.lock(&folder)?.was_abandoned(),
        "a lock that was given back with left-overs does not count as abandoned",
    )?;
    ensure(
        !mine.lock(&folder)?.was_abandoned(),
        "a lock counts as abandoned after its next holder has seen it",
    )?;
    let rivals = (0..RIVALS).map(|_| open());
    let rivals = rivals.collect::<Result<Vec<_>, _>>()?;
    for _ in 0..ROUNDS {
        race(&rivals, &folder)?;
    }
    Ok(())
}

/// Several want it, one gets it.
fn race(rivals: &[Arc<dyn Storage>], folder: &str) -> Kept {
    let (start, end) = (Barrier::new(RIVALS), Barrier::new(RIVALS));
    let results = thread::scope(|scope| {
        let (start, end) = (&start, &end);
        let rivals = rivals.iter().map(|storage| {
            scope.spawn(move || {
                start.wait();
                let taken: Result<Guard, StorageError> = storage.lock(folder);
                // Nobody gives it back before all have tried.
                end.wait();
                taken.map(|_| ())
            })
        });
        let rivals: Vec<_> = rivals.collect();
        let ended = rivals.into_iter().map(thread::ScopedJoinHandle::join);
        ended.collect::<Result<Vec<_>, _>>()
    });
    let mut holders = 0;
    for result in results.map_err(|_| How("a rival panicked".to_owned()))? {
        match result {
            Ok(()) => holders += 1,
            Err(error) if error.kind == StorageErrorKind::Locked => {}
            Err(error) => return Err(error.into()),
        }
    }
    ensure(
        holders == 1,
        format!("of {RIVALS} who want a lock at once, {holders} get it"),
    )
}

pub(super) fn abandoned(open: &Open, die: impl FnOnce(&str)) -> Kept {
    let folder = new_folder();
    die(&folder);
    let guard = open()?.lock(&folder)?;
    ensure(
        guard.was_abandoned(),
        "nobody is told that the last holder of a lock did not give it back",
    )?;
    drop(guard);
    ensure(
        !open()?.lock(&folder)?.was_abandoned(),
        "a lock that was taken over and given back counts as abandoned",
    )
}
