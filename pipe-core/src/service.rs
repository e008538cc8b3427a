//! Calls to services: at most so many at once, at most so many a second, each tried again by itself.

use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use crate::retry::{Retry, random};
use crate::step::StepError;

/// Calls that a step makes to a service. Clones share the limits: keep one where all steps that call the
/// service find it.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::Retry;
/// use pipe_core::service::Calls;
///
/// # async fn get(url: String) -> Result<String, std::io::Error> { Ok(url) }
/// #[derive(Schema)]
/// struct Address { url: String }
///
/// #[derive(Schema)]
/// struct Page { text: String }
///
/// #[step]
/// async fn fetch(addresses: Frame<Address>) -> Result<Frame<Page>, StepError> {
///     let calls = Calls::new(8).per_second(50.0).retry(Retry::new(5));
///     let urls = addresses.collect_rows()?.into_iter().map(|address| address.url);
///     let pages = calls.each(urls, get).await;
///     let pages: Vec<_> = pages.into_iter().collect::<Result<_, _>>()?;
///     let pages: Vec<_> = pages.into_iter().map(|text| Page { text }).collect();
///     Ok(Frame::from_rows(pages)?)
/// }
/// ```
///
/// A call that has used up its attempts is not tried again by the retries of its step: there is one budget.
#[derive(Clone, Debug)]
pub struct Calls {
    at_once: usize,
    open: Arc<Semaphore>,
    rate: Option<Arc<Rate>>,
    retry: Option<Retry>,
}

#[derive(Debug)]
struct Rate {
    /// From the start of one call to that of the next.
    interval: Duration,
    /// When the next may start.
    next: Mutex<Option<Instant>>,
}

/// A call that failed for good. A step that fails with it is not tried again: the call has been.
#[derive(Debug)]
pub struct CallError {
    /// What went wrong in the last attempt.
    pub error: StepError,
    /// How often it was tried.
    pub attempts: u32,
}

impl Display for CallError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { error, attempts } = self;
        if *attempts == 1 {
            error.fmt(f)
        } else {
            write!(f, "{error} (after {attempts} attempts)")
        }
    }
}

impl std::error::Error for CallError {
    /// The error itself is part of the message; what caused it is not.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl Calls {
    /// At most so many calls at once; at least one.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            at_once,
            open: Arc::new(Semaphore::new(at_once)),
            rate: None,
            retry: None,
        }
    }

    /// At most so many calls a second, attempts counted, evenly spread. What is no rate is no limit.
    #[must_use]
    pub fn per_second(self, rate: f64) -> Self {
        let interval = Duration::try_from_secs_f64(rate.recip()).ok();
        let rate = interval.map(|interval| {
            Arc::new(Rate {
                interval,
                next: Mutex::new(None),
            })
        });
        Self { rate, ..self }
    }

    /// How often a call that failed is made again; all errors unless there is a [`Retry::when`].
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self {
            retry: Some(retry),
            ..self
        }
    }

    /// Makes one call as soon as the limits allow it.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub async fn call<T, E, F>(&self, mut call: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, E>>,
        E: Into<StepError>,
    {
        let allowed = self.retry.map_or(1, |retry| retry.attempts.max(1));
        let mut attempts = 1;
        loop {
            let result = {
                // Nobody closes it.
                let _permit = self.open.acquire().await.ok();
                self.turn().await;
                call().await
            };
            match (result, self.retry) {
                (Ok(value), _) => return Ok(value),
                (Err(error), retry) => {
                    let error = error.into();
                    let retry = retry.filter(|_| attempts < allowed);
                    let retry = retry.filter(|retry| retry.when.is_none_or(|when| when(&error)));
                    let Some(retry) = retry else {
                        return Err(CallError { error, attempts });
                    };
                    // Others may call meanwhile.
                    sleep(retry.wait(attempts, random())).await;
                    attempts += 1;
                }
            }
        }
    }

    /// Makes a call for each item; the results are in the order of the items, whichever came first.
    pub async fn each<I: Clone, T, E, F>(
        &self,
        items: impl IntoIterator<Item = I>,
        call: impl Fn(I) -> F,
    ) -> Vec<Result<T, CallError>>
    where
        F: Future<Output = Result<T, E>>,
        E: Into<StepError>,
    {
        let call = &call;
        // As many as may be open: one that is done early waits for those before it, and holds nobody up.
        let calls = items
            .into_iter()
            .map(|item| async move { self.call(|| call(item.clone())).await });
        stream::iter(calls)
            .buffered(self.at_once.saturating_mul(4))
            .collect()
            .await
    }

    /// Waits until the rate allows another call.
    async fn turn(&self) {
        let Some(rate) = &self.rate else { return };
        let at = {
            let mut next = rate.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let at = next.map_or(now, |next| next.max(now));
            *next = Some(at + rate.interval);
            at
        };
        sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_time().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn results_keep_the_order_and_no_more_are_open_than_may_be() {
        let (open, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let calls = Calls::new(3);
        let results = run(calls.each(0..20u64, |i| {
            let (open, most) = (&open, &most);
            async move {
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // The later, the sooner.
                sleep(Duration::from_millis(20 - i)).await;
                open.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, String>(i)
            }
        }));
        let results: Result<Vec<_>, _> = results.into_iter().collect();
        assert_eq!(results.expect("no errors"), (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_call_is_tried_as_often_as_it_may_be() {
        let retry = Retry {
            base: Duration::ZERO,
            ..Retry::new(3)
        };
        let calls = Calls::new(2).retry(retry);
        let tries = AtomicUsize::new(0);
        let attempt = |fails: usize| {
            let tries = &tries;
            move || async move {
                let attempt = tries.fetch_add(1, Ordering::SeqCst) + 1;
                if attempt <= fails {
                    Err(format!("down {attempt}"))
                } else {
                    Ok(attempt)
                }
            }
        };
        assert_eq!(run(calls.call(attempt(2))).expect("the third"), 3);
        tries.store(0, Ordering::SeqCst);
        let error = run(calls.call(attempt(9))).expect_err("three are too few");
        assert_eq!(error.to_string(), "down 3 (after 3 attempts)");
        assert_eq!(tries.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn calls_start_no_faster_than_their_rate() {
        let calls = Calls::new(10).per_second(200.0);
        let started = Instant::now();
        let results = run(calls.each(0..11, |_| async { Ok::<_, String>(()) }));
        assert_eq!(results.len(), 11);
        // The first at once, ten more each 5 ms after the one before.
        assert!(started.elapsed() >= Duration::from_millis(50));
        for no_rate in [0.0, -1.0, f64::NAN] {
            assert!(Calls::new(1).per_second(no_rate).rate.is_none());
        }
    }
}
