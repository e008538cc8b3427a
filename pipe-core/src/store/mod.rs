//! The store: checkpoints and run logs of one pipeline, on any [`Storage`].
//!
//! A checkpoint is one or more data files and a record that names them. Invariants:
//!
//! * What no record names does not exist. A record is published after its data.
//! * No file is changed in place: data and records appear as a whole.
//! * Data files are named by key and content. So a node that runs again under the same key leaves the
//!   old checkpoint valid until its new record is published.
//! * Only the holder of the lock writes. Readers take no lock and create nothing.
//! * Data are used only after their length and digest were found to be those of the record. So
//!   nothing needs to reach the disk in any order: what a crash of the machine tore is a miss.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{LazyFrame, PolarsResult};

use crate::rules::Invalid;
use crate::step::{Value, ValueKind};
use crate::storage::{
    Condition, Content, Damage, DigestFile, Durability, Entry, Guard, Location, Staged, Storage,
    StorageError, StorageErrorKind, Version,
};

mod clear;
mod compression;
mod costs;
mod digesting;
mod error;
mod files;
mod footer;
mod format;
mod gc;
mod layers;
mod packages;
mod parquet;
mod probe;
mod record;
mod save;
mod scan;
mod seal;
mod secret_key;
mod staged;
mod survey;
mod transfer;
mod verify;

pub(crate) use clear::{clear, clear_all};
pub use compression::Compression;
pub(crate) use costs::{Cost, Costs};
pub use digesting::DigestingWriter;
pub use error::{ClearError, StoreError};
pub(crate) use files::{FileDigests, probe as probe_files};
pub(crate) use footer::{Footer, is_read_back};
pub use format::CheckpointFormat;
pub(crate) use gc::gc;
pub use gc::{Gc, GcCheckpoint, GcReport, GcUnusable};
pub(crate) use layers::as_frame as kept_rows;
pub use parquet::write_as_checkpoint;
pub(crate) use probe::record as probe_record;
pub(crate) use record::{Accepted, Contents, DataFile, Record, Subject};
use scan::scan;
pub(crate) use scan::{read_parquet, write_parquet};
pub(crate) use staged::{STAGED, StagedData, WriteError, may_be_small, unique};
pub(crate) use transfer::Copied;
pub(crate) use verify::verify;
pub use verify::{LeftOver, StoreProblem, StoreProblemKind, Verified};

/// One pipeline's part of a store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    storage: Arc<dyn Storage>,
    format: CheckpointFormat,
    pipeline: String,
}

/// The right to write to one pipeline's part of a store, for as long as this lives.
pub(crate) type Lock = Guard;

/// The records of one node.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Newest first.
    pub(crate) sound: Vec<Record>,
    /// What is wrong with the others.
    pub(crate) corrupt: Vec<String>,
}

/// What a node's result becomes a checkpoint of.
pub(crate) struct Commit<'a> {
    pub(crate) subject: Subject<'a>,
    /// The frame or value; of a layer the columns that were made, if any were.
    pub(crate) data: Option<StagedData>,
    /// Of a layer which rows are kept, if not all are.
    pub(crate) kept: Option<StagedData>,
    pub(crate) contents: Contents<'a>,
    pub(crate) invalid: Option<Invalid>,
    /// The rows that were put aside.
    pub(crate) quarantine: Option<StagedData>,
    /// Time that it took to compute.
    pub(crate) seconds: f64,
    /// When the node's newest checkpoint was written: this one is newer, whatever the clock says.
    pub(crate) newest: Option<jiff::Timestamp>,
}

impl Store {
    pub(crate) fn open(
        location: &Location,
        durability: Durability,
        format: CheckpointFormat,
        pipeline: &str,
    ) -> Result<Self, StoreError> {
        format.check()?;
        Ok(Self {
            storage: crate::storage::open(location, durability)?,
            format,
            pipeline: pipeline.to_owned(),
        })
    }

    pub(crate) fn pipeline(&self) -> &str {
        &self.pipeline
    }

    fn folder(&self, node: &str) -> String {
        format!("{}/{node}", self.pipeline)
    }

