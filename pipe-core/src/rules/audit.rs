//! Rows held against rules while they flow by.
//!
//! Each rule is a column of the query: a native expression that is true where a row breaks it. One
//! closure behind them counts, keeps the first bad rows, takes rows out that are to be put aside, and
//! passes the others on without the helper columns. So whatever computes the query checks it: nothing
//! is read twice, and the order of the rows stays.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;

use super::{BadRow, Held, Invalid, NodeRules, Policy, Violation};
use crate::schema::describe_dtype;

/// Bad rows that are told of each rule.
const TOLD: usize = 3;

/// Characters of a value that are told.
const LONGEST: usize = 40;

/// The rules of a node, ready for one computation of its result.
pub(crate) struct Audit(Arc<Shared>);

struct Shared {
    rules: Vec<Held>,
    policy: Policy,
    /// What the rows are, without the helper columns.
    schema: SchemaRef,
    /// Name of the helper column with the number of each row.
    row: PlSmallStr,
    /// Name of the helper column of each rule.
    broken: Vec<PlSmallStr>,
    seen: Mutex<Seen>,
}

/// What was seen so far. Pieces of the frame come in any order, side by side.
#[derive(Default)]
struct Seen {
    rows: u64,
    bad: u64,
    /// Rows that were left out.
    skipped: u64,
    /// For each rule: how many rows break it, and the values of the first ones by row number.
    rules: Vec<(u64, BTreeMap<IdxSize, String>)>,
    /// Rows that were taken out, with the helper columns, by the number of the first.
    out: BTreeMap<IdxSize, DataFrame>,
}

/// What an audit found.
pub(crate) struct Audited {
    /// `None` if every row keeps every rule.
    pub(crate) invalid: Option<Invalid>,
    /// The rows that were put aside, each with its number and its reasons.
    pub(crate) quarantine: Option<DataFrame>,
}

/// A column that rules are about and that is not there as they say.
pub(crate) struct Unfit {
    pub(crate) column: String,
    pub(crate) declared: String,
    pub(crate) actual: Option<String>,
}

impl Audited {
    /// Of rows that no rule is about.
    pub(crate) const NOTHING: Self = Self {
        invalid: None,
        quarantine: None,
    };

    /// How many rows did not go on.
    pub(crate) fn taken_out(&self) -> u64 {
        let invalid = self.invalid.as_ref();
        invalid.map_or(0, |invalid| match invalid.policy {
            Policy::Skip | Policy::Quarantine => invalid.rows,
            Policy::Fail | Policy::Warn => 0,
        })
    }

    /// Both: of what a step was given, and of what it made. There is one account, see [`one_account`], and
    /// one place for what is put aside; a column that both have with different types is called `…_made` in the second.
    pub(crate) fn and(self, made: Self) -> PolarsResult<Self> {
        let invalid = match (self.invalid, made.invalid) {
            (Some(given), Some(made)) => Some(one_account(given, made)),
            (given, made) => given.or(made),
        };
        let quarantine = match (self.quarantine, made.quarantine) {
            (Some(given), Some(mut made)) => {
                for column in given.columns() {
                    let name = column.name();
                    if made
                        .column(name)
                        .is_ok_and(|other| other.dtype() != column.dtype())
                    {
                        let mut other = format!("{name}_made");
                        while made.column(&other).is_ok() || given.column(&other).is_ok() {
                            other.push('_');
                        }
                        made.rename(name, other.into())?;
                    }
                }
                Some(polars::functions::concat_df_diagonal(&[given, made])?)
            }
            (given, made) => given.or(made),
        };
        Ok(Self {
            invalid,
            quarantine,
        })
    }
}

/// What is said of all rows is true of those that were taken out furthest; of a rule that others broke,
/// its own words say what became of them.
fn one_account(given: Invalid, made: Invalid) -> Invalid {
    if given.policy == made.policy {
        // Each row that was made was looked at twice, and a row may have become several.
        let of = given.of.max(given.rows + made.of);
        let rows = given.rows + made.rows;
        let rules = [given.rules, made.rules].concat();
        return Invalid {
            rows,
            of,
            rules,
            ..given
        };
    }
    let told = |mut other: Invalid| {
        for found in &mut other.rules {
            found.rule = format!("{} ({})", found.rule, other.policy.outcome());
        }
        other.rules
    };
    if given.policy > made.policy {
        let rules = [given.rules.clone(), told(made)].concat();
        Invalid { rules, ..given }
    } else {
        let rules = [told(given), made.rules.clone()].concat();
        Invalid { rules, ..made }
    }
}

