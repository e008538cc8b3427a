//! A frame that nobody has put together: columns of several frames, in memory or stored, and which rows of
//! each are there. What has to be read of it is read and filtered; the rest is left alone.

use std::sync::Arc;

use polars::prelude::*;

use super::{Origin, Picked, Piece, Place, assemble, within};
use crate::engine::{self, Engine, collect_on};

/// Such a frame. Clones share their data.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    all: Vec<Part>,
    /// In order.
    columns: Vec<Place>,
    rows: usize,
}

#[derive(Clone, Debug)]
struct Part {
    data: Data,
    /// Which of its rows are there; all of them if there is no mask. Parts of the same rows share it.
    kept: Option<Arc<BooleanChunked>>,
}

#[derive(Clone)]
enum Data {
    Frame(DataFrame),
    Picked(Picked),
    Stored(Box<LazyFrame>, SchemaRef),
}

/// Columns of a frame.
pub(crate) enum Selected {
    /// In memory.
    Frame(DataFrame),
    /// To be looked up.
    Picked(Picked),
}

impl Selected {
    /// Put together.
    pub(crate) fn into_frame(self) -> PolarsResult<DataFrame> {
        match self {
            Self::Frame(frame) => Ok(frame),
            Self::Picked(picked) => picked.slice(0, picked.rows()),
        }
    }
}

impl Data {
    fn schema(&self) -> &SchemaRef {
        match self {
            Self::Frame(frame) => frame.schema(),
            Self::Picked(picked) => picked.schema(),
            Self::Stored(_, schema) => schema,
        }
    }

    fn lazy(&self) -> LazyFrame {
        match self {
            Self::Frame(frame) => frame.clone().lazy(),
            Self::Picked(picked) => picked.lazy(),
            Self::Stored(plan, _) => LazyFrame::clone(plan),
        }
    }

    /// Bytes that it takes in memory.
    fn size(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.estimated_size(),
            Self::Picked(picked) => picked.size(),
            Self::Stored(..) => 0,
        }
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.schema().fmt(f)
    }
}

impl Parts {
    /// A whole frame that is stored, of so many rows.
    pub(crate) fn stored(mut plan: LazyFrame, rows: u64) -> PolarsResult<Self> {
        let schema = plan.collect_schema()?;
        let too_many = |_| polars_err!(ComputeError: "{rows} rows are more than there can be");
        let names = schema.iter_names();
        Ok(Self {
            columns: names.map(|name| (name.clone(), 0, name.clone())).collect(),
            rows: usize::try_from(rows).map_err(too_many)?,
            all: vec![Part {
                data: Data::Stored(Box::new(plan), schema.clone()),
                kept: None,
            }],
        })
    }

