//! What became of the rows of a row step.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polars::prelude::*;

use crate::rules::{Audited, BadRow, Invalid, Policy, Violation, quarantined};

/// Rows that are told of.
const TOLD: usize = 3;

/// Characters of an error that are told.
const LONGEST: usize = 200;

/// Keeps account of one computation of a row step's result: which rows it failed for, and what went on.
#[derive(Clone)]
pub(crate) struct Ledger(Arc<Inner>);

struct Inner {
    step: &'static str,
    schema: &'static str,
    policy: Policy,
    /// Nobody will ask for the account: the first row that fails ends the query.
    at_once: AtomicBool,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    rows: u64,
    failed: u64,
    made: u64,
    first: BTreeMap<u64, String>,
    /// Rows that are put aside, by the number of the first.
    aside: BTreeMap<u64, DataFrame>,
    panic: Option<String>,
}

/// What became of a piece of the frame.
pub(super) struct Piece {
    /// Number of its first row.
    pub(super) start: u64,
    pub(super) rows: u64,
    /// The result.
    pub(super) made: DataFrame,
    /// Rows that the step failed for, and why.
    pub(super) failed: Vec<(u64, String)>,
    /// These rows themselves, if they are to be put aside.
    pub(super) aside: Option<DataFrame>,
}

impl Ledger {
    pub(super) fn new(step: &'static str, schema: &'static str, policy: Policy) -> Self {
        Self(Arc::new(Inner {
            step,
            schema,
            policy,
            at_once: AtomicBool::new(false),
            entries: Mutex::default(),
        }))
    }

    /// Has the query end at the first row that fails: the result becomes part of another query, and
    /// nobody will ask what became of the rows. Only where such rows are an error can it be so.
    pub(crate) fn fail_at_once(&self) -> bool {
        let may = self.0.policy == Policy::Fail;
        self.0.at_once.store(may, Ordering::Release);
        may
    }

    pub(super) fn fails_at_once(&self) -> bool {
        self.0.at_once.load(Ordering::Acquire)
    }

    pub(super) fn puts_aside(&self) -> bool {
        self.0.policy == Policy::Quarantine
    }

    /// The error of a row, which is counted from 1.
    pub(super) fn failure(&self, row: u64, error: &str) -> PolarsError {
        let step = self.0.step;
        polars_err!(ComputeError: "row {row} of step `{step}`: {error}")
    }

    /// Notes a panic of the step's function.
    pub(super) fn panicked(&self, panic: String) {
        self.entries().panic.get_or_insert(panic);
    }

    pub(super) fn enter(&self, piece: Piece) -> DataFrame {
        let mut entries = self.entries();
        entries.rows += piece.rows;
        entries.made += piece.made.height() as u64;
        entries.failed += piece.failed.len() as u64;
        for (row, error) in piece.failed.into_iter().take(TOLD) {
            entries.first.insert(row, shortened(&error));
        }
        while entries.first.len() > TOLD {
            entries.first.pop_last();
        }
        if let Some(aside) = piece.aside {
            entries.aside.insert(piece.start, aside);
        }
        piece.made
    }

    /// What the step's function said when it panicked, if it did.
    pub(crate) fn panic(&self) -> Option<String> {
        self.entries().panic.take()
    }

    /// What became of the rows, now that the result was computed; it has so many rows.
    pub(crate) fn finish(&self, height: u64) -> PolarsResult<Audited> {
        let entries = std::mem::take(&mut *self.entries());
        let Entries {
            rows, failed, made, ..
        } = entries;
        // Whatever an optimiser makes of the query: each row was looked at once.
        polars_ensure!(
            made == height,
            ComputeError: "a row step made {made} rows, but the result has {height}; this is a mistake in pipe, please report it"
        );
        if failed == 0 {
            return Ok(Audited::NOTHING);
        }
        let first = entries.first.into_iter();
        let violation = Violation {
            schema: self.0.schema.to_owned(),
            rule: format!("step {}", self.0.step),
            rows: failed,
            of: rows,
            first: first.map(|(row, values)| BadRow { row, values }).collect(),
        };
        let mut aside = entries.aside.into_values();
        let quarantine = match aside.next() {
            Some(mut all) => {
                for more in aside {
                    all.vstack_mut_owned(more)?;
                }
                Some(all)
            }
            None => None,
        };
        Ok(Audited {
            invalid: Some(Invalid {
                policy: self.0.policy,
                rows: failed,
                of: rows,
                rules: vec![violation],
            }),
            quarantine,
        })
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// These rows of a frame, with their numbers and errors.
pub(super) fn aside(
    frame: &DataFrame,
    columns: &[PlSmallStr],
    rows: &[usize],
    failed: &[(u64, String)],
) -> PolarsResult<DataFrame> {
    let index: IdxCa = rows
        .iter()
        .map(|&row| IdxSize::try_from(row).ok())
        .collect();
    let rows = frame.select(columns.iter().cloned())?.take(&index)?;
    let numbers: UInt64Chunked = failed.iter().map(|(row, _)| Some(*row)).collect();
    let reasons: ListChunked = failed
        .iter()
        .map(|(_, error)| Some(Series::new(PlSmallStr::EMPTY, [error.as_str()])))
        .collect();
    quarantined(rows, numbers.into_series(), reasons.into_series())
}

fn shortened(error: &str) -> String {
    // On one line, in a list of rows.
    let error = error.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if error.chars().count() <= LONGEST {
        return error;
    }
    error.chars().take(LONGEST).chain(['…']).collect()
}
