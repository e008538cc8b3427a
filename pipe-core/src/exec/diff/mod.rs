//! Two checkpoints of a node, held against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::PolarsError;
use serde::Serialize;
use serde_json::Value;

use super::plan::valid;
use crate::graph::{Graph, UnknownNode};
use crate::storage::Damage;
use crate::store::{Record, Store, StoreError};

mod data;
mod text;

/// Rows that are shown unless told otherwise.
const ROWS: u32 = 10;

/// Which checkpoints of a node are compared, and how.
///
/// ```
/// use pipe_core::DiffOptions;
///
/// let options = DiffOptions::default().between("3f9c", "82ab").by(["carrier"]).rows(3);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffOptions {
    keys: Vec<String>,
    by: Vec<String>,
    rows: u32,
}

impl Default for DiffOptions {
    /// The newest two, row by row in their order.
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            by: Vec::new(),
            rows: ROWS,
        }
    }
}

impl DiffOptions {
    /// The checkpoint whose key begins so, and the newest of the others.
    #[must_use]
    pub fn with(self, key: impl Into<String>) -> Self {
        let keys = vec![key.into()];
        Self { keys, ..self }
    }

    /// The two checkpoints whose keys begin so.
    #[must_use]
    pub fn between(self, old: impl Into<String>, new: impl Into<String>) -> Self {
        let keys = vec![old.into(), new.into()];
        Self { keys, ..self }
    }

    /// Rows belong together that are equal in these columns, not those of equal number. No two rows of
    /// one checkpoint may be equal in them. Takes memory for the rows of one checkpoint.
    #[must_use]
    pub fn by<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        let by = columns.into_iter().map(Into::into).collect();
        Self { by, ..self }
    }

    /// How many rows are shown; 10 unless told otherwise.
    #[must_use]
    pub fn rows(self, rows: u32) -> Self {
        Self { rows, ..self }
    }
}

/// How two checkpoints of a node differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckpointDiff {
    /// The pipeline's name.
    pub pipeline: String,
    /// The node.
    pub node: String,
    /// The one.
    pub old: DiffSide,
    /// The other.
    pub new: DiffSide,
    /// How what they were made of differs, in words.
    pub changes: Vec<String>,
    /// Columns that only one has, or that have another type.
    pub schema: Vec<SchemaDifference>,
    /// The columns by which rows belong together; none if their numbers do.
    pub by: Vec<String>,
    /// Rows that were compared: those of both.
    pub compared: u64,
    /// Rows of both that differ.
    pub differing: u64,
    /// Rows that only the one has.
    pub only_old: u64,
    /// Rows that only the other has.
    pub only_new: u64,
    /// In how many rows each column differs, of those that both have, in order.
    pub columns: Vec<ColumnDifference>,
    /// The first rows that differ or that only one has.
    pub first: Vec<RowDifference>,
}

/// One of the checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiffSide {
    /// Its key.
    pub key: String,
    /// When it was written, in RFC 3339.
    pub written: String,
    /// Seconds since then.
    pub age_seconds: u64,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Whether a run would use it, where the sources are there to tell.
    pub is_valid: bool,
}

/// A column that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaDifference {
    /// The column.
    pub column: String,
    /// Its type in the one, if it is there.
    pub old: Option<String>,
    /// Its type in the other, if it is there.
    pub new: Option<String>,
}

/// A column of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnDifference {
    /// The column.
    pub column: String,
    /// Rows in which it differs.
    pub rows: u64,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowDifference {
    /// Its number, counted from 1, where rows belong together by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Its values in the columns by which rows belong together.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<String, Value>,
    /// Which of them has it.
    #[serde(rename = "in")]
    pub side: Side,
    /// Its values where they differ, in the order of the columns.
    pub values: Vec<ValueDifference>,
}

/// Which checkpoint has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Both, with other values.
    Both,
    /// Only the one.
    Old,
    /// Only the other.
    New,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueDifference {
    /// The column.
    pub column: String,
    /// The one value. Numbers that JSON does not have, dates and the like are texts.
    pub old: Value,
    /// The other.
    pub new: Value,
}

impl CheckpointDiff {
    /// Whether the data are the same, whatever they were made of.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.schema.is_empty() && self.differing + self.only_old + self.only_new == 0
    }
}

