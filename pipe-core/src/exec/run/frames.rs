//! What is handed from node to node, and how much memory it takes.

use std::cell::OnceCell;
use std::sync::Arc;

use polars::prelude::{DataFrame, IntoLazy, LazyFrame, PolarsResult};

use crate::exec::Kept;
use crate::exec::error::NodeProblem;
use crate::layers::Parts;
use crate::step::{OutputKind, StepOutput};
use crate::store::{Record, Store};

/// How many bytes in memory a byte of Parquet becomes, roughly.
const UNPACKED: u64 = 4;

/// The result of a node, or an input.
#[derive(Clone)]
pub(super) struct Handed {
    kept: Kept,
    /// What is in the store, once somebody asked for it.
    loaded: OnceCell<Box<StepOutput>>,
    /// A frame in memory.
    parts: Option<Box<Parts>>,
    /// What it would take in memory; `None` if nobody knows.
    size: Option<u64>,
    /// What of that it does take.
    held: u64,
}

impl Handed {
    /// A frame that is computed by those who use it.
    pub(super) fn plan(plan: LazyFrame, size: Option<u64>) -> Self {
        Self {
            kept: Kept::Here(Box::new(plan.into())),
            loaded: OnceCell::new(),
            parts: None,
            size,
            held: 0,
        }
    }

    /// A frame in memory.
    pub(super) fn frame(frame: DataFrame) -> Self {
        let size = frame.estimated_size() as u64;
        Self {
            parts: Some(Box::new(Parts::of(&frame))),
            kept: Kept::Here(Box::new(frame.lazy().into())),
            loaded: OnceCell::new(),
            size: Some(size),
            held: size,
        }
    }

    /// A frame in memory that was not put together.
    pub(super) fn parts(parts: Parts) -> PolarsResult<Self> {
        let size = parts.size();
        Ok(Self {
            kept: Kept::Here(Box::new(parts.lazy()?.into())),
            loaded: OnceCell::new(),
            parts: Some(Box::new(parts)),
            size: Some(size),
            held: size,
        })
    }

    /// The frame, if it is in memory.
    pub(super) fn in_memory(&self) -> Option<&Parts> {
        self.parts.as_deref()
    }

    pub(super) fn value(value: crate::step::Value) -> Self {
        Self {
            kept: Kept::Here(Box::new(value.into())),
            loaded: OnceCell::new(),
            parts: None,
            size: Some(0),
            held: 0,
        }
    }

    /// A checkpoint.
    pub(super) fn stored(record: Arc<Record>, kind: OutputKind) -> Self {
        Self {
            size: Some(record.bytes_to_read().saturating_mul(UNPACKED)),
            kept: Kept::Stored(record, kind),
            loaded: OnceCell::new(),
            parts: None,
            held: 0,
        }
    }

    /// The result. A frame is the same plan each time, so that it is recognised in what a step makes of it.
    pub(super) fn load(&self, store: &Store) -> Result<StepOutput, NodeProblem> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(StepOutput::clone(loaded));
        }
        let output = self.kept.load(store)?;
        if matches!(self.kept, Kept::Stored(_, OutputKind::Frame)) {
            let _ = self.loaded.set(Box::new(output.clone()));
        }
        Ok(output)
    }

    pub(super) fn size(&self) -> Option<u64> {
        self.size
    }

    pub(super) fn held(&self) -> u64 {
        self.held
    }

    pub(super) fn into_kept(self) -> Kept {
        self.kept
    }
}
