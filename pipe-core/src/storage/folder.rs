//! Objects as files below a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{
    Condition, Content, Damage, DigestFile, Entry, Guard, Object, Release, Staged, StagedWriter,
    Storage, StorageError, StorageErrorKind, Version,
};
use crate::digest::Digest;
use crate::store::{STAGED, unique};

/// A folder of this machine, or of a network file system that has locks and atomic renames.
///
/// [`Condition`]s hold without the lock, too, where the file system has links and locks of files.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    durability: Durability,
}

/// Bytes of a lock's note. It is always as long, so that it can be written where the disk is full: who makes room needs the
/// lock, too.
const NOTE: usize = 64;

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, however it ends. After a power failure a checkpoint may be torn; then
    /// it counts as missing, as every file is held against its digest before it is used.
    #[default]
    Process,
    /// A power failure too: files and their folders are flushed to the medium before the run goes on.
    Power,
}

impl Folder {
    /// The storage below this folder, which need not exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // Frames that a run returns are read later, perhaps from another working directory.
        Self {
            root: std::path::absolute(&root).unwrap_or(root),
            durability: Durability::default(),
        }
    }

    /// The same folder with commits that survive this.
    #[must_use]
    pub fn durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Creates a folder and, for a power failure, the entries that lead to it.
    fn create(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        match self.durability {
            Durability::Process => fs::create_dir_all(folder),
            Durability::Power => {
                if let Some(parent) = folder.parent() {
                    self.create(parent)?;
                }
                match fs::create_dir(folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                    _ => folder.parent().map_or(Ok(()), sync_folder),
                }
            }
        }
    }
}

/// Writes over the note of a lock.
fn note(file: &mut File, text: &str) -> io::Result<()> {
    file.rewind()?;
    file.write_all(format!("{text:<NOTE$}").as_bytes())?;
    file.set_len(NOTE as u64)
}

impl Storage for Folder {
    fn describe(&self) -> String {
        self.root.display().to_string()
    }

    fn lock(&self, folder: &str) -> Result<Guard, StorageError> {
        let folder = self.root.join(folder);
        self.create(&folder)
            .map_err(StorageError::io("create", folder.display()))?;
        let path = folder.join(".lock");
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(StorageError::io("open", path.display()))?;
        let taken = file.try_lock();
        let mut holder = String::new();
        let read = file.read_to_string(&mut holder);
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let kind = StorageErrorKind::Locked;
                let by = match holder.trim() {
                    // It has just been taken, or by a program that leaves no note.
                    "" => "another process",
                    by => by,
                };
                return Err(StorageError::new("lock", path.display(), kind, by));
            }
            Err(TryLockError::Error(error)) => {
                return Err(StorageError::io("lock", path.display())(error));
            }
        }
        // Whoever gives it back leaves it blank; a text that cannot be read is a text.
        let abandoned = read.is_err() || !holder.trim().is_empty();
        let (process, now) = (std::process::id(), jiff::Timestamp::now());
        let noted = note(&mut file, &format!("process {process} since {now:.0}"));
        noted.map_err(StorageError::io("write", path.display()))?;
        Ok(Guard::new(abandoned, move |release| {
            if release == Release::Clean {
                let _ = note(&mut file, "");
            }
            // Said, not left to closing the file: a process that this one is just starting has the file,
            // and with it the lock, open for a moment.
            let _ = file.unlock();
        }))
    }

    fn holder(&self, folder: &str) -> Option<String> {
        let note = fs::read_to_string(self.root.join(folder).join(".lock")).ok()?;
        let holder = note.trim();
        (!holder.is_empty()).then(|| holder.to_owned())
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let folder = self.root.join(folder);
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StorageError::io("list", folder.display())(error)),
        };
        let mut entries = Vec::new();
        for entry in listing {
            match entry.and_then(|entry| describe(&entry)) {
                Ok(entry) => entries.extend(entry),
                // Gone since the folder was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StorageError::io("list", folder.display())(error)),
            }
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Object, StorageError> {
        let path = self.root.join(path);
        let bytes = fs::read(&path).map_err(StorageError::io("read", path.display()))?;
        let version = version(&bytes);
        Ok(Object { bytes, version })
    }

    fn stage(&self, folder: &str) -> Result<Box<dyn Staged>, StorageError> {
        let folder = self.root.join(folder);
        self.create(&folder)
            .map_err(StorageError::io("create", folder.display()))?;
        let path = folder.join(format!("{}.{STAGED}", unique()));
        let file = File::create_new(&path).map_err(StorageError::io("create", path.display()))?;
        Ok(Box::new(StagedFile {
            root: self.root.clone(),
            durability: self.durability,
            path,
            file: Some(file),
            is_there: true,
        }))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        let path = self.root.join(path);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StorageError::io("remove", path.display())(error));
            }
            _ => {}
        }
        // A folder with nothing in it says nothing; one with something in it stays.
        let _ = path.parent().map(fs::remove_dir);
        Ok(())
    }

    fn check(
        &self,
        path: &str,
        expected: &Content,
        digest: &mut DigestFile,
    ) -> Result<Result<(), Damage>, StorageError> {
        Ok(hold_against(&self.root.join(path), expected, digest))
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
        self.root.join(path)
    }

    fn log(&self, path: &str) -> Result<Box<dyn Write + Send>, StorageError> {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            self.create(folder)
                .map_err(StorageError::io("create", folder.display()))?;
        }
        let file = File::create_new(&path).map_err(StorageError::io("create", path.display()))?;
        Ok(Box::new(file))
    }
}

