//! Commit records: what has none does not exist.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::seal::{self, Seal};
use crate::digest::Digest;
use crate::key::{KeyParts, STORE_FORMAT};
use crate::rules::Invalid;

/// The record of one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u64,
    pub(crate) pipeline: String,
    pub(crate) node: String,
    pub(crate) key: String,
    /// Recipes that are known to lead to this result.
    pub(crate) recipes: Vec<String>,
    pub(crate) parts: KeyParts,
    layout: Layout,
    pub(crate) files: Vec<DataFile>,
    pub(crate) schema: Vec<StoredColumn>,
    pub(crate) rows: u64,
    /// Rows that break rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) invalid: Option<Invalid>,
    /// The rows that were put aside: beside the result, no part of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quarantine: Option<DataFile>,
    /// The run that wrote it.
    pub(crate) run: String,
    /// When it was written, in RFC 3339.
    pub(crate) created: String,
}

/// How the data files make up the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Layout {
    /// One below the other.
    Whole,
}

/// One file of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataFile {
    /// In the record's folder.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) digest: String,
}

/// A column of a result, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredColumn {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
}

/// What a record is about, for [`Record::new`].
pub(crate) struct Subject<'a> {
    pub(crate) pipeline: &'a str,
    pub(crate) node: &'a str,
    pub(crate) run: &'a str,
    pub(crate) recipe: &'a str,
    pub(crate) parts: KeyParts,
}

impl Record {
    pub(crate) fn new(
        subject: Subject,
        files: Vec<DataFile>,
        schema: Vec<StoredColumn>,
        rows: u64,
    ) -> Self {
        Self {
            format: STORE_FORMAT,
            pipeline: subject.pipeline.to_owned(),
            node: subject.node.to_owned(),
            key: subject.parts.key(),
            recipes: vec![subject.recipe.to_owned()],
            parts: subject.parts,
            layout: Layout::Whole,
            files,
            schema,
            rows,
            invalid: None,
            quarantine: None,
            run: subject.run.to_owned(),
            created: jiff::Timestamp::now().to_string(),
        }
    }

    /// The text of its file.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map(|json| seal::seal(&json))
    }

    /// Reads a record that must be of this node and under this file name.
    ///
    /// `Err` outside is for what must stop the run; `Err` inside for what counts as missing, and why.
    pub(super) fn parse(
        bytes: &[u8],
        path: &Path,
        (pipeline, node): (&str, &str),
    ) -> Result<Result<Self, String>, StoreError> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let seal = seal::check(bytes);
        if seal == Seal::Broken {
            return Ok(Err(format!("record {name} is not what was written")));
        }
        let version = match serde_json::from_slice::<Version>(bytes) {
            Ok(version) => version.format,
            Err(error) => return Ok(Err(format!("record {name} cannot be read: {error}"))),
        };
        if version > STORE_FORMAT {
            let path = path.to_owned();
            return Err(StoreError::Newer {
                path,
                found: version,
                known: STORE_FORMAT,
            });
        }
        if seal == Seal::Missing {
            return Ok(Err(format!("record {name} lacks its check")));
        }
        let record = match serde_json::from_slice::<Self>(bytes) {
            Ok(record) => record,
            Err(error) => return Ok(Err(format!("record {name} cannot be read: {error}"))),
        };
        if (record.pipeline.as_str(), record.node.as_str()) != (pipeline, node) {
            let (pipeline, node) = (&record.pipeline, &record.node);
            return Ok(Err(format!(
                "record {name} belongs to node `{node}` of pipeline `{pipeline}`"
            )));
        }
        if path.file_stem().is_none_or(|stem| stem != record.stem())
            || record.parts.key() != record.key
        {
            return Ok(Err(format!("record {name} is of another key")));
        }
        let inside = |file: &DataFile| {
            let name = Path::new(&file.name);
            name.file_name() == Some(name.as_os_str())
                && file.name.split('.').next() == Some(record.stem())
        };
        let mut files = record.files.iter().chain(&record.quarantine);
        if record.files.is_empty() || !files.all(inside) {
            return Ok(Err(format!(
                "record {name} names files that cannot be its own"
            )));
        }
        Ok(Ok(record))
    }

    /// What its files are named by.
    pub(crate) fn stem(&self) -> &str {
        stem(&self.key)
    }

    /// Digest of the stored data: equal digests, equal data.
    pub(crate) fn content(&self) -> String {
        let mut digest = Digest::new("content");
        for file in &self.files {
            digest.part(&file.digest);
        }
        digest.finish()
    }

    /// When it was written; the epoch if its record does not say it in a known way.
    pub(crate) fn written(&self) -> jiff::Timestamp {
        self.created.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The first 64 bits of a key: enough to tell a node's checkpoints apart, short enough to read. The
/// record has the whole key.
pub(super) fn stem(key: &str) -> &str {
    key.get(..16).unwrap_or(key)
}
