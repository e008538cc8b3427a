//! Finding what in a text file made a query fail.
//!
//! The verdict is Polars' own: its errors do not say where, so the records are read once more, batch
//! by batch, the first batch that fails is halved until one record is left, and that one is read
//! column by column.

use std::path::Path;

use polars::prelude::*;

use super::conform::Target;
use super::error::Position;
use super::records::{Batch, Records};
use super::{Fault, SourceError, SourceProblem};
use crate::engine;

/// What the executor says of a null in a column of a source that is declared to have none. The
/// source knows its own by these words.
pub(crate) fn nulls(column: &str, source: &str) -> String {
    format!(
        "column `{column}` of {source} has nulls, but its schema says it has none; declare it as Option, or fill them in the source"
    )
}

/// What a failed query complains of.
pub(super) enum Cause {
    /// Something cannot be read in one of these columns.
    Unreadable(Vec<Target>),
    /// A null in this column.
    Null(Target),
}

impl Cause {
    /// `None` if the error is of another kind, or about another source's column: then this one is not
    /// to blame, even if there is something wrong with it in columns that were not read.
    pub(super) fn of(error: &PolarsError, source: &str, targets: &[Target]) -> Option<Self> {
        const READING: [&str; 12] = [
            "could not parse",
            "cannot parse",
            "conversion from",
            "error parsing line",
            "NDJSON line expected",
            "invalid utf-8",
            "not properly escaped",
            "more fields than defined",
            "CSV malformed",
            "unexpected value",
            "got dtype",
            "in json value",
        ];
        let message = error.to_string();
        let null = |target: &&Target| message.contains(&nulls(&target.name, source));
        if let Some(target) = targets.iter().find(null) {
            return Some(Self::Null(target.clone()));
        }
        if !READING.iter().any(|words| message.contains(words)) {
            return None;
        }
        // Polars names the column of some errors.
        if !message.contains("column '") {
            return Some(Self::Unreadable(targets.to_vec()));
        }
        let named = |target: &&Target| message.contains(&format!("column '{}'", target.name));
        let named: Vec<Target> = targets.iter().filter(named).cloned().collect();
        (!named.is_empty()).then_some(Self::Unreadable(named))
    }
}

/// A text file, seen as a run of records.
pub(super) trait TextSource {
    /// The frame of some records.
    fn read(&self, records: &[u8], targets: &[Target]) -> PolarsResult<LazyFrame>;
    /// What is wrong with a record before its columns are looked at, and in which column.
    fn explain_record(&self, record: &[u8]) -> Option<(Option<String>, SourceProblem)>;
    /// What is wrong with a cell that Polars cannot read.
    fn explain_cell(&self, record: &[u8], target: &Target) -> SourceProblem;
    /// Why a cell is null.
    fn explain_null(&self, record: &[u8], target: &Target) -> String;
    /// What is wrong with a record whose columns can each be read.
    fn explain_rest(&self, record: &[u8]) -> Option<SourceProblem>;
}

/// The first fault of a file.
pub(super) fn first_fault(
    source: &impl TextSource,
    file: &Path,
    mut records: Records,
    targets: &[Target],
    cause: &Cause,
) -> Option<SourceError> {
    let place = file.display();
    // What all columns together do to Polars counts only if none of them is known to be the cause.
    let columns = match cause {
        Cause::Unreadable(columns) => columns.as_slice(),
        Cause::Null(column) => std::slice::from_ref(column),
    };
    let fails = |bytes: &[u8]| {
        let read = source.read(bytes, columns).and_then(engine::collect);
        match (cause, read) {
            (_, Err(_)) => true,
            (Cause::Null(_), Ok(frame)) => frame.columns().iter().any(|c| c.null_count() > 0),
            (Cause::Unreadable(_), Ok(_)) => false,
        }
    };
    while let Some(batch) = records.next_batch().ok()? {
        // The last record of the file; Polars may panic at it.
        let unclosed = batch.records.iter().position(|record| record.unclosed);
        let whole = unclosed.unwrap_or(batch.records.len());
        if let Some(index) = first_failing(&batch, whole, fails) {
            let (column, problem) = explain(source, batch.record(index), targets, columns, cause);
            let line = Position::Line(batch.records[index].line);
            let fault = Fault::of(&place, problem).at(line);
            return Some(Fault { column, ..fault }.into());
        }
        if let Some(index) = unclosed {
            let line = Position::Line(batch.records[index].line);
            return Some(
                Fault::of(&place, SourceProblem::UnclosedQuote)
                    .at(line)
                    .into(),
            );
        }
    }
    None
}

/// The first of the first `count` records that fails, if they fail together.
fn first_failing(batch: &Batch, count: usize, fails: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let (mut from, mut to) = (0, count);
    if count == 0 || !fails(batch.run(from..to)) {
        return None;
    }
    while to - from > 1 {
        let middle = from.midpoint(to);
        if fails(batch.run(from..middle)) {
            to = middle;
        } else {
            from = middle;
        }
    }
    // Halves may be fine where the whole is not; then no record is to blame.
    fails(batch.run(from..to)).then_some(from)
}

fn explain(
    source: &impl TextSource,
    record: &[u8],
    all: &[Target],
    columns: &[Target],
    cause: &Cause,
) -> (Option<String>, SourceProblem) {
    if let Some(found) = source.explain_record(record) {
        return found;
    }
    let read = |targets: &[Target]| source.read(record, targets).and_then(engine::collect);
    for target in columns {
        let name = Some(target.name.to_string());
        match read(std::slice::from_ref(target)) {
            Err(_) => return (name, source.explain_cell(record, target)),
            Ok(_) if matches!(cause, Cause::Null(_)) => {
                let what = source.explain_null(record, target);
                return (name, null_cell(target, what, "file"));
            }
            Ok(_) => {}
        }
    }
    let problem = source
        .explain_rest(record)
        .unwrap_or_else(|| SourceProblem::Malformed {
            reason: read(all)
                .err()
                .map_or_else(String::new, |e| one_line(&e.to_string())),
        });
    (None, problem)
}

/// A null in a column that may have none.
pub(super) fn null_cell(target: &Target, what: String, place: &'static str) -> SourceProblem {
    SourceProblem::NullCell {
        what,
        declared: format!("{}: {}", target.name, target.ty),
        option: format!("Option<{}>", target.ty),
        place,
    }
}

/// The first null of a column in a frame that has no lines.
pub(super) fn first_null_row(lazy: LazyFrame, target: &Target) -> Option<u64> {
    const ROW: &str = "row";
    let row = lazy
        .select([target.expr().alias("cell")])
        .with_row_index(ROW, None)
        .filter(Expr::Column("cell".into()).is_null())
        .select([Expr::Column(ROW.into()).min().cast(DataType::UInt64)]);
    let row = engine::collect(row).ok()?;
    row.columns().first()?.u64().ok()?.get(0).map(|row| row + 1)
}

/// What to do about a bad cell: what there is to say about its type, and the rest.
pub(super) fn bad_cell_help(advice: Option<String>, rest: &str) -> String {
    match advice {
        Some(advice) => format!("{advice}, {rest}"),
        None => rest.into(),
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().into()
}
