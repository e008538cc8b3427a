//! The verb `lock`, and what `check` has to say about the lock file.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::verbs::Work;
use crate::exec::CheckError;
use crate::lock::{Change, Compared, LockError};

impl Work<'_, '_> {
    pub(super) fn lock(mut self) -> Result<Exit, Failure> {
        let locked = self.pipeline.lock()?;
        let pipeline = &self.pipeline.graph().name;
        if self.options.json {
            let found = json!({
                "pipeline": pipeline, "lock_file": locked.path, "new": locked.new,
                "changes": locked.changes, "others": locked.others,
            });
            self.json(&found)?;
            return Ok(Exit::Done);
        }
        if self.options.quiet {
            return Ok(Exit::Done);
        }
        let file = file_name(&locked.path);
        let out = &mut self.console.out;
        match &locked.changes[..] {
            [] if locked.new => writeln!(out, "{pipeline} is in {file} now")?,
            [] => writeln!(out, "{pipeline} is in {file} as it is, no changes")?,
            changes => {
                writeln!(out, "{pipeline} is in {file} as it is now; accepted:")?;
                for change in changes {
                    writeln!(out, "  {change}")?;
                }
            }
        }
        if !locked.others.is_empty() {
            let others = locked.others.join(", ");
            writeln!(
                self.console.err,
                "note: {others} in {file} left as before; `{} --remove NAME` takes out a pipeline that is gone",
                self.lock_command,
            )?;
        }
        Ok(Exit::Done)
    }

    pub(super) fn unlock(mut self, pipeline: &str) -> Result<Exit, Failure> {
        let path = self.pipeline.unlock(pipeline)?;
        if self.options.json {
            self.json(&json!({"removed": pipeline, "lock_file": path}))?;
        } else if !self.options.quiet {
            let file = file_name(&path);
            writeln!(self.console.out, "{pipeline} is not in {file} any more")?;
        }
        Ok(Exit::Done)
    }

    /// Says what was not compared, and how it would be.
    pub(super) fn note(&mut self, compared: &Compared) -> Result<(), Failure> {
        let command = &self.lock_command;
        let pipeline = &self.pipeline.graph().name;
        let err = &mut self.console.err;
        match compared {
            Compared::NoPlace | Compared::Same(_) => {}
            Compared::NoFile(path) => writeln!(
                err,
                "note: there is no {}, so what the pipeline takes and gives was not compared; `{command}` writes it",
                file_name(path),
            )?,
            Compared::NotLocked(path) => writeln!(
                err,
                "note: pipeline `{pipeline}` is not in {}, so what it takes and gives was not compared; `{command}` adds it",
                file_name(path),
            )?,
        }
        Ok(())
    }
}

/// What `check --json` says about the lock file: which one was compared, and how it differs.
pub(super) fn compared(checked: &Result<Compared, CheckError>) -> (Option<PathBuf>, Vec<Change>) {
    match checked {
        Ok(Compared::Same(path)) => (Some(path.clone()), Vec::new()),
        Err(CheckError {
            lock: Some(error), ..
        }) => match &**error {
            LockError::Changed(found) => (Some(found.path.clone()), found.changes.clone()),
            _ => (None, Vec::new()),
        },
        _ => (None, Vec::new()),
    }
}

/// A lock file that cannot be compared.
pub(super) fn problem(error: &LockError) -> Option<Value> {
    match error {
        LockError::Changed(_) => None,
        error => Some(json!({"error": error.to_string()})),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
