//! Quick nodes by the batch: to hand one to a worker and hear of it costs more than a node that does nothing
//! much.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::worker::Job;

/// Jobs that one worker was given and does one after the other. What it has not begun may be taken back at
/// any time: so a node that turns out to be slow holds back none of the others.
pub(super) struct Batch(Mutex<Vec<Job>>);

impl Batch {
    pub(super) fn new(mut jobs: Vec<Job>) -> Self {
        jobs.reverse();
        Self(Mutex::new(jobs))
    }

    /// The next one, which is begun by this.
    pub(super) fn next(&self) -> Option<Job> {
        self.with(Vec::pop)
    }

    /// How many were not begun.
    pub(super) fn left(&self) -> usize {
        self.with(|jobs| jobs.len())
    }

    /// Takes back those that were not begun.
    pub(super) fn take_back(&self) -> Vec<Job> {
        self.with(std::mem::take)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<Job>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long nodes take, as far as it matters to how they are handed out.
pub(super) struct Pace {
    /// How many in a row took next to no time and stored nothing.
    quick: u32,
    /// What nodes take, the last ones above all.
    mean: Duration,
}

impl Pace {
    /// After so many nodes that took next to no time the next one is expected to do so, too.
    const QUICK: u32 = 16;

    /// Next to no time.
    const MOMENT: Duration = Duration::from_micros(100);

    /// What a batch is to take: enough to be worth waking a worker, and soon over.
    const BATCH: Duration = Duration::from_micros(50);

    /// The most nodes in a batch.
    const MOST: u128 = 32;

    pub(super) fn new() -> Self {
        Self {
            quick: 0,
            mean: Self::MOMENT,
        }
    }

    /// Notes how long a node took.
    pub(super) fn note(&mut self, took: Duration, stores: bool) {
        self.mean = (self.mean * 7 + took) / 8;
        self.quick = if took < Self::MOMENT && !stores {
            self.quick.saturating_add(1)
        } else {
            0
        };
    }

    /// Whether the next one is expected to take next to no time.
    pub(super) fn is_quick(&self) -> bool {
        self.quick >= Self::QUICK
    }

    /// How many nodes to hand to a worker at once.
    pub(super) fn batch(&self) -> usize {
        if !self.is_quick() {
            return 1;
        }
        let fit = Self::BATCH.as_nanos() / self.mean.as_nanos().max(1);
        usize::try_from(fit.clamp(1, Self::MOST)).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_as_large_as_nodes_are_quick() {
        let micros = Duration::from_micros;
        let paced = |times: &[(u64, usize)]| {
            let mut pace = Pace::new();
            for &(took, count) in times {
                (0..count).for_each(|_| pace.note(micros(took), false));
            }
            pace
        };
        assert_eq!(paced(&[(1, 15)]).batch(), 1, "nobody knows yet");
        assert_eq!(paced(&[(1, 100)]).batch(), 32);
        assert_eq!(paced(&[(10, 100)]).batch(), 5);
        assert_eq!(paced(&[(60, 100)]).batch(), 1);
        assert!(!paced(&[(1, 100), (150, 1)]).is_quick());
        assert_eq!(
            paced(&[(1, 100), (1_000_000, 1), (1, 16)]).batch(),
            1,
            "it was slow a moment ago"
        );
        let mut stores = paced(&[(1, 100)]);
        stores.note(micros(1), true);
        assert!(!stores.is_quick());
    }
}
