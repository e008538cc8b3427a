//! A clock to turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock that stands still unless it is turned. Waits between attempts and timeouts run on it after
/// [`Pipeline::clock`](crate::Pipeline::clock): where a run would have nothing to do but wait, it turns the clock on by itself,
/// so no wait takes any time.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::testing::{Failures, TestClock, TestStore};
/// use std::time::Duration;
///
/// #[step(retry(attempts = 5, base = "10s", jitter = 0.0))]
/// fn fetch(rows: LazyFrame) -> LazyFrame {
///     rows
/// }
///
/// let (store, clock) = (TestStore::new(), TestClock::new());
/// let pipeline = Pipeline::builder("rates")
///     .source("rows", df!("n" => [1])?)
///     .step("fetched", FetchStep {})
///     .build()?
///     .store(&store)
///     .clock(&clock)
///     .inject(Failures::new().at("fetched", 1..=2, "service down"));
/// assert_eq!(pipeline.run()?.report().nodes[0].attempts, 3);
/// assert_eq!(clock.waited(), Duration::from_secs(10 + 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Clones are one and the same clock. The time that steps take does not count, and so a step that really
/// hangs is not stopped by its timeout: one that is to take long turns the clock on, with
/// [`TestClock::advance`], and one that is to hang is made to by [`Failures::hang_at`](super::Failures::hang_at).
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    times: Mutex<Times>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    /// Since it began.
    now: Duration,
    /// What of that runs waited.
    waited: Duration,
}

impl TestClock {
    /// A clock that stands still.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            began: Instant::now(),
            times: Mutex::default(),
        }))
    }

    /// Turns it on.
    pub fn advance(&self, by: Duration) {
        self.change(|times| times.now += by);
    }

    /// How long runs would have waited with nothing else to do.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.change(|times| times.waited)
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.began + self.change(|times| times.now)
    }

    pub(crate) fn turn_to(&self, time: Instant) {
        let time = time.saturating_duration_since(self.0.began);
        self.change(|times| {
            let wait = time.saturating_sub(times.now);
            times.now += wait;
            times.waited += wait;
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Times) -> T) -> T {
        let mut times = self.0.times.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut times)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}