    fn path(&self, node: &str, name: &str) -> String {
        format!("{}/{node}/{name}", self.pipeline)
    }

    /// Takes the pipeline's lock, and creates its folder.
    pub(crate) fn lock(&self) -> Result<Lock, StoreError> {
        self.storage.lock(&self.pipeline).map_err(|error| {
            if error.kind == StorageErrorKind::Locked {
                StoreError::InUse {
                    pipeline: self.pipeline.clone(),
                    lock: error.object,
                    holder: error.cause.to_string(),
                }
            } else {
                error.into()
            }
        })
    }

    /// Takes the pipeline's lock, and removes what its last holder left if that did not come to its
    /// end: nobody else will know.
    pub(crate) fn lock_and_sweep(&self) -> Result<Lock, StoreError> {
        let mut lock = self.lock()?;
        if lock.was_abandoned() {
            let swept = self.sweep(&lock);
            swept.inspect_err(|_| lock.expect_leftovers())?;
        }
        Ok(lock)
    }

    /// Where it is, for people.
    pub(crate) fn describe(&self) -> String {
        self.storage.describe()
    }

    /// The digests of files that are known from earlier runs. They are of this machine.
    pub(crate) fn known_files(&self) -> FileDigests {
        FileDigests::load(self.storage.local_path(&self.path_of("files.json")))
    }

    /// What earlier runs on this machine measured.
    pub(crate) fn costs(&self) -> Costs {
        Costs::load(self.storage.local_path(&self.path_of("costs.json")))
    }

