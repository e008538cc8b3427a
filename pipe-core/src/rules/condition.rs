//! Rules as Polars expressions.

use polars::prelude::*;

use super::literal::{Held as Value, Literal};
use super::{Check, Held};
use crate::contract::ColumnType;
use crate::engine::column;

impl Held {
    /// True for rows that break the rule; false or null for the others. `row` is the column with the
    /// number of each row.
    pub(super) fn is_broken(&self, row: &str) -> PolarsResult<Expr> {
        let name = self.rule.columns.first().copied().unwrap_or_default();
        let ty = self
            .column(name)
            .map_or(ColumnType::Boolean, |spec| spec.ty);
        let value = || column(name);
        // Not in any range, and nothing that Polars' order says: there it is above all numbers.
        let or_nan = |broken: Expr| {
            if ty.is_float() {
                broken.or(value().is_nan())
            } else {
                broken
            }
        };
        Ok(match self.rule.check {
            Check::Min(least) => or_nan(value().lt(literal(least, ty)?)),
            Check::Max(most) => or_nan(value().gt(literal(most, ty)?)),
            Check::OneOf(values) => {
                let values = lit(series(values, ty)?).implode(false);
                value().is_in(values, false).not()
            }
            Check::Pattern(pattern) => value().str().contains(lit(pattern), true).not(),
            Check::Len { min, max } => {
                let len = match ty {
                    ColumnType::Binary => value().binary().size_bytes(),
                    ColumnType::List(_) => value().list().len(),
                    _ => value().str().len_chars(),
                };
                let short = min.map(|min| len.clone().lt(lit(min)));
                let long = max.map(|max| len.gt(lit(max)));
                match (short, long) {
                    (Some(short), Some(long)) => short.or(long),
                    (short, long) => short.or(long).unwrap_or_else(|| lit(false)),
                }
            }
            Check::Unique | Check::PrimaryKey => {
                let keys: Vec<Expr> = self.rule.columns.iter().map(|&key| column(key)).collect();
                let known = keys.iter().cloned().map(Expr::is_not_null);
                let known = known.reduce(Expr::and).unwrap_or_else(|| lit(true));
                // The first row of its kind is a good one.
                col(row).min().over(keys)?.neq(col(row)).and(known)
            }
            Check::Condition { expr, .. } => expr()?.not(),
        })
    }
}

fn literal(literal: Literal, ty: ColumnType) -> PolarsResult<Expr> {
    // One value; `first` takes it out of its column.
    Ok(lit(series(&[literal], ty)?).first())
}

/// The values as a column of this type holds them.
fn series(literals: &[Literal], ty: ColumnType) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let (mut integers, mut floats, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for literal in literals {
        match literal.held_by(ty) {
            Ok(Value::Integer(value)) => integers.push(value),
            Ok(Value::Float(value)) => floats.push(value),
            Ok(Value::Text(value)) => texts.push(value),
            Err(_) => {
                polars_bail!(ComputeError: "{literal} in a rule is no value of a column of type {ty}")
            }
        }
    }
    if !texts.is_empty() {
        return Ok(Series::new(name, texts));
    }
    if !floats.is_empty() {
        return Series::new(name, floats).strict_cast(&ty.dtype());
    }
    // Only `u64` holds what `i64` does not.
    let fits = |value: &i128| i64::try_from(*value).ok();
    let series = match integers.iter().map(fits).collect::<Option<Vec<i64>>>() {
        Some(values) => Series::new(name, values),
        None => {
            let values = integers.iter().map(|&value| u64::try_from(value).ok());
            Series::new(name, values.collect::<Vec<Option<u64>>>())
        }
    };
    match ty {
        // A date is 32 bits of days.
        ColumnType::Date => series.strict_cast(&DataType::Int32)?.cast(&ty.dtype()),
        _ => series.strict_cast(&ty.dtype()),
    }
}
