//! A step that a test writes where it needs it.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use pipe_core::{
    Code, Inputs, OutputKind, Parameters, Pipeline, Retry, Step, StepError, StepFuture,
    StepOptions, StepOutput, Value, ValueKind, Where,
};
use polars::prelude::*;

use crate::common::Anything;

type Answer = Result<StepOutput, StepError>;
type Body = dyn Fn(Inputs) -> Answer + Send + Sync;
type Future = dyn Fn(Inputs) -> StepFuture<'static> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) options: StepOptions,
    output: OutputKind,
    body: Arc<Body>,
    future: Option<Arc<Future>>,
    /// Part of its key.
    pub(crate) parameter: i64,
}

impl Task {
    pub(crate) fn new(body: impl Fn(Inputs) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            options: StepOptions::default(),
            output: OutputKind::Frame,
            body: Arc::new(body),
            future: None,
            parameter: 0,
        }
    }

    /// Gives back the frame that it is given.
    pub(crate) fn pass() -> Self {
        Self::new(|mut inputs| Ok(inputs.next_frame()?.into()))
    }

    pub(crate) fn value<T: Into<i64>>(
        body: impl Fn(Inputs) -> Result<T, StepError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            output: OutputKind::Value(ValueKind::of::<i64>()),
            ..Self::new(move |inputs| Ok(Value::new::<i64>(body(inputs)?.into()).into()))
        }
    }

    /// Says that it returns such a value.
    pub(crate) fn returns(mut self, kind: ValueKind) -> Self {
        self.output = OutputKind::Value(kind);
        self
    }

    pub(crate) fn on_runtime(
        future: impl Fn(Inputs) -> StepFuture<'static> + Send + Sync + 'static,
    ) -> Self {
        let mut task = Self::new(|_| Err("it is run on the runtime".into()));
        task.options.place = Where::Async;
        task.future = Some(Arc::new(future));
        task
    }

    /// Tries so often in all, a minute apart at first.
    pub(crate) fn tries(mut self, attempts: u32) -> Self {
        self.options.retry = Some(minutes(attempts));
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    pub(crate) fn takes(mut self, resource: &str, much: u32) -> Self {
        self.options.resources.push((resource.to_owned(), much));
        self
    }
}

/// A minute, then two, four, eight.
pub(crate) fn minutes(attempts: u32) -> Retry {
    Retry {
        base: Duration::from_mins(1),
        max: Duration::from_hours(1),
        jitter: 0.0,
        ..Retry::new(attempts)
    }
}

/// A pipeline over the frame `n` = 1, 2, 3; nodes are `(name, step, inputs)`, all of them are returned.
pub(crate) fn pipeline(nodes: Vec<(&str, Task, &[&str])>) -> Result<Pipeline, Anything> {
    let names: Vec<_> = nodes.iter().map(|(name, _, _)| *name).collect();
    let mut builder = Pipeline::builder("test")
        .packages(pipe_core::packages!())
        .source("numbers", df!("n" => [1_i64, 2, 3])?)
        .outputs(names.into_iter().chain(["numbers"]));
    for (name, task, inputs) in nodes {
        builder = builder.step_on(name, task, inputs);
    }
    Ok(builder.build()?)
}

/// Waits for what another thread will surely say.
pub(crate) fn hear<T>(receiver: &Receiver<T>) -> Result<T, StepError> {
    let patience = Duration::from_mins(1);
    let heard = receiver.recv_timeout(patience);
    heard.map_err(|_| "nobody said anything".into())
}

impl Step for Task {
    fn name(&self) -> &'static str {
        "task"
    }

    fn code(&self) -> Code {
        Code::by_hand("task")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("parameter", &self.parameter)
    }

    fn options(&self) -> StepOptions {
        self.options.clone()
    }

    fn output(&self) -> OutputKind {
        self.output
    }

    fn process(&self, inputs: Inputs) -> Answer {
        (self.body)(inputs)
    }

    fn process_async(&self, inputs: Inputs) -> StepFuture<'_> {
        match &self.future {
            Some(future) => future(inputs),
            None => Box::pin(std::future::ready((self.body)(inputs))),
        }
    }
}
