//! The data of two checkpoints: queries that hold both sides against each other as they stream by.

use polars::prelude::*;
use serde_json::Value;

use super::{
    CheckpointDiff, ColumnDifference, DiffError, DiffOptions, RowDifference, SchemaDifference,
    Side, ValueDifference,
};
use crate::engine;
use crate::schema::describe_dtype;
use crate::store::{Record, Store};

const ROW: &str = "row";
const IN_OLD: &str = "in old";
const IN_NEW: &str = "in new";
const ANY: &str = "any";
const SAME: &str = "rows of one key";

/// Columns in the joined frame: by number, as users' columns may have any name.
fn old(column: usize) -> String {
    format!("old {column}")
}

fn new(column: usize) -> String {
    format!("new {column}")
}

fn key(column: usize) -> String {
    format!("key {column}")
}

fn new_key(column: usize) -> String {
    format!("new key {column}")
}

/// Two frames side by side.
struct Joined {
    frame: LazyFrame,
    /// The columns that are compared.
    columns: Vec<String>,
    /// Whether a row is one of both.
    both: Expr,
}

impl Joined {
    /// Whether a column differs: null equals null, and NaN equals NaN.
    fn differs(&self, column: usize) -> Expr {
        let differs = col(old(column)).neq_missing(col(new(column)));
        differs.and(self.both.clone())
    }

    fn any_differs(&self) -> Expr {
        let columns = (0..self.columns.len()).map(|column| self.differs(column));
        columns.reduce(Expr::or).unwrap_or_else(|| lit(false))
    }
}

pub(super) fn compare(
    store: &Store,
    (old_record, new_record): (&Record, &Record),
    options: &DiffOptions,
    diff: &mut CheckpointDiff,
) -> Result<(), DiffError> {
    let (mut old, mut new) = (store.scan(old_record)?, store.scan(new_record)?);
    let schemas = (old.collect_schema()?, new.collect_schema()?);
    diff.schema = schema(&schemas.0, &schemas.1);
    let common = schemas.0.iter();
    let common = common.filter(|(name, dtype)| schemas.1.get(name) == Some(*dtype));
    let common: Vec<String> = common.map(|(name, _)| name.to_string()).collect();
    for column in &options.by {
        if !common.contains(column) {
            return Err(cannot_match(column, &schemas.0, &schemas.1));
        }
    }
    let joined = if options.by.is_empty() {
        let rows = (old_record.rows, new_record.rows);
        by_position(old, new, rows, common)?
    } else {
        for (frame, record) in [(&old, old_record), (&new, new_record)] {
            are_unique(frame, record, &options.by)?;
        }
        by_columns(old, new, common, &options.by)
    };
    if options.by.is_empty() {
        let (old, new) = (old_record.rows, new_record.rows);
        diff.compared = old.min(new);
        diff.only_old = old.saturating_sub(new);
        diff.only_new = new.saturating_sub(old);
        if joined.columns.is_empty() {
            return Ok(());
        }
    }
    count(&joined, options, diff)?;
    first(&joined, options, diff)
}

fn schema(old: &Schema, new: &Schema) -> Vec<SchemaDifference> {
    let added = new.iter_names().filter(|name| !old.contains(name));
    let names = old.iter_names().chain(added);
    let changed = names.filter(|name| old.get(name) != new.get(name));
    changed
        .map(|name| SchemaDifference {
            column: name.to_string(),
            old: old.get(name).map(describe_dtype),
            new: new.get(name).map(describe_dtype),
        })
        .collect()
}

fn cannot_match(column: &str, old: &Schema, new: &Schema) -> DiffError {
    let problem = match (old.get(column), new.get(column)) {
        (Some(old), Some(new)) => {
            let (old, new) = (describe_dtype(old), describe_dtype(new));
            format!("it is {old} in the one checkpoint and {new} in the other")
        }
        (None, None) => {
            let names = || old.iter_names().map(PlSmallStr::as_str);
            let hint = crate::builder::nearest(column, names())
                .map(|name| format!(", did you mean `{name}`?"));
            let (hint, names) = (hint.unwrap_or_default(), names().collect::<Vec<_>>());
            format!(
                "there is none of that name{hint}; there are {}",
                names.join(", ")
            )
        }
        _ => "only one of the checkpoints has it".to_owned(),
    };
    let column = column.to_owned();
    DiffError::Column { column, problem }
}

