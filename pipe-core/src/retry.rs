//! When and how often a failed step is tried again.

use std::time::Duration;

/// Exponential backoff: the wait before attempt `n + 1` is `base · factor^(n-1)`, at most `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// Wait after the first failure.
    pub base: Duration,
    /// Longest wait.
    pub max: Duration,
    /// Growth of the wait from attempt to attempt; at least 1.
    pub factor: f64,
}

impl Retry {
    /// This many attempts in all, 200 ms apart at first, doubling, at most a minute.
    #[must_use]
    pub const fn new(attempts: u32) -> Self {
        Self {
            attempts,
            base: Duration::from_millis(200),
            max: Duration::from_mins(1),
            factor: 2.0,
        }
    }

    /// The wait after the given failed attempt, counted from 1.
    #[must_use]
    pub fn wait(&self, failed_attempt: u32) -> Duration {
        let exponent = i32::try_from(failed_attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.base.as_secs_f64() * self.factor.powi(exponent);
        if seconds < self.max.as_secs_f64() {
            Duration::from_secs_f64(seconds)
        } else {
            self.max
        }
    }
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
        let waits: Vec<_> = (1..5).map(|n| retry.wait(n).as_millis()).collect();
        assert_eq!(waits, [200, 400, 500, 500]);
        assert_eq!(
            Retry {
                factor: 1e300,
                ..retry
            }
            .wait(u32::MAX),
            retry.max
        );
    }
}
