//! The work of a row step: a function of one row, run over the pieces of a frame as they flow by.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use polars::prelude::*;

#[cfg(feature = "async")]
use super::calls::Calling;
use super::ledger::{Ledger, Piece, aside};
use super::output::RowResult;
use super::spread::{Failure, Pace, spread};
use super::{CellError, ReadRows};
use crate::contract::NamedSchema;
use crate::engine;
use crate::retry::Retry;
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

/// How the rows of an async step are called.
#[derive(Clone, Copy)]
pub struct Calls {
    /// How many calls run at the same time at most.
    pub concurrency: usize,
    /// How long after one call the next one may begin.
    pub gap: Duration,
    /// How often a row is tried.
    pub retry: Option<Retry>,
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
        self.called(frame, context, InTurn(function))
    }

    /// The same with an async function; on the run's runtime, which this is called on.
    ///
    /// # Errors
    ///
    /// Where the step has a compile error, and without feature `async`.
    pub fn process_async<U>(
        self,
        frame: LazyFrame,
        context: StepContext,
        calls: Calls,
        may_pass: Option<fn(&R) -> bool>,
        function: impl Fn(T) -> U + Send + Sync + 'static,
    ) -> Result<StepOutput, StepError>
    where
        U: Future<Output = R> + Send + 'static,
        R: Send,
    {
        #[cfg(feature = "async")]
        {
            let may_pass = may_pass.unwrap_or(self.result.is_error);
            self.called(frame, context, Calling::new(function, may_pass, calls))
        }
        #[cfg(not(feature = "async"))]
        {
            drop((frame, context, calls, may_pass, function));
            Err("a step that is `async` needs feature `async` of pipe-core".into())
        }
    }

    /// The frame of an async function where there is no runtime: of no rows.
    ///
    /// # Errors
    ///
    /// Where the step has a compile error.
    pub fn process_none(
        self,
        frame: LazyFrame,
        context: StepContext,
    ) -> Result<StepOutput, StepError> {
        self.called(frame, context, Nowhere)
    }

    fn called(
        self,
        frame: LazyFrame,
        context: StepContext,
        caller: impl Caller<T, R> + Send + 'static,
    ) -> Result<StepOutput, StepError> {
        // A step without schemas has a compile error.
        let (Some(read), Some(made)) = (self.input.schema, self.result.schema) else {
            return Err("a row step has a schema for its rows and one for what it makes".into());
        };
        let columns: Vec<PlSmallStr> = read.columns.iter().map(|c| c.name.into()).collect();
        let number = unused(&columns);
        let frame = frame
            .select(
                columns
                    .iter()
                    .cloned()
                    .map(engine::column)
                    .collect::<Vec<_>>(),
            )
            .with_row_index(number.clone(), None);
        let ledger = Ledger::new(self.name, read.name, self.on_error);
        let work = Work {
            read: self.input.read,
            collect: self.result,
            caller,
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

/// Rows of a piece of the frame, to be called.
pub(super) struct Todo<'a, T> {
    pub(super) rows: Range<usize>,
    reader: &'a dyn ReadRows<T>,
    /// Number of the first row of the frame.
    start: u64,
    context: &'a StepContext,
    failure: &'a Failure,
}

impl<T> Todo<'_, T> {
    /// This row.
    pub(super) fn read(&self, row: usize) -> PolarsResult<T> {
        let unreadable = |error: CellError| error.at(self.start + row as u64);
        self.reader.row(row).map_err(unreadable)
    }

    /// That the run was not cancelled, and that no row before this one failed.
    pub(super) fn go_on(&self, row: usize) -> PolarsResult<()> {
        polars_ensure!(!self.context.is_cancelled(), ComputeError: "cancelled");
        polars_ensure!(!self.failure.is_before(row), ComputeError: "a row before failed");
        Ok(())
    }
}

/// Calls the step's function for rows.
pub(super) trait Caller<T, R>: Sync {
    /// Whether several threads may share the rows of a piece.
    const IN_SHARES: bool;

