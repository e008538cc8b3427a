//! The files behind a path or a glob.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use polars::lazy::dsl::ScanSources;
use polars::prelude::{PlRefPath, PolarsResult};

use super::error::{Position, absolute};
use super::{Fault, KnownFiles, SourceError, SourceIdentity, SourceProblem};
use crate::digest::Digest;

/// A file and the digest of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// The path as the user wrote it, or as the glob found it.
    pub path: String,
    /// The digest of its content.
    pub digest: String,
}

/// The files that a path or a glob names, sorted; at least one, all of them readable and not empty.
///
/// A path that exists is taken as it is, even if it looks like a glob.
pub(super) fn find(pattern: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let name = pattern.display();
    let files = match fs::metadata(pattern) {
        Ok(_) => vec![pattern.to_path_buf()],
        Err(error) if error.kind() == ErrorKind::NotFound && is_glob(pattern) => {
            let found = expand(pattern)?;
            if found.is_empty() {
                let problem = SourceProblem::NoMatch {
                    path: absolute(pattern),
                };
                return Err(SourceError::new(name, problem));
            }
            found
        }
        Err(error) => return Err(Fault::io(pattern, error).into()),
    };
    let faults = files
        .iter()
        .filter_map(|file| readable(file).err())
        .flat_map(|error| error.faults)
        .collect();
    SourceError::unless_empty(name, faults)?;
    Ok(files)
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn expand(pattern: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let fails = |problem| SourceError::new(pattern.display(), problem);
    let text = pattern
        .to_str()
        .ok_or_else(|| fails(SourceProblem::PathNotUtf8))?;
    let paths = glob::glob(text).map_err(|error| {
        fails(SourceProblem::BadPattern {
            reason: error.to_string(),
        })
    })?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| {
            let path = error.path().to_owned();
            Fault::io(&path, error.into())
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn readable(file: &Path) -> Result<(), SourceError> {
    let fault = |error| Fault::io(file, error);
    if fs::metadata(file).map_err(fault)?.is_dir() {
        let pattern = file.join("*").display().to_string();
        return Err(SourceError::new(
            file.display(),
            SourceProblem::IsFolder { pattern },
        ));
    }
    let mut start = [0];
    if File::open(file)
        .map_err(fault)?
        .read(&mut start)
        .map_err(fault)?
        == 0
    {
        return Err(SourceError::new(file.display(), SourceProblem::Empty));
    }
    Ok(())
}

/// gzip and zstd files start with these bytes. Polars would take the others it knows for text too.
pub(super) fn not_compressed(file: &Path) -> Result<(), SourceError> {
    let start = start(file)?;
    if start.starts_with(&[0x1f, 0x8b]) || start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Err(SourceError::new(file.display(), SourceProblem::Compressed));
    }
    Ok(())
}

/// Polars passes over the mark in CSV, and takes it for JSON in NDJSON.
pub(super) fn without_mark(file: &Path) -> Result<(), SourceError> {
    if start(file)?.starts_with(BYTE_ORDER_MARK) {
        let fault = Fault::of(&file.display(), SourceProblem::ByteOrderMark);
        return Err(fault.at(Position::Line(1)).into());
    }
    Ok(())
}

/// What tells that a text is UTF-8, and no more.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The first bytes of a file.
fn start(file: &Path) -> Result<Vec<u8>, SourceError> {
    let fault = |error| Fault::io(file, error);
    let mut start = Vec::new();
    File::open(file)
        .map_err(fault)?
        .take(4)
        .read_to_end(&mut start)
        .map_err(fault)?;
    Ok(start)
}

/// The files as Polars wants them.
pub(super) fn scan_sources<'a>(
    files: impl IntoIterator<Item = &'a PathBuf>,
) -> PolarsResult<ScanSources> {
    let paths: PolarsResult<_> = files
        .into_iter()
        .map(|file| PlRefPath::try_from_path(file))
        .collect();
    Ok(ScanSources::Paths(paths?))
}

/// The identity of files read with the given options.
///
/// Their order counts and their names count, but not their folder: moving it changes no data.
pub(super) fn identity(
    pattern: &Path,
    options: &Digest,
    known: &mut dyn KnownFiles,
) -> Result<SourceIdentity, SourceError> {
    let mut digest = Digest::new("files");
    digest.part(options.finish());
    let mut files = Vec::new();
    for file in find(pattern)? {
        let content = known
            .digest(&file)
            .map_err(|error| Fault::io(&file, error))?;
        let name = file.file_name().unwrap_or(file.as_os_str());
        digest.part(name.as_encoded_bytes()).part(&content);
        files.push(FileIdentity {
            path: file.display().to_string(),
            digest: content,
        });
    }
    Ok(SourceIdentity {
        digest: digest.finish(),
        files,
    })
}
