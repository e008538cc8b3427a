//! The steps of random pipelines, which keep an eye on the executor.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipe_core::prelude::*;
use pipe_core::{OutputKind, Retry, StepFuture, StepOptions, Value, ValueKind, Where};

use crate::dag::{Fault, Node, Place, RESOURCES};
use crate::expected::{Numbers, compute};

/// How long an attempt may take. The clock is turned, so nobody waits for it.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(10);

/// What the steps of one run see.
#[derive(Default)]
pub(crate) struct Watch {
    /// How often each attempt at each node was made.
    calls: Mutex<BTreeMap<(usize, u32), u32>>,
    running: AtomicU32,
    taken: [AtomicU32; 2],
    wrong: Mutex<Vec<String>>,
}

impl Watch {
    fn blame(&self, wrong: String) {
        lock(&self.wrong).push(wrong);
    }

    /// The attempts of a node whose step was called.
    pub(crate) fn calls(&self, node: usize) -> Vec<u32> {
        let calls = lock(&self.calls);
        let attempts = calls.keys().filter(|(it, _)| *it == node);
        attempts.map(|(_, attempt)| *attempt).collect()
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        lock(&self.wrong).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A node's step.
pub(crate) struct Work {
    pub(crate) index: usize,
    pub(crate) node: Node,
    pub(crate) parameter: i64,
    /// Whether what it gives is computed by itself, and not as part of other queries.
    pub(crate) is_computed: bool,
    pub(crate) jobs: u32,
    /// By attempt.
    pub(crate) faults: BTreeMap<u32, Fault>,
    pub(crate) watch: Arc<Watch>,
}

/// What an attempt has taken, until it ends.
struct Taken<'a>(&'a Work);

impl Work {
    fn begin(&self, attempt: u32) -> Taken<'_> {
        let watch = &self.watch;
        let mut calls = lock(&watch.calls);
        let count = calls.entry((self.index, attempt)).or_default();
        *count += 1;
        if *count > 1 {
            watch.blame(format!(
                "attempt {attempt} at n{} was made twice",
                self.index
            ));
        }
        drop(calls);
        if self.node.place == Place::Thread
            && watch.running.fetch_add(1, Ordering::SeqCst) >= self.jobs
        {
            watch.blame(format!("n{} runs beside {} others", self.index, self.jobs));
        }
        for (i, (resource, limit)) in RESOURCES.into_iter().enumerate() {
            let takes = self.node.takes[i];
            let before = watch.taken[i].fetch_add(takes, Ordering::SeqCst);
            if takes > 0 && before + takes > limit {
                watch.blame(format!("n{} takes too much of {resource}", self.index));
            }
        }
        // Lets others come to the same place meanwhile.
        std::thread::yield_now();
        Taken(self)
    }

    fn work(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let attempt = inputs.context().attempt();
        let _taken = self.begin(attempt);
        let fault = self.faults.get(&attempt);
        match fault {
            Some(Fault::Error) => return Err("an error that passes".into()),
            Some(Fault::ForGood) => return Err(FOR_GOOD.into()),
            Some(Fault::PanicInQuery) if self.panics_in_query() => {}
            Some(Fault::Panic | Fault::PanicInQuery) => panic!("{PANIC}"),
            Some(Fault::Hang) | None => {}
        }
        let given: Vec<_> = self
            .node
            .inputs
            .iter()
            .map(|_| inputs.next_output())
            .collect::<Result<_, _>>()?;
        // As a query, where it can be.
        if let ([StepOutput::Frame(frame)], false) = (given.as_slice(), self.node.value) {
            let numbers = (col("n") * lit(2) + lit(self.parameter / 2)) % lit(1009);
            return Ok(with_fault(fault, frame.clone().with_column(numbers)).into());
        }
        let given: Vec<_> = given.into_iter().map(numbers).collect::<Result<_, _>>()?;
        let numbers = compute(self.parameter, &given);
        if self.node.value {
            return Ok(Value::new(numbers).into());
        }
        Ok(with_fault(fault, df!("n" => numbers)?.lazy()).into())
    }

    fn panics_in_query(&self) -> bool {
        !self.node.value && self.is_computed
    }
}

fn with_fault(fault: Option<&Fault>, frame: LazyFrame) -> LazyFrame {
    if fault != Some(&Fault::PanicInQuery) {
        return frame;
    }
    let panics = |_: DataFrame| -> PolarsResult<DataFrame> { panic!("{PANIC}") };
    frame.map(
        panics,
        AllowedOptimizations::default(),
        None,
        Some("panics"),
    )
}

pub(crate) const PANIC: &str = "a panic on purpose";
const FOR_GOOD: &str = "an error for good";

pub(crate) fn numbers(output: StepOutput) -> Result<Numbers, StepError> {
    if let Some(value) = output.clone().value() {
        let numbers = value.get::<Numbers>().ok_or("another type of value")?;
        return Ok(numbers.to_vec());
    }
    let frame = output.frame().ok_or("neither a frame nor a value")?;
    let frame = frame.collect()?;
    Ok(frame.column("n")?.i64()?.into_no_null_iter().collect())
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let Work { node, watch, .. } = self.0;
        if node.place == Place::Thread {
            watch.running.fetch_sub(1, Ordering::SeqCst);
        }
        for (taken, takes) in watch.taken.iter().zip(node.takes) {
            taken.fetch_sub(takes, Ordering::SeqCst);
        }
    }
}

impl Step for Work {
    fn name(&self) -> &'static str {
        "work"
    }

    fn code(&self) -> Code {
        Code::by_hand("work")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("parameter", &self.parameter)
    }

    fn options(&self) -> StepOptions {
        let takes = RESOURCES.iter().zip(self.node.takes);
        let takes = takes.filter(|(_, takes)| *takes > 0);
        StepOptions {
            puts_aside: false,
            retry: Some(Retry {
                when: Some(|error| error.to_string() != FOR_GOOD),
                ..Retry::new(self.node.attempts)
            }),
            timeout: Some(TIMEOUT),
            resources: takes
                .map(|((name, _), takes)| ((*name).to_owned(), takes))
                .collect(),
            place: match self.node.place {
                Place::Thread => Where::Thread,
                Place::Async => Where::Async,
            },
        }
    }

    fn output(&self) -> OutputKind {
        if self.node.value {
            OutputKind::Value(ValueKind::of::<Numbers>())
        } else {
            OutputKind::Frame
        }
    }

    fn process(&self, inputs: Inputs) -> Result<StepOutput, StepError> {
        self.work(inputs)
    }

    fn process_async(&self, inputs: Inputs) -> StepFuture<'_> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.work(inputs)
        })
    }
}
