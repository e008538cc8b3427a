//! Rows to columns and back, without a dynamic value for any cell.
//!
//! Each type of a field has a builder of its column ([`Write`]) and a reader of it ([`Read`]). The derive
//! says which field goes where; whatever is done for every cell is generic code that the compiler puts
//! together for the struct. Calls through pointers are made once for a column and a block of rows when
//! rows are written, and once for a row when they are read.

#[cfg(feature = "async")]
mod calls;
mod flat;
mod ledger;
mod list;
mod nested;
mod number;
mod optional;
mod output;
mod spread;
mod step;
mod time;
mod validity;

use std::ops::Range;

use polars::prelude::*;

use crate::contract::{ColumnSpec, ColumnType};
use crate::schema::{ColumnValue, FrameSchema, describe_dtype};

pub(crate) use ledger::Ledger;
pub use list::{ListReader, ListWriter};
pub use nested::{StructReader, StructWriter};
pub use output::{RowOutput, RowResult};
pub use step::{Calls, RowInput, RowStep, RowsOutput};

/// As many rows as are written to one column before the next one: they stay in the processor's cache.
const BLOCK: usize = 1024;

/// Builds a column of `T`.
pub trait Write<T>: Sized + 'static {
    /// A builder of a column of this type, with room for some values.
    fn new(ty: ColumnType, capacity: usize) -> Self;

    /// Adds a value.
    fn push(&mut self, value: &T);

    /// Adds a null.
    fn push_null(&mut self);

    /// The column, of the type that was asked for; without name.
    ///
    /// # Errors
    ///
    /// When a value did not fit.
    fn finish(self) -> PolarsResult<Series>;
}

/// Reads a column of `T`.
pub trait Read<T>: Sized + 'static {
    /// A reader of a column in one piece, which has the type of `T` already.
    ///
    /// # Errors
    ///
    /// When Polars refuses.
    fn new(column: &Series) -> PolarsResult<Self>;

    /// Whether this value is null.
    fn is_null(&self, row: usize) -> bool;

    /// This value.
    ///
    /// # Errors
    ///
    /// When it is null, and `T` has no null, or when `T` cannot hold it.
    fn get(&self, row: usize) -> Result<T, CellError>;
}

/// A cell that cannot be the value of its field. Small, as each cell that is read may be one.
#[derive(Debug)]
pub struct CellError(Box<Cell>);

#[derive(Debug)]
struct Cell {
    path: String,
    problem: &'static str,
}

impl CellError {
    #[cold]
    fn null() -> Self {
        Self::new("is null, but its field is no `Option`")
    }

    #[cold]
    fn out_of_range() -> Self {
        Self::new("is too far away for the field's type")
    }

    #[cold]
    fn new(problem: &'static str) -> Self {
        let path = String::new();
        Self(Box::new(Cell { path, problem }))
    }

    #[cold]
    fn in_field(mut self, name: &str) -> Self {
        self.0.path.insert_str(0, name);
        self
    }

    #[cold]
    fn in_item(mut self, index: usize) -> Self {
        self.0.path.insert_str(0, &format!("[{}]", index + 1));
        self
    }

    #[cold]
    fn in_struct(mut self) -> Self {
        self.0.path.insert(0, '.');
        self
    }

    /// The error of the row of this number, which is counted from 1.
    #[cold]
    pub(crate) fn at(&self, row: u64) -> PolarsError {
        let Cell { path, problem } = &*self.0;
        polars_err!(ComputeError: "column `{path}`, row {row}: {problem}")
    }
}

/// Builds the column of one field of `S`.
pub trait WriteField<S> {
    /// Adds the field of each of these rows.
    fn extend(&mut self, rows: &[S]);

    /// Adds the field of a row, or a null.
    fn push(&mut self, row: Option<&S>);

    /// The column, without name.
    ///
    /// # Errors
    ///
    /// When a value did not fit.
    fn finish(self: Box<Self>) -> PolarsResult<Series>;
}

/// The builder of the column of one field, whose type is `T`.
pub(crate) struct FieldWriter<S, T: ColumnValue, G> {
    get: G,
    writer: T::Writer,
    row: std::marker::PhantomData<fn(&S)>,
}

impl<S, T: ColumnValue, G: Fn(&S) -> &T> FieldWriter<S, T, G> {
    pub(crate) fn new(get: G, ty: ColumnType, capacity: usize) -> Self {
        Self {
            get,
            writer: T::Writer::new(ty, capacity),
            row: std::marker::PhantomData,
        }
    }
}

impl<S, T: ColumnValue, G: Fn(&S) -> &T> WriteField<S> for FieldWriter<S, T, G> {
    fn extend(&mut self, rows: &[S]) {
        for row in rows {
            self.writer.push((self.get)(row));
        }
    }

    fn push(&mut self, row: Option<&S>) {
        match row {
            Some(row) => self.writer.push((self.get)(row)),
            None => self.writer.push_null(),
        }
    }

    fn finish(self: Box<Self>) -> PolarsResult<Series> {
        self.writer.finish()
    }
}

/// Builds a frame of rows.
pub(crate) struct RowWriter<S: FrameSchema> {
    fields: Vec<Box<dyn WriteField<S>>>,
    height: usize,
}

