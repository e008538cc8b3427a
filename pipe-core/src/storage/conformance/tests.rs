//! The promises find storages that do not keep them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Promise;
use crate::storage::{
    Condition, Content, Damage, DigestFile, Entry, Folder, Guard, Object, Release, Staged,
    StagedWriter, Storage, StorageError, StorageErrorKind, Version,
};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// What a storage does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Objects can be read while they are staged.
    ShowsStaged,
    /// A dropped object is published.
    PublishesDropped,
    /// Objects are replaced in place, in two halves.
    Halves,
    /// A condition is looked at by nobody.
    IgnoresConditions,
    /// A condition is looked at, and what happens until the object is there is not.
    LooksThenWrites,
    /// Everybody gets the lock.
    SharesLock,
    /// A lock is never said to be abandoned.
    HidesAbandonment,
    /// What was published is seen by who published it alone.
    SeesOnlyOwn,
    /// Folders are listed with all that begins like them.
    ListsByPrefix,
    /// Lengths are wrong.
    ListsNoLengths,
    /// Listing creates the folder.
    CreatesByReading,
    /// Large objects are cut.
    Cuts,
    /// What is not there cannot be removed.
    RemovesOnlyOnce,
    /// Nothing is removed.
    RemovesNothing,
    /// What is there counts as sound.
    Trusts,
    /// The last line of a log is lost.
    LosesLine,
}

/// Somebody has read a half.
const SEEN: usize = usize::MAX;

/// A folder with one thing wrong.
#[derive(Debug)]
struct Broken {
    folder: Folder,
    wrong: Wrong,
    /// Length of what was read last, so that a writer can wait for a reader.
    read: Arc<AtomicUsize>,
    /// What this one has published.
    own: Arc<Mutex<Vec<String>>>,
}

impl Broken {
    fn is(&self, wrong: Wrong) -> bool {
        self.wrong == wrong
    }

    fn sees(&self, path: &str) -> bool {
        let own = || {
            self.own
                .lock()
                .is_ok_and(|own| own.iter().any(|p| p == path))
        };
        !self.is(Wrong::SeesOnlyOwn) || own()
    }
}

impl Storage for Broken {
    fn describe(&self) -> String {
        self.folder.describe()
    }

