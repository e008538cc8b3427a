//! What is new in a result whose frame below is not in memory: which rows are kept is computed at once, as
//! a bit for each row; the columns that were made are a plan that can be streamed to where they go.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::acts::{Act, Acts, Columns};
use super::assemble::{with_rows, within};
use super::carried::origins;
use super::{KEPT, Layer, Origin, through, untouched, unused, without_rows};
use crate::engine;

/// A result that is not computed yet, but for the rows that it keeps.
pub(crate) struct Streamed {
    /// The whole frame.
    pub(crate) frame: LazyFrame,
    /// The columns that were made, if any were.
    pub(crate) made: Option<LazyFrame>,
    pub(crate) rows: u64,
    pub(crate) layer: Layer,
}

/// Does to a frame of so many rows what the acts say. `None` if it cannot be done in this way.
///
/// Joins cannot: whether one keeps each row once is known only when it was computed.
pub(crate) fn plan(below: &LazyFrame, rows: u64, acts: &Acts) -> PolarsResult<Option<Streamed>> {
    let mut below = below.clone().with_optimizations(acts.flags);
    let columns = untouched(&*below.collect_schema()?);
    let mut work = Work {
        frame: below,
        flags: acts.flags,
        rows,
        kept: None,
        columns,
    };
    for act in &acts.done {
        let done = match act {
            Act::Columns(columns) => work.columns(columns)?,
            Act::Filter(predicate) => work.filter(predicate)?,
            Act::Join(_) => false,
        };
        if !done {
            return Ok(None);
        }
    }
    Ok(Some(work.done()))
}

struct Work {
    frame: LazyFrame,
    flags: OptFlags,
    rows: u64,
    kept: Option<BooleanChunked>,
    columns: Vec<(PlSmallStr, Origin)>,
}

impl Work {
    fn done(self) -> Streamed {
        let layer = Layer {
            kept: self.kept,
            columns: self.columns,
        };
        let made: Vec<_> = layer.made().cloned().map(engine::column).collect();
        Streamed {
            made: (!made.is_empty()).then(|| self.frame.clone().select(made)),
            frame: self.frame,
            rows: self.rows,
            layer,
        }
    }

    fn has_made_columns(&self) -> bool {
        let mut origins = self.columns.iter();
        origins.any(|(_, origin)| *origin == Origin::Made)
    }

    fn columns(&mut self, act: &Columns) -> PolarsResult<bool> {
        let schema = self.frame.collect_schema()?;
        let Some(after) = origins(act.over(without_rows(&schema)), self.flags)? else {
            return Ok(false);
        };
        if !after.iter().any(|(_, origin)| *origin != Origin::Made) {
            return Ok(false);
        }
        self.columns = through(&self.columns, after);
        let plan: DslPlan = act.over(self.frame.logical_plan.clone());
        self.frame = LazyFrame::from_logical_plan(plan, self.flags);
        Ok(true)
    }

    fn filter(&mut self, predicate: &Expr) -> PolarsResult<bool> {
        // They would be computed twice, and need not come out the same.
        if self.has_made_columns() {
            return Ok(false);
        }
        let schema = self.frame.collect_schema()?;
        let kept = unused(KEPT, &[&schema]);
        let plan = self.frame.clone();
        let plan = plan.with_column(predicate.clone().alias(kept.clone()));
        let mask = engine::collect(plan.select([col(kept.clone())]))?;
        let Some(mask) = super::mask(mask.column(&kept)?, self.rows)? else {
            return Ok(false);
        };
        if mask.all() {
            return Ok(true);
        }
        self.rows = u64::from(mask.sum().unwrap_or(0));
        self.frame = with_rows(self.frame.clone(), mask.clone(), &kept)?;
        self.kept = Some(match self.kept.take() {
            None => mask,
            Some(before) => within(&before, &mask),
        });
        Ok(true)
    }
}