/// Holds a file against what it should be.
pub(crate) fn hold_against(
    path: &Path,
    expected: &Content,
    digest: &mut DigestFile,
) -> Result<(), Damage> {
    let name = || {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Damage::Missing { name: name() },
        _ => Damage::Unreadable {
            name: name(),
            error,
        },
    };
    let (found, expected_bytes) = (
        fs::metadata(path).map_err(unreadable)?.len(),
        expected.bytes,
    );
    if found != expected_bytes {
        return Err(Damage::Length {
            name: name(),
            found,
            expected: expected_bytes,
        });
    }
    if digest(path).map_err(unreadable)? != expected.digest {
        return Err(Damage::Digest { name: name() });
    }
    Ok(())
}

/// A file beside its future place.
#[derive(Debug)]
struct StagedFile {
    root: PathBuf,
    durability: Durability,
    path: PathBuf,
    /// There until it is taken to be written.
    file: Option<File>,
    /// Whether it still has the name that it was staged under.
    is_there: bool,
}

impl Staged for StagedFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn writer(&mut self) -> Result<Box<dyn StagedWriter>, StorageError> {
        let file = self.file.take();
        let file = file.ok_or_else(|| io::Error::other("a staged file is written once"));
        let file = file.map_err(StorageError::io("write", self.path.display()))?;
        Ok(Box::new(FileWriter {
            file,
            durability: self.durability,
        }))
    }

    fn publish(
        mut self: Box<Self>,
        path: &str,
        condition: &Condition,
    ) -> Result<Version, StorageError> {
        let to = self.root.join(path);
        // Only what is small is ever replaced by version; a version of the rest is not asked for.
        let version = match condition {
            Condition::Any => Version::new(""),
            Condition::New | Condition::Replaces(_) => {
                let bytes = fs::read(&self.path);
                version(&bytes.map_err(StorageError::io("read", self.path.display()))?)
            }
        };
        let published = self
            .put(&to, condition)
            .and_then(|()| match self.durability {
                Durability::Process => Ok(()),
                Durability::Power => to.parent().map_or(Ok(()), sync_folder),
            });
        published.map_err(StorageError::io("publish", to.display()))?;
        Ok(version)
    }
}

impl StagedFile {
    /// Gives the file its name. What makes it the only one that gets it holds for all processes, lock or
    /// no lock.
    fn put(&mut self, to: &Path, condition: &Condition) -> io::Result<()> {
        let conflict = |what: &str| io::Error::new(io::ErrorKind::AlreadyExists, what);
        match condition {
            Condition::Any => self.rename(to),
            // A second name: the first one goes when this is dropped.
            Condition::New => match fs::hard_link(&self.path, to) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    Err(conflict("it exists already"))
                }
                Err(_) if to.exists() => Err(conflict("it exists already")),
                // Not every file system has links.
                Err(_) => self.rename(to),
            },
            Condition::Replaces(expected) => match Held::new(to) {
                Ok(held) if version(&held.bytes) == *expected => self.rename(to),
                Ok(_) => Err(conflict("somebody else has replaced it")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(conflict("it is gone"))
                }
                Err(error) => Err(error),
            },
        }
    }

    fn rename(&mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        self.is_there = false;
        Ok(())
    }
}

/// A file that stays under its name as long as all others who replace it hold it as well.
struct Held {
    bytes: Vec<u8>,
    _locked: File,
}

impl Held {
    fn new(path: &Path) -> io::Result<Self> {
        loop {
            let mut file = File::open(path)?;
            // Where files cannot be locked, the lock of the pipeline is all there is.
            let _ = file.lock();
            // Whoever had it before may have replaced it.
            if is_same(&file.metadata()?, &fs::metadata(path)?) {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                return Ok(Self {
                    bytes,
                    _locked: file,
                });
            }
        }
    }
}

#[cfg(unix)]
fn is_same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if self.is_there {
            // What cannot be removed is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

struct FileWriter {
    file: File,
    durability: Durability,
}

impl Write for FileWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl StagedWriter for FileWriter {
    fn finish(&mut self) -> io::Result<()> {
        match self.durability {
            Durability::Process => Ok(()),
            Durability::Power => self.file.sync_all(),
        }
    }
}

/// Makes the names in a folder as durable as the files.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened, and needs it.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A version of a small file: its content.
fn version(bytes: &[u8]) -> Version {
    Version::new(Digest::new("version").part(bytes).finish())
}

/// `None` for what is neither a file nor a folder, and for names that are no text: they are not ours.
fn describe(entry: &fs::DirEntry) -> io::Result<Option<Entry>> {
    let Ok(name) = entry.file_name().into_string() else {
        return Ok(None);
    };
    // Follows links. Where there is none, a look through the open folder is cheaper than one by path.
    let metadata = if entry.file_type()?.is_symlink() {
        fs::metadata(entry.path())?
    } else {
        entry.metadata()?
    };
    Ok(if metadata.is_dir() {
        Some(Entry { name, bytes: None })
    } else if metadata.is_file() {
        let bytes = Some(metadata.len());
        Some(Entry { name, bytes })
    } else {
        None
    })
}
