//! When and how often a failed step is tried again.

use std::time::Duration;

use crate::step::StepError;

/// Exponential backoff: the wait before attempt `n + 1` is `base · factor^(n-1)`, at most `max`, longer or
/// shorter by up to the fraction `jitter`.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// Wait after the first failure.
    pub base: Duration,
    /// Longest wait, jitter aside.
    pub max: Duration,
    /// Growth of the wait from attempt to attempt; at least 1.
    pub factor: f64,
    /// By which fraction a wait is made longer or shorter, so that those who failed together do not come
    /// back together; from 0 to 1.
    pub jitter: f64,
    /// Which errors of the step are tried again; all of them if not given. Timeouts, panics and storages
    /// that fail always are.
    pub when: Option<fn(&StepError) -> bool>,
}

impl Retry {
    /// This many attempts in all, 200 ms apart at first, doubling, at most a minute, each wait up to a
    /// tenth longer or shorter.
    #[must_use]
    pub const fn new(attempts: u32) -> Self {
        Self {
            attempts,
            base: Duration::from_millis(200),
            max: Duration::from_mins(1),
            factor: 2.0,
            jitter: 0.1,
            when: None,
        }
    }

    /// The wait after the given failed attempt, counted from 1. `random` is from 0 to 1: in the middle, the
    /// wait is neither longer nor shorter.
    #[must_use]
    pub fn wait(&self, failed_attempt: u32, random: f64) -> Duration {
        let exponent = i32::try_from(failed_attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.base.as_secs_f64() * self.factor.powi(exponent);
        let wait = if seconds < self.max.as_secs_f64() {
            seconds
        } else {
            self.max.as_secs_f64()
        };
        let wait = wait * (1.0 + self.jitter * (2.0 * random - 1.0));
        Duration::try_from_secs_f64(wait).unwrap_or(self.max)
    }
}

/// A number from 0 to 1, another one each time.
pub(crate) fn random() -> f64 {
    let number = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let retry = Retry {
            max: Duration::from_millis(500),
            ..Retry::new(5)
        };
        let waits: Vec<_> = (1..5).map(|n| retry.wait(n, 0.5).as_millis()).collect();
        assert_eq!(waits, [200, 400, 500, 500]);
        let steep = Retry {
            factor: 1e300,
            ..retry
        };
        assert_eq!(steep.wait(u32::MAX, 0.5), retry.max);
    }

    #[test]
    fn jitter_makes_waits_longer_and_shorter() {
        let retry = Retry {
            jitter: 0.5,
            ..Retry::new(2)
        };
        let waits = [0.0, 0.5, 1.0].map(|random| retry.wait(1, random).as_millis());
        assert_eq!(waits, [100, 200, 300]);
    }
}
