//! Work on the rows of one piece of a frame, by several threads where it takes long.

use std::convert::Infallible;
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

/// Does the work for all of so many rows, range by range, and gives the results in order. Which thread does
/// what is decided by how long it takes, and changes no result.
pub(super) fn spread<T: Send>(
    rows: usize,
    pace: &Pace,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let mut done = Vec::new();
    let (mut start, mut size) = (0, 1);
    while start < rows && pace.of(1).is_none() {
        let range = start..rows.min(start + size);
        let begun = Instant::now();
        done.push(work(range.clone()));
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
            done.push(work(start..rows));
        }
        return done;
    }
    let share = (left / (8 * (helpers.0 + 1))).clamp(1, SHARE);
    let ranges = (start..rows)
        .step_by(share)
        .map(|start| start..rows.min(start + share));
    // This thread waits meanwhile.
    let Ok(()) = parallel::in_order(ranges, helpers.0 + 1, work, |result| {
        done.push(result);
        Ok::<_, Infallible>(())
    });
    done
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
                let ranges = spread(rows, &pace, |range| range);
                let done: Vec<usize> = ranges.into_iter().flatten().collect();
                assert_eq!(done, (0..rows).collect::<Vec<_>>());
            }
        }
    }
}
