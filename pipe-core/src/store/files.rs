//! Known digests of source files.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{StoreError, staged};
use crate::source::KnownFiles;
use crate::storage::StorageError;

/// A file changed within this time before its digest was taken might change again without a new
/// time stamp.
const RACY: i128 = 2_000_000_000;

/// Remembers digests of files by what the file system says about them.
///
/// Only files that had been left alone for two seconds are remembered: so equal metadata mean equal
/// content, whatever the resolution of the file system's clock.
#[derive(Clone, Debug)]
pub(crate) struct FileDigests {
    path: PathBuf,
    files: BTreeMap<PathBuf, Entry>,
    changed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    stamp: Stamp,
    digest: String,
}

/// What changes when a file does. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    length: u64,
    modified: i128,
    changed: i128,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        let modified = nanoseconds(metadata.modified()?);
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            let changed = i128::from(metadata.ctime()) * 1_000_000_000;
            (changed + i128::from(metadata.ctime_nsec()), metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (modified, 0);
        Ok(Self {
            length: metadata.len(),
            modified,
            changed,
            inode,
        })
    }

    fn is_older_than(self, now: i128) -> bool {
        self.modified.max(self.changed) < now - RACY
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    let whole = |duration: std::time::Duration| i128::try_from(duration.as_nanos());
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => whole(after).unwrap_or(i128::MAX),
        Err(before) => whole(before.duration()).map_or(i128::MIN, |before| -before),
    }
}

/// Whether a file has not been written, renamed or replaced since then, as far as the file system knows.
pub(super) fn is_untouched_since(path: &Path, time: jiff::Timestamp) -> io::Result<bool> {
    let stamp = Stamp::of(&fs::metadata(path)?)?;
    Ok(stamp.modified.max(stamp.changed) <= time.as_nanosecond())
}

impl FileDigests {
    /// What earlier runs knew; garbage is nothing known.
    pub(super) fn load(path: PathBuf) -> Self {
        let files = fs::read(&path).ok().and_then(|bytes| parse(&bytes));
        Self {
            path,
            files: files.unwrap_or_default(),
            changed: false,
        }
    }

    /// Writes down what was learnt. Only for the holder of the lock.
    pub(crate) fn save(&self, _lock: &super::Lock) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let files: BTreeMap<_, _> = self
            .files
            .iter()
            .filter(|(path, _)| path.exists())
            .collect();
        let json = serde_json::to_vec_pretty(&files).map_err(io::Error::from);
        let written = json.and_then(|json| staged::replace(&self.path, &json));
        Ok(written.map_err(StorageError::io("write", self.path.display()))?)
    }

    /// The digest of a file of a checkpoint that was written then. It is read whatever is known of it, and
    /// remembered only if it is not believed as it is by those who look.
    pub(crate) fn digest_stored(
        known: &Mutex<Self>,
        path: &Path,
        written: jiff::Timestamp,
    ) -> io::Result<String> {
        if is_untouched_since(path, written)? {
            return crate::digest::file(path);
        }
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.digest_anew(path)
    }

    fn digest_anew(&mut self, path: &Path) -> io::Result<String> {
        self.files.remove(&std::path::absolute(path)?);
        self.digest(path)
    }

    fn digest_at(&mut self, path: &Path, now: i128) -> io::Result<String> {
        let path = std::path::absolute(path)?;
        let stamp = Stamp::of(&fs::metadata(&path)?)?;
        if let Some(entry) = self.files.get(&path)
            && entry.stamp == stamp
        {
            return Ok(entry.digest.clone());
        }
        let digest = crate::digest::file(&path)?;
        let settled = stamp.is_older_than(now) && Stamp::of(&fs::metadata(&path)?)? == stamp;
        if settled {
            self.files.insert(
                path,
                Entry {
                    stamp,
                    digest: digest.clone(),
                },
            );
            self.changed = true;
        } else {
            self.changed |= self.files.remove(&path).is_some();
        }
        Ok(digest)
    }
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<PathBuf, Entry>> {
    serde_json::from_slice(bytes).ok()
}

/// For fuzzers: reads bytes as known digests, and says whether they were any. `Err` says which promise
/// was broken.
pub(crate) fn probe(bytes: &[u8]) -> Result<bool, String> {
    let Some(files) = parse(bytes) else {
        return Ok(false);
    };
    let text = serde_json::to_vec_pretty(&files).map_err(|error| error.to_string())?;
    if parse(&text).as_ref() == Some(&files) {
        Ok(true)
    } else {
        Err(format!("{files:?} was written as something else"))
    }
}

