//! Schemas: Rust structs as descriptions of frames, and Rust types as column types.

use polars::prelude::*;

use crate::contract::{ColumnSpec, ColumnType, NamedSchema, TimeUnit as Unit};
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
    const FIELDS: &'static [&'static dyn RowField<Self>];

    /// The columns that hold these rows.
    ///
    /// # Errors
    ///
    /// When Polars refuses the values, such as a duration that does not fit its column's unit.
    fn columns(rows: &[&Self]) -> PolarsResult<Vec<Column>> {
        Self::FIELDS
            .iter()
            .map(|field| field.column(rows))
            .collect()
    }

    /// Name, columns and rules in one.
    #[doc(hidden)]
    const SCHEMA: NamedSchema = NamedSchema {
        name: Self::NAME,
        columns: Self::COLUMNS,
        rules: Self::RULES,
    };
}

/// A Rust type that a column can hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    label = "no column type for this",
    note = "possible are bool, i8 to i64, u8 to u64, f32, f64 and String,\nchrono's NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc> and TimeDelta,\nVec<u8> for bytes, Vec<T> for lists, a struct with `#[derive(Schema)]`,\nand `Option` of each for columns with nulls"
)]
pub trait ColumnValue: Sized {
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

    /// A series of these values; `None` is null.
    ///
    /// # Errors
    ///
    /// When Polars refuses the values.
    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series>;

    /// A series of lists of these values.
    ///
    /// # Errors
    ///
    /// When Polars refuses the values.
    #[doc(hidden)]
    fn list_series(name: PlSmallStr, values: Vec<Option<&Vec<Self>>>) -> PolarsResult<Series> {
        let lists = values
            .into_iter()
            .map(|list| {
                list.map(|items| Self::series(PlSmallStr::EMPTY, items.iter().map(Some).collect()))
                    .transpose()
            })
            .collect::<PolarsResult<Vec<Option<Series>>>>()?;
        // Lists of times may come in two units.
        let mut types = lists.iter().flatten().map(|list| list.dtype());
        let item = match types.next() {
            Some(first) if types.all(|ty| ty == first) => first.clone(),
            _ => Self::TYPE.dtype(),
        };
        let cast = |list: Series| list.cast(&item);
        let lists = lists.into_iter().map(|list| list.map(cast).transpose());
        let mut lists: ListChunked = lists.collect::<PolarsResult<_>>()?;
        lists.rename(name);
        lists.into_series().cast(&DataType::List(Box::new(item)))
    }
}

macro_rules! plain {
    ($($rust:ty => $column:ident),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::$column;

            fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
                let values: Vec<Option<Self>> = values.into_iter().map(Option::<&_>::copied).collect();
                Ok(Series::new(name, values))
            }
        }
    )*};
}

plain! {
    bool => Boolean, i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u16 => UInt16, u32 => UInt32, u64 => UInt64, f32 => Float32, f64 => Float64,
    chrono::NaiveDate => Date, chrono::NaiveTime => Time,
}

#[diagnostic::do_not_recommend]
impl ColumnValue for String {
    const TYPE: ColumnType = ColumnType::String;

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        let values: Vec<Option<&str>> = values.into_iter().map(|v| v.map(String::as_str)).collect();
        Ok(Series::new(name, values))
    }
}

#[diagnostic::do_not_recommend]
impl ColumnValue for u8 {
    const TYPE: ColumnType = ColumnType::UInt8;
    /// `Vec<u8>` is bytes, not a list of numbers.
    const LIST: ColumnType = ColumnType::Binary;

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        let values: Vec<Option<Self>> = values.into_iter().map(Option::<&_>::copied).collect();
        Ok(Series::new(name, values))
    }

    fn list_series(name: PlSmallStr, values: Vec<Option<&Vec<Self>>>) -> PolarsResult<Series> {
        let bytes: BinaryChunked = values.into_iter().map(|v| v.map(Vec::as_slice)).collect();
        Ok(bytes.with_name(name).into_series())
    }
}

#[diagnostic::do_not_recommend]
impl ColumnValue for chrono::NaiveDateTime {
    const TYPE: ColumnType = ColumnType::Datetime(Unit::Microseconds, None);

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        let nanos = |time: &Self| time.and_utc().timestamp_nanos_opt();
        let micros = |time: &Self| Some(time.and_utc().timestamp_micros());
        times(name, &values, nanos, micros, |unit| {
            DataType::Datetime(unit, None)
        })
    }
}

#[diagnostic::do_not_recommend]
impl ColumnValue for chrono::DateTime<chrono::Utc> {
    const TYPE: ColumnType = ColumnType::Datetime(Unit::Microseconds, Some("UTC"));

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        let nanos = |time: &Self| time.timestamp_nanos_opt();
        let micros = |time: &Self| Some(time.timestamp_micros());
        let zone = TimeZone::opt_try_new(Some("UTC"))?;
        times(name, &values, nanos, micros, |unit| {
            DataType::Datetime(unit, zone.clone())
        })
    }
}

#[diagnostic::do_not_recommend]
impl ColumnValue for chrono::TimeDelta {
    const TYPE: ColumnType = ColumnType::Duration(Unit::Microseconds);

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        times(
            name,
            &values,
            Self::num_nanoseconds,
            Self::num_microseconds,
            DataType::Duration,
        )
    }
}

