//! The first rows of a frame, for people and for scripts.

use std::fmt::Write;

use polars::prelude::{
    DataFrame, DataType, IntoColumn, IntoSeries, JsonFormat, JsonWriter, LazyFrame, PolarsError,
    PolarsResult, SerWriter, Series, StringChunked, StructChunked,
};
use serde_json::Value;

use crate::step;
use crate::text::count;

/// Rows of a result that are printed. Polars prints no more at once unless `POLARS_FMT_MAX_ROWS`
/// says so.
pub(super) const ROWS: u32 = 10;

/// A value under its name: on one line, or if it has parts, as indented JSON.
pub(super) fn value(name: &str, value: &step::Value) -> serde_json::Result<String> {
    let json = json(value)?;
    Ok(match json {
        Value::Array(_) | Value::Object(_) => {
            format!("{name}:\n{}\n", serde_json::to_string_pretty(&json)?)
        }
        plain => format!("{name}: {plain}\n"),
    })
}

/// A value as it is stored.
pub(super) fn json(value: &step::Value) -> serde_json::Result<Value> {
    serde_json::from_slice(&value.json()?)
}

/// The first rows of a frame.
pub(super) struct Preview(DataFrame);

impl Preview {
    /// Reads no more than these rows of what is stored.
    pub(super) fn of(frame: LazyFrame, rows: u32) -> PolarsResult<Self> {
        crate::engine::collect(frame.limit(rows)).map(Self)
    }

    /// Under a headline that says how many rows there are, where that is known.
    pub(super) fn text(&self, name: &str, rows: Option<u64>) -> String {
        let columns = count(self.0.width() as u64, "column");
        let shown = self.0.height() as u64;
        let headline = match rows {
            Some(rows) if rows > shown => {
                format!(
                    "{name}: {}, {columns}; the first {shown}:",
                    count(rows, "row")
                )
            }
            None if shown == u64::from(ROWS) => {
                format!("{name}: {columns}; the first {shown} rows:")
            }
            _ => format!("{name}: {}, {columns}", count(shown, "row")),
        };
        let mut text = headline + "\n";
        // In pages, because of longer frames Polars prints both ends only.
        let pages = self.0.height().div_ceil(ROWS as usize).max(1);
        for page in 0..pages {
            let start = i64::try_from(page * ROWS as usize).unwrap_or(i64::MAX);
            let page = self.0.slice(start, ROWS as usize).to_string();
            // Its first line is the shape, of the page only.
            let table = page
                .split_once('\n')
                .map_or(page.as_str(), |(_, table)| table);
            let _ = writeln!(text, "{table}");
        }
        text
    }

    /// One object per row.
    pub(super) fn json(&self) -> PolarsResult<Value> {
        let columns = self.0.columns().iter();
        let columns =
            columns.map(|column| Ok(written(column.as_materialized_series())?.into_column()));
        let mut frame = DataFrame::new(self.0.height(), columns.collect::<PolarsResult<_>>()?)?;
        let mut json = Vec::new();
        JsonWriter::new(&mut json)
            .with_json_format(JsonFormat::Json)
            .finish(&mut frame)?;
        serde_json::from_slice(&json)
            .map_err(|error| PolarsError::ComputeError(error.to_string().into()))
    }
}

/// With texts for bytes, of which JSON has none and Polars' writer panics: `caf\xc3\xa9`, as in the
/// tables.
fn written(values: &Series) -> PolarsResult<Series> {
    let name = values.name().clone();
    match values.dtype() {
        DataType::Binary => {
            let bytes = values.binary()?.iter();
            let texts = bytes.map(|bytes| Some(bytes?.escape_ascii().to_string()));
            let texts: StringChunked = texts.collect();
            Ok(texts.with_name(name).into_series())
        }
        DataType::List(_) => {
            let items = values.list()?.apply_to_inner(&|items| written(&items))?;
            Ok(items.into_series())
        }
        DataType::Struct(_) => {
            let whole = values.struct_()?;
            let fields = whole.fields_as_series();
            let fields = fields
                .iter()
                .map(written)
                .collect::<PolarsResult<Vec<_>>>()?;
            let mut fields = StructChunked::from_series(name, values.len(), fields.iter())?;
            fields.zip_outer_validity(whole);
            Ok(fields.into_series())
        }
        _ => Ok(values.clone()),
    }
}