impl Audit {
    pub(crate) fn new(rules: &NodeRules, schema: &SchemaRef) -> Self {
        let policy = rules.policy;
        let rules = rules.all();
        let mut names = (0..).map(|i| PlSmallStr::from(format!("audit {i}")));
        let mut unused = || {
            // There are as many as are asked for.
            let name = names.find(|name| !schema.contains(name));
            name.unwrap_or_default()
        };
        let row = unused();
        let broken: Vec<_> = rules.iter().map(|_| unused()).collect();
        let seen = Seen {
            rules: vec![Default::default(); rules.len()],
            ..Seen::default()
        };
        Self(Arc::new(Shared {
            rules,
            policy,
            schema: schema.clone(),
            row,
            broken,
            seen: Mutex::new(seen),
        }))
    }

    /// The columns that the rules cannot be held against.
    pub(crate) fn unfit(&self) -> Vec<Unfit> {
        let mut unfit: Vec<Unfit> = Vec::new();
        for held in &self.0.rules {
            for &name in held.rule.columns {
                let Some(spec) = held.column(name) else {
                    continue;
                };
                let actual = self.0.schema.get(name);
                if actual != Some(&spec.ty.dtype()) && unfit.iter().all(|u| u.column != name) {
                    unfit.push(Unfit {
                        column: name.to_owned(),
                        declared: spec.ty.to_string(),
                        actual: actual.map(describe_dtype),
                    });
                }
            }
        }
        unfit
    }

    /// The same frame, whose rows are looked at when it is computed; once.
    pub(crate) fn watch(&self, frame: LazyFrame) -> PolarsResult<LazyFrame> {
        let shared = &self.0;
        let mut frame = frame.with_row_index(shared.row.clone(), None);
        let mut broken = Vec::with_capacity(shared.rules.len());
        for (held, name) in shared.rules.iter().zip(&shared.broken) {
            is_condition(held, &frame)?;
            broken.push(held.is_broken(&shared.row)?.alias(name.clone()));
        }
        frame = frame.with_columns(broken);
        let planned = shared.schema.clone();
        let schema: Arc<dyn UdfSchema> = Arc::new(move |_: &Schema| Ok(planned.clone()));
        // Piece by piece; but a filter must not be pushed below the row numbers.
        let optimizations = AllowedOptimizations::empty() | OptFlags::STREAMING;
        // Polars 0.55.2 takes closures of one name for one closure: no other has this one.
        let name: &'static str = format!("audit {}", crate::store::unique()).leak();
        let shared = shared.clone();
        let look = move |frame: DataFrame| shared.look(&frame);
        Ok(frame.map(look, optimizations, Some(schema), Some(name)))
    }

    /// What was found in a frame that was computed whole, of which so many rows went on.
    pub(crate) fn finish(&self, passed: u64) -> PolarsResult<Audited> {
        let shared = &self.0;
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen {
            rows,
            bad,
            skipped,
            rules,
            out,
        } = std::mem::take(&mut *seen);
        // Whatever an optimiser makes of the query: each row was looked at once.
        let aside: u64 = out.values().map(|rows| rows.height() as u64).sum();
        let out_rows = aside + skipped;
        polars_ensure!(
            passed + out_rows == rows,
            ComputeError: "{rows} rows were held against rules, but {passed} were written and {out_rows} taken out; this is a mistake in pipe, please report it"
        );
        if bad == 0 {
            return Ok(Audited::NOTHING);
        }
        let found = shared.rules.iter().zip(rules);
        let found = found.filter(|(_, (broken, _))| *broken > 0);
        let violation = |(held, (broken, first)): (&Held, (u64, BTreeMap<IdxSize, String>))| {
            let row = |(row, values): (IdxSize, String)| BadRow {
                row: u64::from(row) + 1,
                values,
            };
            Violation {
                schema: held.schema.name.to_owned(),
                rule: held.rule.words(),
                rows: broken,
                of: rows,
                first: first.into_iter().map(row).collect(),
            }
        };
        Ok(Audited {
            invalid: Some(Invalid {
                policy: shared.policy,
                rows: bad,
                of: rows,
                rules: found.map(violation).collect(),
            }),
            quarantine: shared.quarantine(out)?,
        })
    }
}

/// Whether what a user wrote as a condition is one.
fn is_condition(held: &Held, frame: &LazyFrame) -> PolarsResult<()> {
    let super::Check::Condition { name, expr, .. } = held.rule.check else {
        return Ok(());
    };
    let schema = frame.clone().select([expr()?]).collect_schema()?;
    let types: Vec<_> = schema.iter_values().map(describe_dtype).collect();
    polars_ensure!(
        types == ["bool"],
        ComputeError: "rule `{name}` of `{}` is no condition: its expression has type {}, not bool",
        held.schema.name, types.join(", ")
    );
    Ok(())
}

