//! The work of an async row step: a call for each row, some of them at a time.
//!
//! The calls run on the run's runtime. The engine's thread that has a piece of the frame hands its rows out,
//! and takes the results in the order of the rows; it reads a row once more where it is tried again, so
//! that rows need not be cloned.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use polars::prelude::*;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::step::{Caller, Calls, Todo};

/// How often it is looked whether the run was cancelled, while calls run.
const TICK: Duration = Duration::from_millis(50);

/// When the next call may begin.
struct Slots {
    gap: Duration,
    next: Option<Instant>,
}

impl Slots {
    /// When a call may begin that is ready now.
    fn take(&mut self, now: Instant) -> Instant {
        let slot = self.next.map_or(now, |next| next.max(now));
        self.next = Some(slot + self.gap);
        slot
    }
}

fn lock(slots: &Mutex<Slots>) -> MutexGuard<'_, Slots> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls an async function. All pieces of a frame share its limits.
pub(super) struct Calling<F, R> {
    function: F,
    /// Which results are tried again.
    may_pass: fn(&R) -> bool,
    calls: Calls,
    runtime: Handle,
    permits: Arc<Semaphore>,
    slots: Arc<Mutex<Slots>>,
}

/// What came of a call: its result, or what it panicked with.
type Answer<R> = (usize, std::thread::Result<R>);

impl<F, R> Calling<F, R> {
    /// On the runtime that this is called on.
    pub(super) fn new(function: F, may_pass: fn(&R) -> bool, calls: Calls) -> Self {
        Self {
            function,
            may_pass,
            calls,
            runtime: Handle::current(),
            permits: Arc::new(Semaphore::new(calls.concurrency)),
            slots: Arc::new(Mutex::new(Slots {
                gap: calls.gap,
                next: None,
            })),
        }
    }

    /// Begins a call after a wait, as soon as it may run.
    fn begin<U>(
        &self,
        row: usize,
        call: U,
        wait: Duration,
        sender: Sender<Answer<R>>,
    ) -> AbortHandle
    where
        U: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        let (permits, slots) = (self.permits.clone(), self.slots.clone());
        let call = self.runtime.spawn(async move {
            // A row that is tried again later holds back no other until then.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            // It is never closed, so there always is one in the end.
            let _permit = permits.acquire_owned().await;
            // Slots are for those that may run: of ones that went by in a queue, calls would begin together.
            let now = Instant::now();
            let slot = lock(&slots).take(now);
            if slot > now {
                tokio::time::sleep_until(slot.into()).await;
            }
            call.await
        });
        let abort = call.abort_handle();
        self.runtime.spawn(async move {
            let answer = match call.await {
                Ok(result) => Ok(result),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => Err(panic),
                    // Nobody waits for it.
                    Err(_) => return,
                },
            };
            let _ = sender.send((row, answer));
        });
        abort
    }
}

/// Calls that run; what is left of them ends with this.
#[derive(Default)]
struct Running(BTreeMap<usize, AbortHandle>);

impl Drop for Running {
    fn drop(&mut self) {
        for call in self.0.values() {
            call.abort();
        }
    }
}

