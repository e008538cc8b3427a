//! A schema with a rule of every kind, rows that keep them, and a place for a store.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use pipe_core::prelude::*;
use pipe_core::{NodeReport, PipelineDef, RunError, RunReport};

pub(crate) type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Schema, Clone)]
#[schema(primary_key(origin, n))]
#[schema(rule(ends_after_start = col("end").gt_eq(col("start"))))]
pub(crate) struct Trip {
    #[column(one_of("EWR", "JFK", "LGA"))]
    pub(crate) origin: String,
    pub(crate) n: i64,
    #[column(min = 0, max = 5_000)]
    pub(crate) distance: Option<i64>,
    #[column(max = 100.5)]
    pub(crate) speed: f64,
    #[column(pattern = "^N[0-9A-Z]+$", len(max = 6))]
    pub(crate) tail: Option<String>,
    #[column(unique)]
    pub(crate) id: u64,
    #[column(min = "2013-01-01")]
    pub(crate) day: NaiveDate,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
}

#[derive(Schema)]
pub(crate) struct Total {
    pub(crate) trips: u32,
    pub(crate) ids: u64,
}

#[step]
pub(crate) fn total(trips: Frame<Trip>) -> Frame<Total> {
    trips
        .lazy()
        .select([len().alias("trips"), col("id").sum().alias("ids")])
        .into()
}

pipeline! {
    pub(crate) fn strict(trips: Frame<Trip>) -> Frame<Total> {
        let total = total(trips);
        total
    }

    pub(crate) fn told(#[invalid(warn)] trips: Frame<Trip>) -> Frame<Total> {
        let total = total(trips);
        total
    }

    pub(crate) fn sorted(#[invalid(quarantine)] trips: Frame<Trip>) -> Frame<Total> {
        let total = total(trips);
        total
    }
}

/// Rows that keep every rule; among their values are nulls and limits.
pub(crate) fn good(rows: i64) -> Vec<Trip> {
    (0..rows)
        .map(|i| Trip {
            origin: ["EWR", "JFK", "LGA"][usize::try_from(i % 3).unwrap()].into(),
            n: i / 3,
            distance: (i % 4 != 0).then_some(i % 5_001),
            speed: 100.5,
            tail: (i % 5 != 0).then(|| "N1A".into()),
            id: i.cast_unsigned(),
            day: NaiveDate::from_ymd_opt(2013, 1, 1).unwrap(),
            start: (i % 2 == 0).then_some(7),
            end: (i % 3 != 0).then_some(7),
        })
        .collect()
}

/// A store in a folder that goes away with the test.
pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.path().join("store")
    }

    /// What is there of a node, whatever it is.
    pub(crate) fn files(&self, pipeline: &str, node: &str) -> Vec<String> {
        let Ok(listing) = std::fs::read_dir(self.store().join(pipeline).join(node)) else {
            return Vec::new();
        };
        let names = listing.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// The report of a run that failed, and what it said.
pub(crate) fn failed<D: PipelineDef>(
    run: Result<pipe_core::Run<D>, RunError>,
) -> (RunReport, String) {
    match run {
        Err(error) => {
            let text = error.to_string();
            match error {
                RunError::Failed { report, .. } => (*report, text),
                other => panic!("no node failed: {other}"),
            }
        }
        Ok(run) => panic!("no node failed: {}", run.report()),
    }
}

pub(crate) fn node<'a>(report: &'a RunReport, name: &str) -> &'a NodeReport {
    report.nodes.iter().find(|node| node.name == name).unwrap()
}

/// The violations of a node, as people read them.
pub(crate) fn violations(report: &RunReport, name: &str) -> Vec<String> {
    let invalid = node(report, name).invalid.iter();
    let rules = invalid.flat_map(|invalid| &invalid.rules);
    rules.map(ToString::to_string).collect()
}