    /// A whole frame.
    pub(crate) fn of(frame: &DataFrame) -> Self {
        let names = frame.schema().iter_names();
        Self {
            columns: names.map(|name| (name.clone(), 0, name.clone())).collect(),
            rows: frame.height(),
            all: vec![Part {
                data: Data::Frame(frame.clone()),
                kept: None,
            }],
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn schema(&self) -> Schema {
        let columns = self.columns.iter().filter_map(|(name, part, column)| {
            let dtype = self.all[*part].data.schema().get(column)?;
            Some(Field::new(name.clone(), dtype.clone()))
        });
        columns.collect()
    }

    /// Bytes that it takes, whoever else has some of them.
    pub(crate) fn size(&self) -> u64 {
        self.all.iter().map(|part| part.data.size() as u64).sum()
    }

    /// The frame.
    pub(crate) fn lazy(&self) -> PolarsResult<LazyFrame> {
        assemble(&self.columns, self.all.len(), |number| {
            let Part { data, kept } = &self.all[number];
            Ok(Piece {
                frame: data.lazy(),
                kept: kept.as_deref().cloned(),
            })
        })
    }

    /// The frame for a query that reads some of its columns only.
    pub(super) fn for_reading(&self, read: &[PlSmallStr]) -> PolarsResult<LazyFrame> {
        let columns = self.columns.iter().filter(|(name, ..)| read.contains(name));
        let columns: Vec<_> = columns.cloned().collect();
        if columns.is_empty() {
            return self.lazy();
        }
        let columns = Self {
            columns,
            ..self.clone()
        };
        with_unread(columns.lazy()?, &self.schema())
    }

    /// Some of its columns, computed, unless they are to be looked up.
    pub(crate) fn select<'a>(
        &self,
        columns: impl IntoIterator<Item = &'a PlSmallStr>,
        engine: Engine,
    ) -> PolarsResult<Selected> {
        let columns: Vec<_> = columns.into_iter().collect();
        if let Some(columns) = self.in_frames(&columns) {
            return Ok(Selected::Frame(DataFrame::new(self.rows, columns)?));
        }
        if let Some(picked) = self.picked(&columns) {
            return Ok(Selected::Picked(picked?));
        }
        let columns = columns.into_iter().cloned().map(engine::column);
        let frame = collect_on(engine, self.lazy()?.select(columns.collect::<Vec<_>>()))?;
        Ok(Selected::Frame(frame))
    }

    /// Where a column is, if all of its rows are there.
    fn whole_part(&self, name: &PlSmallStr) -> Option<(usize, &Data, &PlSmallStr)> {
        let (_, number, column) = self.columns.iter().find(|(it, ..)| it == name)?;
        let part = self.all.get(*number).filter(|part| part.kept.is_none())?;
        Some((*number, &part.data, column))
    }

    /// Columns that are in memory as they are.
    fn in_frames(&self, columns: &[&PlSmallStr]) -> Option<Vec<Column>> {
        let columns = columns.iter().map(|name| match self.whole_part(name)? {
            (_, Data::Frame(frame), column) => {
                let column = frame.column(column).ok()?;
                Some(column.clone().with_name((*name).clone()))
            }
            _ => None,
        });
        columns.collect()
    }

    /// Columns that are looked up by the same numbers.
    fn picked(&self, columns: &[&PlSmallStr]) -> Option<PolarsResult<Picked>> {
        let (first, Data::Picked(picked), _) = self.whole_part(columns.first()?)? else {
            return None;
        };
        let columns = columns.iter().map(|name| match self.whole_part(name)? {
            (number, _, column) if number == first => {
                let column = picked.column(column).ok()?;
                Some(column.clone().with_name((*name).clone()))
            }
            _ => None,
        });
        Some(picked.select(columns.collect::<Option<_>>()?))
    }

    /// Nulls of a column.
    pub(crate) fn nulls(&self, column: &str, engine: Engine) -> PolarsResult<u64> {
        let place = self.columns.iter().find(|(name, ..)| name == column);
        if let Some((_, part, name)) = place {
            let part = &self.all[*part];
            match &part.data {
                Data::Frame(frame) => {
                    let nulls = frame.column(name)?.null_count();
                    // There are no more in some of its rows.
                    if nulls == 0 || part.kept.is_none() {
                        return Ok(nulls as u64);
                    }
                }
                Data::Picked(picked) if picked.is_complete(name)? => return Ok(0),
                Data::Picked(_) | Data::Stored(..) => {}
            }
        }
        let counted = self.lazy()?.select([engine::column(column).null_count()]);
        let counted = collect_on(engine, counted)?;
        Ok(u64::from(
            counted.column(column)?.idx()?.get(0).unwrap_or(0),
        ))
    }

    /// The columns that these are, with those that were made, in as many rows.
    pub(super) fn with_columns(&mut self, after: &[(PlSmallStr, Origin)], made: Selected) {
        let place = |(name, origin): &(PlSmallStr, Origin)| match origin {
            Origin::Below(below) => {
                let found = self.columns.iter().find(|(name, ..)| name == below);
                found.map(|(_, part, column)| (name.clone(), *part, column.clone()))
            }
            Origin::Made => Some((name.clone(), self.all.len(), name.clone())),
        };
        self.columns = after.iter().filter_map(place).collect();
        let data = match made {
            Selected::Frame(frame) => Data::Frame(frame),
            Selected::Picked(picked) => Data::Picked(picked),
        };
        if !data.schema().is_empty() {
            self.all.push(Part { data, kept: None });
        }
        self.drop_unused();
    }

    /// Gives back the memory of parts that no column is of any more.
    fn drop_unused(&mut self) {
        let mut numbers = vec![None; self.all.len()];
        for (_, number, _) in &self.columns {
            numbers[*number] = Some(0);
        }
        let mut used = numbers.iter().map(Option::is_some);
        self.all.retain(|_| used.next().unwrap_or(true));
        for (new, number) in numbers.iter_mut().flatten().enumerate() {
            *number = new;
        }
        for (_, number, _) in &mut self.columns {
            *number = numbers[*number].unwrap_or(*number);
        }
    }

    /// Without the rows that a mask does not keep.
    pub(super) fn keep(&mut self, mask: &BooleanChunked) {
        let whole = Arc::new(mask.clone());
        let mut done: Vec<(Arc<BooleanChunked>, Arc<BooleanChunked>)> = Vec::new();
        for part in &mut self.all {
            let Some(before) = part.kept.take() else {
                part.kept = Some(whole.clone());
                continue;
            };
            let same = done.iter().find(|(other, _)| Arc::ptr_eq(other, &before));
            let kept = match same {
                Some((_, kept)) => kept.clone(),
                None => {
                    let kept = Arc::new(within(&before, mask));
                    done.push((before, kept.clone()));
                    kept
                }
            };
            part.kept = Some(kept);
        }
        self.rows = mask.sum().map_or(0, |kept| kept as usize);
    }
}

/// A frame of all these columns, of which a query reads only those that are there.
fn with_unread(there: LazyFrame, all: &Schema) -> PolarsResult<LazyFrame> {
    let schema = there.clone().collect_schema()?;
    let all = all.iter().map(|(name, dtype)| {
        if schema.contains(name) {
            return engine::column(name.clone());
        }
        let (unread, field) = (name.clone(), Field::new(name.clone(), dtype.clone()));
        let fail = move |_| polars_bail!(ComputeError: "column `{unread}` was not to be read");
        lit(NULL)
            .map(fail, move |_, _| Ok(field.clone()))
            .alias(name.clone())
    });
    Ok(there.select(all.collect::<Vec<_>>()))
}