impl<T, R, F, U> Caller<T, R> for Calling<F, R>
where
    R: Send + 'static,
    F: Fn(T) -> U + Send + Sync,
    U: Future<Output = R> + Send + 'static,
{
    const IN_SHARES: bool = false;

    fn call(
        &self,
        todo: &Todo<'_, T>,
        at: &Cell<usize>,
        take: &mut dyn FnMut(usize, R) -> PolarsResult<()>,
    ) -> PolarsResult<()> {
        let (sender, answers) = channel();
        let mut left = todo.rows.clone();
        let mut running = Running::default();
        let mut attempts: BTreeMap<usize, u32> = BTreeMap::new();
        // Results that are not taken yet: of the first row, and of some after it.
        let mut results: VecDeque<Option<R>> = VecDeque::new();
        let mut first = todo.rows.start;
        let mut idle = 0;
        while first < todo.rows.end {
            todo.go_on(first)?;
            // Some more than may run: they wait for their turn, and the first is never far behind.
            while results.len() < 2 * self.calls.concurrency
                && let Some(row) = left.next()
            {
                let call = (self.function)(todo.read(row)?);
                running
                    .0
                    .insert(row, self.begin(row, call, Duration::ZERO, sender.clone()));
                results.push_back(None);
            }
            let (row, answer) = match answers.recv_timeout(TICK) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) => {
                    // The runtime ends with the run, and its calls with it: there is no answer any more.
                    let over = running.0.values().all(AbortHandle::is_finished);
                    idle = if over { idle + 1 } else { 0 };
                    polars_ensure!(idle < 100, ComputeError: "the run is over");
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    polars_bail!(ComputeError: "the run is over")
                }
            };
            running.0.remove(&row);
            let result = match answer {
                Ok(result) => result,
                Err(panic) => {
                    at.set(row);
                    std::panic::resume_unwind(panic);
                }
            };
            if (self.may_pass)(&result)
                && let Some(retry) = self.calls.retry
            {
                let attempt = attempts.entry(row).or_insert(1);
                if *attempt < retry.attempts {
                    let wait = retry.wait(*attempt, crate::retry::random());
                    *attempt += 1;
                    let call = (self.function)(todo.read(row)?);
                    running
                        .0
                        .insert(row, self.begin(row, call, wait, sender.clone()));
                    continue;
                }
            }
            if let Some(place) = results.get_mut(row - first) {
                *place = Some(result);
            }
            while let Some(Some(_)) = results.front() {
                if let Some(Some(result)) = results.pop_front() {
                    take(first, result)?;
                    first += 1;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    #[test]
    fn calls_begin_one_gap_apart() {
        let mut slots = Slots {
            gap: Duration::from_millis(20),
            next: None,
        };
        let now = Instant::now();
        let millis = |slot: Instant| slot.duration_since(now).as_millis();
        let ready = [0, 0, 5, 100, 100].map(|ready| now + Duration::from_millis(ready));
        let slots = ready.map(|ready| millis(slots.take(ready)));
        assert_eq!(slots, [0, 20, 40, 100, 120]);
    }

    /// What runs calls of one row at a time, an hour apart if that is said.
    fn calling(gap: Duration) -> std::io::Result<(Runtime, Calling<(), ()>)> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()?;
        let calls = Calls {
            concurrency: 1,
            gap,
            retry: None,
        };
        let entered = runtime.enter();
        let calling = Calling::new((), |()| false, calls);
        drop(entered);
        Ok((runtime, calling))
    }

    #[test]
    fn a_row_that_waits_to_be_tried_again_holds_back_no_other() -> std::io::Result<()> {
        let (_runtime, calling) = calling(Duration::ZERO)?;
        let (sender, answers) = channel();
        let later = Duration::from_hours(1);
        calling.begin(0, std::future::ready(()), later, sender.clone());
        calling.begin(1, std::future::ready(()), Duration::ZERO, sender);
        let answer = answers.recv_timeout(Duration::from_mins(1));
        assert!(matches!(answer, Ok((1, Ok(())))));
        Ok(())
    }

    #[test]
    fn what_waits_for_its_turn_has_no_slot() -> std::io::Result<()> {
        let (runtime, calling) = calling(Duration::from_hours(1))?;
        let (sender, _answers) = channel();
        let (begun, has_begun) = channel();
        let first = async move {
            let _ = begun.send(());
            std::future::pending::<()>().await;
        };
        calling.begin(0, first, Duration::ZERO, sender.clone());
        // Far longer than it takes: a call that never begins is to fail the test, not to hang it.
        let waited = has_begun.recv_timeout(Duration::from_mins(1));
        assert_eq!(waited, Ok(()));
        let next = lock(&calling.slots).next;
        calling.begin(1, std::future::ready(()), Duration::ZERO, sender);
        // The only thread takes what is spawned in turn: by now the second call was at its first wait.
        assert!(runtime.block_on(runtime.spawn(async {})).is_ok());
        assert_eq!(lock(&calling.slots).next, next);
        Ok(())
    }
}
