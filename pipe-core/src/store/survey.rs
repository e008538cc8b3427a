//! All that is in a node's folder.

use std::collections::HashSet;

use super::clear::{is_data, is_ours, is_staged, stem};
use super::{Record, Store, StoreError, record};
use crate::storage::{Entry, StorageErrorKind};

/// All that is in a node's folder, sorted by what it is.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Records that can be read, newest first. Their data were not looked at.
    pub(crate) sound: Vec<Record>,
    /// Records that cannot be used.
    pub(crate) unreadable: Vec<Unreadable>,
    /// Data that no record names: of attempts that did not come to their end.
    pub(crate) orphans: Vec<Entry>,
    /// Files that this library has not written.
    pub(crate) foreign: Vec<Entry>,
}

/// A record that cannot be used.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Its file's name.
    pub(crate) name: String,
    /// Why not.
    pub(crate) problem: String,
    /// Whether a newer version wrote it, which can use it.
    pub(crate) is_newer: bool,
    /// Its own file and those that may be its data, and are of no record that can be used.
    pub(crate) files: Vec<Entry>,
}

/// Where data files are: node and name.
pub(super) type Places<'a> = HashSet<(&'a str, &'a str)>;

impl Store {
    /// Looks at everything in the folders of all nodes, former ones too, in order. Data that a record of
    /// another node names are no orphans, and not those of a record that cannot be used.
    pub(crate) fn survey_all(&self) -> Result<Vec<(String, Survey)>, StoreError> {
        let mut surveys = Vec::new();
        for node in self.nodes()? {
            let survey = self.survey(&node)?;
            surveys.push((node, survey));
        }
        let named: HashSet<(String, String)> = named(surveys.iter().map(|(_, survey)| survey))
            .into_iter()
            .map(owned)
            .collect();
        for (node, survey) in &mut surveys {
            let is_named = |entry: &Entry| named.contains(&(node.clone(), entry.name.clone()));
            survey.orphans.retain(|entry| !is_named(entry));
            for unreadable in &mut survey.unreadable {
                unreadable.files.retain(|entry| !is_named(entry));
            }
        }
        Ok(surveys)
    }

    /// Removes files that records have named, unless others still do. Only for the holder of the lock.
    pub(super) fn remove_unnamed(
        &self,
        places: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), StoreError> {
        let mut places = places.into_iter().peekable();
        if places.peek().is_none() {
            return Ok(());
        }
        let surveys = self.survey_all()?;
        let named = named(surveys.iter().map(|(_, survey)| survey));
        for (node, name) in places {
            if !named.contains(&(node.as_str(), name.as_str())) {
                self.storage.remove(&self.path(&node, &name))?;
            }
        }
        Ok(())
    }

    /// Looks at everything in a node's folder but the content of data files.
    fn survey(&self, node: &str) -> Result<Survey, StoreError> {
        let entries = self.files_in(node)?;
        let (ours, foreign): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| is_ours(&entry.name) || record::is_name(&entry.name));
        let mut survey = Survey {
            foreign,
            ..Survey::default()
        };
        for Entry { name, .. } in ours.iter().filter(|entry| record::is_name(&entry.name)) {
            let path = self.path(node, name);
            let unreadable = |problem, is_newer| Unreadable {
                name: name.clone(),
                problem,
                is_newer,
                files: Vec::new(),
            };
            let object = match self.storage.read(&path) {
                Ok(object) => object,
                // Cleared since the folder was listed.
                Err(error) if error.kind == StorageErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            match Record::parse(&object.bytes, &path, (&self.pipeline, node)) {
                Ok(Ok(mut record)) => {
                    record.set_version(object.version);
                    survey.sound.push(record);
                }
                Ok(Err(problem)) => survey.unreadable.push(unreadable(problem, false)),
                Err(error) => survey.unreadable.push(unreadable(error.to_string(), true)),
            }
        }
        survey
            .sound
            .sort_by_key(|record| std::cmp::Reverse(record.written()));
        let recorded: HashSet<&str> = survey
            .sound
            .iter()
            .flat_map(Record::places)
            .filter(|(folder, _)| *folder == node)
            .map(|(_, name)| name)
            .collect();
        for entry in ours {
            let owner = survey
                .unreadable
                .iter_mut()
                .find(|record| stem(&record.name) == stem(&entry.name));
            match owner {
                // A record that cannot be read keeps its data: somebody may want to look at them.
                Some(owner) if !is_staged(&entry.name) => owner.files.push(entry),
                _ if is_staged(&entry.name) => survey.orphans.push(entry),
                _ if is_data(&entry.name) && !recorded.contains(entry.name.as_str()) => {
                    survey.orphans.push(entry);
                }
                _ => {}
            }
        }
        Ok(survey)
    }
}

/// All files that sound records name.
pub(super) fn named<'a>(surveys: impl IntoIterator<Item = &'a Survey>) -> Places<'a> {
    let sound = surveys.into_iter().flat_map(|survey| &survey.sound);
    sound.flat_map(Record::places).collect()
}

/// A place for keeps.
pub(super) fn owned((node, name): (&str, &str)) -> (String, String) {
    (node.to_owned(), name.to_owned())
}
