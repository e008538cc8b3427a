//! Commit records: what has none does not exist.

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::layers::Layers;
use super::seal::{self, Seal};
use super::{Footer, StoreError};
use crate::digest::Digest;
use crate::key::{KeyParts, STORE_FORMAT};
use crate::layers::Layer;
use crate::rules::Invalid;
use crate::step::{Value, WrittenFile};
use crate::storage::{Content, Version};

/// Ends the names of records.
const EXTENSION: &str = ".json";

/// Ends the names of values.
pub(super) const VALUE: &str = ".value.json";

/// The oldest format that is still read. Format 1 is the first.
const OLDEST: u64 = 1;

/// The newest: records of layers, which those who know format 1 only could not put together. All others
/// are still written in format 1.
const NEWEST: u64 = 2;

/// The record of one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u64,
    pub(crate) pipeline: String,
    pub(crate) node: String,
    pub(crate) key: String,
    /// Recipes that are known to lead to this result.
    pub(crate) recipes: Vec<String>,
    /// What the key is made of.
    pub(crate) parts: KeyParts,
    /// What it was declared to be good for besides, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accepted: Vec<Accepted>,
    layout: Layout,
    pub(crate) files: Vec<DataFile>,
    /// How the files make up the frame, where that is not simply the one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layers: Option<Layers>,
    /// Files outside of the store that the value stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) written: Vec<WrittenFile>,
    pub(crate) schema: Vec<StoredColumn>,
    /// Rows of a frame.
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
    /// Time that the result took to compute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<f64>,
    /// Of the object that it was read from or written to.
    #[serde(skip)]
    version: Option<Version>,
}

/// Another key that a checkpoint was declared to be good for: somebody knows that it would come out
/// the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) recipe: String,
    /// What that key is made of.
    pub(crate) parts: KeyParts,
    /// When, in RFC 3339.
    pub(crate) at: String,
    /// How the parts differ from those that it was made of, in words.
    pub(crate) changes: Vec<String>,
}

/// How the data files make up the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Layout {
    /// Parquet, one below the other.
    Whole,
    /// One file of JSON: a value.
    Value,
    /// Columns of several files, some of other checkpoints.
    Layers,
}

/// One file of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataFile {
    /// The node that wrote it and in whose folder it is, if that is not the record's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    /// In the folder.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) digest: String,
}

impl DataFile {
    pub(super) fn new(name: String, content: Content) -> Self {
        let Content { bytes, digest } = content;
        Self {
            node: None,
            name,
            bytes,
            digest,
        }
    }

    /// The same file, named by a record of another node than this.
    pub(super) fn seen_from_elsewhere(&self, node: &str) -> Self {
        Self {
            node: Some(self.node.as_deref().unwrap_or(node).to_owned()),
            ..self.clone()
        }
    }

    /// Whether it is in the folder of the record that names it.
    pub(crate) fn is_own(&self) -> bool {
        self.node.is_none()
    }

    pub(super) fn content(&self) -> Content {
        Content {
            bytes: self.bytes,
            digest: self.digest.clone(),
        }
    }
}

/// A column of a result, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredColumn {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
}

