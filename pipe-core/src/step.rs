//! Steps: what a pipeline's nodes run.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, LazyFrame};
use serde::Serialize;

use crate::contract::NamedSchema;
use crate::frame::Frame;
pub use crate::parameters::{Parameter, Parameters};
use crate::retry::Retry;
use crate::schema::FrameSchema;

/// Any error that a step may fail with. `?` turns every error type into it, strings too.
pub type StepError = Box<dyn std::error::Error + Send + Sync>;

/// One transformation of frames.
///
/// `#[step]` on a function writes this implementation. For steps that are built at run time, write a
/// struct and let `#[step]` on the `impl` fill in [`Step::name`] and [`Step::code`]:
///
/// ```
/// use pipe_core::prelude::*;
///
/// struct Uppercase { column: String }
///
/// #[step]
/// impl Step for Uppercase {
///     fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
///         parameters.add("column", &self.column)
///     }
///
///     fn process(&self, mut inputs: Inputs) -> Result<LazyFrame, StepError> {
///         let upper = col(&self.column).str().to_uppercase();
///         Ok(inputs.only()?.with_column(upper.name().suffix("_upper")))
///     }
/// }
/// ```
pub trait Step: Send + Sync {
    /// The step's name, for people.
    fn name(&self) -> &str;

    /// What identifies the code of this step. When it changes, checkpoints made with the old one are
    /// stale; so it has no default.
    fn code(&self) -> Code;

    /// Adds every value that the result depends on. When one changes, checkpoints made with the old
    /// one are stale.
    ///
    /// # Errors
    ///
    /// When a value cannot be serialised.
    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        let _ = parameters;
        Ok(())
    }

    /// How often to try again.
    fn retry(&self) -> Option<Retry> {
        None
    }

    /// The transformation. Lazy where it can be: neighbouring steps without a checkpoint between
    /// them then run as one query.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong in the step; the run reports it with the node's name.
    fn process(&self, inputs: Inputs) -> Result<LazyFrame, StepError>;
}

/// The identity of a step's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Digest of the function's tokens, or a hand-written identity.
    pub digest: String,
    /// `#[step(version = n)]`: counting it up reruns the step.
    pub version: u32,
    /// Digests of the `#[tracked]` functions that the step calls, by name.
    pub helpers: BTreeMap<String, String>,
    /// Values of the constants that the step and those functions read, by path.
    pub constants: BTreeMap<String, String>,
}

impl Code {
    /// Code that `#[step]` has not seen, identified by hand. Change `identity` whenever the result
    /// of the step changes.
    #[must_use]
    pub fn by_hand(identity: impl Into<String>) -> Self {
        Self {
            digest: identity.into(),
            version: 0,
            helpers: BTreeMap::new(),
            constants: BTreeMap::new(),
        }
    }
}

/// The frames that a node's step is given, in the order of its arguments.
pub struct Inputs(std::vec::IntoIter<LazyFrame>);

impl Inputs {
    /// Inputs of a step, for calling one by hand.
    #[must_use]
    pub fn new(frames: Vec<LazyFrame>) -> Self {
        Self(frames.into_iter())
    }

    /// The next input.
    ///
    /// # Errors
    ///
    /// When the step was given fewer inputs than it asks for.
    pub fn next_frame(&mut self) -> Result<LazyFrame, StepError> {
        self.0
            .next()
            .ok_or_else(|| "the step asks for more inputs than it was given".into())
    }

    /// The only input.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn only(&mut self) -> Result<LazyFrame, StepError> {
        let frame = self.next_frame()?;
        match self.0.len() {
            0 => Ok(frame),
            more => Err(format!("the step takes one input, but was given {}", more + 1).into()),
        }
    }
}

/// The name of a column, as an argument of a step.
///
/// In the step's contract the argument's name stands for the column:
/// `#[step(reads(source: f64), adds(output: f64))]`. `pipeline!` wants a string literal for it, so
/// that the compiler knows the column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ColumnName(String);

impl ColumnName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The column as an expression.
    pub fn col(&self) -> polars::prelude::Expr {
        polars::prelude::col(self.as_str())
    }
}