    fn lock(&self, folder: &str) -> Result<Guard, StorageError> {
        if self.is(Wrong::SharesLock) {
            return Ok(Guard::new(false, |_| {}));
        }
        let mut guard = self.folder.lock(folder)?;
        let hidden = self.is(Wrong::HidesAbandonment);
        let abandoned = guard.was_abandoned() && !hidden;
        Ok(Guard::new(abandoned, move |release| {
            if release == Release::WithLeftovers {
                guard.expect_leftovers();
            }
        }))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        if self.is(Wrong::CreatesByReading) {
            let created = fs::create_dir_all(self.local_path(folder));
            created.map_err(StorageError::io("create", folder))?;
        }
        let mut entries = self.folder.list(folder)?;
        if self.is(Wrong::ListsByPrefix) {
            entries.extend(self.folder.list(&format!("{folder}x"))?);
        }
        if self.is(Wrong::ListsNoLengths) {
            for entry in &mut entries {
                entry.bytes = entry.bytes.map(|_| 0);
            }
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Object, StorageError> {
        let staged = self.local_path(path).with_extension("shown");
        if self.is(Wrong::ShowsStaged) && staged.exists() {
            return Ok(Object {
                bytes: Vec::new(),
                version: Version::new(""),
            });
        }
        if !self.sees(path) {
            let kind = StorageErrorKind::NotFound;
            return Err(StorageError::new("read", path, kind, "not mine"));
        }
        let object = self.folder.read(path)?;
        self.read.store(object.bytes.len(), Ordering::SeqCst);
        Ok(object)
    }

    fn stage(&self, folder: &str) -> Result<Box<dyn Staged>, StorageError> {
        let staged = self.folder.stage(folder)?;
        let shown = self.local_path(folder).join("object.shown");
        if self.is(Wrong::ShowsStaged) {
            fs::write(&shown, "").map_err(StorageError::io("write", folder))?;
        }
        Ok(Box::new(BrokenStaged {
            staged: Some(staged),
            local: self.local_path(""),
            folder: folder.to_owned(),
            wrong: self.wrong,
            read: self.read.clone(),
            own: self.own.clone(),
        }))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        match self.wrong {
            Wrong::RemovesNothing => Ok(()),
            Wrong::RemovesOnlyOnce => {
                fs::remove_file(self.local_path(path)).map_err(StorageError::io("remove", path))
            }
            _ => self.folder.remove(path),
        }
    }

    fn check(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        let there = self.local_path(path).exists();
        if self.is(Wrong::Trusts) && there {
            return Ok(Ok(()));
        }
        self.folder.check(path, expected, digest)
    }

    fn fetch(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        self.check(path, expected, digest)
    }

    fn local_path(&self, path: &str) -> PathBuf {
        self.folder.local_path(path)
    }

    fn log(&self, path: &str) -> Result<Box<dyn Write + Send>, StorageError> {
        let log = self.folder.log(path)?;
        if self.is(Wrong::LosesLine) {
            return Ok(Box::new(Loses(log, Vec::new())));
        }
        Ok(log)
    }
}

/// Writes a line when the next one comes.
struct Loses(Box<dyn Write + Send>, Vec<u8>);

impl Write for Loses {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.1.ends_with(b"\n") {
            self.0.write_all(&self.1)?;
            self.1.clear();
        }
        self.1.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Debug)]
struct BrokenStaged {
    staged: Option<Box<dyn Staged>>,
    local: PathBuf,
    folder: String,
    wrong: Wrong,
    read: Arc<AtomicUsize>,
    own: Arc<Mutex<Vec<String>>>,
}

impl BrokenStaged {
    fn publish_wrongly(
        &self,
        staged: Box<dyn Staged>,
        path: &str,
        condition: &Condition,
    ) -> Result<Version, StorageError> {
        let to = self.local.join(path);
        let failed = |error| StorageError::io("publish", path)(error);
        match (self.wrong, condition) {
            (Wrong::IgnoresConditions, Condition::New | Condition::Replaces(_)) => {
                let _ = fs::remove_file(&to);
                staged.publish(path, &Condition::New)
            }
            (Wrong::LooksThenWrites, Condition::New) => {
                let there = to.exists();
                // Time for all others to look, too.
                for _ in 0..10_000 {
                    thread::yield_now();
                }
                let kind = StorageErrorKind::Conflict;
                if there {
                    return Err(StorageError::new("publish", path, kind, "it is there"));
                }
                let _ = fs::remove_file(&to);
                match staged.publish(path, &Condition::New) {
                    Err(error) if error.kind == kind => Ok(Version::new("")),
                    published => published,
                }
            }
            (Wrong::Halves, Condition::Any) => {
                let data = fs::read(staged.path()).map_err(failed)?;
                fs::write(&to, &data[..data.len() / 2]).map_err(failed)?;
                // Once: the reader gives up when he has seen it. He may have seen less, and be gone.
                for _ in 0..100_000 {
                    match self.read.load(Ordering::SeqCst) {
                        SEEN => break,
                        read if read == data.len() / 2 => self.read.store(SEEN, Ordering::SeqCst),
                        _ => thread::yield_now(),
                    }
                }
                fs::write(&to, &data).map_err(failed)?;
                Ok(Version::new(""))
            }
            (Wrong::Cuts, _) => {
                let file = fs::OpenOptions::new().write(true).open(staged.path());
                let file = file.map_err(failed)?;
                let length = file.metadata().map_err(failed)?.len();
                file.set_len(length.min(10 << 20)).map_err(failed)?;
                staged.publish(path, condition)
            }
            _ => staged.publish(path, condition),
        }
    }
}

impl Staged for BrokenStaged {
    fn path(&self) -> &Path {
        self.staged.as_deref().map_or(&self.local, Staged::path)
    }