/// What a record says of the result, for [`Record::new`].
pub(crate) enum Contents<'a> {
    /// A frame.
    Frame(&'a Footer),
    /// A frame that is a layer on another checkpoint.
    Layer {
        footer: &'a Footer,
        below: &'a Record,
        layer: &'a Layer,
    },
    /// A value.
    Value(&'a Value),
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
    pub(super) fn new(
        subject: Subject,
        (files, layers): (Vec<DataFile>, Option<Layers>),
        contents: &Contents,
    ) -> Self {
        let (layout, schema, rows, written) = match contents {
            Contents::Frame(footer) => (Layout::Whole, footer.columns(), footer.rows, Vec::new()),
            Contents::Layer { footer, .. } => {
                (Layout::Layers, footer.columns(), footer.rows, Vec::new())
            }
            Contents::Value(value) => (Layout::Value, Vec::new(), 0, value.files().to_vec()),
        };
        Self {
            format: if layers.is_some() {
                NEWEST
            } else {
                STORE_FORMAT
            },
            pipeline: subject.pipeline.to_owned(),
            node: subject.node.to_owned(),
            key: subject.parts.key(),
            recipes: vec![subject.recipe.to_owned()],
            parts: subject.parts,
            accepted: Vec::new(),
            layout,
            files,
            layers,
            written,
            schema,
            rows,
            invalid: None,
            quarantine: None,
            run: subject.run.to_owned(),
            created: jiff::Timestamp::now().to_string(),
            seconds: None,
            version: None,
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
        path: &str,
        (pipeline, node): (&str, &str),
    ) -> Result<Result<Self, String>, StoreError> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let seal = seal::check(bytes);
        let record = match serde_json::from_slice::<Self>(bytes) {
            Ok(record) if seal == Seal::Whole && (OLDEST..=NEWEST).contains(&record.format) => {
                record
            }
            read => return why_not(bytes, path, seal, read.err()).map(Err),
        };
        if (record.pipeline.as_str(), record.node.as_str()) != (pipeline, node) {
            let (pipeline, node) = (&record.pipeline, &record.node);
            return Ok(Err(format!(
                "record {name} belongs to node `{node}` of pipeline `{pipeline}`"
            )));
        }
        if name != self::name(record.stem()) || record.parts.key() != record.key {
            return Ok(Err(format!("record {name} is of another key")));
        }
        let is_plain = |name: &str| Path::new(name).file_name() == Some(OsStr::new(name));
        let has_layers = record.layers.is_some();
        let inside = |file: &DataFile| {
            let folder = match &file.node {
                None => file.name.split('.').next() == Some(record.stem()),
                Some(other) => has_layers && is_plain(other),
            };
            folder && is_plain(&file.name)
        };
        if record.files.is_empty() || !record.all_files().all(inside) {
            return Ok(Err(format!(
                "record {name} names files that cannot be its own"
            )));
        }
        let sound = match &record.layers {
            Some(layers) => layers.are_sound(record.files.len(), record.rows),
            None => true,
        };
        if !sound || has_layers != (record.layout == Layout::Layers) {
            return Ok(Err(format!("record {name} has layers that do not fit")));
        }
        Ok(Ok(record))
    }

    /// Whether it is known to be the result of a recipe.
    pub(crate) fn has_recipe(&self, recipe: &str) -> bool {
        let known = self.recipes.iter();
        let accepted = self.accepted.iter().map(|accepted| &accepted.recipe);
        known.chain(accepted).any(|known| known == recipe)
    }

    /// Whether it is the result of a key, or was accepted for it.
    pub(crate) fn is_of(&self, key: &str) -> bool {
        self.key == key || self.accepted.iter().any(|other| other.parts.key() == key)
    }

    /// The acceptance that makes it valid for what is there now, if that is why it is.
    pub(crate) fn accepted_for(&self, recipe: &str, key: Option<&str>) -> Option<&Accepted> {
        let by_itself = key == Some(&self.key) || self.recipes.iter().any(|known| known == recipe);
        let mut newest_first = self.accepted.iter().rev().filter(|_| !by_itself);
        newest_first.find(|it| it.recipe == recipe || key.is_some_and(|key| it.parts.key() == key))
    }

    /// What it is good for: what it was made of, and before that what it was accepted for, newest
    /// first.
    pub(crate) fn good_for(&self) -> impl Iterator<Item = &KeyParts> {
        let accepted = self.accepted.iter().rev().map(|accepted| &accepted.parts);
        accepted.chain([&self.parts])
    }

    /// Rows of the result; `None` if it is a value.
    pub(crate) fn row_count(&self) -> Option<u64> {
        match self.layout {
            Layout::Whole | Layout::Layers => Some(self.rows),
            Layout::Value => None,
        }
    }

    /// How the files make up the frame, where that is not simply the one.
    pub(crate) fn layers(&self) -> Option<&Layers> {
        self.layers.as_ref()
    }

    /// Whether the result is a value.
    pub(crate) fn is_value(&self) -> bool {
        matches!(self.layout, Layout::Value)
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
        if let Some(layers) = &self.layers {
            layers.add_to(&mut digest);
        }
        digest.finish()
    }

    /// When it was written; the epoch if its record does not say it in a known way.
    pub(crate) fn written(&self) -> jiff::Timestamp {
        self.created.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Lets it be newer than another, whatever the clock says.
    pub(super) fn is_written_after(&mut self, other: jiff::Timestamp) {
        self.created = later(self.written(), other).to_string();
    }

    /// The data files, those with rows that were put aside too.
    pub(crate) fn all_files(&self) -> impl Iterator<Item = &DataFile> {
        self.files.iter().chain(&self.quarantine)
    }

    /// The version of the object that it is in; `None` before it is published.
    pub(super) fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    pub(super) fn set_version(&mut self, version: Version) {
        self.version = Some(version);
    }

    /// Bytes that were written for the result.
    pub(crate) fn bytes(&self) -> u64 {
        let own = self.files.iter().filter(|file| file.is_own());
        own.map(|file| file.bytes).sum()
    }

    /// Bytes of all that the result is made of.
    pub(crate) fn bytes_to_read(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Bytes of the result and of rows that were put aside.
    pub(crate) fn all_bytes(&self) -> u64 {
        let own = self.all_files().filter(|file| file.is_own());
        own.map(|file| file.bytes).sum()
    }

    /// The node in whose folder a file of the record is.
    pub(crate) fn node_of<'a>(&'a self, file: &'a DataFile) -> &'a str {
        file.node.as_deref().unwrap_or(&self.node)
    }

    /// Where all its files are: node and name.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all_files()
            .map(|file| (self.node_of(file), file.name.as_str()))
    }

    /// Seconds since it was written.
    pub(crate) fn age(&self) -> u64 {
        let age = jiff::Timestamp::now().duration_since(self.written());
        u64::try_from(age.as_secs()).unwrap_or(0)
    }
}

/// The first 64 bits of a key: enough to tell a node's checkpoints apart, short enough to read. The
/// record has the whole key.
pub(super) fn stem(key: &str) -> &str {
    key.get(..16).unwrap_or(key)
}

/// Why bytes are no record that can be used. `Err` for what must stop the run.
fn why_not(
    bytes: &[u8],
    path: &str,
    seal: Seal,
    error: Option<serde_json::Error>,
) -> Result<String, StoreError> {
    #[derive(Deserialize)]
    struct Version {
        format: u64,
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if seal == Seal::Broken {
        return Ok(format!("record {name} is not what was written"));
    }
    let format = match serde_json::from_slice::<Version>(bytes) {
        Ok(version) => version.format,
        Err(error) => return Ok(format!("record {name} cannot be read: {error}")),
    };
    if format > NEWEST {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: format,
            known: NEWEST,
        });
    }
    Ok(if format < OLDEST {
        format!(
            "record {name} has format {format}, which is too old to be read; clear it, or leave it to `gc`"
        )
    } else if seal == Seal::Missing {
        format!("record {name} lacks its check")
    } else {
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        format!("record {name} cannot be read: {error}")
    })
}

/// The name of the record of a stem.
pub(super) fn name(stem: &str) -> String {
    format!("{stem}{EXTENSION}")
}

/// Whether a file is a record by its name.
pub(super) fn is_name(name: &str) -> bool {
    name.strip_suffix(EXTENSION)
        .is_some_and(|stem| !stem.contains('.'))
}

/// A time after another, whatever the clock says.
fn later(now: jiff::Timestamp, than: jiff::Timestamp) -> jiff::Timestamp {
    let step = jiff::SignedDuration::from_millis(1);
    now.max(than.checked_add(step).unwrap_or(than))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_record_is_the_newest_even_if_the_clock_goes_back() {
        let hour = jiff::SignedDuration::from_hours(1);
        let now = jiff::Timestamp::now();
        assert_eq!(later(now, now - hour), now);
        assert!(later(now, now) > now);
        assert!(later(now, now + hour) > now + hour);
        assert_eq!(later(now, jiff::Timestamp::MAX), jiff::Timestamp::MAX);
    }
}
