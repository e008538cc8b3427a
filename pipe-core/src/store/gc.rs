//! Removing old checkpoints.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::Serialize;

use super::clear::{is_ours, is_staged};
use super::survey::owned;
use super::verify::LeftOver;
use super::{Record, Store, StoreError, record};
use crate::exec::Mode;
use crate::text::{age, count, size, table};

/// Which checkpoints are old.
///
/// The newest of every node of the pipeline are kept whatever else is said. Of the others all go, unless
/// an age or a size is given: then those that are older, and the oldest until the rest fits.
///
/// ```
/// use std::time::Duration;
/// use pipe_core::Gc;
///
/// let gc = Gc::default().keep(2).older_than(Duration::from_hours(30 * 24));
/// # let _ = gc;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gc {
    keep: usize,
    older_than: Option<Duration>,
    max_bytes: Option<u64>,
}

impl Default for Gc {
    /// Keeps the newest checkpoint of every node.
    fn default() -> Self {
        Self {
            keep: 1,
            older_than: None,
            max_bytes: None,
        }
    }
}

impl Gc {
    /// How many checkpoints of every node are kept whatever else is said.
    #[must_use]
    pub fn keep(self, keep: usize) -> Self {
        Self { keep, ..self }
    }

    /// Only what is older than this goes.
    #[must_use]
    pub fn older_than(self, age: Duration) -> Self {
        let older_than = Some(age);
        Self { older_than, ..self }
    }

    /// The oldest go until the others have no more bytes than this.
    #[must_use]
    pub fn max_bytes(self, bytes: u64) -> Self {
        let max_bytes = Some(bytes);
        Self { max_bytes, ..self }
    }
}

/// What was removed, or would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GcReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// The checkpoints that go, by node, newest first.
    pub removed: Vec<GcCheckpoint>,
    /// The records that cannot be used by any run, with what may be their data.
    pub unusable: Vec<GcUnusable>,
    /// The files of attempts that did not come to their end.
    pub left_over: Vec<LeftOver>,
    /// Bytes of all that goes.
    pub removed_bytes: u64,
    /// The checkpoints that stay.
    pub kept: u64,
    /// Bytes of them.
    pub kept_bytes: u64,
    /// Bytes by which they are more than was asked for: all that could go goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_bytes: Option<u64>,
    /// Records that a newer version wrote, left alone with their data.
    pub newer: u64,
}

/// A checkpoint that goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GcCheckpoint {
    /// The node.
    pub node: String,
    /// Its key.
    pub key: String,
    /// Seconds since it was written.
    pub age_seconds: u64,
    /// Bytes of its data that nothing else needs.
    pub bytes: u64,
    /// Why it goes.
    pub reason: String,
}

/// A record that cannot be used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GcUnusable {
    /// The node.
    pub node: String,
    /// Why not.
    pub problem: String,
    /// Bytes of it and of what may be its data.
    pub bytes: u64,
    #[serde(skip)]
    files: Vec<String>,
}

/// A checkpoint and what becomes of it.
struct Candidate {
    record: Record,
    /// Whether it is kept whatever else is said.
    is_kept: bool,
    reason: Option<String>,
}

/// Removes old checkpoints; `nodes` are those of the pipeline.
pub(crate) fn gc(
    store: &Store,
    nodes: &[&str],
    gc: &Gc,
    mode: Mode,
) -> Result<GcReport, StoreError> {
    let mut report = GcReport {
        pipeline: store.pipeline.clone(),
        dry_run: mode == Mode::DryRun,
        removed: Vec::new(),
        unusable: Vec::new(),
        left_over: Vec::new(),
        removed_bytes: 0,
        kept: 0,
        kept_bytes: 0,
        over_bytes: None,
        newer: 0,
    };
    // Where there is nothing, nothing is created.
    if store.storage.list(&store.pipeline)?.is_empty() {
        return Ok(report);
    }
    if mode == Mode::DryRun {
        look(store, nodes, gc, &mut report)?;
        return Ok(report);
    }
    let mut lock = store.lock()?;
    let done = look(store, nodes, gc, &mut report)
        .and_then(|candidates| remove(store, &candidates, &report));
    // If it breaks off, there are data of which nobody will know.
    done.inspect_err(|_| lock.expect_leftovers())?;
    Ok(report)
}

