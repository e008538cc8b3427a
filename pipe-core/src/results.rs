//! Results that go from step to step: how the code of the macros is typed, so that what a step gives is
//! what the next one takes.

#![allow(
    missing_docs,
    reason = "called by generated code only; the doc comments are for its authors"
)]

use std::marker::PhantomData;
use std::sync::Arc;

use polars::prelude::LazyFrame;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::NamedSchema;
use crate::frame::Frame;
use crate::graph::NodeRef;
use crate::schema::FrameSchema;
use crate::step::{Inputs, OutputKind, StepError, StepOutput, Value, ValueKind};

/// What is done with the type of a result that does not look like a frame.
pub struct ResultType<T> {
    pub kind: OutputKind,
    /// Of a frame whose type goes by another name.
    pub schema: Option<NamedSchema>,
    pub into_output: fn(T) -> StepOutput,
}

/// A type of results, bare, that is not written as a frame.
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`",
    label = "neither a frame nor a value that can be stored",
    note = "a value is stored as JSON: write `#[derive(serde::Serialize, serde::Deserialize)]` above its type",
    note = "a frame is written `Frame<S>`, `LazyFrame` or `DataFrame` here, and what may fail `Result<…>` or `…Result<…>`; another alias hides it"
)]
pub trait StepResult: Sized {
    const TYPE: ResultType<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> StepResult for T {
    const TYPE: ResultType<Self> = ResultType {
        kind: OutputKind::Value(ValueKind::of::<T>()),
        schema: None,
        into_output: |value| Value::new(value).into(),
    };
}

/// By another name: `type Flights = Frame<Flight>`.
#[diagnostic::do_not_recommend]
impl<S: FrameSchema> StepResult for Frame<S> {
    const TYPE: ResultType<Self> = ResultType {
        kind: OutputKind::Frame,
        schema: Some(S::SCHEMA),
        into_output: |frame| frame.lazy().into(),
    };
}

/// A `Result` of a `T`, whatever it is called.
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`",
    label = "not a `Result` whose error can be one of a step",
    note = "the error is a `std::error::Error + Send + Sync`, or a `String`"
)]
pub trait Fallible<T>: Sized {
    const INTO_RESULT: fn(Self) -> Result<T, StepError>;
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<StepError>> Fallible<T> for Result<T, E> {
    const INTO_RESULT: fn(Self) -> Result<T, StepError> = |result| result.map_err(Into::into);
}

/// What is done with the type `T` of an argument `&T`.
pub struct ValueInputType<T> {
    pub take: fn(&mut Inputs) -> Result<Arc<T>, StepError>,
}

/// A type whose values go from step to step.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be an argument of a step",
    label = "no value that steps can share",
    note = "`&T` takes the value that an earlier step returned, which may be used by several threads at once: it is `Send` and `Sync`, and borrows nothing"
)]
pub trait ValueInput: Sized {
    const TYPE: ValueInputType<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> ValueInput for T {
    const TYPE: ValueInputType<Self> = ValueInputType {
        take: Inputs::next_value,
    };
}

/// Something in a pipeline that gives a `T`: a value, or a frame, which is a `LazyFrame` here.
pub struct Made<T> {
    pub node: NodeRef,
    ty: PhantomData<fn() -> T>,
}

impl<T> Made<T> {
    #[must_use]
    pub const fn by(node: NodeRef) -> Self {
        Self {
            node,
            ty: PhantomData,
        }
    }
}

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Made<T> {}

/// Whether what is handed over must be what is wanted: not where another mistake explains it.
pub struct Checked<const CHECKED: bool>;

/// What nothing gives.
pub struct Nothing<T>(PhantomData<T>);

/// Hands something that gives a `Given` to what takes a `Wanted`.
#[diagnostic::on_unimplemented(
    message = "expected a value of type `{Wanted}`, found one of type `{Given}`",
    label = "this is a `{Given}`",
    note = "the value of a step is passed on and returned as it is: say `{Given}` where `{Wanted}` is wanted, or name the result of a step that returns `{Wanted}`"
)]
pub trait Hands<Given, Wanted> {
    const OVER: fn(Made<Given>) -> Made<Wanted>;
}

#[diagnostic::do_not_recommend]
impl<T> Hands<T, T> for Checked<true> {
    const OVER: fn(Made<T>) -> Made<T> = |made| made;
}

/// A frame whose type went by another name.
#[diagnostic::do_not_recommend]
impl<S> Hands<Frame<S>, LazyFrame> for Checked<true> {
    const OVER: fn(Made<Frame<S>>) -> Made<LazyFrame> = |made| Made::by(made.node);
}

/// With a single candidate rustc would conclude from what is wanted what must be given, and report a
/// mismatch of types of this file.
#[diagnostic::do_not_recommend]
impl<Wanted> Hands<Nothing<Wanted>, Wanted> for Checked<true> {
    const OVER: fn(Made<Nothing<Wanted>>) -> Made<Wanted> = |made| Made::by(made.node);
}

#[diagnostic::do_not_recommend]
impl<Given, Wanted> Hands<Given, Wanted> for Checked<false> {
    const OVER: fn(Made<Given>) -> Made<Wanted> = |made| Made::by(made.node);
}

/// What is done with the type of a pipeline's result.
pub struct PipelineResultType<T> {
    /// `None` if it is of another kind than the pipeline says.
    pub take: fn(StepOutput) -> Option<T>,
    pub copy: fn(&T) -> T,
}

impl PipelineResultType<LazyFrame> {
    /// `LazyFrame`.
    pub const OPEN: Self = Self {
        take: StepOutput::frame,
        copy: Clone::clone,
    };
}

impl<S> PipelineResultType<Frame<S>> {
    /// `Frame<S>`.
    pub const TYPED: Self = Self {
        take: |output| output.frame().map(Into::into),
        copy: Clone::clone,
    };
}

/// A value that a pipeline can return.
#[diagnostic::on_unimplemented(
    message = "a pipeline cannot return `{Self}`",
    label = "neither a frame nor a value that can be cloned",
    note = "each call of `run.output()` gives a clone: write `#[derive(Clone)]` above its type",
    note = "a frame is written `Frame<S>` or `LazyFrame` here; a type alias hides it"
)]
pub trait PipelineResult: Sized {
    const TYPE: PipelineResultType<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + DeserializeOwned + Send + Sync + 'static> PipelineResult for T {
    const TYPE: PipelineResultType<Self> = PipelineResultType {
        take: |output| output.value()?.get::<T>().map(Arc::unwrap_or_clone),
        copy: Clone::clone,
    };
}