    fn writer(&mut self) -> Result<Box<dyn StagedWriter>, StorageError> {
        let gone = || io::Error::other("published");
        let staged = self.staged.as_mut().ok_or_else(gone);
        staged
            .map_err(StorageError::io("write", &self.folder))?
            .writer()
    }

    fn publish(
        mut self: Box<Self>,
        path: &str,
        condition: &Condition,
    ) -> Result<Version, StorageError> {
        let gone = || io::Error::other("published");
        let staged = self.staged.take().ok_or_else(gone);
        let staged = staged.map_err(StorageError::io("publish", path))?;
        if let Ok(mut own) = self.own.lock() {
            own.push(path.to_owned());
        }
        self.publish_wrongly(staged, path, condition)
    }
}

impl Drop for BrokenStaged {
    fn drop(&mut self) {
        let staged = self.staged.take();
        if self.wrong == Wrong::PublishesDropped
            && let Some(staged) = staged
        {
            let _ = staged.publish(&format!("{}/left", self.folder), &Condition::Any);
        }
        let _ = fs::remove_file(self.local.join(&self.folder).join("object.shown"));
    }
}

fn is_found(wrong: Wrong, by: Promise) -> Tested {
    let folder = tempfile::tempdir()?;
    let read = Arc::default();
    let open = || -> Result<Arc<dyn Storage>, StorageError> {
        Ok(Arc::new(Broken {
            folder: Folder::new(folder.path()),
            wrong,
            read: Arc::clone(&read),
            own: Arc::default(),
        }))
    };
    let broken = by.check(&open).expect_err(&format!("{wrong:?} is found"));
    assert_eq!(broken.promise, by);
    assert!(broken.to_string().contains(&by.to_string()), "{broken}");
    let all = super::run(open).expect_err(&format!("{wrong:?} is found"));
    println!("{wrong:?}: {all}");
    Ok(())
}

#[test]
fn wrong_storages_are_found() -> Tested {
    for (wrong, by) in [
        (Wrong::ShowsStaged, Promise::Staged),
        (Wrong::PublishesDropped, Promise::Staged),
        (Wrong::Halves, Promise::Whole),
        (Wrong::IgnoresConditions, Promise::Conditions),
        (Wrong::LooksThenWrites, Promise::Races),
        (Wrong::SharesLock, Promise::Lock),
        (Wrong::SeesOnlyOwn, Promise::Seen),
        (Wrong::ListsByPrefix, Promise::Listed),
        (Wrong::ListsNoLengths, Promise::Listed),
        (Wrong::CreatesByReading, Promise::ReadOnly),
        (Wrong::Cuts, Promise::Large),
        (Wrong::RemovesOnlyOnce, Promise::Removed),
        (Wrong::RemovesNothing, Promise::Removed),
        (Wrong::Trusts, Promise::Damage),
        (Wrong::LosesLine, Promise::Logs),
    ] {
        is_found(wrong, by)?;
    }
    Ok(())
}

/// Leaves a lock as a process does that was killed: taken, and not locked any more.
fn die(folder: &Path, name: &str) -> io::Result<()> {
    fs::create_dir_all(folder.join(name))?;
    fs::write(folder.join(name).join(".lock"), "process 1\n")
}

#[test]
fn abandoned_locks_are_looked_at() -> Tested {
    let place = tempfile::tempdir()?;
    let broken = |wrong| {
        let open = || -> Result<Arc<dyn Storage>, StorageError> {
            Ok(Arc::new(Broken {
                folder: Folder::new(place.path()),
                wrong,
                read: Arc::default(),
                own: Arc::default(),
            }))
        };
        let left = |name: &str| die(place.path(), name).expect("a lock is written");
        super::abandoned_lock(&open, left)
    };
    broken(Wrong::LosesLine)?;
    assert!(broken(Wrong::HidesAbandonment).is_err());
    assert!(broken(Wrong::SharesLock).is_err());
    Ok(())
}

#[test]
fn folders_keep_all_promises() -> Tested {
    let folder = tempfile::tempdir()?;
    super::run(|| Ok(Arc::new(Folder::new(folder.path()))))?;
    Ok(())
}
