//! Pipelines in tests.

use super::{Pipeline, PipelineDef};
use crate::exec::Clock;
use crate::testing::{Failures, Recorder, TestClock};

/// For tests: see [`testing`](crate::testing).
impl<D: PipelineDef> Pipeline<D> {
    /// Has results stored as layers that are so small that it brings nothing, for tests of layers on few
    /// rows.
    #[must_use]
    pub fn small_layers(mut self) -> Self {
        self.settings.smallest_layer = Some(1);
        self
    }

    /// Has frames in memory taken for long ones, of which only what is needed is read, from so many rows on.
    #[must_use]
    pub fn long_frames_from(mut self, rows: usize) -> Self {
        self.settings.long_frame = rows;
        self
    }

    /// Has waits between attempts, and timeouts, run on a clock of tests.
    #[must_use]
    pub fn clock(mut self, clock: &TestClock) -> Self {
        self.settings.clock = Clock::Test(clock.clone());
        self
    }

    /// Has nodes fail, in every run from now on.
    ///
    /// # Panics
    ///
    /// When there is no such node.
    #[must_use]
    #[track_caller]
    pub fn inject(mut self, failures: Failures) -> Self {
        for node in failures.nodes() {
            // Only tests call this, and one whose failure never happens would show nothing.
            if let Err(unknown) = self.index_of_name(node) {
                panic!("{unknown}");
            }
        }
        let before = std::mem::take(&mut self.settings.failures);
        self.settings.failures = before.and(failures);
        self
    }

    /// Has everything recorded that happens in its runs.
    #[must_use]
    pub fn record(self, recorder: &Recorder) -> Self {
        let recorder = recorder.clone();
        self.on_event(move |event| recorder.hear(event))
    }
}
