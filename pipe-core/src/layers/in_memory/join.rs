//! Joining a frame in memory with one to the right of it: which of its rows are there afterwards, and what is added to
//! them.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::Work;
use super::look_up::look_up;
use crate::engine::{Engine, collect_on, column};
use crate::layers::acts::Join;
use crate::layers::{
    KEPT, Origin, Parts, Picked, Selected, through, untouched, unused, without_rows,
};

const ROW: &str = "__pipe_row";

/// The right frame of a join.
struct Right {
    frame: DataFrame,
    /// The key to the left, and that to the right.
    keys: (PlSmallStr, PlSmallStr),
    /// The columns that the join adds, as they are named then.
    added: DataFrame,
}

impl Work {
    pub(super) fn join(&mut self, join: &Join) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let right = self.lazy(join.right()).collect_schema()?;
        let row = unused(ROW, &[&schema, &right]);
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
                let wanted = [&row].into_iter().chain(&added).cloned().map(column);
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
        if self.parts.rows() < self.long {
            return Ok(None);
        }
        let mut plan = self.lazy(join.right());
        let columns = join.added(left, &*plan.collect_schema()?, added);
        let (Some(keys), Some(columns)) = (join.keys(), columns) else {
            return Ok(None);
        };
        if columns.is_empty() {
            plan = plan.select([column(keys.1.clone())]);
        }
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
        let keys = self.parts.select([left], self.engine)?.into_frame()?;
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
}
