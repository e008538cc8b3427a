//! Processes that are killed in the middle of a run: tests that are started again as children.

use std::io;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::storage::{Folder, Watched};

/// Starts this program of tests again, with one ignored test alone, which finds these variables.
///
/// # Errors
///
/// When it cannot be started.
pub fn start(test: &str, variables: &[(&str, &str)]) -> io::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.envs(variables.iter().copied());
    command.output()
}

/// Whether a process was killed.
#[must_use]
pub fn is_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt;
    output.status.signal() == Some(9)
}

/// A folder as a storage that kills this process before the operation of that number, counted from 1.
pub fn kills_at(folder: impl AsRef<Path>, moment: usize) -> Watched {
    let (folder, count) = (Folder::new(folder.as_ref()), AtomicUsize::new(0));
    Watched::new(Arc::new(folder), move |_| {
        if count.fetch_add(1, Ordering::SeqCst) + 1 == moment {
            let me = std::process::id().to_string();
            Command::new("kill").args(["-9", &me]).status()?;
            // The signal is on its way: nothing more is done here.
            loop {
                std::thread::park();
            }
        }
        Ok(())
    })
}
