//! Work on many things side by side.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// How many threads can run at once.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What came of one item: a panic is one of the things that may.
type Outcome<R> = Result<R, Box<dyn Any + Send>>;

/// Does work on the items, on so many threads, and hands what comes out to `take`, in the order of the items and on
/// this thread. An item is asked for when a thread is free for it, by one thread at a time.
///
/// Ends early when `take` fails. A panic of the work goes on here.
///
/// What came out too early is kept until what was asked for before it is there: of items that take about as long,
/// about as many as there are threads.
pub(crate) fn in_order<T, R: Send, E>(
    items: impl Iterator<Item = T> + Send,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        return items.map(work).try_for_each(take);
    }
    let items = Mutex::new(items.enumerate());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (send, receive) = mpsc::sync_channel::<(usize, Outcome<R>)>(threads);
    let step = || next().map(|(number, item)| (number, work(item)));
    let run = |send: mpsc::SyncSender<_>| {
        loop {
            match catch_unwind(AssertUnwindSafe(step)) {
                Ok(None) => return,
                Ok(Some((number, result))) => {
                    if send.send((number, Ok(result))).is_err() {
                        return;
                    }
                }
                Err(panic) => {
                    // When this fails, nobody listens any more.
                    let _ = send.send((0, Err(panic)));
                    return;
                }
            }
        }
    };
    thread::scope(|scope| {
        let start = |send| {
            let thread = thread::Builder::new().name("pipe-parallel".to_owned());
            thread.spawn_scoped(scope, || run(send)).is_ok()
        };
        let started = (0..threads).filter(|_| start(send.clone())).count();
        drop(send);
        if started == 0 {
            return std::iter::from_fn(step).try_for_each(|(_, result)| take(result));
        }
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        // Dropped when this is left, so that threads that are still at work find out.
        for (number, outcome) in receive {
            early.insert(number, outcome.unwrap_or_else(|panic| resume_unwind(panic)));
            while let Some(result) = early.remove(&wanted) {
                take(result)?;
                wanted += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_comes_out_comes_in_order() {
        for threads in [0, 1, 2, 7] {
            let mut taken = Vec::new();
            // Neighbours take different times, so that they come out in another order than they went in.
            let late = |item: u64| {
                thread::sleep(Duration::from_micros(item * 7919 % 300));
                item * 2
            };
            let done = in_order(0..500, threads, late, |item| {
                taken.push(item);
                Ok::<_, ()>(())
            });
            assert_eq!(done, Ok(()));
            assert_eq!(taken, (0..500).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn it_ends_with_the_first_failure() {
        let asked = AtomicUsize::new(0);
        let endless = std::iter::repeat_with(|| asked.fetch_add(1, Ordering::Relaxed));
        for threads in [1, 4] {
            asked.store(0, Ordering::Relaxed);
            let fail = |item| if item < 10 { Ok(()) } else { Err(item) };
            assert_eq!(in_order(endless, threads, |item| item, fail), Err(10));
        }
    }

    #[test]
    fn a_panic_goes_on() {
        // What steps do is not ours: it may panic.
        for threads in [1, 4] {
            let panic = catch_unwind(|| {
                let work = |item| {
                    if item == 20 {
                        panic!("no {item}")
                    } else {
                        item
                    }
                };
                in_order(0.., threads, work, |_| Ok::<_, ()>(()))
            });
            let panic = panic.expect_err("a panic");
            let message = panic.downcast_ref::<String>();
            assert_eq!(message.map(String::as_str), Some("no 20"));
        }
    }
}
