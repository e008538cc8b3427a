//! Copying checkpoints from one store into another.

use std::fs::File;
use std::io::{self, Read, Write};

use super::{Lock, Record, Store, StoreError};
use crate::storage::{Condition, Content, Damage, Staged, StorageError};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 20;

/// What became of a checkpoint that was to be copied.
#[derive(Debug)]
pub(crate) enum Copied {
    /// It is there now.
    New,
    /// It was there already. What it is known to be good for was added.
    Updated,
    /// It was there already, and is left alone.
    There,
    /// It is damaged where it should be copied from.
    Damaged(Damage),
}

impl Store {
    /// Copies a checkpoint into this store: data first, the record last, and nothing that is not what
    /// the record says. Only for the holder of the lock.
    pub(crate) fn take_over(
        &self,
        lock: &Lock,
        from: &Self,
        mut record: Record,
    ) -> Result<Copied, StoreError> {
        let (condition, there) = self.before(&record.node, record.stem())?;
        if let Some(mut there) = there
            && self.check(&there, &mut crate::digest::file)?.is_ok()
        {
            // Another result of the same key is as good: whatever was made from it stays valid.
            let is_same = there.content() == record.content();
            if !is_same || !there.learn(&record) {
                return Ok(Copied::There);
            }
            if let Condition::Replaces(version) = condition {
                there.set_version(version);
            }
            self.replace_record(&mut there)?;
            return Ok(Copied::Updated);
        }
        if let Err(damage) = from.fetch(&record, &mut crate::digest::file)? {
            return Ok(Copied::Damaged(damage));
        }
        for file in record.all_files() {
            let folder = record.node_of(file);
            let mut staged = self.storage.stage(&self.folder(folder))?;
            let source = from.local(&record, file);
            let found = File::open(&source)
                .map_err(StorageError::io("read", source.display()))
                .and_then(|source| copy(source, &mut *staged))?;
            if found != file.content() {
                let name = file.name.clone();
                return Ok(Copied::Damaged(Damage::Digest { name }));
            }
            staged.publish(&self.path(folder, &file.name), &Condition::Any)?;
        }
        // For the reasons that are given there.
        if let Some(digest) = record.parts.packages()
            && let Some(list) = from.packages(digest)
        {
            self.keep_packages(lock, digest, &list)?;
        }
        self.publish_record(&mut record, &condition)?;
        Ok(Copied::New)
    }
}

/// Copies into a staged object, and says what was copied.
fn copy(mut from: impl Read, to: &mut dyn Staged) -> Result<Content, StorageError> {
    let path = to.path().display().to_string();
    let mut writer = to.writer()?;
    let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
    let mut buffer = vec![0; BUFFER];
    let mut copy = || -> io::Result<()> {
        loop {
            let count = from.read(&mut buffer)?;
            if count == 0 {
                return writer.finish();
            }
            hasher.update(&buffer[..count]);
            bytes += count as u64;
            writer.write_all(&buffer[..count])?;
        }
    };
    copy().map_err(StorageError::io("copy to", path))?;
    let digest = hasher.finalize().to_string();
    Ok(Content { bytes, digest })
}

impl Record {
    /// Adds what another record of the same result is known to be good for. Whether that was any news.
    fn learn(&mut self, other: &Self) -> bool {
        let (recipes, accepted) = (self.recipes.len(), self.accepted.len());
        for recipe in &other.recipes {
            if !self.has_recipe(recipe) {
                self.recipes.push(recipe.clone());
            }
        }
        for acceptance in &other.accepted {
            if !self.has_recipe(&acceptance.recipe) {
                self.accepted.push(acceptance.clone());
            }
        }
        (self.recipes.len(), self.accepted.len()) != (recipes, accepted)
    }
}
