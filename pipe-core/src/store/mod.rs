//! The store: checkpoints and run logs in a folder.
//!
//! A checkpoint is one or more data files and a record that names them. Invariants:
//!
//! * What no record names does not exist. A record is written after its data, by a rename.
//! * No file is changed in place: data and records come by renames only.
//! * Only the holder of the lock writes. Readers take no lock and create nothing.
//! * Data are used only after their length and digest were found to be those of the record. So
//!   nothing needs to reach the disk in any order: what a crash of the machine tore is a miss.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::{HiveOptions, LazyFrame, PlRefPath, PolarsResult, ScanArgsParquet};

use crate::rules::Invalid;

mod clear;
mod error;
mod files;
mod footer;
mod lock;
mod packages;
mod record;
mod secret_key;
mod staged;

pub(crate) use clear::{clear, clear_all};
pub use error::{ClearError, StoreError};
pub(crate) use files::FileDigests;
pub(crate) use footer::Footer;
pub(crate) use lock::Lock;
pub(crate) use record::{Record, Subject};
pub(crate) use staged::{Staged, unique};

/// One pipeline's part of a store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    pipeline: String,
}

/// The records of one node.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Newest first.
    pub(crate) sound: Vec<Record>,
    /// What is wrong with the others.
    pub(crate) corrupt: Vec<String>,
}

impl Store {
    pub(crate) fn new(store: &Path, pipeline: &str) -> Self {
        // Frames that a run returns are read later, perhaps from another working directory.
        let store = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
        Self {
            folder: store.join(pipeline),
            pipeline: pipeline.to_owned(),
        }
    }