/// Rows of the same number stand side by side, as far as both have rows.
fn by_position(
    old_frame: LazyFrame,
    new_frame: LazyFrame,
    (old_rows, new_rows): (u64, u64),
    columns: Vec<String>,
) -> PolarsResult<Joined> {
    let rows = old_rows.min(new_rows);
    let side = |frame: LazyFrame, own: u64, name: fn(usize) -> String| {
        let frame = frame.select(renamed(&columns, name));
        match IdxSize::try_from(rows) {
            Ok(rows) if own > u64::from(rows) => frame.limit(rows),
            _ => frame,
        }
    };
    let sides = [
        side(old_frame, old_rows, old),
        side(new_frame, new_rows, new),
    ];
    let options = HConcatOptions {
        strict: true,
        ..HConcatOptions::default()
    };
    let frame = if columns.is_empty() {
        LazyFrame::default()
    } else {
        concat_lf_horizontal(sides, options)?.with_row_index(ROW, Some(1))
    };
    Ok(Joined {
        frame,
        columns,
        both: lit(true),
    })
}

/// Rows of the same key stand side by side, and alone where only one side has them.
fn by_columns(
    old_frame: LazyFrame,
    new_frame: LazyFrame,
    common: Vec<String>,
    by: &[String],
) -> Joined {
    let columns: Vec<_> = common
        .into_iter()
        .filter(|name| !by.contains(name))
        .collect();
    let side = |frame: LazyFrame, name: fn(usize) -> String, keys: fn(usize) -> String, mark| {
        let mut selected = renamed(&columns, name);
        selected.extend(renamed(by, keys));
        selected.push(lit(true).alias(mark));
        frame.select(selected)
    };
    let on = |keys: fn(usize) -> String| (0..by.len()).map(|i| col(keys(i))).collect::<Vec<_>>();
    let arguments = JoinArgs {
        nulls_equal: true,
        coalesce: JoinCoalesce::KeepColumns,
        ..JoinArgs::new(JoinType::Full)
    };
    let old_side = side(old_frame, old, key, IN_OLD);
    let new_side = side(new_frame, new, new_key, IN_NEW);
    let frame = old_side.join(new_side, on(key), on(new_key), arguments);
    let both = col(IN_OLD).is_not_null().and(col(IN_NEW).is_not_null());
    Joined {
        frame,
        columns,
        both,
    }
}

fn renamed(columns: &[String], name: fn(usize) -> String) -> Vec<Expr> {
    let columns = columns.iter().enumerate();
    columns
        .map(|(i, column)| engine::column(column.as_str()).alias(name(i)))
        .collect()
}

/// Makes sure that no two rows are equal in the columns.
fn are_unique(frame: &LazyFrame, record: &Record, by: &[String]) -> Result<(), DiffError> {
    let keys: Vec<_> = by
        .iter()
        .map(|column| engine::column(column.as_str()))
        .collect();
    let groups = frame
        .clone()
        .group_by(renamed(by, key))
        .agg([len().alias(SAME)]);
    let several = groups.filter(col(SAME).gt(lit(1)));
    let names: Vec<_> = (0..keys.len()).map(|i| col(key(i))).collect();
    let sum = several
        .clone()
        .select([col(SAME).cast(DataType::UInt64).sum()]);
    let rows = number(&engine::collect(sum)?, SAME)?;
    if rows == 0 {
        return Ok(());
    }
    let first = several
        .select(names.clone())
        .sort_by_exprs(names, SortMultipleOptions::default());
    let first = engine::collect(first.limit(1))?;
    let mut values = Vec::new();
    for (i, column) in by.iter().enumerate() {
        let value = json(&first.column(&key(i))?.get(0)?);
        values.push(format!("{column} {value}"));
    }
    Err(DiffError::Duplicates {
        by: by.to_vec(),
        key: record.stem().to_owned(),
        rows,
        first: values.join(", "),
    })
}

/// How many rows differ, in all and by column.
fn count(joined: &Joined, options: &DiffOptions, diff: &mut CheckpointDiff) -> PolarsResult<()> {
    let sum = |condition: Expr, name: &str| condition.cast(DataType::UInt64).sum().alias(name);
    let columns = 0..joined.columns.len();
    let mut counts: Vec<_> = columns
        .clone()
        .map(|column| sum(joined.differs(column), &old(column)))
        .collect();
    counts.push(sum(joined.any_differs(), ANY));
    if !options.by.is_empty() {
        counts.push(sum(joined.both.clone(), ROW));
        counts.push(sum(col(IN_NEW).is_null(), IN_OLD));
        counts.push(sum(col(IN_OLD).is_null(), IN_NEW));
    }
    let counted = engine::collect(joined.frame.clone().select(counts))?;
    diff.differing = number(&counted, ANY)?;
    if !options.by.is_empty() {
        diff.compared = number(&counted, ROW)?;
        diff.only_old = number(&counted, IN_OLD)?;
        diff.only_new = number(&counted, IN_NEW)?;
    }
    for column in columns {
        diff.columns.push(ColumnDifference {
            column: joined.columns[column].clone(),
            rows: number(&counted, &old(column))?,
        });
    }
    Ok(())
}