/// Says of everything that there is whether it goes.
fn look(
    store: &Store,
    nodes: &[&str],
    gc: &Gc,
    report: &mut GcReport,
) -> Result<Vec<Candidate>, StoreError> {
    for entry in store.storage.list(&store.pipeline)? {
        if is_ours(&entry.name) && is_staged(&entry.name) && !entry.is_folder() {
            report.left_over.push(LeftOver::of(None, &entry));
        }
    }
    let mut candidates = Vec::new();
    for (node, survey) in store.survey_all()? {
        let keep = if nodes.contains(&node.as_str()) {
            gc.keep
        } else {
            0
        };
        let records = survey.sound.into_iter().enumerate();
        candidates.extend(records.map(|(rank, record)| Candidate {
            record,
            is_kept: rank < keep,
            reason: None,
        }));
        let left_over = survey.orphans.iter();
        report
            .left_over
            .extend(left_over.map(|entry| LeftOver::of(Some(&node), entry)));
        for unreadable in survey.unreadable {
            let ours = |files: &[crate::storage::Entry]| -> Vec<_> {
                let names = files.iter().map(|file| file.name.clone());
                names.filter(|name| is_ours(name)).collect()
            };
            match ours(&unreadable.files) {
                _ if unreadable.is_newer => report.newer += 1,
                files if files.is_empty() => {}
                files => report.unusable.push(GcUnusable {
                    node: node.clone(),
                    problem: unreadable.problem,
                    bytes: unreadable.files.iter().filter_map(|file| file.bytes).sum(),
                    files,
                }),
            }
        }
    }
    choose(&mut candidates, nodes, gc);
    report.add(&candidates, gc);
    Ok(candidates)
}

/// Says which go, and why.
fn choose(candidates: &mut [Candidate], nodes: &[&str], gc: &Gc) {
    let mut open: Vec<_> = candidates.iter_mut().filter(|it| !it.is_kept).collect();
    if gc.older_than.is_none() && gc.max_bytes.is_none() {
        for candidate in open {
            let is_former = !nodes.contains(&candidate.record.node.as_str());
            candidate.reason = Some(if is_former {
                "the pipeline does not have this node any more".to_owned()
            } else {
                format!("not among the newest {}", gc.keep)
            });
        }
        return;
    }
    if let Some(limit) = gc.older_than {
        for candidate in &mut open {
            if candidate.record.age() > limit.as_secs() {
                candidate.reason = Some("too old".to_owned());
            }
        }
    }
    let Some(max) = gc.max_bytes else { return };
    let stay = candidates.iter().filter(|it| it.reason.is_none());
    let mut files = NamedFiles::of(stay.map(|it| &it.record));
    let mut open: Vec<_> = candidates
        .iter_mut()
        .filter(|it| !it.is_kept && it.reason.is_none())
        .collect();
    open.sort_by_key(|candidate| candidate.record.written());
    for candidate in open {
        if files.bytes <= max {
            break;
        }
        files.let_go(&candidate.record);
        candidate.reason = Some("among the oldest, and there is too much".to_owned());
    }
}

/// The files that some records name: several may name the same.
struct NamedFiles {
    /// How many do, by node and name.
    records: HashMap<(String, String), u32>,
    /// Bytes of them.
    bytes: u64,
}

impl NamedFiles {
    fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Self {
        let mut named = Self {
            records: HashMap::new(),
            bytes: 0,
        };
        for record in records {
            for (file, place) in record.all_files().zip(record.places()) {
                let count = named.records.entry(owned(place)).or_default();
                *count += 1;
                named.bytes += if *count == 1 { file.bytes } else { 0 };
            }
        }
        named
    }

    /// Without this one of the records: the bytes that nothing names any more.
    fn let_go(&mut self, record: &Record) -> u64 {
        let before = self.bytes;
        for (file, place) in record.all_files().zip(record.places()) {
            if let Some(count) = self.records.get_mut(&owned(place))
                && *count > 0
            {
                *count -= 1;
                self.bytes -= if *count == 0 { file.bytes } else { 0 };
            }
        }
        before - self.bytes
    }
}