impl<T: Into<String>> From<T> for ColumnName {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

impl std::fmt::Display for ColumnName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of several columns, as an argument of a step.
///
/// In the step's contract the argument's name stands for each of the columns:
/// `#[step(reads(parts: numeric), adds(total: f64))]`. `pipeline!` wants an array of string literals for
/// it, so that the compiler knows the columns: `sum_of(orders, ["net", "tax"], "total")`.
///
/// ```
/// use pipe_core::prelude::*;
///
/// #[step(reads(parts: numeric), adds(total: f64))]
/// fn sum_of(df: LazyFrame, parts: ColumnNames, total: ColumnName) -> LazyFrame {
///     let sum = parts.iter().map(col).fold(lit(0.0), |sum, part| sum + part);
///     df.with_column(sum.alias(total.as_str()))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ColumnNames(Vec<String>);

impl ColumnNames {
    /// The names, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator + Clone {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns as a selector, as by `cols(&names)`, but names are never patterns.
    #[must_use]
    pub fn cols(&self) -> polars::prelude::Selector {
        polars::prelude::by_name(self, true, false)
    }
}

impl<T: Into<String>> FromIterator<T> for ColumnNames {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for ColumnNames {
    fn from(names: [T; N]) -> Self {
        names.into_iter().collect()
    }
}

impl<T: Into<String>> From<Vec<T>> for ColumnNames {
    fn from(names: Vec<T>) -> Self {
        names.into_iter().collect()
    }
}

impl IntoIterator for ColumnNames {
    type Item = String;
    type IntoIter = std::vec::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ColumnNames {
    type Item = &'a str;
    type IntoIter = std::iter::Map<std::slice::Iter<'a, String>, fn(&'a String) -> &'a str>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(String::as_str)
    }
}

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
    fn into_output(self) -> Result<LazyFrame, StepError>;
}

#[diagnostic::do_not_recommend]
impl IntoOutput for LazyFrame {
    fn into_output(self) -> Result<LazyFrame, StepError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoOutput for DataFrame {
    fn into_output(self) -> Result<LazyFrame, StepError> {
        use polars::prelude::IntoLazy;
        Ok(self.lazy())
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoOutput for Frame<S> {
    fn into_output(self) -> Result<LazyFrame, StepError> {
        Ok(self.lazy())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoOutput, E: Into<StepError>> IntoOutput for Result<T, E> {
    fn into_output(self) -> Result<LazyFrame, StepError> {
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
    const INTO_OUTPUT: fn(Self) -> Result<LazyFrame, StepError>;
}

#[diagnostic::do_not_recommend]
impl KnownOutput for LazyFrame {
    const SCHEMA: Option<NamedSchema> = None;
    const INTO_OUTPUT: fn(Self) -> Result<LazyFrame, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl KnownOutput for DataFrame {
    const SCHEMA: Option<NamedSchema> = None;
    const INTO_OUTPUT: fn(Self) -> Result<LazyFrame, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl<S: FrameSchema> KnownOutput for Frame<S> {
    const SCHEMA: Option<NamedSchema> = Some(S::SCHEMA);
    const INTO_OUTPUT: fn(Self) -> Result<LazyFrame, StepError> = Self::into_output;
}

#[diagnostic::do_not_recommend]
impl<T: KnownOutput + IntoOutput, E: Into<StepError>> KnownOutput for Result<T, E> {
    const SCHEMA: Option<NamedSchema> = T::SCHEMA;
    const INTO_OUTPUT: fn(Self) -> Result<LazyFrame, StepError> = Self::into_output;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_a_list() -> Result<(), StepError> {
        let names = ColumnNames::from(["net", "tax"]);
        let mut parameters = Parameters::default();
        parameters.add("parts", &names)?;
        assert_eq!(parameters.values()["parts"].to_string(), r#"["net","tax"]"#);
        assert_eq!(
            serde_json::from_str::<ColumnNames>(r#"["net", "tax"]"#)?,
            names
        );
        assert!(serde_json::from_str::<ColumnNames>(r#""net""#).is_err());
        assert_eq!((names.len(), names.is_empty()), (2, false));
        assert!(names.iter().eq(&names));
        assert!((&names).into_iter().eq(names.clone()));
        Ok(())
    }
}
