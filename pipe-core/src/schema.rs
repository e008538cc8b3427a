//! Schemas: Rust structs as descriptions of frames, and Rust types as column types.

use polars::prelude::*;

use crate::contract::{ColumnSpec, ColumnType, NamedSchema, TimeUnit as Unit};
use crate::rows::{
    CellError, FieldReader, FieldWriter, Read, ReadRows, RowColumns, RowInput, Write, WriteField,
};
use crate::rules::Rule;

/// A struct whose fields are the columns of a frame. Derive it:
///
/// ```
/// use pipe_core::prelude::*;
///
/// #[derive(Schema)]
/// pub struct Flight {
///     pub carrier: String,
///     pub dep_delay: Option<i64>, // `Option`: may be null
///     #[column(name = "Air Time")]
///     pub air_time: f64,
/// }
///
/// assert_eq!(Flight::COLUMNS[2].to_string(), "Air Time: f64");
/// ```
///
/// Values of it are rows: [`Frame::from_rows`](crate::Frame::from_rows) makes a frame of them, and
/// [`Frame::collect_rows`](crate::Frame::collect_rows) makes them of a frame.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema",
    label = "not a schema",
    note = "write `#[derive(Schema)]` above `struct {Self}`"
)]
pub trait FrameSchema: Sized + 'static {
    /// The struct's name.
    const NAME: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [ColumnSpec];
    /// What must hold of the values in them.
    const RULES: &'static [Rule] = &[];

    /// How to make each column from rows, in order.
    #[doc(hidden)]
    const FIELDS: &'static [SchemaField<Self>];

    /// What reads rows out of columns.
    ///
    /// # Errors
    ///
    /// When a column cannot be made ready to be read.
    #[doc(hidden)]
    fn reader(columns: &RowColumns) -> PolarsResult<Box<dyn ReadRows<Self>>>;

    /// Rows as the input of a step.
    #[doc(hidden)]
    const ROWS: RowInput<Self> = RowInput::of();

    /// Name, columns and rules in one.
    #[doc(hidden)]
    const SCHEMA: NamedSchema = NamedSchema {
        name: Self::NAME,
        columns: Self::COLUMNS,
        rules: Self::RULES,
    };
}

/// A Rust type that a column can hold. Implemented for the types of the library and for structs with
/// `#[derive(Schema)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    label = "no column type for this",
    note = "possible are bool, i8 to i64, u8 to u64, f32, f64 and String,\nchrono's NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc> and TimeDelta,\nVec<u8> for bytes, Vec<T> for lists, a struct with `#[derive(Schema)]`,\nand `Option` of each for columns with nulls"
)]
pub trait ColumnValue: Sized + 'static {
    /// The type of the column.
    const TYPE: ColumnType;
    /// Whether the column may hold nulls.
    const NULLABLE: bool = false;
    /// The rules of the schema that the type is, or is made of.
    #[doc(hidden)]
    const RULES: &'static [Rule] = &[];
    /// A `'static` home for [`ColumnValue::TYPE`], for the types that contain it.
    #[doc(hidden)]
    const TYPE_REF: &'static ColumnType = &Self::TYPE;
    /// The type of a column of `Vec<Self>`.
    #[doc(hidden)]
    const LIST: ColumnType = ColumnType::List(Self::TYPE_REF);

    /// Builds a column of these values.
    #[doc(hidden)]
    type Writer: Write<Self>;
    /// Reads values out of a column.
    #[doc(hidden)]
    type Reader: Read<Self>;
    /// Builds a column of lists of these values.
    #[doc(hidden)]
    type ListWriter: Write<Vec<Self>>;
    /// Reads lists of values out of a column.
    #[doc(hidden)]
    type ListReader: Read<Vec<Self>>;

    /// Builds the column of a field of `S`. A method of this trait, so that a field type that is no
    /// column type is one error, at the field.
    #[doc(hidden)]
    fn field_writer<S: 'static>(
        get: impl Fn(&S) -> &Self + 'static,
        ty: ColumnType,
        capacity: usize,
    ) -> Box<dyn WriteField<S>> {
        Box::new(FieldWriter::<S, Self, _>::new(get, ty, capacity))
    }

    /// Reads a field out of its column.
    ///
    /// # Errors
    ///
    /// When the column cannot be made ready to be read.
    #[doc(hidden)]
    fn field_reader(columns: &RowColumns, index: usize) -> PolarsResult<FieldReader<Self::Reader>> {
        FieldReader::new(columns, index)
    }

    /// The field of this row.
    ///
    /// # Errors
    ///
    /// When the cell cannot be the value of the field.
    #[doc(hidden)]
    #[inline]
    fn field(reader: &FieldReader<Self::Reader>, row: usize) -> Result<Self, CellError> {
        reader.read(row)
    }
}

