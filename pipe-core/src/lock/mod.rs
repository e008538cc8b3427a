//! `contracts.lock`: what pipelines take and give, written down, so that it cannot change by accident.
//!
//! The verb `lock` writes the file beside `Cargo.toml`; `check` compares it with the code and says of
//! every difference what it means for others:
//!
//! | | input | output |
//! | --- | --- | --- |
//! | widening | all data that were accepted still are, and more | all that was there still is, and more |
//! | narrowing | data of the same columns and types are still accepted, but not those with some values | values that were possible no longer come |
//! | breaking | data of the columns and types that were asked for are refused, whatever their values | something that readers could rely on does not hold any more |
//! | neutral | the same data are accepted | readers by name notice nothing |
//!
//! A widened or narrowed output breaks none of its readers, a widened input none of its suppliers. A
//! narrowed input refuses some suppliers, as their values decide. A column under a new name is a column
//! that is gone and one that is new: whether the two are the same nobody can tell from outside.

use std::path::{Path, PathBuf};

mod compare;
mod file;
mod model;

pub use compare::{Change, ChangeClass, Side};

use crate::contract::NamedSchema;
use crate::graph::Graph;
use file::LockFile;
use model::Contracts;

/// For fuzzers: reads a text as a lock file, and says whether it was one. `Err` says which promise was
/// broken.
pub(crate) fn probe(text: &str) -> Result<bool, String> {
    let read = |text: &str| LockFile::parse(text, Path::new(FILE));
    let Ok(file) = read(text) else {
        return Ok(false);
    };
    match read(&file.text()) {
        Ok(again) if again == file => Ok(true),
        other => Err(format!(
            "{file:?} was written as {:?}, and that was read as {other:?}",
            file.text()
        )),
    }
}

/// The file's name.
const FILE: &str = "contracts.lock";

/// Why contracts cannot be locked, or are not those that were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file cannot be written.
    #[error("{}: cannot be written: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not a lock file.
    #[error("{}: {reason}; help: restore it from version control, or remove it and write it anew with the verb `lock` of each pipeline", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A newer version of this library wrote it.
    #[error("{}: has format {format}, and this version of pipe-core knows formats up to {}; help: update pipe-core", path.display(), file::FORMAT)]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: i64,
    },
    /// Nobody has said where the file is.
    #[error(
        "pipeline `{pipeline}` is no part of a crate whose folder is known, so it has no {FILE}; help: say where it is with `.lock_file(path)`, on the command line with `--lock-file PATH`"
    )]
    NoPlace {
        /// The pipeline.
        pipeline: String,
    },
    /// A pipeline that is not in the file.
    #[error("{}: there is no pipeline `{pipeline}`{}", path.display(), hint(nearest.as_deref()))]
    NotLocked {
        /// The file.
        path: PathBuf,
        /// The pipeline.
        pipeline: String,
        /// The one that was likely meant.
        nearest: Option<String>,
    },
    /// The code says something else than the file.
    #[error("{}", .0)]
    Changed(ContractChanges),
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| {
        format!("; help: did you mean `{name}`?")
    })
}

/// The differences between a lock file and the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChanges {
    /// The pipeline.
    pub pipeline: String,
    /// The lock file.
    pub path: PathBuf,
    /// At least one; inputs before outputs.
    pub changes: Vec<Change>,
}

impl ContractChanges {
    /// The report, with the command that accepts the changes.
    pub(crate) fn report(&self, accept: &str) -> String {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        let headline = format!(
            "what pipeline `{}` takes and gives is not what {} says",
            self.pipeline,
            file.to_string_lossy(),
        );
        let changes = self.changes.iter().map(|change| format!("  {change}"));
        let help = format!("help: if this is meant, accept it with {accept}");
        let lines: Vec<String> = [headline]
            .into_iter()
            .chain(changes)
            .chain([help])
            .collect();
        lines.join("\n")
    }
}

impl std::fmt::Display for ContractChanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.report("the verb `lock` of the pipeline's binary, or `Pipeline::lock`"))
    }
}

