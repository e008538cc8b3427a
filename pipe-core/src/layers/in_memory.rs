//! Computing a result whose frame below is in memory: only what is new.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::acts::{Act, Acts, Columns, Join};
use super::carried::{needed, origins};
use super::look_up::look_up;
use super::{
    KEPT, Layer, Layered, Origin, Parts, Picked, Selected, through, untouched, unused, within,
    without_rows,
};
use crate::engine::{Engine, collect_on};

const ROW: &str = "__pipe_row";

/// Of fewer rows, to filter columns for nothing takes less time than to find out which.
const FEW_ROWS: usize = 1 << 16;

/// Does to a frame what the acts say. `None` if it cannot be done in this way: nobody has lost anything
/// but the time, and the plan can be computed as a whole.
pub(crate) fn compute(below: &Parts, acts: &Acts, engine: Engine) -> PolarsResult<Option<Layered>> {
    let mut work = Work {
        parts: below.clone(),
        flags: acts.flags,
        engine,
        kept: None,
        in_order: true,
        columns: untouched(&below.schema()),
    };
    let mut rest = acts.done.iter().peekable();
    while let Some(act) = rest.next() {
        let done = match act {
            Act::Columns(first) => {
                let mut columns = vec![&**first];
                while let Some(Act::Columns(next)) = rest.peek() {
                    columns.push(next);
                    rest.next();
                }
                work.columns(&columns)?
            }
            Act::Filter(predicate) => work.filter(predicate)?,
            Act::Join(join) => work.join(join)?,
        };
        if !done {
            return Ok(None);
        }
    }
    Ok(Some(work.done()))
}

/// A frame on its way.
struct Work {
    parts: Parts,
    flags: OptFlags,
    engine: Engine,
    /// Which rows of the frame below are left.
    kept: Option<BooleanChunked>,
    /// Whether they are there once each, and in their order.
    in_order: bool,
    columns: Vec<(PlSmallStr, Origin)>,
}

/// The right frame of a join.
struct Right {
    frame: DataFrame,
    /// The key to the left, and that to the right.
    keys: (PlSmallStr, PlSmallStr),
    /// The columns that the join adds, as they are named then.
    added: DataFrame,
}

impl Work {
    fn done(self) -> Layered {
        let layer = self.in_order.then_some(Layer {
            kept: self.kept,
            columns: self.columns,
        });
        Layered {
            parts: self.parts,
            layer,
        }
    }

    fn lazy(&self, plan: DslPlan) -> LazyFrame {
        LazyFrame::from_logical_plan(plan, self.flags)
    }

    /// The columns of the frame that a query reads; `None` where it does not matter.
    fn read_by(
        &self,
        query: impl Fn(DslPlan) -> PolarsResult<LazyFrame>,
    ) -> PolarsResult<Option<Vec<PlSmallStr>>> {
        if self.parts.rows() < FEW_ROWS {
            return Ok(None);
        }
        needed(&self.parts.schema(), query).map(Some)
    }

    /// The frame, of which only these columns will be read.
    fn for_reading(&self, columns: Option<&[PlSmallStr]>) -> PolarsResult<DslPlan> {
        let frame = match columns {
            Some(columns) => self.parts.for_reading(columns),
            None => self.parts.lazy(),
        };
        Ok(frame?.logical_plan)
    }