impl GcReport {
    fn add(&mut self, candidates: &[Candidate], gc: &Gc) {
        let mut files = NamedFiles::of(candidates.iter().map(|it| &it.record));
        for candidate in candidates {
            let record = &candidate.record;
            let Some(reason) = &candidate.reason else {
                self.kept += 1;
                continue;
            };
            let bytes = files.let_go(record);
            self.removed_bytes += bytes;
            self.removed.push(GcCheckpoint {
                node: record.node.clone(),
                key: record.key.clone(),
                age_seconds: record.age(),
                bytes,
                reason: reason.clone(),
            });
        }
        self.kept_bytes = files.bytes;
        self.removed_bytes += self.unusable.iter().map(|it| it.bytes).sum::<u64>();
        self.removed_bytes += self.left_over.iter().map(|it| it.bytes).sum::<u64>();
        let over = gc.max_bytes.map(|max| self.kept_bytes.saturating_sub(max));
        self.over_bytes = over.filter(|over| *over > 0);
    }
}

/// Records first: what is left then after a crash does not exist.
fn remove(store: &Store, candidates: &[Candidate], report: &GcReport) -> Result<(), StoreError> {
    let (go, stay): (Vec<_>, Vec<_>) = candidates.iter().partition(|it| it.reason.is_some());
    let records = || go.iter().map(|candidate| &candidate.record);
    for record in records() {
        let name = record::name(record.stem());
        store.storage.remove(&store.path(&record.node, &name))?;
    }
    let named: HashSet<_> = stay.iter().flat_map(|it| it.record.places()).collect();
    let gone: BTreeSet<_> = records().flat_map(Record::places).collect();
    for (node, name) in gone.into_iter().filter(|place| !named.contains(place)) {
        store.storage.remove(&store.path(node, name))?;
    }
    for GcUnusable { node, files, .. } in &report.unusable {
        let (records, data): (Vec<_>, Vec<_>) =
            files.iter().partition(|name| record::is_name(name));
        for name in records.into_iter().chain(data) {
            store.storage.remove(&store.path(node, name))?;
        }
    }
    for LeftOver { file, .. } in &report.left_over {
        store.storage.remove(&store.path_of(file))?;
    }
    Ok(())
}

impl Display for GcReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let checkpoints = self.removed.iter().map(|it| {
            let key = it.key.get(..16).unwrap_or(&it.key).to_owned();
            [
                it.node.clone(),
                key,
                size(it.bytes),
                age(it.age_seconds),
                it.reason.clone(),
            ]
        });
        let unusable = self.unusable.iter().map(|it| {
            let reason = format!("cannot be used: {}", it.problem);
            [
                it.node.clone(),
                String::new(),
                size(it.bytes),
                String::new(),
                reason,
            ]
        });
        let left_over = self.left_over.iter().map(|it| {
            let reason = "left over from a run that did not come to its end".to_owned();
            [
                it.file.clone(),
                String::new(),
                size(it.bytes),
                String::new(),
                reason,
            ]
        });
        table(f, checkpoints.chain(unusable).chain(left_over))?;
        let go = self.removed.len() + self.unusable.len();
        let (go, stay) = (
            count(go as u64, "checkpoint"),
            count(self.kept, "checkpoint"),
        );
        let (removed, kept) = (size(self.removed_bytes), size(self.kept_bytes));
        let nothing = self.removed_bytes == 0
            && self.removed.is_empty()
            && self.unusable.is_empty()
            && self.left_over.is_empty();
        match (nothing, self.dry_run) {
            (true, _) => writeln!(f, "nothing to remove; {stay} stay, {kept}")?,
            (false, true) => writeln!(f, "{go}, {removed}, would go; {stay} stay, {kept}")?,
            (false, false) => writeln!(f, "{go}, {removed}, removed; {stay} stay, {kept}")?,
        }
        if let Some(over) = self.over_bytes {
            let over = size(over);
            writeln!(
                f,
                "that is {over} too much, but the newest of every node are kept\nhelp: `--keep 0` keeps none of them"
            )?;
        }
        if self.newer > 0 {
            let records = count(self.newer, "record");
            writeln!(f, "{records} of a newer version left alone")?;
        }
        if self.dry_run && !nothing {
            writeln!(f, "help: `--delete` removes them")?;
        }
        Ok(())
    }
}
