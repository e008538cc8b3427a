//! Promises that hold while others do something, too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use super::super::{Condition, Storage, Version};
use super::{How, Kept, Open, bytes, ensure, get, is_conflict, new_folder, put};

const WRITERS: usize = 4;
const ROUNDS: usize = 8;

pub(super) fn whole(open: &Open) -> Kept {
    let (writer, reader) = (open()?, open()?);
    let path = format!("{}/object", new_folder());
    let contents = [bytes("one", 300_000), bytes("other", 200_000)];
    put(&*writer, &path, &contents[0], &Condition::New)?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let replaced = scope.spawn(|| {
            let mut rounds = contents.iter().cycle().take(3 * ROUNDS);
            let replaced =
                rounds.try_for_each(|data| put(&*writer, &path, data, &Condition::Any).map(|_| ()));
            done.store(true, Ordering::Release);
            replaced
        });
        let read = || -> Kept {
            while !done.load(Ordering::Acquire) {
                let Some(object) = get(&*reader, &path)? else {
                    return Err(How("an object is away while it is replaced".to_owned()));
                };
                ensure(
                    contents.contains(&object.bytes),
                    format!(
                        "an object of 300,000 or 200,000 bytes is read as {} bytes while it is replaced, or as a mixture",
                        object.bytes.len()
                    ),
                )?;
            }
            Ok(())
        };
        let read = read();
        match replaced.join() {
            Ok(replaced) => replaced?,
            Err(_) => return Err(How("a writer panicked".to_owned())),
        }
        read
    })
}

pub(super) fn conditions(open: &Open) -> Kept {
    let writers = (0..WRITERS).map(|_| open());
    let writers = writers.collect::<Result<Vec<_>, _>>()?;
    let reader = open()?;
    for round in 0..ROUNDS {
        let path = format!("{}/object {round}", new_folder());
        let first = one_wins(&writers, &*reader, &path, &Condition::New, "new")?;
        let replaces = Condition::Replaces(first);
        one_wins(&writers, &*reader, &path, &replaces, "replaced")?;
    }
    Ok(())
}

/// Several publish under one condition: one of them can, and his object is there.
fn one_wins(
    writers: &[Arc<dyn Storage>],
    reader: &dyn Storage,
    path: &str,
    condition: &Condition,
    what: &str,
) -> Result<Version, How> {
    let start = Barrier::new(writers.len());
    let content = |writer| bytes(&format!("{what} {writer}"), 1000);
    let results = thread::scope(|scope| {
        let write = |(writer, storage)| {
            let (start, storage): (_, &Arc<dyn Storage>) = (&start, storage);
            scope.spawn(move || {
                let data = content(writer);
                start.wait();
                put(&**storage, path, &data, condition)
            })
        };
        let writers: Vec<_> = writers.iter().enumerate().map(write).collect();
        let ended = writers.into_iter().map(thread::ScopedJoinHandle::join);
        ended.collect::<Result<Vec<_>, _>>()
    });
    let results = results.map_err(|_| How("a writer panicked".to_owned()))?;
    let mut winners = Vec::new();
    for (writer, result) in results.into_iter().enumerate() {
        match result {
            Ok(version) => winners.push((writer, version)),
            result if is_conflict(&result) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let number = winners.len();
    let [(winner, version)] = <[_; 1]>::try_from(winners)
        .map_err(|_| How(format!("{number} of {WRITERS} publish a {what} object")))?;
    let object = get(reader, path)?;
    let kept =
        object.is_some_and(|object| object.bytes == content(winner) && object.version == version);
    ensure(
        kept,
        format!("the {what} object is not that of who published it"),
    )?;
    Ok(version)
}