    fn columns(&mut self, acts: &[&Columns]) -> PolarsResult<bool> {
        let over = |below: DslPlan| acts.iter().fold(below, |below, act| act.over(below));
        let schema = self.parts.schema();
        let Some(after) = origins(over(without_rows(&schema)), self.flags)? else {
            return Ok(false);
        };
        let made = after.iter().filter(|(_, origin)| *origin == Origin::Made);
        let made: Vec<_> = made.map(|(name, _)| name).collect();
        if made.len() == after.len() {
            return Ok(false);
        }
        let new = if made.is_empty() {
            DataFrame::empty_with_height(self.parts.rows())
        } else {
            let mut wanted: Vec<_> = made.iter().copied().cloned().map(col).collect();
            let query = |below| self.lazy(over(below));
            let mut read = self.read_by(|below| Ok(query(below).select(&wanted)))?;
            let Some(anchor) = anchor(&after, &schema, read.as_mut()) else {
                return Ok(false);
            };
            wanted.push(col(anchor));
            let plan = query(self.for_reading(read.as_deref())?).select(wanted);
            let computed = collect_on(self.engine, plan)?;
            computed.select(made.into_iter().cloned())?
        };
        if new.height() != self.parts.rows() {
            return Ok(false);
        }
        self.parts.with_columns(&after, Selected::Frame(new));
        self.columns = through(&self.columns, after);
        Ok(true)
    }