/// What [`Pipeline::lock`](crate::Pipeline::lock) has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The lock file.
    pub path: PathBuf,
    /// Whether the pipeline was not in it before.
    pub new: bool,
    /// The differences that were accepted.
    pub changes: Vec<Change>,
    /// The other pipelines in the file, which were left alone.
    pub others: Vec<String>,
}

/// What came of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// No crate, or not on this machine: there is nothing to compare, and nothing to say about it.
    NoPlace,
    /// Nobody has locked anything in this crate.
    NoFile(PathBuf),
    /// Nobody has locked this pipeline.
    NotLocked(PathBuf),
    /// The same contracts.
    Same(PathBuf),
}

/// Where a pipeline's lock file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    /// In the folder of the crate that defines the pipeline, which is there where it is developed.
    Crate(PathBuf),
    Given(PathBuf),
}

impl Place {
    pub(crate) fn of_crate(folder: Option<&str>) -> Self {
        folder.map_or(Self::Nowhere, |folder| {
            Self::Crate(Path::new(folder).join(FILE))
        })
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Nowhere => None,
            Self::Crate(path) | Self::Given(path) => Some(path),
        }
    }
}

/// Holds a pipeline against the lock file.
pub(crate) fn compare(
    place: &Place,
    graph: &Graph,
    outputs: &[Option<NamedSchema>],
) -> Result<Compared, LockError> {
    let Some(path) = place.path() else {
        return Ok(Compared::NoPlace);
    };
    let file = match (LockFile::read(path)?, place) {
        (Some(file), _) => file,
        (None, Place::Given(path)) => {
            let error = std::io::ErrorKind::NotFound.into();
            let path = path.clone();
            return Err(LockError::Read { path, error });
        }
        (None, _) if path.parent().is_some_and(Path::is_dir) => {
            return Ok(Compared::NoFile(path.into()));
        }
        (None, _) => return Ok(Compared::NoPlace),
    };
    let Some(locked) = file.pipelines.get(&graph.name) else {
        return Ok(Compared::NotLocked(path.into()));
    };
    let changes = compare::changes(locked, &Contracts::of(graph, outputs));
    if changes.is_empty() {
        return Ok(Compared::Same(path.into()));
    }
    Err(LockError::Changed(ContractChanges {
        pipeline: graph.name.clone(),
        path: path.into(),
        changes,
    }))
}

/// Writes what a pipeline takes and gives into the lock file.
pub(crate) fn lock(
    place: &Place,
    graph: &Graph,
    outputs: &[Option<NamedSchema>],
) -> Result<Locked, LockError> {
    let path = place.path().ok_or_else(|| LockError::NoPlace {
        pipeline: graph.name.clone(),
    })?;
    let mut file = LockFile::read(path)?.unwrap_or_default();
    let contracts = Contracts::of(graph, outputs);
    let before = file.pipelines.insert(graph.name.clone(), contracts.clone());
    file.write(path)?;
    let others = file.pipelines.into_keys();
    Ok(Locked {
        path: path.into(),
        new: before.is_none(),
        changes: before.map_or_else(Vec::new, |before| compare::changes(&before, &contracts)),
        others: others.filter(|name| *name != graph.name).collect(),
    })
}

/// Takes a pipeline that is gone out of the lock file.
pub(crate) fn remove(place: &Place, graph: &Graph, pipeline: &str) -> Result<PathBuf, LockError> {
    let path = place.path().ok_or_else(|| LockError::NoPlace {
        pipeline: graph.name.clone(),
    })?;
    let mut file = LockFile::read(path)?.unwrap_or_default();
    if file.pipelines.remove(pipeline).is_none() {
        let names = file.pipelines.keys().map(String::as_str);
        return Err(LockError::NotLocked {
            path: path.into(),
            pipeline: pipeline.to_owned(),
            nearest: crate::builder::nearest(pipeline, names),
        });
    }
    file.write(path)?;
    Ok(path.into())
}
