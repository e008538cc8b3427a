//! What a Parquet file says about itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use polars::prelude::*;

use super::record::StoredColumn;

impl super::Store {
    /// What the data files of a checkpoint say about themselves. They were fetched.
    pub(crate) fn footers(&self, record: &super::Record) -> PolarsResult<Vec<Footer>> {
        if record.layers().is_some() {
            // What a file says of its columns does not hold for some of its rows.
            let schema = self.scan(record)?.collect_schema()?;
            return Ok(vec![Footer::without_file(schema, record.rows)]);
        }
        let paths = record.files.iter().map(|file| self.local(record, file));
        paths.map(|path| Footer::read(&path)).collect()
    }

    /// How many nulls a column of a checkpoint has at most; `None` if its files do not say.
    pub(crate) fn most_nulls(&self, record: &super::Record) -> PolarsResult<BTreeMap<String, u64>> {
        let paths = record.files.iter().map(|file| self.local(record, file));
        let footers = paths
            .map(|path| Footer::read(&path))
            .collect::<PolarsResult<Vec<_>>>()?;
        let places = record.schema.iter().filter_map(|column| {
            let (file, name) = match record.layers() {
                Some(layers) => layers.file_of(&column.name)?,
                None => (0, column.name.as_str()),
            };
            Some((column.name.clone(), footers.get(file)?.nulls(name)?))
        });
        Ok(places.collect())
    }
}

/// Rows, columns and null counts of a Parquet file, without reading its data.
#[derive(Debug)]
pub(crate) struct Footer {
    pub(crate) rows: u64,
    /// The columns as a reader gets them.
    pub(crate) schema: SchemaRef,
    /// Of the columns for which the file has statistics that mean it: nulls within lists and structs
    /// are counted in another way, so columns of these are left out.
    nulls: BTreeMap<String, u64>,
}

impl Footer {
    pub(super) fn read(path: &Path) -> PolarsResult<Self> {
        let mut reader = ParquetReader::new(File::open(path)?);
        let metadata = reader.get_metadata()?.clone();
        let mut nulls: BTreeMap<String, Option<u64>> = BTreeMap::new();
        for group in &metadata.row_groups {
            for column in group.parquet_columns() {
                let [name] = column.descriptor().path_in_schema.as_slice() else {
                    continue;
                };
                let statistics = column.statistics(&metadata.footer_buf).and_then(Result::ok);
                let count = statistics
                    .and_then(|s| s.null_count())
                    .and_then(|n| n.try_into().ok());
                let sum = nulls.entry(name.to_string()).or_insert(Some(0));
                *sum = sum.zip(count).map(|(sum, count): (u64, u64)| sum + count);
            }
        }
        let scan = super::scan([path.to_owned()]);
        Ok(Self {
            rows: metadata.num_rows as u64,
            schema: scan?.collect_schema()?,
            nulls: nulls
                .into_iter()
                .filter_map(|(name, nulls)| Some((name, nulls?)))
                .collect(),
        })
    }

    /// What the footer of a frame's file will say; `None` if a reader may get other types than these.
    pub(crate) fn of(frame: &DataFrame) -> Option<Self> {
        if !is_read_back(frame.schema()) {
            return None;
        }
        let nulls = |column: &Column| (column.name().to_string(), column.null_count() as u64);
        Some(Self {
            rows: frame.height() as u64,
            schema: frame.schema().clone(),
            nulls: frame.columns().iter().map(nulls).collect(),
        })
    }

    /// Nulls in a column; `None` if the footer does not say.
    pub(crate) fn nulls(&self, column: &str) -> Option<u64> {
        if self.rows == 0 {
            Some(0)
        } else {
            self.nulls.get(column).copied()
        }
    }

    /// A frame of these columns and so many rows, of which no file speaks.
    pub(crate) fn without_file(schema: SchemaRef, rows: u64) -> Self {
        let nulls = BTreeMap::new();
        Self {
            rows,
            schema,
            nulls,
        }
    }

    pub(super) fn columns(&self) -> Vec<StoredColumn> {
        let column = |(name, dtype): (&PlSmallStr, &DataType)| StoredColumn {
            name: name.to_string(),
            ty: crate::schema::describe_dtype(dtype),
        };
        self.schema.iter().map(column).collect()
    }
}

/// Whether Parquet gives back exactly these columns, whatever the values are.
pub(crate) fn is_read_back(schema: &Schema) -> bool {
    schema.iter_values().all(is_read_as_written)
}

/// Whether Parquet gives back exactly this type, whatever the values are.
fn is_read_as_written(dtype: &DataType) -> bool {
    match dtype {
        DataType::List(inner) => is_read_as_written(inner),
        DataType::Struct(fields) => fields.iter().all(|field| is_read_as_written(field.dtype())),
        DataType::Boolean
        | DataType::String
        | DataType::Binary
        | DataType::Date
        | DataType::Time
        | DataType::Datetime(..)
        | DataType::Duration(_) => true,
        numeric => numeric.is_primitive_numeric(),
    }
}