    /// Calls it for each row, and hands over the results in order. Before it panics, it notes the row.
    fn call(
        &self,
        todo: &Todo<'_, T>,
        at: &Cell<usize>,
        take: &mut dyn FnMut(usize, R) -> PolarsResult<()>,
    ) -> PolarsResult<()>;
}

/// Calls nothing: the function is async, and there is no runtime.
struct Nowhere;

impl<T, R> Caller<T, R> for Nowhere {
    const IN_SHARES: bool = false;

    fn call(
        &self,
        todo: &Todo<'_, T>,
        _: &Cell<usize>,
        _: &mut dyn FnMut(usize, R) -> PolarsResult<()>,
    ) -> PolarsResult<()> {
        polars_ensure!(todo.rows.is_empty(), ComputeError: "the step is `async`: it is run by `process_async`");
        Ok(())
    }
}

/// One row after the other.
struct InTurn<F>(F);

impl<T, R, F: Fn(T) -> R + Sync> Caller<T, R> for InTurn<F> {
    const IN_SHARES: bool = true;

    fn call(
        &self,
        todo: &Todo<'_, T>,
        at: &Cell<usize>,
        take: &mut dyn FnMut(usize, R) -> PolarsResult<()>,
    ) -> PolarsResult<()> {
        for row in todo.rows.clone() {
            at.set(row);
            todo.go_on(row)?;
            take(row, (self.0)(todo.read(row)?))?;
        }
        Ok(())
    }
}

struct Work<T, R, C> {
    read: fn(&DataFrame) -> PolarsResult<Box<dyn ReadRows<T>>>,
    collect: RowResult<R>,
    caller: C,
    ledger: Ledger,
    context: StepContext,
    /// The columns of the rows.
    columns: Vec<PlSmallStr>,
    /// The column with their numbers.
    number: PlSmallStr,
    pace: Pace,
}

impl<T, R, C: Caller<T, R>> Work<T, R, C> {
    /// Runs over a piece of the frame.
    fn run(&self, mut frame: DataFrame) -> PolarsResult<DataFrame> {
        frame.rechunk_mut();
        let number = frame.column(&self.number)?.as_materialized_series();
        let start = u64::from(number.idx()?.iter().flatten().next().unwrap_or_default()) + 1;
        let height = frame.height();
        let piece = |rows, failure: &_| self.piece(&frame, start, rows, failure);
        let pieces = if C::IN_SHARES {
            spread(height, &self.pace, piece)?
        } else {
            vec![piece(0..height, &Failure::none())?]
        };
        let mut made: Option<DataFrame> = None;
        for piece in pieces {
            let piece = self.ledger.enter(piece);
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
    fn piece(
        &self,
        frame: &DataFrame,
        start: u64,
        rows: Range<usize>,
        failure: &Failure,
    ) -> PolarsResult<Piece> {
        let (first, count) = (start + rows.start as u64, rows.len());
        let number = |row: usize| start + row as u64;
        let reader = (self.read)(frame)?;
        let mut made = (self.collect.collect)(count);
        let (mut failed, mut places) = (Vec::new(), Vec::new());
        let at = Cell::new(rows.start);
        let todo = Todo {
            rows,
            reader: &*reader,
            start,
            context: &self.context,
            failure,
        };
        let mut take = |row: usize, result: R| {
            let Err(error) = made.add(result) else {
                return Ok(());
            };
            let error = crate::exec::with_causes(&*error);
            if self.ledger.fails_at_once() {
                return Err(self.ledger.failure(number(row), &error));
            }
            failed.push((number(row), error));
            places.push(row);
            Ok(())
        };
        let work = || self.caller.call(&todo, &at, &mut take);
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
            aside: if put_aside {
                Some(aside(frame, &self.columns, &places, &failed)?)
            } else {
                None
            },
            failed,
        })
    }
}
