//! What the function of a row step may return.

use polars::prelude::*;

use super::{BLOCK, RowWriter};
use crate::contract::{NamedSchema, Report};
use crate::schema::FrameSchema;
use crate::step::StepError;

/// What a row becomes: a row, none (`Option`), several (`Vec`), or an error (`Result`).
#[diagnostic::on_unimplemented(
    message = "a row step cannot return `{Self}`",
    label = "not what rows can be made of",
    note = "a row step returns a struct with `#[derive(Schema)]`, or an `Option` or a `Vec` of it,\nbare or in a `Result` whose error is a `std::error::Error + Send + Sync` or a `String`"
)]
pub trait RowOutput: Sized + 'static {
    /// The rows.
    type Row: FrameSchema;

    /// Adds the rows, or says why there are none.
    ///
    /// # Errors
    ///
    /// When the function returned one.
    fn add_to(self, rows: &mut Vec<Self::Row>) -> Result<(), StepError>;

    /// Whether it may be an error.
    const MAY_FAIL: bool = false;

    /// Whether it is an error.
    fn is_error(&self) -> bool {
        false
    }

    /// How results of this type become a frame.
    const RESULT: RowResult<Self> = RowResult {
        schema: Some(<Self::Row as FrameSchema>::SCHEMA),
        may_fail: Self::MAY_FAIL,
        is_error: Self::is_error,
        collect: |capacity| Box::new(Collector::<Self>::with_capacity(capacity)),
    };
}

#[diagnostic::do_not_recommend]
impl<S: FrameSchema> RowOutput for S {
    type Row = S;

    fn add_to(self, rows: &mut Vec<S>) -> Result<(), StepError> {
        rows.push(self);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: RowOutput> RowOutput for Option<T> {
    type Row = T::Row;
    const MAY_FAIL: bool = T::MAY_FAIL;

    fn is_error(&self) -> bool {
        self.as_ref().is_some_and(T::is_error)
    }

    fn add_to(self, rows: &mut Vec<T::Row>) -> Result<(), StepError> {
        self.map_or(Ok(()), |row| row.add_to(rows))
    }
}

#[diagnostic::do_not_recommend]
impl<T: RowOutput> RowOutput for Vec<T> {
    type Row = T::Row;
    const MAY_FAIL: bool = T::MAY_FAIL;

    fn is_error(&self) -> bool {
        self.iter().any(T::is_error)
    }

    fn add_to(self, rows: &mut Vec<T::Row>) -> Result<(), StepError> {
        self.into_iter().try_for_each(|row| row.add_to(rows))
    }
}

#[diagnostic::do_not_recommend]
impl<T: RowOutput, E: Into<StepError> + 'static> RowOutput for Result<T, E> {
    type Row = T::Row;
    const MAY_FAIL: bool = true;

    fn is_error(&self) -> bool {
        self.as_ref().is_ok_and(T::is_error) || self.is_err()
    }

    fn add_to(self, rows: &mut Vec<T::Row>) -> Result<(), StepError> {
        self.map_err(Into::into)?.add_to(rows)
    }
}

/// How results of type `R` become a frame. `R` has no bound, so that a type that cannot be one is
/// reported once, where this is asked for.
pub struct RowResult<R> {
    /// What they are, unless there is a compile error.
    pub schema: Option<NamedSchema>,
    may_fail: bool,
    #[cfg_attr(
        not(feature = "async"),
        expect(dead_code, reason = "what is called is not tried again")
    )]
    pub(super) is_error: fn(&R) -> bool,
    pub(super) collect: fn(usize) -> Box<dyn Collect<R>>,
}

impl<R> RowResult<R> {
    /// What is wrong with saying what happens to rows that the step fails for.
    #[must_use]
    pub const fn check_on_error(&self, step: &str) -> Report {
        let mut report = Report::new();
        if !self.may_fail {
            let to = report.next();
            to.text("step `");
            to.text(step);
            to.text("` cannot fail for a row\nhelp: remove `on_error`, or return a `Result`");
        }
        report
    }
}

/// Makes a frame of results.
pub(super) trait Collect<R> {
    /// Adds what became of a row: all of it, or nothing if it is an error.
    ///
    /// # Errors
    ///
    /// The error.
    fn add(&mut self, result: R) -> Result<(), StepError>;

    /// The frame.
    ///
    /// # Errors
    ///
    /// When a value does not fit into its column.
    fn finish(self: Box<Self>) -> PolarsResult<DataFrame>;
}

struct Collector<R: RowOutput> {
    /// Rows that are not in the columns yet.
    rows: Vec<R::Row>,
    columns: RowWriter<R::Row>,
}

impl<R: RowOutput> Collector<R> {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            rows: Vec::with_capacity(capacity.min(BLOCK)),
            columns: RowWriter::with_capacity(capacity),
        }
    }

    fn flush(&mut self) {
        self.columns.extend(&self.rows);
        self.rows.clear();
    }
}

impl<R: RowOutput> Collect<R> for Collector<R> {
    #[inline]
    fn add(&mut self, result: R) -> Result<(), StepError> {
        let before = self.rows.len();
        if let Err(error) = result.add_to(&mut self.rows) {
            // Of several rows some may have been added before one was an error.
            self.rows.truncate(before);
            return Err(error);
        }
        if self.rows.len() >= BLOCK {
            self.flush();
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> PolarsResult<DataFrame> {
        self.flush();
        self.columns.finish()
    }
}
