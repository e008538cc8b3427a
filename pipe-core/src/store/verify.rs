//! Holding everything that is stored against its records.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::clear::is_staged;
use super::survey::{Survey, Unreadable};
use super::{Record, Store, StoreError};
use crate::storage::Entry;
use crate::text::{count, size};

/// Files of a pipeline's folder that are no checkpoints.
const OWN_FILES: [&str; 4] = [".lock", "costs.json", "files.json", "secret.key"];

/// Folders beside those of the nodes, and how the names of their files end.
const OWN_FOLDERS: [(&str, &str); 2] = [("runs", ".jsonl"), ("packages", ".txt")];

/// What all that is stored of a pipeline is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verified {
    /// The pipeline's name.
    pub pipeline: String,
    /// Checkpoints whose every byte is what was written.
    pub sound: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Nodes that the pipeline does not have any more and that have checkpoints.
    pub former_nodes: Vec<String>,
    /// Everything that is wrong.
    pub problems: Vec<StoreProblem>,
    /// Files of attempts that did not come to their end.
    pub left_over: Vec<LeftOver>,
    /// Files that this library has not written: they are left alone.
    pub other_files: u64,
    /// Who works with the store, or did not come to an end: what that run writes may count as left
    /// over.
    pub in_use_by: Option<String>,
}

/// A checkpoint that is not what was written, or cannot be told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreProblem {
    /// The node.
    pub node: String,
    /// The record of the checkpoint.
    pub record: String,
    /// What kind of problem it is.
    pub kind: StoreProblemKind,
    /// What is wrong with which file.
    pub problem: String,
}

/// What can be wrong with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StoreProblemKind {
    /// A data file is missing or not what was written.
    Data,
    /// The record cannot be read, or is that of something else.
    Record,
    /// A newer version wrote the record. It may well be sound.
    Newer,
}

/// A file that nothing names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOver {
    /// Where it is in the pipeline's folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
}

impl LeftOver {
    pub(super) fn of(node: Option<&str>, entry: &Entry) -> Self {
        let name = &entry.name;
        Self {
            file: node.map_or_else(|| name.clone(), |node| format!("{node}/{name}")),
            bytes: entry.bytes.unwrap_or(0),
        }
    }
}

impl Verified {
    /// Whether nothing is wrong. What is left over is not wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads every record and every byte of every data file; `nodes` are those of the pipeline.
pub(crate) fn verify(store: &Store, nodes: &[&str]) -> Result<Verified, StoreError> {
    let mut verified = Verified {
        pipeline: store.pipeline.clone(),
        in_use_by: store.storage.holder(&store.pipeline),
        ..Verified::default()
    };
    for entry in store.storage.list(&store.pipeline)? {
        if entry.is_folder() || OWN_FILES.contains(&entry.name.as_str()) {
            continue;
        }
        if is_staged(&entry.name) {
            verified.left_over.push(LeftOver::of(None, &entry));
        } else {
            verified.other_files += 1;
        }
    }
    for (node, survey) in store.survey_all()? {
        if !survey.sound.is_empty() && !nodes.contains(&node.as_str()) {
            verified.former_nodes.push(node.clone());
        }
        verified.add(store, &node, survey)?;
    }
    Ok(verified)
}

impl Verified {
    fn add(&mut self, store: &Store, node: &str, survey: Survey) -> Result<(), StoreError> {
        let own = |entry: &&Entry| {
            let own = |(folder, end): &(&str, &str)| node == *folder && entry.name.ends_with(end);
            !OWN_FOLDERS.iter().any(own)
        };
        self.other_files += survey.foreign.iter().filter(own).count() as u64;
        let left_over = survey.orphans.iter();
        self.left_over
            .extend(left_over.map(|entry| LeftOver::of(Some(node), entry)));
        for Unreadable {
            name,
            problem,
            is_newer,
            ..
        } in survey.unreadable
        {
            self.problems.push(StoreProblem {
                node: node.to_owned(),
                record: name,
                kind: if is_newer {
                    StoreProblemKind::Newer
                } else {
                    StoreProblemKind::Record
                },
                problem,
            });
        }
        for record in &survey.sound {
            match store.verify(record)? {
                Ok(()) => {
                    self.sound += 1;
                    self.bytes += record.all_bytes();
                }
                Err(_) if !store.still_has(record)? => {}
                Err(damage) => self.problems.push(StoreProblem {
                    node: node.to_owned(),
                    record: super::record::name(record.stem()),
                    kind: StoreProblemKind::Data,
                    problem: damage.to_string(),
                }),
            }
        }
        Ok(())
    }
}

impl Store {
    /// Whether a record that was read is still there, as it was: nobody has cleared or replaced it.
    fn still_has(&self, record: &Record) -> Result<bool, StoreError> {
        let path = self.path(&record.node, &super::record::name(record.stem()));
        match self.storage.read(&path) {
            Ok(object) => Ok(Some(&object.version) == record.version()),
            Err(error) if error.kind == crate::storage::StorageErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Display for StoreProblem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            record,
            problem,
            ..
        } = self;
        match self.kind {
            StoreProblemKind::Newer => write!(f, "unknown: {problem}"),
            StoreProblemKind::Record => write!(f, "damaged: {node}: {problem}"),
            StoreProblemKind::Data => write!(f, "damaged: {node}: {problem} (record {record})"),
        }
    }
}

impl Display for Verified {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        for LeftOver { file, bytes } in &self.left_over {
            writeln!(f, "left over: {file} ({})", size(*bytes))?;
        }
        let checkpoints = count(self.sound, "checkpoint");
        writeln!(
            f,
            "{checkpoints} sound, {}; every byte was read",
            size(self.bytes)
        )?;
        if !self.former_nodes.is_empty() {
            let nodes = self.former_nodes.join(", ");
            writeln!(
                f,
                "of nodes that the pipeline does not have any more: {nodes}"
            )?;
        }
        let damaged = |problem: &&StoreProblem| problem.kind != StoreProblemKind::Newer;
        let damaged = self.problems.iter().filter(damaged).count() as u64;
        if damaged > 0 {
            let damaged = count(damaged, "checkpoint");
            writeln!(
                f,
                "{damaged} damaged\nhelp: a run that needs one makes it again; `clear NODE` removes all of a node"
            )?;
        }
        if self.other_files > 0 {
            let files = count(self.other_files, "other file");
            writeln!(f, "{files} that pipe has not written, left alone")?;
        }
        match &self.in_use_by {
            Some(holder) => writeln!(
                f,
                "note: in use by {holder}, or left by it: what it writes counts as left over here"
            ),
            None if self.left_over.is_empty() => Ok(()),
            None => writeln!(f, "help: `gc` removes what is left over"),
        }
    }
}
