//! A log in an object store, where nothing can be appended to.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::client::Client;
use super::lease::Clock;
use crate::storage::{Condition, StorageError};

/// How much of the log a crash may take with it.
const EVERY: Duration = Duration::from_secs(10);

/// Keeps what was written, and puts all of it from time to time and at the end.
pub(super) struct ObjectLog {
    client: Arc<Client>,
    path: Arc<str>,
    clock: Clock,
    lines: Vec<u8>,
    /// How much of them is in the store, and since when.
    put: (usize, Timestamp),
}

impl ObjectLog {
    /// A new log: the name must be free.
    pub(super) fn new(client: Arc<Client>, path: &str, clock: Clock) -> Result<Self, StorageError> {
        let path = Arc::<str>::from(path);
        let to = path.clone();
        client.wait(|remote| async move { remote.put(&to, Vec::new(), Condition::New).await })?;
        let put = (0, clock.now());
        Ok(Self {
            client,
            path,
            clock,
            lines: Vec::new(),
            put,
        })
    }

    fn put(&mut self) {
        let (to, lines) = (self.path.clone(), self.lines.clone());
        let put = self
            .client
            .wait(|remote| async move { remote.put(&to, lines, Condition::Any).await });
        self.put.1 = self.clock.now();
        match put {
            Ok(_) => self.put.0 = self.lines.len(),
            // A log must not stop a run. The next try has all lines.
            Err(error) => {
                tracing::warn!(target: "pipe", %error, "the run's log was not written");
            }
        }
    }
}

impl Write for ObjectLog {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.lines.extend_from_slice(buffer);
        let waited = self.clock.now().duration_since(self.put.1).unsigned_abs();
        if buffer.ends_with(b"\n") && waited >= EVERY {
            self.put();
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.put.0 < self.lines.len() {
            self.put();
        }
        Ok(())
    }
}

impl Drop for ObjectLog {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