impl KnownFiles for FileDigests {
    fn digest(&mut self, path: &Path) -> io::Result<String> {
        self.digest_at(path, nanoseconds(SystemTime::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i128 = 3_600_000_000_000;

    #[test]
    fn a_settled_file_is_known_and_a_fresh_one_is_not() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.csv");
        fs::write(&file, "one")?;
        let now = nanoseconds(SystemTime::now());
        let mut digests = FileDigests::load(folder.path().join("files.json"));

        let one = digests.digest_at(&file, now)?;
        assert!(digests.files.is_empty(), "written just now");
        assert_eq!(one, digests.digest_at(&file, now + HOUR)?);
        assert_eq!(digests.files.len(), 1);

        // What is known is believed, so a wrong digest shows that the file was not read.
        let wrong = |entry: &mut Entry| entry.digest = "wrong".to_owned();
        digests.files.values_mut().for_each(wrong);
        assert_eq!(digests.digest_at(&file, now)?, "wrong");
        fs::write(&file, "three")?;
        assert_eq!(digests.digest_at(&file, now)?, crate::digest::file(&file)?);
        assert!(
            digests.files.is_empty(),
            "what changed is not believed any more"
        );
        Ok(())
    }

    #[test]
    fn files_of_checkpoints_are_read_and_remembered_only_if_somebody_touched_them()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.parquet");
        fs::write(&file, "one")?;
        // The time of the change cannot be put back.
        let settled = || -> io::Result<bool> {
            let now = nanoseconds(SystemTime::now());
            Ok(Stamp::of(&fs::metadata(&file)?)?.is_older_than(now))
        };
        while !settled()? {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let known = Mutex::new(FileDigests::load(folder.path().join("files.json")));
        let digest = crate::digest::file(&file)?;
        let wrong = |known: &Mutex<FileDigests>| -> Result<usize, Box<dyn std::error::Error>> {
            let mut known = known.lock().map_err(|_| "poisoned")?;
            let wrong = |entry: &mut Entry| entry.digest = "wrong".to_owned();
            known.files.values_mut().for_each(wrong);
            Ok(known.files.len())
        };
        let after = jiff::Timestamp::now();
        assert_eq!(FileDigests::digest_stored(&known, &file, after)?, digest);
        assert_eq!(wrong(&known)?, 0);
        let before = jiff::Timestamp::UNIX_EPOCH;
        assert_eq!(FileDigests::digest_stored(&known, &file, before)?, digest);
        assert_eq!(wrong(&known)?, 1);
        for written in [before, after] {
            assert_eq!(FileDigests::digest_stored(&known, &file, written)?, digest);
        }
        Ok(())
    }

    #[test]
    fn a_time_stamp_that_was_put_back_hides_no_change() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.csv");
        fs::write(&file, "one")?;
        let before = fs::metadata(&file)?;
        let modified = before.modified()?;
        let later = nanoseconds(modified) + HOUR;
        let mut digests = FileDigests::load(folder.path().join("files.json"));
        digests.digest_at(&file, later)?;
        assert_eq!(digests.files.len(), 1);

        // The same length and time of modification; the time of the change cannot be put back, but the
        // clock that it is read from goes in steps.
        while Stamp::of(&fs::metadata(&file)?)? == Stamp::of(&before)? {
            fs::write(&file, "two")?;
            fs::File::options()
                .write(true)
                .open(&file)?
                .set_modified(modified)?;
        }
        assert_eq!(
            digests.digest_at(&file, later)?,
            crate::digest::file(&file)?
        );
        Ok(())
    }

    #[test]
    fn a_file_from_the_future_is_never_believed() -> Result<(), Box<dyn std::error::Error>> {
        // The clock went back since it was written: it may be written again with the same stamp.
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.csv");
        fs::write(&file, "one")?;
        let earlier = nanoseconds(fs::metadata(&file)?.modified()?) - HOUR;
        let mut digests = FileDigests::load(folder.path().join("files.json"));
        digests.digest_at(&file, earlier)?;
        assert!(digests.files.is_empty());
        Ok(())
    }

    #[test]
    fn garbage_is_nothing_known() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("files.json");
        fs::write(&path, "{\"a\": 1")?;
        assert!(FileDigests::load(path).files.is_empty());
        Ok(())
    }
}