    fn filter(&mut self, predicate: &Expr) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let kept = unused(KEPT, &schema);
        let query = |below| {
            let mask = predicate.clone().alias(kept.clone());
            self.lazy(below).with_column(mask)
        };
        let mut read = self.read_by(|below| Ok(query(below).select([col(kept.clone())])))?;
        let Some(anchor) = anchor(&untouched(&schema), &schema, read.as_mut()) else {
            return Ok(false);
        };
        let plan = query(self.for_reading(read.as_deref())?);
        let mask = collect_on(self.engine, plan.select([col(kept.clone()), col(anchor)]))?;
        let mask = mask.column(&kept)?;
        // Of another type, or length: what is wrong with it, the whole plan says best.
        let (DataType::Boolean, true) = (mask.dtype(), mask.len() == self.parts.rows()) else {
            return Ok(false);
        };
        let mask = mask.bool()?.fill_null_with_values(false)?;
        if !mask.all() {
            self.keep(mask);
        }
        Ok(true)
    }

    fn join(&mut self, join: &Join) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let row = unused(ROW, &schema);
        let joined = |join: &Join, left: DslPlan| {
            let left = self.lazy(left).with_row_index(row.clone(), None);
            self.lazy(join.over(left.logical_plan))
        };
        let after = joined(join, without_rows(&schema)).collect_schema()?;
        let left = [&row].into_iter().chain(schema.iter_names());
        if after.iter_names().take(schema.len() + 1).ne(left) {
            return Ok(false);
        }
        let added: Vec<_> = after.iter_names().skip(schema.len() + 1).cloned().collect();
        let right = self.short_right(join, &schema, &added)?;
        let found = match &right {
            Some(right) => self.look_up(right)?,
            None => None,
        };
        let made = match (found, right) {
            (Some(numbers), Some(right)) => self.take_found(join, numbers, right)?,
            (_, right) => {
                // Not to be computed again.
                let right = right.map(|right| join.with_right(right.frame.lazy().logical_plan));
                let join = right.as_ref().unwrap_or(join);
                let wanted = [&row].into_iter().chain(&added).cloned().map(col);
                let wanted: Vec<_> = wanted.collect();
                let read = self.read_by(|below| Ok(joined(join, below).select(&wanted)))?;
                let plan = joined(join, self.for_reading(read.as_deref())?).select(wanted);
                // The streaming engine takes five times as long to join in order.
                let new = collect_on(Engine::InMemory, plan)?;
                let rows = new.column(&row)?.idx()?.rechunk().into_owned();
                self.choose(&rows)?;
                Selected::Frame(new.select(added.iter().cloned())?)
            }
        };
        let there = untouched(&schema).into_iter();
        let made_columns = added.iter().map(|name| (name.clone(), Origin::Made));
        let after: Vec<_> = there.chain(made_columns).collect();
        self.parts.with_columns(&after, made);
        self.columns = through(&self.columns, after);
        Ok(true)
    }

    /// The right frame of a join with a long left one, computed. `None` if its rows cannot be looked up.
    fn short_right(
        &self,
        join: &Join,
        left: &Schema,
        added: &[PlSmallStr],
    ) -> PolarsResult<Option<Right>> {
        if self.parts.rows() < FEW_ROWS {
            return Ok(None);
        }
        let mut plan = self.lazy(join.right());
        let columns = join.added(left, &*plan.collect_schema()?, added);
        let (Some(keys), Some(columns)) = (join.keys(), columns) else {
            return Ok(None);
        };
        let frame = collect_on(self.engine, plan)?;
        let added = columns.iter().zip(added).map(|(column, name)| {
            let column = frame.column(column)?.clone();
            Ok(column.with_name(name.clone()))
        });
        let added = DataFrame::new(frame.height(), added.collect::<PolarsResult<_>>()?)?;
        Ok(Some(Right { frame, keys, added }))
    }

    /// The numbers of the rows to the right, for each row to the left.
    fn look_up(&self, right: &Right) -> PolarsResult<Option<IdxCa>> {
        if right.frame.height() > self.parts.rows() / 2 {
            return Ok(None);
        }
        let (left, among) = &right.keys;
        let Selected::Frame(keys) = self.parts.select([left], self.engine)? else {
            return Ok(None);
        };
        look_up(keys.column(left)?, right.frame.column(among)?)
    }

    /// Keeps the rows that the join keeps, and gives the columns that it adds to them.
    fn take_found(&mut self, join: &Join, numbers: IdxCa, right: Right) -> PolarsResult<Selected> {
        let mask = match join.how() {
            JoinType::Anti => numbers.is_null(),
            JoinType::Left => return Picked::new(&numbers, right.added).map(Selected::Picked),
            _ => numbers.is_not_null(),
        };
        let numbers = if mask.all() {
            numbers
        } else {
            let numbers = numbers.filter(&mask)?;
            self.keep(mask.with_name(KEPT.into()));
            numbers
        };
        Picked::new(&numbers, right.added).map(Selected::Picked)
    }

    /// Takes the rows of these numbers, in this order.
    fn choose(&mut self, rows: &IdxCa) -> PolarsResult<()> {
        let height = self.parts.rows();
        let numbers = rows.cont_slice()?;
        if !numbers.is_sorted_by(|a, b| a < b) {
            self.in_order = false;
            let whole = collect_on(self.engine, self.parts.lazy()?)?;
            self.parts = Parts::of(&whole.take(rows)?);
        } else if numbers.len() < height {
            let mut kept = vec![false; height];
            for &row in numbers {
                kept[row as usize] = true;
            }
            self.keep(BooleanChunked::from_slice(KEPT.into(), &kept));
        }
        Ok(())
    }

    /// Notes which of the rows that were left are left now.
    fn keep(&mut self, mask: BooleanChunked) {
        self.parts.keep(&mask);
        self.kept = Some(match self.kept.take() {
            None => mask,
            Some(before) => within(&before, &mask),
        });
    }
}

/// A column of a plan that has as many values as there are rows, whatever the others have: one that is read anyway,
/// or that costs little, which is then read as well. Without it, a plan of nothing but sums would have one row.
fn anchor(
    columns: &[(PlSmallStr, Origin)],
    below: &Schema,
    read: Option<&mut Vec<PlSmallStr>>,
) -> Option<PlSmallStr> {
    let carried = columns.iter().filter_map(|(name, origin)| match origin {
        Origin::Below(column) => Some((name, column, below.get(column)?)),
        Origin::Made => None,
    });
    let cost = |dtype: &DataType| match dtype {
        DataType::Boolean => 1,
        numeric if numeric.is_primitive_numeric() || numeric.is_temporal() => 8,
        DataType::String => 32,
        _ => 1_000,
    };
    let is_read = |column| read.as_ref().is_some_and(|read| read.contains(column));
    let cheapest = carried.min_by_key(|(_, column, dtype)| (!is_read(column), cost(dtype)));
    let (name, column, _) = cheapest?;
    if let Some(read) = read
        && !read.contains(column)
    {
        read.push(column.clone());
    }
    Some(name.clone())
}
