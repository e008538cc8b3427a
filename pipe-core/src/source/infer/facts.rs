//! What a reading of all rows says about columns: nulls and ranges.

use polars::prelude::*;

use super::{Found, FoundColumn};
use crate::engine;
use crate::schema::describe_dtype;
use crate::source::conform::Target;
use crate::source::{Source, SourceError, SourceProblem};

/// What is known of a column's values, or of those inside of them.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Whether there are nulls where the value around it is none.
    pub(super) nulls: bool,
    /// The least and the greatest value, where they are of use to people.
    pub(super) range: Option<(String, String)>,
    /// Of the items of a list; of each field of a struct.
    pub(super) parts: Vec<Facts>,
}

/// A column with the type that it may have.
pub(super) struct Candidate {
    target: Target,
    notes: Vec<String>,
}

impl Candidate {
    pub(super) fn new(name: PlSmallStr, dtype: DataType, notes: Vec<String>) -> Self {
        let ty = describe_dtype(&dtype);
        let target = Target {
            name,
            dtype,
            ty,
            nullable: true,
        };
        Self { target, notes }
    }

    /// Takes back what was guessed.
    fn become_text(&mut self) {
        let note = format!(
            "looks like `{}`, but cannot be read as such",
            self.target.ty
        );
        *self = Self::new(self.target.name.clone(), DataType::String, vec![note]);
    }
}

/// What a file says itself about its types.
pub(super) fn stored(source: &dyn Source) -> Result<Found, SourceError> {
    let fails = |error| SourceError::new(source.describe(), SourceProblem::Polars(error));
    let mut lazy = source.open(None)?;
    let schema = lazy.collect_schema().map_err(fails)?;
    let candidates = schema
        .iter_fields()
        .map(|field| Candidate::new(field.name, field.dtype, Vec::new()));
    summary(lazy, candidates.collect()).map_err(fails)
}

/// Reads a source as these types. Columns that cannot be read so are read as text.
pub(super) fn read(
    source: &dyn Source,
    mut candidates: Vec<Candidate>,
    open: impl Fn(&[Target]) -> Result<LazyFrame, SourceError>,
) -> Result<Found, SourceError> {
    let reads = |candidates: &[Candidate]| {
        let targets: Vec<Target> = candidates.iter().map(|c| c.target.clone()).collect();
        open(&targets)
    };
    let fails = |error| {
        let problem = |error| SourceError::new(source.describe(), SourceProblem::Polars(error));
        source
            .diagnose(None, &error)
            .unwrap_or_else(|| problem(error))
    };
    let Err(error) = engine::collect(heights(reads(&candidates)?)) else {
        return summary(reads(&candidates)?, candidates).map_err(fails);
    };
    let mut demoted = false;
    for candidate in &mut candidates {
        let lazy = reads(std::slice::from_ref(candidate))?;
        if candidate.target.dtype != DataType::String && engine::collect(heights(lazy)).is_err() {
            candidate.become_text();
            demoted = true;
        }
    }
    if !demoted {
        return Err(fails(error));
    }
    summary(reads(&candidates)?, candidates).map_err(fails)
}

/// Parses everything and keeps nothing.
fn heights(lazy: LazyFrame) -> LazyFrame {
    lazy.select([all().as_expr().null_count()])
}

/// One pass over all rows.
fn summary(lazy: LazyFrame, candidates: Vec<Candidate>) -> PolarsResult<Found> {
    let mut questions = vec![len().cast(DataType::UInt64)];
    for candidate in &candidates {
        ask(
            &candidate.target.expr(),
            &candidate.target.dtype,
            true,
            &mut questions,
        );
    }
    let numbered = questions.into_iter().enumerate();
    let numbered: Vec<Expr> = numbered.map(|(i, e)| e.alias(i.to_string())).collect();
    let frame = engine::collect(lazy.select(numbered))?;
    let mut answers = frame.columns().iter();
    let rows = match answers.next() {
        Some(height) => height.u64()?.get(0).unwrap_or_default(),
        None => 0,
    };
    let columns = candidates.into_iter().map(|Candidate { target, notes }| {
        Ok(FoundColumn {
            facts: answer(&target.dtype, true, &mut answers)?,
            name: target.name,
            dtype: target.dtype,
            notes,
        })
    });
    Ok(Found {
        columns: columns.collect::<PolarsResult<_>>()?,
        rows,
    })
}

/// Whether the range of such values tells people anything.
fn has_range(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || dtype.is_temporal()
}

/// The values inside: items of a list, fields of a struct; nulls around them left out.
fn parts(values: &Expr, dtype: &DataType) -> Vec<(Expr, DataType)> {
    let there = values.clone().drop_nulls();
    match dtype {
        DataType::List(item) => {
            let items = there.explode(ExplodeOptions {
                empty_as_null: false,
                keep_nulls: false,
            });
            vec![(items, (**item).clone())]
        }
        DataType::Struct(fields) => fields
            .iter()
            .map(|field| {
                let values = there.clone().struct_().field_by_name(&field.name);
                (values, field.dtype.clone())
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Adds the expressions that [`answer`] reads, in the same order.
fn ask(values: &Expr, dtype: &DataType, top: bool, questions: &mut Vec<Expr>) {
    questions.push(values.clone().null_count());
    if top && has_range(dtype) {
        questions.push(values.clone().min());
        questions.push(values.clone().max());
    }
    for (values, dtype) in parts(values, dtype) {
        ask(&values, &dtype, false, questions);
    }
}

fn answer<'a>(
    dtype: &DataType,
    top: bool,
    answers: &mut impl Iterator<Item = &'a Column>,
) -> PolarsResult<Facts> {
    let mut next = || {
        let value = answers.next().map(|column| column.get(0)).transpose()?;
        PolarsResult::Ok(value.unwrap_or(AnyValue::Null))
    };
    let nulls = next()?.extract::<u64>().is_some_and(|nulls| nulls > 0);
    let range = if top && has_range(dtype) {
        match (next()?, next()?) {
            (AnyValue::Null, _) | (_, AnyValue::Null) => None,
            (least, greatest) => Some((text(&least), text(&greatest))),
        }
    } else {
        None
    };
    let parts = parts(&lit(NULL), dtype)
        .into_iter()
        .map(|(_, dtype)| answer(&dtype, false, answers));
    Ok(Facts {
        nulls,
        range,
        parts: parts.collect::<PolarsResult<_>>()?,
    })
}

/// Polars rounds floats for people.
fn text(value: &AnyValue) -> String {
    match value {
        AnyValue::Float64(value) => value.to_string(),
        AnyValue::Float32(value) => value.to_string(),
        other => other.to_string(),
    }
}
