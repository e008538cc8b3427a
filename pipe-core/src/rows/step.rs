//! The work of a row step: a function of one row, run over the pieces of a frame as they flow by.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use polars::prelude::*;

use super::ledger::{Ledger, Piece, aside};
use super::output::RowResult;
use super::spread::{Pace, spread};
use super::{CellError, ReadRows};
use crate::contract::NamedSchema;
use crate::rules::Policy;
use crate::schema::{FrameSchema, polars_schema};
use crate::step::{StepContext, StepError, StepOutput};

/// Rows of type `T` as the input of a step. `T` has no bound, so that a type that is no schema is reported
/// once, where this is asked for.
pub struct RowInput<T> {
    /// What they are, unless there is a compile error.
    pub schema: Option<NamedSchema>,
    read: fn(&DataFrame) -> PolarsResult<Box<dyn ReadRows<T>>>,
}

impl<T> RowInput<T> {
    pub(crate) const fn of() -> Self
    where
        T: FrameSchema,
    {
        Self {
            schema: Some(T::SCHEMA),
            read: super::reader_of::<T>,
        }
    }
}

/// A row step: what it is beside its function.
pub struct RowStep<T, R> {
    /// The function's name.
    pub name: &'static str,
    /// What it takes.
    pub input: RowInput<T>,
    /// What it makes.
    pub result: RowResult<R>,
    /// What happens to rows that it fails for.
    pub on_error: Policy,
}

impl<T: 'static, R: 'static> RowStep<T, R> {
    /// The frame of what the function makes of the rows of a frame.
    ///
    /// # Errors
    ///
    /// Where the step has a compile error.
    pub fn process(
        self,
        frame: LazyFrame,
        context: StepContext,
        function: impl Fn(T) -> R + Send + Sync + 'static,
    ) -> Result<StepOutput, StepError> {
        // A step without schemas has a compile error.
        let (Some(read), Some(made)) = (self.input.schema, self.result.schema) else {
            return Err("a row step has a schema for its rows and one for what it makes".into());
        };
        let columns: Vec<PlSmallStr> = read.columns.iter().map(|c| c.name.into()).collect();
        let number = unused(&columns);
        let frame = frame
            .select(columns.iter().cloned().map(col).collect::<Vec<_>>())
            .with_row_index(number.clone(), None);
        let ledger = Ledger::new(self.name, read.name, self.on_error);
        let work = Work {
            read: self.input.read,
            collect: self.result,
            function,
            ledger: ledger.clone(),
            context,
            columns,
            number,
            pace: Pace::default(),
        };
        let schema: SchemaRef = Arc::new(polars_schema(made.columns));
        let schema: Arc<dyn UdfSchema> = Arc::new(move |_: &Schema| Ok(schema.clone()));
        // Piece by piece; but nothing may be pushed below the row numbers.
        let optimizations = AllowedOptimizations::empty() | OptFlags::STREAMING;
        // Polars 0.55.2 takes closures of one name for one closure: no other has this one.
        let name: &'static str = format!("rows {}", crate::store::unique()).leak();
        let map = move |frame: DataFrame| work.run(frame);
        let plan = frame.map(map, optimizations, Some(schema), Some(name));
        Ok(StepOutput::Rows(RowsOutput { plan, ledger }))
    }
}

/// A name that no column has.
fn unused(columns: &[PlSmallStr]) -> PlSmallStr {
    let mut name = "row number".to_owned();
    while columns.iter().any(|column| *column == *name) {
        name.push('_');
    }
    name.into()
}

/// The result of a row step: a frame, and the account of the rows that becomes known as it is computed.
#[derive(Clone)]
pub struct RowsOutput {
    plan: LazyFrame,
    ledger: Ledger,
}

impl RowsOutput {
    /// The frame as a part of another query: the first row that the step fails for is an error of that,
    /// unless such rows are left out.
    pub(crate) fn into_plan(self) -> LazyFrame {
        self.ledger.fail_at_once();
        self.plan
    }

    pub(crate) fn into_parts(self) -> (LazyFrame, Ledger) {
        (self.plan, self.ledger)
    }
}

struct Work<T, R, F> {
    read: fn(&DataFrame) -> PolarsResult<Box<dyn ReadRows<T>>>,
    collect: RowResult<R>,
    function: F,
    ledger: Ledger,
    context: StepContext,
    /// The columns of the rows.
    columns: Vec<PlSmallStr>,
    /// The column with their numbers.
    number: PlSmallStr,
    pace: Pace,
}

impl<T, R, F: Fn(T) -> R + Sync> Work<T, R, F> {
    /// Runs over a piece of the frame.
    fn run(&self, mut frame: DataFrame) -> PolarsResult<DataFrame> {
        frame.rechunk_mut();
        let number = frame.column(&self.number)?.as_materialized_series();
        let start = u64::from(number.idx()?.iter().flatten().next().unwrap_or_default()) + 1;
        let pieces = spread(frame.height(), &self.pace, |rows| {
            self.piece(&frame, start, rows)
        });
        let mut made: Option<DataFrame> = None;
        for piece in pieces {
            let piece = self.ledger.enter(piece?);
            match &mut made {
                Some(made) => {
                    made.vstack_mut_owned(piece)?;
                }
                None => made = Some(piece),
            }
        }
        match made {
            Some(mut made) => {
                made.rechunk_mut();
                Ok(made)
            }
            None => (self.collect.collect)(0).finish(),
        }
    }

    /// Runs over some rows of a frame whose first row has this number.
    fn piece(&self, frame: &DataFrame, start: u64, rows: Range<usize>) -> PolarsResult<Piece> {
        let (first, count) = (start + rows.start as u64, rows.len());
        let number = |row: usize| start + row as u64;
        let reader = (self.read)(frame)?;
        let mut made = (self.collect.collect)(count);
        let (mut failed, mut places) = (Vec::new(), Vec::new());
        let at = Cell::new(rows.start);
        let work = || {
            for row in rows {
                at.set(row);
                if self.context.is_cancelled() {
                    polars_bail!(ComputeError: "cancelled");
                }
                let unreadable = |error: Box<CellError>| error.at(number(row));
                let result = (self.function)(reader.row(row).map_err(unreadable)?);
                let Err(error) = made.add(result) else {
                    continue;
                };
                let error = crate::exec::with_causes(&*error);
                if self.ledger.fails_at_once() {
                    return Err(self.ledger.failure(number(row), &error));
                }
                failed.push((number(row), error));
                places.push(row);
            }
            Ok(())
        };
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(done) => done?,
            Err(panic) => {
                let row = number(at.get());
                let said = format!("{}, in row {row}", crate::exec::panic_text(&*panic));
                self.ledger.panicked(said.clone());
                return Err(self
                    .ledger
                    .failure(row, &format!("the step panicked: {said}")));
            }
        }
        let put_aside = self.ledger.puts_aside() && !failed.is_empty();
        Ok(Piece {
            start: first,
            rows: count as u64,
            made: made.finish()?,
            aside: match put_aside {
                true => Some(aside(frame, &self.columns, &places, &failed)?),
                false => None,
            },
            failed,
        })
    }
}
