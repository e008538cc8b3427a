//! What waits are measured by.

use std::time::{Duration, Instant};

use crate::testing::TestClock;

/// What waits of retries and timeouts are measured by.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    /// The machine's.
    #[default]
    Real,
    /// One that tests turn.
    Test(TestClock),
}

impl Clock {
    pub(super) fn now(&self) -> Instant {
        match self {
            Self::Real => Instant::now(),
            Self::Test(clock) => clock.now(),
        }
    }

    pub(super) fn since(&self, earlier: Instant) -> Duration {
        self.now().saturating_duration_since(earlier)
    }

    /// Turns a clock of tests on, when there is nothing to do until then; `false` if it is not one.
    pub(super) fn skip_to(&self, time: Instant) -> bool {
        match self {
            Self::Real => false,
            Self::Test(clock) => {
                clock.turn_to(time);
                true
            }
        }
    }
}
