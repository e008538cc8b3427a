//! Failures on purpose.

use std::fmt::{self, Debug, Formatter};
use std::ops::{RangeFrom, RangeFull, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;

use crate::exec::NodeProblem;
use crate::step::{StepContext, StepError};

/// What is to go wrong in a run, by node and attempt: see [`Pipeline::inject`](crate::Pipeline::inject). A node fails before its step is
/// called, so nobody asks the step's `when` whether the error may pass: it is tried again.
///
/// ```
/// # use pipe_core::testing::Failures;
/// let failures = Failures::new()
///     .at("rated", 1, "service down")           // the first attempt
///     .at("carriers", 2..=3, "service down")    // the second and the third
///     .at_with("weather", .., || std::io::Error::from(std::io::ErrorKind::TimedOut)) // every one
///     .panic_at("departed", 1)
///     .hang_at("hours", 1);                     // until its timeout
/// ```
#[derive(Clone, Debug, Default)]
pub struct Failures {
    faults: Vec<(String, Attempts, Fault)>,
}

/// Attempts at a node, counted from 1: one of them, `2`, some, `1..=3` or `2..`, or all, `..`.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    first: u32,
    last: u32,
}

/// What goes wrong.
#[derive(Clone)]
pub(crate) enum Fault {
    Error(Arc<dyn Fn() -> StepError + Send + Sync>),
    Panic,
    Hang,
}

/// How often a step that hangs looks whether anybody still waits for it.
const LOOK: Duration = Duration::from_millis(1);

impl Failures {
    /// Nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The node fails with this message.
    #[must_use]
    pub fn at(self, node: impl Into<String>, attempts: impl Into<Attempts>, error: &str) -> Self {
        let error = error.to_owned();
        self.at_with(node, attempts, move || error.clone())
    }

    /// The node fails with this error, for rules of retries that look at it.
    #[must_use]
    pub fn at_with<E: Into<StepError>>(
        self,
        node: impl Into<String>,
        attempts: impl Into<Attempts>,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        let fault = Fault::Error(Arc::new(move || error().into()));
        self.with(node.into(), attempts.into(), fault)
    }

    /// The node panics.
    #[must_use]
    pub fn panic_at(self, node: impl Into<String>, attempts: impl Into<Attempts>) -> Self {
        self.with(node.into(), attempts.into(), Fault::Panic)
    }

    /// The node does not come to an end, until its timeout or until the run is cancelled. One without a
    /// timeout fails at once, with an error that says so: nothing would ever end it.
    #[must_use]
    pub fn hang_at(self, node: impl Into<String>, attempts: impl Into<Attempts>) -> Self {
        self.with(node.into(), attempts.into(), Fault::Hang)
    }

    fn with(mut self, node: String, attempts: Attempts, fault: Fault) -> Self {
        self.faults.push((node, attempts, fault));
        self
    }

    /// These, and others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.faults.extend(others.faults);
        self
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(|(node, _, _)| node.as_str())
    }

    /// What goes wrong in an attempt at a node that may take so long.
    pub(crate) fn of(&self, node: &str, attempt: u32, timeout: Option<Duration>) -> Option<Fault> {
        let mut faults = self.faults.iter();
        let (_, _, fault) = faults.find(|(name, attempts, _)| {
            name == node && (attempts.first..=attempts.last).contains(&attempt)
        })?;
        Some(match (fault, timeout) {
            (Fault::Hang, None) => Fault::Error(Arc::new(|| {
                "it hangs, as was injected, and has no timeout: the run would wait for ever".into()
            })),
            (fault, _) => fault.clone(),
        })
    }
}

impl Fault {
    pub(crate) fn hangs(&self) -> bool {
        matches!(self, Self::Hang)
    }

    /// Has it happen, on the thread that would have called the step.
    pub(crate) fn happen(&self, context: &StepContext) -> NodeProblem {
        match self {
            Self::Error(error) => NodeProblem::Step(error()),
            Self::Panic => panic!("as was injected"),
            Self::Hang => {
                while !context.is_cancelled() {
                    std::thread::sleep(LOOK);
                }
                NodeProblem::Step("it hung until the run was cancelled, as was injected".into())
            }
        }
    }
}

impl Debug for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => f.debug_tuple("Error").field(&error()).finish(),
            Self::Panic => f.write_str("Panic"),
            Self::Hang => f.write_str("Hang"),
        }
    }
}

impl From<u32> for Attempts {
    fn from(attempt: u32) -> Self {
        let (first, last) = (attempt, attempt);
        Self { first, last }
    }
}

impl From<RangeInclusive<u32>> for Attempts {
    fn from(attempts: RangeInclusive<u32>) -> Self {
        let (first, last) = attempts.into_inner();
        Self { first, last }
    }
}

impl From<RangeFrom<u32>> for Attempts {
    fn from(attempts: RangeFrom<u32>) -> Self {
        let (first, last) = (attempts.start, u32::MAX);
        Self { first, last }
    }
}

impl From<RangeFull> for Attempts {
    fn from(_: RangeFull) -> Self {
        (1..).into()
    }
}