/// The first rows that differ, or that only one side has.
fn first(
    joined: &Joined,
    options: &DiffOptions,
    diff: &mut CheckpointDiff,
) -> Result<(), DiffError> {
    let by_position = options.by.is_empty();
    let keys = options.by.len();
    let order = |names: fn(usize) -> String| (0..keys).map(move |i| col(names(i)));
    let mut frame = joined.frame.clone();
    if by_position {
        frame = frame.filter(joined.any_differs());
    } else {
        // Of a row that only the new side has, the key is there.
        let keys = (0..keys).map(|i| {
            let of_new = col(IN_OLD).is_null();
            when(of_new)
                .then(col(new_key(i)))
                .otherwise(col(key(i)))
                .alias(key(i))
        });
        let differs = joined.any_differs().or(joined.both.clone().not());
        frame = frame
            .filter(differs)
            .with_columns(keys.collect::<Vec<_>>())
            .sort_by_exprs(
                order(key).collect::<Vec<_>>(),
                SortMultipleOptions::default(),
            );
    }
    let rows = engine::collect(frame.limit(options.rows))?;
    for row in 0..rows.height() {
        let value = |name: &str| -> PolarsResult<Value> { Ok(json(&rows.column(name)?.get(row)?)) };
        let side = if by_position {
            Side::Both
        } else {
            match (value(IN_OLD)?, value(IN_NEW)?) {
                (Value::Null, _) => Side::New,
                (_, Value::Null) => Side::Old,
                _ => Side::Both,
            }
        };
        let mut found = RowDifference {
            row: None,
            by: std::collections::BTreeMap::new(),
            side,
            values: Vec::new(),
        };
        if by_position {
            found.row = value(ROW)?.as_u64();
        }
        for (i, column) in options.by.iter().enumerate() {
            found.by.insert(column.clone(), value(&key(i))?);
        }
        for (i, column) in joined.columns.iter().enumerate() {
            let (was, is) = (
                rows.column(&old(i))?.get(row)?,
                rows.column(&new(i))?.get(row)?,
            );
            if side != Side::Both || was != is {
                found.values.push(ValueDifference {
                    column: column.clone(),
                    old: json(&was),
                    new: json(&is),
                });
            }
        }
        diff.first.push(found);
    }
    Ok(())
}

fn number(frame: &DataFrame, column: &str) -> PolarsResult<u64> {
    let sum = frame.column(column)?.cast(&DataType::UInt64)?;
    Ok(sum.u64()?.get(0).unwrap_or(0))
}

/// A value as JSON; as a text what JSON does not have.
fn json(value: &AnyValue) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => (*value).into(),
        AnyValue::String(value) => (*value).into(),
        AnyValue::StringOwned(value) => value.as_str().into(),
        // With the digits that an `f32` has: as an `f64`, 0.1 has others behind them.
        AnyValue::Float32(value) => float(value.to_string().parse().unwrap_or(f64::NAN)),
        AnyValue::Float64(value) => float(*value),
        value if value.is_integer() => match (value.extract::<i64>(), value.extract::<u64>()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => value.to_string().into(),
        },
        value => value.to_string().into(),
    }
}

fn float(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_their_own_digits() {
        let shown = |value: AnyValue| json(&value).to_string();
        assert_eq!(shown(AnyValue::Float32(0.1)), "0.1");
        assert_eq!(shown(AnyValue::Float32(-1.5e-7)), "-1.5e-7");
        assert_eq!(shown(AnyValue::Float32(f32::MAX)), "3.4028235e+38");
        assert_eq!(
            shown(AnyValue::Float64(0.1_f32.into())),
            "0.10000000149011612"
        );
        assert_eq!(shown(AnyValue::Float32(f32::NAN)), "\"NaN\"");
        assert_eq!(shown(AnyValue::Float32(f32::NEG_INFINITY)), "\"-inf\"");
    }
}