/// Times in nanoseconds if all of them fit, so that none of their digits is lost before the column's
/// own unit is known; else in microseconds.
fn times<T: std::fmt::Display>(
    name: PlSmallStr,
    values: &[Option<&T>],
    nanos: impl Fn(&T) -> Option<i64>,
    micros: impl Fn(&T) -> Option<i64>,
    dtype: impl Fn(TimeUnit) -> DataType,
) -> PolarsResult<Series> {
    let in_nanos = values.iter().map(|value| match value {
        Some(value) => nanos(value).map(Some),
        None => Some(None),
    });
    if let Some(in_nanos) = in_nanos.collect::<Option<Vec<_>>>() {
        return Series::new(name, in_nanos).cast(&dtype(TimeUnit::Nanoseconds));
    }
    let in_micros = values.iter().map(|value| match value {
        Some(value) => match micros(value) {
            Some(micros) => Ok(Some(micros)),
            None => polars_bail!(ComputeError: "{value} does not fit in 64 bits of microseconds"),
        },
        None => Ok(None),
    });
    let in_micros = in_micros.collect::<PolarsResult<Vec<_>>>()?;
    Series::new(name, in_micros).cast(&dtype(TimeUnit::Microseconds))
}

/// Whether times of one type are too far away for the unit of another: only then are they not in
/// nanoseconds already.
fn overflows(have: &DataType, wanted: &DataType) -> bool {
    use TimeUnit::{Microseconds, Nanoseconds};
    match (have, wanted) {
        (DataType::Datetime(have, _), DataType::Datetime(wanted, _))
        | (DataType::Duration(have), DataType::Duration(wanted)) => {
            (have, wanted) == (&Microseconds, &Nanoseconds)
        }
        (DataType::List(have), DataType::List(wanted)) => overflows(have, wanted),
        _ => false,
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> ColumnValue for Vec<T> {
    const TYPE: ColumnType = T::LIST;
    const RULES: &'static [Rule] = T::RULES;

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        T::list_series(name, values)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> ColumnValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;
    const RULES: &'static [Rule] = T::RULES;

    fn series(name: PlSmallStr, values: Vec<Option<&Self>>) -> PolarsResult<Series> {
        let values = values
            .into_iter()
            .map(|value| value.and_then(Option::as_ref));
        T::series(name, values.collect())
    }
}

/// A field of schema struct `S`: its column and how to make it. `T` has no bound, so that a field
/// type that is no column type is reported once, where this is built.
#[doc(hidden)]
pub struct SchemaField<S, T> {
    pub spec: ColumnSpec,
    /// Of the schema that the type is, if it is one.
    pub rules: &'static [Rule],
    pub get: fn(&S) -> &T,
    pub series: fn(PlSmallStr, Vec<Option<&T>>) -> PolarsResult<Series>,
}

/// A field of schema struct `S`, whatever its type.
#[doc(hidden)]
pub trait RowField<S>: Sync {
    /// The column that holds the field of these rows.
    ///
    /// # Errors
    ///
    /// When Polars refuses the values.
    fn column(&self, rows: &[&S]) -> PolarsResult<Column>;
}

impl<S, T> RowField<S> for SchemaField<S, T> {
    fn column(&self, rows: &[&S]) -> PolarsResult<Column> {
        let values = rows.iter().map(|row| Some((self.get)(row))).collect();
        let series = (self.series)(self.spec.name.into(), values)?;
        let wanted = self.spec.ty.dtype();
        if overflows(series.dtype(), &wanted) {
            let column = self.spec.name;
            polars_bail!(ComputeError: "column `{column}` is in nanoseconds, which reach from 1677 to 2262, or 292 years, and its rows have more; help: `#[column(unit = \"us\")]`");
        }
        // Where the schema wants another time unit or zone.
        Ok(series.cast(&wanted)?.into_column())
    }
}

/// The frame that has these rows.
pub(crate) fn frame_of<S: FrameSchema>(rows: &[S]) -> PolarsResult<DataFrame> {
    let rows: Vec<&S> = rows.iter().collect();
    DataFrame::new(rows.len(), S::columns(&rows)?)
}

/// The series of a nested schema: a struct column.
#[doc(hidden)]
pub fn struct_series<S: FrameSchema>(
    name: PlSmallStr,
    values: Vec<Option<&S>>,
) -> PolarsResult<Series> {
    let present: Vec<IdxSize> = {
        // Row i of the frame below for every value, null where there is none.
        let mut next = 0;
        let mut rows = Vec::with_capacity(values.len());
        for value in &values {
            rows.push(if value.is_some() { next } else { IdxSize::MAX });
            next += IdxSize::from(value.is_some());
        }
        rows
    };
    let rows: Vec<&S> = values.into_iter().flatten().collect();
    let height = rows.len();
    let fields: Vec<Series> = S::columns(&rows)?
        .iter()
        .map(|c| c.as_materialized_series().clone())
        .collect();
    let dense = StructChunked::from_series(name.clone(), height, fields.iter())?.into_series();
    let index: IdxCa = present
        .into_iter()
        .map(|row| (row != IdxSize::MAX).then_some(row))
        .collect();
    Ok(dense.take(&index)?.with_name(name))
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
