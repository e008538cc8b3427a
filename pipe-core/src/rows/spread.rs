//! Work on the rows of one piece of a frame, by several threads where it takes long.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::parallel;

/// Threads that help, of all row steps of this process together. The engine has threads of its own, which
/// run pieces of the frame side by side, and usually that is enough; but where there is only one piece, or
/// where a row takes long, all others would wait.
static HELPERS: AtomicUsize = AtomicUsize::new(0);

/// Work that is over sooner is not worth a thread.
const LONG: Duration = Duration::from_millis(2);

/// How long it takes at least until it is believed how long a row takes.
const BELIEVED: Duration = Duration::from_micros(200);

/// Rows that one thread takes at most where several share the work.
const SHARE: usize = 4096;

/// How long a row takes, as far as that is known.
#[derive(Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    fn measured(&self, took: Duration, rows: usize) {
        let nanos = took.as_nanos() / rows.max(1) as u128;
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX).max(1);
        self.0.store(nanos, Ordering::Relaxed);
    }

    /// How long so many rows take.
    fn of(&self, rows: usize) -> Option<Duration> {
        let nanos = self.0.load(Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos.saturating_mul(rows as u64)))
    }
}

/// Where the work on rows has failed, as far as that is known.
pub(super) struct Failure(AtomicUsize);

impl Failure {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(usize::MAX))
    }

    fn note(&self, range: &Range<usize>) {
        self.0.fetch_min(range.start, Ordering::Relaxed);
    }

    /// Whether a row before this one failed. Those before that one go on: the first that fails is told.
    pub(super) fn is_before(&self, row: usize) -> bool {
        self.0.load(Ordering::Relaxed) < row
    }
}

/// Does the work for all of so many rows, range by range, and gives the results in order. Which thread does
/// what is decided by how long it takes, and changes no result.
///
/// The first range that fails ends it. Ranges behind it that other threads are at learn of that from
/// `Failure`, and what comes of them does not matter any more.
pub(super) fn spread<T: Send, E: Send>(
    rows: usize,
    pace: &Pace,
    work: impl Fn(Range<usize>, &Failure) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let failure = Failure::none();
    let work = |range: Range<usize>| {
        let done = work(range.clone(), &failure);
        if done.is_err() {
            failure.note(&range);
        }
        done
    };
    let mut done = Vec::new();
    let (mut start, mut size) = (0, 1);
    while start < rows && pace.of(1).is_none() {
        let range = start..rows.min(start + size);
        let begun = Instant::now();
        done.push(work(range.clone())?);
        let took = begun.elapsed();
        if took > BELIEVED || size >= SHARE {
            pace.measured(took, range.len());
        }
        (start, size) = (range.end, size * 2);
    }
    let left = rows - start;
    let long = pace.of(left).is_some_and(|time| time > LONG);
    let helpers = Helpers::hire(if long { left.saturating_sub(1) } else { 0 });
    if helpers.0 == 0 {
        if left > 0 {
            done.push(work(start..rows)?);
        }
        return Ok(done);
    }
    let share = (left / (8 * (helpers.0 + 1))).clamp(1, SHARE);
    let ranges = (start..rows)
        .step_by(share)
        .map(|start| start..rows.min(start + share))
        .take_while(|range| !failure.is_before(range.start));
    // This thread waits meanwhile.
    parallel::in_order(ranges, helpers.0 + 1, work, |result| {
        done.push(result?);
        Ok(())
    })?;
    Ok(done)
}

/// So many threads that help, as long as this lives.
struct Helpers(usize);

impl Helpers {
    /// As many as are wanted and left.
    fn hire(wanted: usize) -> Self {
        let most = parallel::threads() - 1;
        let hired = |busy: usize| wanted.min(most.saturating_sub(busy));
        let before = HELPERS.fetch_update(Ordering::AcqRel, Ordering::Acquire, |busy| {
            Some(busy + hired(busy))
        });
        Self(before.map_or(0, hired))
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        HELPERS.fetch_sub(self.0, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row once, in order, whatever the pace.
    #[test]
    fn all_rows_are_done_in_order() {
        let paces = [0, 1, 1_000, 1_000_000_000];
        for (rows, pace) in [0, 1, 2, 63, 10_000]
            .into_iter()
            .zip(paces.into_iter().cycle())
        {
            for pace in [pace, 0, 1_000_000_000] {
                let pace = Pace(AtomicU64::new(pace));
                let ranges = spread(rows, &pace, |range, _| Ok::<_, ()>(range));
                let done: Vec<usize> = ranges.into_iter().flatten().flatten().collect();
                assert_eq!(done, (0..rows).collect::<Vec<_>>());
            }
        }
    }

    /// Nothing behind it is begun, and what others have begun of it ends.
    #[test]
    fn the_first_range_that_fails_ends_the_work() {
        for pace in [0, 1, 1_000_000_000] {
            let begun = AtomicUsize::new(0);
            let pace = Pace(AtomicU64::new(pace));
            let done = spread(10_000, &pace, |range, failure| {
                begun.fetch_add(1, Ordering::Relaxed);
                while range.start > 0 && !failure.is_before(range.start) {
                    std::thread::yield_now();
                }
                Err::<(), _>(range.start)
            });
            assert_eq!(done, Err(0));
            assert!(begun.into_inner() <= parallel::threads());
        }
    }

    /// Though it is known of another one sooner.
    #[test]
    fn the_failure_that_is_told_is_that_of_the_first_range() {
        let pace = Pace(AtomicU64::new(1_000_000_000));
        let done = spread(10_000, &pace, |range, failure| {
            // Where no other thread is left, it is all rows.
            let is_shared = range.end < 10_000;
            while range.start == 0 && is_shared && !failure.is_before(usize::MAX) {
                std::thread::yield_now();
            }
            Err::<(), _>(range.start)
        });
        assert_eq!(done, Err(0));
    }
}