impl Shared {
    /// Looks at a piece of the frame, and returns what goes on.
    fn look(&self, frame: &DataFrame) -> PolarsResult<DataFrame> {
        let broken = self.broken.iter().map(|name| {
            let broken = frame.column(name)?.as_materialized_series();
            Ok(broken.bool()?.clone())
        });
        let broken: Vec<BooleanChunked> = broken.collect::<PolarsResult<_>>()?;
        let counts: Vec<u64> = broken
            .iter()
            .map(|b| u64::from(b.sum().unwrap_or(0)))
            .collect();
        let rows = frame
            .column(&self.row)?
            .as_materialized_series()
            .idx()?
            .clone();
        let good = frame.select(self.schema.iter_names_cloned())?;
        if counts.iter().all(|&count| count == 0) {
            self.seen().rows += frame.height() as u64;
            return Ok(good);
        }
        // Null where the rule holds because a value is null.
        let any = broken
            .iter()
            .map(|broken| broken.fill_null_with_values(false))
            .reduce(|any, broken| any.and_then(|any| Ok(&any | &broken?)))
            .unwrap_or_else(|| {
                Ok(BooleanChunked::full(
                    PlSmallStr::EMPTY,
                    false,
                    frame.height(),
                ))
            })?;
        let out = match self.policy {
            Policy::Quarantine => Some(frame.filter(&any)?),
            Policy::Fail | Policy::Warn | Policy::Skip => None,
        };
        let mut seen = self.seen();
        seen.rows += frame.height() as u64;
        seen.bad += u64::from(any.sum().unwrap_or(0));
        for (i, (broken, count)) in broken.iter().zip(counts).enumerate() {
            let (total, first) = &mut seen.rules[i];
            *total += count;
            let bad = broken
                .iter()
                .enumerate()
                .filter(|(_, broken)| *broken == Some(true));
            for (at, _) in bad.take(TOLD) {
                let row = rows.get(at).unwrap_or_default();
                first.insert(row, values(&self.rules[i], frame, at)?);
            }
            while first.len() > TOLD {
                first.pop_last();
            }
        }
        match (self.policy, out) {
            (_, Some(out)) => {
                seen.out.insert(rows.get(0).unwrap_or_default(), out);
            }
            (Policy::Skip, None) => seen.skipped += u64::from(any.sum().unwrap_or(0)),
            (_, None) => return Ok(good),
        }
        drop(seen);
        good.filter(&!&any)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows that were taken out, in order: all their columns, their numbers, what they break.
    fn quarantine(&self, out: BTreeMap<IdxSize, DataFrame>) -> PolarsResult<Option<DataFrame>> {
        let Some(out) = out
            .into_values()
            .map(Ok)
            .reduce(|above: PolarsResult<_>, below| {
                let mut above = above?;
                above.vstack_mut_owned(below?)?;
                Ok(above)
            })
        else {
            return Ok(None);
        };
        let out = out?;
        let broken = self
            .broken
            .iter()
            .map(|name| Ok(out.column(name)?.bool()?.clone()));
        let broken: Vec<BooleanChunked> = broken.collect::<PolarsResult<_>>()?;
        let words: Vec<String> = self.rules.iter().map(|held| held.rule.words()).collect();
        let reasons: ListChunked = (0..out.height())
            .map(|row| {
                let broken = broken.iter().zip(&words);
                let reasons = broken.filter(|(broken, _)| broken.get(row) == Some(true));
                let reasons: Vec<&str> = reasons.map(|(_, words)| words.as_str()).collect();
                Some(Series::new(PlSmallStr::EMPTY, reasons))
            })
            .collect();
        let rows = out.column(&self.row)?.cast(&DataType::UInt64)? + 1u64;
        let frame = out.select(self.schema.iter_names_cloned())?;
        let rows = rows.take_materialized_series();
        quarantined(frame, rows, reasons.into_series()).map(Some)
    }
}

/// Rows that are put aside, with their numbers and the reasons why.
pub(crate) fn quarantined(
    mut frame: DataFrame,
    rows: Series,
    reasons: Series,
) -> PolarsResult<DataFrame> {
    for (name, column) in [(ROW, rows), (REASONS, reasons)] {
        let mut name = name.to_owned();
        while frame.column(&name).is_ok() {
            name.push('_');
        }
        frame.with_column(column.with_name(name.into()).into_column())?;
    }
    Ok(frame)
}

/// The columns that quarantined rows have beside their own.
const ROW: &str = "quarantine_row";
const REASONS: &str = "quarantine_reasons";

/// The values that matter of a row: `-4`, or `distance: -4, origin: "EWR"`.
fn values(held: &Held, frame: &DataFrame, row: usize) -> PolarsResult<String> {
    let mut columns: Vec<&str> = held.rule.columns.to_vec();
    for key in held.key() {
        if !columns.contains(key) {
            columns.push(key);
        }
    }
    let mut told = Vec::with_capacity(columns.len());
    for &column in &columns {
        // A key of the schema need not be in a frame that only has to keep its rules.
        let Ok(values) = frame.column(column) else {
            continue;
        };
        let value = values.get(row)?.to_string();
        let short = value.chars().count() <= LONGEST;
        let value = if short {
            value
        } else {
            value.chars().take(LONGEST).chain(['…']).collect()
        };
        told.push(match columns.len() {
            1 => value,
            _ => format!("{column}: {value}"),
        });
    }
    Ok(told.join(", "))
}
