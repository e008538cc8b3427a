//! What may run at the same time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use pipe_core::testing::TestStore;
use pipe_core::{Inputs, RunError, StepError, StepOutput};

use super::task::{Task, pipeline};
use crate::common::Tested;

/// Where steps wait for each other.
struct Meeting {
    wanted: usize,
    here: Mutex<usize>,
    come: Condvar,
}

impl Meeting {
    fn of(wanted: usize) -> Arc<Self> {
        Arc::new(Self {
            wanted,
            here: Mutex::new(0),
            come: Condvar::new(),
        })
    }

    /// Returns when all are here.
    fn attend(&self) -> Result<(), StepError> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        *here += 1;
        self.come.notify_all();
        let all = |here: &mut usize| *here < self.wanted;
        let patience = Duration::from_mins(1);
        let (here, _) = self
            .come
            .wait_timeout_while(here, patience, all)
            .unwrap_or_else(PoisonError::into_inner);
        if *here < self.wanted {
            return Err(format!("only {} came", *here).into());
        }
        Ok(())
    }
}

fn meets(meeting: &Arc<Meeting>) -> Task {
    let meeting = meeting.clone();
    Task::new(move |inputs| {
        meeting.attend()?;
        pass(inputs)
    })
}

fn pass(mut inputs: Inputs) -> Result<StepOutput, StepError> {
    Ok(inputs.next_frame()?.into())
}

/// Fails if it runs beside another one.
fn alone(running: &Arc<AtomicUsize>) -> Task {
    let running = running.clone();
    Task::new(move |inputs| {
        let others = running.fetch_add(1, Ordering::SeqCst);
        for _ in 0..100 {
            std::thread::yield_now();
        }
        running.fetch_sub(1, Ordering::SeqCst);
        if others > 0 {
            return Err(format!("beside {others} others").into());
        }
        pass(inputs)
    })
}

fn jobs(jobs: usize) -> NonZero<usize> {
    NonZero::new(jobs).unwrap()
}

fn three(task: &Task) -> Vec<(&'static str, Task, &'static [&'static str])> {
    let node = |name| (name, task.clone(), ["numbers"].as_slice());
    ["a", "b", "c"].map(node).to_vec()
}

#[test]
fn as_many_nodes_run_side_by_side_as_there_are_jobs() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(three(&meets(&Meeting::of(3))))?.store(&store);
    assert_eq!(
        pipeline.jobs(jobs(3)).run()?.report().ran(),
        ["a", "b", "c"]
    );
    Ok(())
}

#[test]
fn with_one_job_nodes_run_one_after_the_other() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(three(&alone(&Arc::default())))?.store(&store);
    pipeline.jobs(jobs(1)).run()?;
    Ok(())
}

#[test]
fn a_resource_without_a_limit_is_taken_by_one_at_a_time() -> Tested {
    let store = TestStore::new();
    let task = alone(&Arc::default()).takes("db", 1);
    let pipeline = pipeline(three(&task))?.store(&store);
    pipeline.jobs(jobs(3)).run()?;
    Ok(())
}

#[test]
fn a_resource_is_taken_up_to_its_limit() -> Tested {
    let store = TestStore::new();
    // The first two meet, and the third comes alone.
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (meeting, highest) = (Meeting::of(2), most.clone());
    let task = Task::new(move |inputs| {
        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
        highest.fetch_max(now, Ordering::SeqCst);
        meeting.attend()?;
        running.fetch_sub(1, Ordering::SeqCst);
        pass(inputs)
    });
    let pipeline = pipeline(three(&task.takes("db", 2)))?.store(&store);
    pipeline.jobs(jobs(3)).limit("db", 5).run()?;
    assert_eq!(most.load(Ordering::SeqCst), 2);
    Ok(())
}

#[test]
fn what_can_never_run_is_told_before_anything_runs() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(three(&Task::pass().takes("db", 3)))?.store(&store);
    let Err(error @ RunError::Resources { .. }) = pipeline.limit("db", 2).run() else {
        panic!("a node needs more than there is");
    };
    assert_eq!(
        error.to_string(),
        "node `a` needs 3 of resource `db`, but its limit is 2; raise it with `.limit(\"db\", 3)`"
    );
    assert!(error.report().is_none());
    Ok(())
}

/// What has failed or taken too long has given back what it took.
#[test]
fn failed_attempts_give_back_what_they_took() -> Tested {
    use pipe_core::testing::{Failures, TestClock};
    let (store, clock) = (TestStore::new(), TestClock::new());
    let task = alone(&Arc::default())
        .takes("db", 1)
        .tries(4)
        .timeout(Duration::from_mins(1));
    let failures = Failures::new()
        .at("a", 1, "busy")
        .panic_at("a", 2)
        .hang_at("a", 3)
        .hang_at("b", 1);
    let pipeline = pipeline(three(&task))?.store(&store).clock(&clock);
    let run = pipeline.jobs(jobs(2)).inject(failures).run()?;
    let attempts = run.report().nodes.iter().map(|node| node.attempts);
    assert_eq!(attempts.collect::<Vec<_>>(), [4, 2, 1]);
    Ok(())
}

#[cfg(feature = "async")]
#[test]
fn async_steps_do_not_take_jobs() -> Tested {
    let store = TestStore::new();
    let here = Arc::new(AtomicUsize::new(0));
    let task = Task::on_runtime(move |mut inputs| {
        let here = here.clone();
        Box::pin(async move {
            here.fetch_add(1, Ordering::SeqCst);
            std::future::poll_fn(|context| {
                if here.load(Ordering::SeqCst) == 3 {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
            Ok(inputs.next_frame()?.into())
        })
    });
    let pipeline = pipeline(three(&task.timeout(Duration::from_mins(1))))?.store(&store);
    assert_eq!(
        pipeline.jobs(jobs(1)).run()?.report().ran(),
        ["a", "b", "c"]
    );
    Ok(())
}