/// A field of schema struct `S`: its column and how to make it.
#[doc(hidden)]
pub struct SchemaField<S> {
    pub spec: ColumnSpec,
    /// Of the schema that the type is, if it is one.
    pub rules: &'static [Rule],
    pub writer: fn(ColumnType, usize) -> Box<dyn WriteField<S>>,
}

impl ColumnType {
    /// The Polars data type of this column type.
    #[must_use]
    pub fn dtype(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int8 => DataType::Int8,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::UInt8 => DataType::UInt8,
            Self::UInt16 => DataType::UInt16,
            Self::UInt32 => DataType::UInt32,
            Self::UInt64 => DataType::UInt64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::String => DataType::String,
            Self::Binary => DataType::Binary,
            Self::Date => DataType::Date,
            Self::Time => DataType::Time,
            Self::Datetime(unit, zone) => DataType::Datetime(
                unit.polars(),
                zone.and_then(|zone| TimeZone::opt_try_new(Some(zone)).ok().flatten()),
            ),
            Self::Duration(unit) => DataType::Duration(unit.polars()),
            Self::List(item) => DataType::List(Box::new(item.dtype())),
            Self::Struct(_, fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|f| Field::new(f.name.into(), f.ty.dtype()))
                    .collect(),
            ),
        }
    }
}

impl Unit {
    fn polars(self) -> TimeUnit {
        match self {
            Self::Nanoseconds => TimeUnit::Nanoseconds,
            Self::Microseconds => TimeUnit::Microseconds,
            Self::Milliseconds => TimeUnit::Milliseconds,
        }
    }
}

/// The Polars schema of these columns.
pub(crate) fn polars_schema<'a>(columns: impl IntoIterator<Item = &'a ColumnSpec>) -> Schema {
    columns
        .into_iter()
        .map(|c| Field::new(c.name.into(), c.ty.dtype()))
        .collect()
}

/// A Polars data type in the words of a schema struct (`i64`, `String`, `Vec<f64>`), or in Polars'
/// own where a schema has none.
#[must_use]
pub fn describe_dtype(dtype: &DataType) -> String {
    match dtype {
        DataType::Boolean => "bool".into(),
        DataType::Int8 => "i8".into(),
        DataType::Int16 => "i16".into(),
        DataType::Int32 => "i32".into(),
        DataType::Int64 => "i64".into(),
        DataType::UInt8 => "u8".into(),
        DataType::UInt16 => "u16".into(),
        DataType::UInt32 => "u32".into(),
        DataType::UInt64 => "u64".into(),
        DataType::Float32 => "f32".into(),
        DataType::Float64 => "f64".into(),
        DataType::String => "String".into(),
        DataType::Binary => "Vec<u8>".into(),
        DataType::Date => "NaiveDate".into(),
        DataType::Time => "NaiveTime".into(),
        DataType::Datetime(unit, zone) => {
            let unit = unit_suffix(*unit);
            match zone {
                None => format!("NaiveDateTime{unit}"),
                Some(zone) if zone.as_str() == "UTC" => format!("DateTime<Utc>{unit}"),
                Some(zone) => format!("DateTime<Utc>{unit} at {zone}"),
            }
        }
        DataType::Duration(unit) => format!("TimeDelta{}", unit_suffix(*unit)),
        DataType::List(item) => format!("Vec<{}>", describe_dtype(item)),
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|f| format!("{}: {}", f.name, describe_dtype(&f.dtype)));
            format!("struct {{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn unit_suffix(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Nanoseconds => " in ns",
        TimeUnit::Microseconds => "",
        TimeUnit::Milliseconds => " in ms",
    }
}
