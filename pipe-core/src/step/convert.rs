//! Types that a step's function may take and return.

use polars::prelude::{DataFrame, LazyFrame};

use super::{StepError, StepOutput};
use crate::contract::NamedSchema;
use crate::frame::Frame;
use crate::schema::FrameSchema;

/// An argument type that takes a frame.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a step cannot take a frame as `{Self}`",
    label = "not a frame",
    note = "use `Frame<S>`, or `LazyFrame` or `DataFrame` of `pipe_core::polars`: another version of Polars has types of these names, too"
)]
pub trait FromInput: Sized {
    fn from_input(lazy: LazyFrame) -> Result<Self, StepError>;
}

#[diagnostic::do_not_recommend]
impl FromInput for LazyFrame {
    fn from_input(lazy: LazyFrame) -> Result<Self, StepError> {
        Ok(lazy)
    }
}

#[diagnostic::do_not_recommend]
impl FromInput for DataFrame {
    fn from_input(lazy: LazyFrame) -> Result<Self, StepError> {
        Ok(crate::engine::collect(lazy)?)
    }
}

/// A result type that a step may have. `Frame<S>` is one whatever `S` is: where that is no schema,
/// [`KnownOutput`] or the macro says so.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`",
    label = "neither a frame nor a `Result` of one",
    note = "a step returns `Frame<S>`, `LazyFrame` or `DataFrame`,\nbare or in a `Result` whose error is a `std::error::Error + Send + Sync` or a `String`"
)]
pub trait IntoOutput {
    fn into_output(self) -> Result<StepOutput, StepError>;
}

#[diagnostic::do_not_recommend]
impl IntoOutput for LazyFrame {
    fn into_output(self) -> Result<StepOutput, StepError> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl IntoOutput for DataFrame {
    fn into_output(self) -> Result<StepOutput, StepError> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoOutput for Frame<S> {
    fn into_output(self) -> Result<StepOutput, StepError> {
        Ok(self.lazy().into())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoOutput, E: Into<StepError>> IntoOutput for Result<T, E> {
    fn into_output(self) -> Result<StepOutput, StepError> {
        self.map_err(Into::into)?.into_output()
    }
}

/// A result type with the schema that it promises, if it promises one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`",
    label = "neither a frame nor a `Result` of one",
    note = "a step returns `Frame<S>`, `LazyFrame` or `DataFrame`,\nbare or in a `Result` whose error is a `std::error::Error + Send + Sync` or a `String`"
)]
pub trait KnownOutput: Sized {
    const SCHEMA: Option<NamedSchema>;
    /// [`IntoOutput`], which is no supertrait: a type that is neither would be two errors.
    const INTO_OUTPUT: fn(Self) -> Result<StepOutput, StepError>;
}

#[diagnostic::do_not_recommend]
impl KnownOutput for LazyFrame {
    const SCHEMA: Option<NamedSchema> = None;
    const INTO_OUTPUT: fn(Self) -> Result<StepOutput, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl KnownOutput for DataFrame {
    const SCHEMA: Option<NamedSchema> = None;
    const INTO_OUTPUT: fn(Self) -> Result<StepOutput, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl<S: FrameSchema> KnownOutput for Frame<S> {
    const SCHEMA: Option<NamedSchema> = Some(S::SCHEMA);
    const INTO_OUTPUT: fn(Self) -> Result<StepOutput, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl<T: KnownOutput + IntoOutput, E: Into<StepError>> KnownOutput for Result<T, E> {
    const SCHEMA: Option<NamedSchema> = T::SCHEMA;
    const INTO_OUTPUT: fn(Self) -> Result<StepOutput, StepError> = Self::into_output;
}