impl<S: FrameSchema> RowWriter<S> {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let fields = S::FIELDS.iter();
        Self {
            fields: fields
                .map(|field| (field.writer)(field.spec.ty, capacity))
                .collect(),
            height: 0,
        }
    }

    /// Adds rows.
    pub(crate) fn extend(&mut self, rows: &[S]) {
        self.height += rows.len();
        for block in rows.chunks(BLOCK) {
            for field in &mut self.fields {
                field.extend(block);
            }
        }
    }

    /// Adds a row, or one that is null in all columns.
    fn push(&mut self, row: Option<&S>) {
        self.height += 1;
        for field in &mut self.fields {
            field.push(row);
        }
    }

    /// Its columns.
    fn columns(self) -> PolarsResult<Vec<Series>> {
        let columns = S::FIELDS.iter().zip(self.fields);
        let columns = columns.map(|(field, column)| {
            let name = field.spec.name;
            match column.finish() {
                Ok(column) => Ok(column.with_name(name.into())),
                Err(PolarsError::ComputeError(problem)) => {
                    polars_bail!(ComputeError: "column `{name}`: {problem}")
                }
                Err(error) => Err(error),
            }
        });
        columns.collect()
    }

    /// The frame.
    pub(crate) fn finish(self) -> PolarsResult<DataFrame> {
        let height = self.height;
        let columns = self.columns()?;
        DataFrame::new(
            height,
            columns.into_iter().map(IntoColumn::into_column).collect(),
        )
    }
}

/// The frame that has these rows.
pub(crate) fn frame_of<S: FrameSchema>(rows: &[S]) -> PolarsResult<DataFrame> {
    let mut writer = RowWriter::with_capacity(rows.len());
    writer.extend(rows);
    writer.finish()
}

/// The columns of a schema, each in one piece and of its type.
pub struct RowColumns {
    columns: Vec<(&'static str, Series)>,
}

impl RowColumns {
    /// The columns of `S` in this frame.
    fn of<S: FrameSchema>(frame: &DataFrame) -> PolarsResult<Self> {
        let column = |spec: &ColumnSpec| {
            let Ok(column) = frame.column(spec.name) else {
                let names = frame.get_column_names();
                let columns = names.iter().map(|name| format!("`{name}`"));
                let columns = columns.collect::<Vec<_>>().join(", ");
                polars_bail!(SchemaMismatch: "rows of `{}` have a column `{spec}`, but the frame has none; its columns are {columns}", S::NAME);
            };
            let found = column.dtype();
            if *found != spec.ty.dtype() {
                let found = describe_dtype(found);
                polars_bail!(SchemaMismatch: "rows of `{}` have a column `{spec}`, but in the frame it is {found}", S::NAME);
            }
            Ok((spec.name, column.as_materialized_series().rechunk()))
        };
        Ok(Self {
            columns: S::COLUMNS.iter().map(column).collect::<PolarsResult<_>>()?,
        })
    }

    /// What reads rows out of them by this function.
    pub fn rows<S, F>(read: F) -> Box<dyn ReadRows<S>>
    where
        F: Fn(usize) -> Result<S, CellError> + 'static,
    {
        Box::new(ByRow(read))
    }
}

/// The reader of one field: `R`, and what the column is called. `R` has no bound, so that a field type that
/// is no column type is not reported here, too.
pub struct FieldReader<R> {
    name: &'static str,
    reader: R,
}

impl<R> FieldReader<R> {
    pub(crate) fn new<T>(columns: &RowColumns, index: usize) -> PolarsResult<Self>
    where
        R: Read<T>,
    {
        let Some((name, column)) = columns.columns.get(index) else {
            polars_bail!(ComputeError: "a schema has fewer columns than fields");
        };
        Ok(Self {
            name,
            reader: R::new(column)?,
        })
    }

    /// The field of this row.
    ///
    /// # Errors
    ///
    /// When the cell cannot be the value of the field.
    #[inline]
    pub(crate) fn read<T>(&self, row: usize) -> Result<T, CellError>
    where
        R: Read<T>,
    {
        self.reader
            .get(row)
            .map_err(|error| error.in_field(self.name))
    }
}

/// Reads rows.
pub trait ReadRows<S> {
    /// This row.
    ///
    /// # Errors
    ///
    /// When a cell cannot be the value of its field.
    fn row(&self, row: usize) -> Result<S, CellError>;

    /// Adds these rows to others.
    ///
    /// # Errors
    ///
    /// When a cell cannot be the value of its field: its row, and why.
    fn rows(&self, rows: Range<usize>, into: &mut Vec<S>) -> Result<(), (usize, CellError)>;
}

struct ByRow<F>(F);

impl<S, F> ReadRows<S> for ByRow<F>
where
    F: Fn(usize) -> Result<S, CellError>,
{
    fn row(&self, row: usize) -> Result<S, CellError> {
        (self.0)(row)
    }

    fn rows(&self, rows: Range<usize>, into: &mut Vec<S>) -> Result<(), (usize, CellError)> {
        for row in rows {
            into.push((self.0)(row).map_err(|error| (row, error))?);
        }
        Ok(())
    }
}

/// Reads the rows of a frame.
pub(crate) fn reader_of<S: FrameSchema>(frame: &DataFrame) -> PolarsResult<Box<dyn ReadRows<S>>> {
    S::reader(&RowColumns::of::<S>(frame)?)
}

/// The rows of a frame.
pub(crate) fn rows_of<S: FrameSchema>(frame: &DataFrame) -> PolarsResult<Vec<S>> {
    let reader = reader_of::<S>(frame)?;
    let mut rows = Vec::with_capacity(frame.height());
    match reader.rows(0..frame.height(), &mut rows) {
        Ok(()) => Ok(rows),
        Err((row, error)) => Err(error.at(row as u64 + 1)),
    }
}