/// Why checkpoints cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// The pipeline has no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// The store is broken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored file cannot be read.
    #[error("{0}")]
    Polars(#[from] PolarsError),
    /// There are not two.
    #[error("node `{node}` has {}, and two are needed", crate::text::count(*found, "checkpoint"))]
    TooFew {
        /// The node.
        node: String,
        /// How many there are.
        found: u64,
    },
    /// No checkpoint has such a key, or several have.
    #[error("node `{node}` has {} whose key begins with `{prefix}`\nits keys, newest first: {}", if *is_ambiguous { "more than one checkpoint" } else { "no checkpoint" }, keys.join(", "))]
    Key {
        /// The node.
        node: String,
        /// What was asked for.
        prefix: String,
        /// Whether there are several.
        is_ambiguous: bool,
        /// The keys that there are, shortened.
        keys: Vec<String>,
    },
    /// A checkpoint is damaged.
    #[error("checkpoint {key} of node `{node}` is damaged: {damage}")]
    Damaged {
        /// The node.
        node: String,
        /// Its key, shortened.
        key: String,
        /// What is wrong.
        damage: Damage,
    },
    /// Rows cannot be matched by a column.
    #[error("rows cannot be matched by column `{column}`: {problem}")]
    Column {
        /// The column.
        column: String,
        /// Why not.
        problem: String,
    },
    /// Rows cannot be told apart by the columns.
    #[error("rows cannot be matched by {}: {rows} of {key} have the same values as others there, first: {first}\nhelp: match by more columns, or leave `--by` out to match by row number", by.join(", "))]
    Duplicates {
        /// The columns.
        by: Vec<String>,
        /// The key of the checkpoint, shortened.
        key: String,
        /// How many rows are not alone.
        rows: u64,
        /// The values of one of them.
        first: String,
    },
}

pub(crate) fn diff(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
    options: &DiffOptions,
) -> Result<CheckpointDiff, DiffError> {
    let name = &graph.nodes[node].name;
    let records = store.records(name)?.sound;
    let (old, new) = choose(name, &records, &options.keys)?;
    for record in [&old, &new] {
        let checked = store.fetch(record, &mut crate::digest::file)?;
        checked.map_err(|damage| DiffError::Damaged {
            node: name.clone(),
            key: record.stem().to_owned(),
            damage,
        })?;
    }
    // Sources that are not there, or not given, are no matter: only a mark is missing then.
    let valid = valid(graph, store, node).ok().flatten();
    let side = |record: &Record| DiffSide {
        key: record.key.clone(),
        written: record.created.clone(),
        age_seconds: record.age(),
        rows: record.rows,
        bytes: record.bytes(),
        is_valid: valid.as_ref().is_some_and(|valid| valid.key == record.key),
    };
    let mut diff = CheckpointDiff {
        pipeline: graph.name.clone(),
        node: name.clone(),
        old: side(&old),
        new: side(&new),
        changes: new
            .parts
            .differences_from(&old.parts, &|digest| store.packages(digest)),
        schema: Vec::new(),
        by: options.by.clone(),
        compared: 0,
        differing: 0,
        only_old: 0,
        only_new: 0,
        columns: Vec::new(),
        first: Vec::new(),
    };
    data::compare(store, (&old, &new), options, &mut diff)?;
    Ok(diff)
}

/// The two records that were asked for; `records` are newest first.
fn choose(node: &str, records: &[Record], keys: &[String]) -> Result<(Record, Record), DiffError> {
    let too_few = DiffError::TooFew {
        node: node.to_owned(),
        found: records.len() as u64,
    };
    let find = |prefix: &String| {
        let mut found = (0..records.len()).filter(|&i| records[i].key.starts_with(prefix.as_str()));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (_, more) => Err(DiffError::Key {
                node: node.to_owned(),
                prefix: prefix.clone(),
                is_ambiguous: more.is_some(),
                keys: records
                    .iter()
                    .map(|record| record.stem().to_owned())
                    .collect(),
            }),
        }
    };
    let (old, new) = match keys {
        [] => (1, 0),
        [one] => {
            let one = find(one)?;
            // With the newest of the others, the older one first.
            if one == 0 { (1, 0) } else { (one, 0) }
        }
        [old, new, ..] => (find(old)?, find(new)?),
    };
    match (records.get(old), records.get(new)) {
        (Some(old), Some(new)) => Ok((old.clone(), new.clone())),
        _ => Err(too_few),
    }
}