    /// A new log for the events of a run.
    pub(crate) fn run_log(&self, run: &str) -> Result<Box<dyn Write + Send>, StoreError> {
        Ok(self
            .storage
            .log(&self.path("runs", &format!("{run}.jsonl")))?)
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.pipeline)
    }

    /// The records of a node.
    pub(crate) fn records(&self, node: &str) -> Result<Records, StoreError> {
        let mut records = Records::default();
        for entry in self.files_in(node)? {
            if !record::is_name(&entry.name) {
                continue;
            }
            let path = self.path(node, &entry.name);
            let object = match self.storage.read(&path) {
                Ok(object) => object,
                // Cleared since the folder was listed.
                Err(error) if error.kind == StorageErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            match Record::parse(&object.bytes, &path, (&self.pipeline, node))? {
                Ok(mut record) => {
                    record.set_version(object.version);
                    records.sound.push(record);
                }
                Err(problem) => records.corrupt.push(problem),
            }
        }
        records
            .sound
            .sort_by_key(|record| std::cmp::Reverse(record.written()));
        Ok(records)
    }

    /// Holds a checkpoint's data against its record, as far as that can be done where they are and
    /// without reading files that nobody has touched since the record was written.
    pub(crate) fn check(
        &self,
        record: &Record,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StoreError> {
        let written = record.written();
        let mut believe = |path: &Path, known: &str| {
            if files::is_untouched_since(path, written)? {
                Ok(known.to_owned())
            } else {
                digest(path)
            }
        };
        let inside = self.each_file(record, |path, file| {
            let mut digest = |path: &Path| believe(path, &file.digest);
            self.storage.check(path, &file.content(), &mut digest)
        })?;
        Ok(inside.and_then(|()| files_outside(record, &mut believe)))
    }

    /// Makes sure that a checkpoint's data are on this machine and are what its record says.
    pub(crate) fn fetch(
        &self,
        record: &Record,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StoreError> {
        let inside = self.each_file(record, |path, file| {
            self.storage.fetch(path, &file.content(), digest)
        })?;
        Ok(inside.and_then(|()| files_outside(record, &mut |path, _| digest(path))))
    }

    /// Reads all of a checkpoint's data where they are, and holds them against its record.
    pub(super) fn verify(&self, record: &Record) -> Result<Result<(), Damage>, StoreError> {
        let mut digest = crate::digest::file;
        let inside = self.each_file(record, |path, file| {
            self.storage.verify(path, &file.content(), &mut digest)
        })?;
        Ok(inside.and_then(|()| files_outside(record, &mut |path, _| digest(path))))
    }

    fn each_file(
        &self,
        record: &Record,
        mut look: impl FnMut(&str, &DataFile) -> Result<Result<(), Damage>, StorageError>,
    ) -> Result<Result<(), Damage>, StoreError> {
        for file in record.all_files() {
            let path = self.path(record.node_of(file), &file.name);
            if let Err(damage) = look(&path, file)? {
                return Ok(Err(damage));
            }
        }
        Ok(Ok(()))
    }

    /// A checkpoint's data, lazily. They were fetched.
    pub(crate) fn scan(&self, record: &Record) -> PolarsResult<LazyFrame> {
        let paths = record.files.iter().map(|file| self.local(record, file));
        match record.layers() {
            Some(layers) => layers::scan(layers, &paths.collect::<Vec<_>>()),
            None => scan(paths),
        }
    }

    /// A checkpoint's value. It was fetched.
    pub(crate) fn value(&self, record: &Record, kind: ValueKind) -> Result<Value, Damage> {
        let name = || record.files.first().map(|file| file.name.clone());
        let unreadable = |error| Damage::Unreadable {
            name: name().unwrap_or_default(),
            error,
        };
        let Some(file) = record.files.first().filter(|_| record.is_value()) else {
            return Err(unreadable(io::Error::other("it is no value")));
        };
        let json = fs::read(self.local(record, file)).map_err(unreadable)?;
        kind.read(&json).map_err(|error| {
            let what = format!("it is no `{}`: {error}", kind.type_name());
            unreadable(io::Error::other(what))
        })
    }

    fn local(&self, record: &Record, file: &DataFile) -> PathBuf {
        let path = self.path(record.node_of(file), &file.name);
        self.storage.local_path(&path)
    }

    /// A new file for a node's result.
    pub(crate) fn stage(&self, node: &str) -> Result<StagedData, StoreError> {
        let staged = self.storage.stage(&self.folder(node))?;
        Ok(StagedData::new(staged, self.format))
    }

    /// Makes a staged file and its record the checkpoint of their key.
    ///
    /// The data appear under a name that has their content in it, then the rows that were put aside,
    /// then the record, which alone makes them exist. What the record before it named goes last.
    pub(crate) fn commit(&self, commit: Commit) -> Result<Record, StoreError> {
        let Commit {
            subject, contents, ..
        } = commit;
        let node = subject.node.to_owned();
        let key = subject.parts.key();
        let stem = record::stem(&key);
        let (condition, before) = self.before(&node, stem)?;
        let publish = |staged: StagedData, what: &str| {
            let content = staged.content()?;
            let digest = record::stem(&content.digest);
            let file = DataFile::new(format!("{stem}.{digest}{what}"), content);
            staged.publish(&self.path(&node, &file.name))?;
            Ok::<_, StoreError>(file)
        };
        let what = match contents {
            Contents::Frame(_) | Contents::Layer { .. } => ".parquet",
            Contents::Value(_) => record::VALUE,
        };
        let publish_some = |staged: Option<StagedData>, what: &str| {
            let published = staged.map(|staged| publish(staged, what));
            published.transpose()
        };
        let kept = publish_some(commit.kept, ".rows.parquet")?;
        let data = publish_some(commit.data, what)?;
        let quarantine = publish_some(commit.quarantine, ".quarantine.parquet")?;
        let files = match contents {
            Contents::Layer {
                footer,
                below,
                layer,
            } => {
                let files = layers::Files { kept, made: data };
                let made = layers::Layers::on(below, layer, footer.rows, files);
                let (layers, files) = made.ok_or_else(|| StoreError::Layer {
                    node: node.clone(),
                    below: below.node.clone(),
                })?;
                (files, Some(layers))
            }
            Contents::Frame(_) | Contents::Value(_) => (data.into_iter().collect(), None),
        };
        let mut record = Record::new(subject, files, &contents);
        (record.invalid, record.quarantine) = (commit.invalid, quarantine);
        record.seconds = Some(commit.seconds);
        if let Some(newest) = commit.newest {
            record.is_written_after(newest);
        }
        self.publish_record(&mut record, &condition)?;
        let kept: Vec<_> = record.places().collect();
        let before = before.iter().flat_map(Record::places);
        let gone = before.filter(|place| !kept.contains(place));
        self.remove_unnamed(gone.map(survey::owned))?;
        Ok(record)
    }

    /// The record that a commit will replace, and when it may.
    fn before(&self, node: &str, stem: &str) -> Result<(Condition, Option<Record>), StoreError> {
        let path = self.path(node, &record::name(stem));
        match self.storage.read(&path) {
            Ok(object) => {
                let before = Record::parse(&object.bytes, &path, (&self.pipeline, node))?;
                Ok((Condition::Replaces(object.version), before.ok()))
            }
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok((Condition::New, None)),
            // One that cannot be read is replaced like one that is garbage.
            Err(_) => Ok((Condition::Any, None)),
        }
    }

    /// The file with the rows that were put aside.
    pub(crate) fn quarantine_of(&self, record: &Record) -> Option<PathBuf> {
        let file = record.quarantine.as_ref()?;
        Some(self.local(record, file))
    }

    /// The rows that were put aside, lazily.
    pub(crate) fn scan_quarantine(&self, record: &Record) -> Option<PolarsResult<LazyFrame>> {
        Some(scan([self.quarantine_of(record)?]))
    }

    /// Notes that a recipe leads to a checkpoint.
    pub(crate) fn add_recipe(&self, record: &mut Record, recipe: &str) -> Result<(), StoreError> {
        if record.has_recipe(recipe) {
            return Ok(());
        }
        record.recipes.push(recipe.to_owned());
        self.replace_record(record)
    }

    /// Notes that a checkpoint was declared to be good for another key.
    pub(crate) fn accept(
        &self,
        _lock: &Lock,
        record: &mut Record,
        accepted: Accepted,
    ) -> Result<(), StoreError> {
        record.accepted.push(accepted);
        self.replace_record(record)
    }

    /// Writes a record that was read and changed.
    fn replace_record(&self, record: &mut Record) -> Result<(), StoreError> {
        let condition = match record.version() {
            Some(version) => Condition::Replaces(version.clone()),
            None => Condition::New,
        };
        self.publish_record(record, &condition)
    }

    fn publish_record(&self, record: &mut Record, condition: &Condition) -> Result<(), StoreError> {
        let path = self.path(&record.node, &record::name(record.stem()));
        let text = record.text().map_err(std::io::Error::from);
        let text = text.map_err(StorageError::io("write", &path))?;
        let staged = self.storage.stage(&self.folder(&record.node))?;
        record.set_version(publish(staged, &path, &text, condition)?);
        Ok(())
    }

    /// What is in the folder of a node.
    fn files_in(&self, node: &str) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.storage.list(&self.folder(node))?;
        entries.retain(|entry| !entry.is_folder());
        Ok(entries)
    }

    /// The folders of all nodes, former ones too, in order.
    pub(crate) fn nodes(&self) -> Result<Vec<String>, StoreError> {
        let entries = self.storage.list(&self.pipeline)?.into_iter();
        let mut nodes: Vec<_> = entries
            .filter(Entry::is_folder)
            .map(|entry| entry.name)
            .collect();
        nodes.sort();
        Ok(nodes)
    }
}

/// Holds the files that a value stands for against its record.
fn files_outside(
    record: &Record,
    digest: &mut dyn FnMut(&Path, &str) -> io::Result<String>,
) -> Result<(), Damage> {
    record.written.iter().try_for_each(|file| {
        let content = Content {
            bytes: file.bytes(),
            digest: file.digest().to_owned(),
        };
        let mut digest = |path: &Path| digest(path, file.digest());
        crate::storage::hold_against(file.path(), &content, &mut digest)
    })
}

/// Writes and publishes a small object.
fn publish(
    mut staged: Box<dyn Staged>,
    path: &str,
    bytes: &[u8],
    condition: &Condition,
) -> Result<Version, StorageError> {
    let mut writer = staged.writer()?;
    let written = writer.write_all(bytes).and_then(|()| writer.finish());
    written.map_err(StorageError::io("write", path))?;
    drop(writer);
    staged.publish(path, condition)
}