    pub(crate) fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// The pipeline's folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    fn node(&self, node: &str) -> PathBuf {
        self.folder.join(node)
    }

    /// Takes the pipeline's lock, and creates its folder.
    pub(crate) fn lock(&self) -> Result<Lock, StoreError> {
        fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        Lock::take(&self.folder, &self.pipeline)
    }

    /// The digests of files that are known from earlier runs.
    pub(crate) fn known_files(&self) -> FileDigests {
        FileDigests::load(self.folder.join("files.json"))
    }

    /// A new file for the events of a run.
    pub(crate) fn run_log(&self, run: &str) -> Result<fs::File, StoreError> {
        let folder = self.folder.join("runs");
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        let path = folder.join(format!("{run}.jsonl"));
        fs::File::create_new(&path).map_err(StoreError::io("create", &path))
    }

    /// The records of a node.
    pub(crate) fn records(&self, node: &str) -> Result<Records, StoreError> {
        let mut records = Records::default();
        for path in files_in(&self.node(node))? {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                // Cleared or replaced since the folder was listed.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::io("read", &path)(error)),
            };
            match Record::parse(&bytes, &path, (&self.pipeline, node))? {
                Ok(record) => records.sound.push(record),
                Err(problem) => records.corrupt.push(problem),
            }
        }
        records
            .sound
            .sort_by_key(|record| std::cmp::Reverse(record.written()));
        Ok(records)
    }

    /// Holds a checkpoint's data against its record. `Err` says what is wrong with them.
    pub(crate) fn verify(
        &self,
        record: &Record,
        mut digest: impl FnMut(&Path) -> std::io::Result<String>,
    ) -> Result<(), String> {
        for file in record.files.iter().chain(&record.quarantine) {
            let path = self.node(&record.node).join(&file.name);
            let name = &file.name;
            let found = fs::metadata(&path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => format!("{name} is missing"),
                _ => format!("{name} cannot be read: {error}"),
            })?;
            if found.len() != file.bytes {
                let (found, expected) = (found.len(), file.bytes);
                return Err(format!(
                    "{name} has {found} bytes, its record says {expected}"
                ));
            }
            let found = digest(&path).map_err(|error| format!("{name} cannot be read: {error}"))?;
            if found != file.digest {
                return Err(format!(
                    "{name} is not what was written: its digest differs"
                ));
            }
        }
        Ok(())
    }

    /// A checkpoint's data, lazily.
    pub(crate) fn scan(&self, record: &Record) -> PolarsResult<LazyFrame> {
        let folder = self.node(&record.node);
        let path = |file: &record::DataFile| PlRefPath::try_from_path(&folder.join(&file.name));
        let paths = record
            .files
            .iter()
            .map(path)
            .collect::<PolarsResult<Vec<_>>>()?;
        scan(paths)
    }

    /// A new file for a node's result.
    pub(crate) fn stage(&self, node: &str) -> Result<Staged, StoreError> {
        let folder = self.node(node);
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        Staged::create(&folder)
    }

    /// Makes a staged file and its record the checkpoint of their key.
    pub(crate) fn commit(
        &self,
        subject: Subject,
        staged: Staged,
        footer: &Footer,
        invalid: Option<Invalid>,
        quarantine: Option<Staged>,
    ) -> Result<Record, StoreError> {
        let key = subject.parts.key();
        let stem = record::stem(&key);
        let aside = format!("{stem}.quarantine.parquet");
        let file = staged.publish(&format!("{stem}.parquet"))?;
        let quarantine = quarantine.map(|rows| rows.publish(&aside)).transpose()?;
        let nothing_aside = quarantine.is_none();
        let mut record = Record::new(subject, vec![file], footer.columns(), footer.rows);
        (record.invalid, record.quarantine) = (invalid, quarantine);
        self.write_record(&record)?;
        if nothing_aside {
            // Of an earlier result under the same key, whose record is gone.
            let path = self.node(&record.node).join(aside);
            clear::remove(&path)?;
        }
        Ok(record)
    }

    /// The file with the rows that were put aside.
    pub(crate) fn quarantine_of(&self, record: &Record) -> Option<PathBuf> {
        let file = record.quarantine.as_ref()?;
        Some(self.node(&record.node).join(&file.name))
    }

    /// The rows that were put aside, lazily.
    pub(crate) fn scan_quarantine(&self, record: &Record) -> Option<PolarsResult<LazyFrame>> {
        let path = self.quarantine_of(record)?;
        Some(PlRefPath::try_from_path(&path).and_then(|path| scan(vec![path])))
    }

    /// Notes that a recipe leads to a checkpoint.
    pub(crate) fn add_recipe(&self, record: &mut Record, recipe: &str) -> Result<(), StoreError> {
        if record.recipes.iter().any(|known| known == recipe) {
            return Ok(());
        }
        record.recipes.push(recipe.to_owned());
        self.write_record(record)
    }

    fn write_record(&self, record: &Record) -> Result<(), StoreError> {
        let path = self
            .node(&record.node)
            .join(format!("{}.json", record.stem()));
        let json = serde_json::to_vec_pretty(record).map_err(std::io::Error::from);
        json.and_then(|json| staged::replace(&path, &json))
            .map_err(StoreError::io("write", &path))
    }

    /// Removes what earlier runs left behind without a record. Only for the holder of the lock.
    pub(crate) fn sweep(&self, _lock: &Lock) -> Result<(), StoreError> {
        for folder in self.node_folders()? {
            clear::sweep(&folder)?;
        }
        clear::sweep(&self.folder)
    }

    /// The folders of all nodes, former ones too.
    fn node_folders(&self) -> Result<Vec<PathBuf>, StoreError> {
        Ok(entries(&self.folder)?
            .into_iter()
            .filter(|path| path.is_dir())
            .collect())
    }
}

/// Scans Parquet files as they are: names with `*` or `=` mean nothing.
fn scan(paths: Vec<PlRefPath>) -> PolarsResult<LazyFrame> {
    let arguments = ScanArgsParquet {
        hive_options: HiveOptions::new_disabled(),
        glob: false,
        ..ScanArgsParquet::default()
    };
    LazyFrame::scan_parquet_files(paths.into_iter().collect(), arguments)
}

/// What is in a folder; nothing if there is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list", folder)(error)),
    };
    let paths = listing
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>();
    paths.map_err(StoreError::io("list", folder))
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    Ok(entries(folder)?
        .into_iter()
        .filter(|path| path.is_file())
        .collect())
}
