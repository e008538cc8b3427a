//! Tells everybody who listens.

use std::io::{self, BufWriter, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::event::{Event, Listener};
use crate::storage::StorageErrorKind;
use crate::store::{Store, StoreError, unique};

/// The events of one run, on their way to the listeners, the run's log file and `tracing`.
pub(super) struct Log<'a> {
    /// Id of the run.
    pub(super) run: String,
    listeners: &'a [Listener],
    /// `None` after it could not be written to.
    file: Mutex<Option<File>>,
}

/// The log's file. Thousands of nodes may end within one second.
struct File {
    writer: BufWriter<Box<dyn Write + Send>>,
    flushed: Instant,
    /// The line that is being made.
    line: Vec<u8>,
}

/// Bytes that are collected before they are written, at most for so long.
const BUFFER: usize = 1 << 16;
const LATEST: Duration = Duration::from_millis(100);

impl File {
    /// Writes the event's own object, with the time as its first field.
    fn write(&mut self, time: jiff::Timestamp, event: &Event) -> io::Result<()> {
        self.line.clear();
        write!(self.line, r#"{{"time":"{time}""#)?;
        let object = self.line.len();
        serde_json::to_writer(&mut self.line, event)?;
        // It has at least the field that says which event it is.
        if let Some(brace) = self.line.get_mut(object) {
            *brace = b',';
        }
        self.line.push(b'\n');
        self.writer.write_all(&self.line)?;
        if self.flushed.elapsed() >= LATEST {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = Instant::now();
        self.writer.flush()
    }
}

impl<'a> Log<'a> {
    pub(super) fn new(store: &Store, listeners: &'a [Listener]) -> Result<Self, StoreError> {
        let (run, file) = Self::open(store)?;
        Ok(Self {
            run,
            listeners,
            file: Mutex::new(Some(File {
                writer: BufWriter::with_capacity(BUFFER, file),
                flushed: Instant::now(),
                line: Vec::new(),
            })),
        })
    }

    /// An id that no other run has, and the file of that name.
    fn open(store: &Store) -> Result<(String, Box<dyn Write + Send>), StoreError> {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ");
        // Many runs may start within a second: of those that chose the same id the first one has it.
        let mut tries = 0;
        loop {
            let run = format!("{now}-{}", &unique()[..4]);
            match store.run_log(&run) {
                Ok(file) => return Ok((run, file)),
                Err(StoreError::Storage(error))
                    if error.kind == StorageErrorKind::Conflict && tries < 100 =>
                {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn tell(&self, event: &Event) {
        for listener in self.listeners {
            listener(event);
        }
        trace(event);
        self.write(event);
    }

    /// A full disk must not stop a run whose results fit.
    fn write(&self, event: &Event) {
        let Ok(mut file) = self.file.lock() else {
            return;
        };
        let Some(open) = file.as_mut() else { return };
        let written = open.write(jiff::Timestamp::now(), event);
        ended(&mut file, written);
    }

    /// Lets those who read the log while it grows see all of it.
    pub(super) fn flush(&self) {
        if let Ok(mut file) = self.file.lock()
            && let Some(open) = file.as_mut()
        {
            let flushed = open.flush();
            ended(&mut file, flushed);
        }
    }
}

fn ended(file: &mut Option<File>, written: io::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(target: "pipe", %error, "the run's log ends here: it cannot be written");
        *file = None;
    }
}

fn trace(event: &Event) {
    match event {
        Event::RunStarted {
            run,
            pipeline,
            nodes,
        } => {
            tracing::info!(target: "pipe", run, pipeline, nodes, "run started");
        }
        Event::NodeReused { node, reason, .. } => {
            tracing::info!(target: "pipe", node, reason, "reused");
        }
        Event::NodeStarted { node, reason, .. } => {
            tracing::info!(target: "pipe", node, reason, "started");
        }
        Event::NodeRetrying {
            node,
            attempt,
            wait_seconds,
            error,
            ..
        } => {
            tracing::warn!(target: "pipe", node, attempt, wait_seconds, error, "trying again");
        }
        Event::NodeMessage { node, message } => tracing::info!(target: "pipe", node, "{message}"),
        Event::NodeFinished {
            node,
            rows,
            bytes,
            seconds,
            ..
        } => {
            tracing::info!(target: "pipe", node, rows, bytes, seconds, "finished");
        }
        Event::NodeFailed { node, error, .. } => {
            tracing::error!(target: "pipe", node, error, "failed");
        }
        Event::NodeSkipped { node, reason } => {
            tracing::info!(target: "pipe", node, reason, "skipped");
        }
        Event::InvalidRows {
            node,
            invalid,
            quarantine,
        } => {
            let (rules, quarantine) = (invalid.line(), quarantine.as_deref());
            tracing::warn!(target: "pipe", node, quarantine = quarantine.map(tracing::field::debug), "{rules}");
        }
        Event::CheckpointCorrupt { node, problem } => {
            tracing::warn!(target: "pipe", node, problem, "checkpoint is corrupt");
        }
        Event::RunStopping { running } => {
            tracing::warn!(target: "pipe", running = running.join(", "), "run is stopping");
        }
        Event::Warning { message } => tracing::warn!(target: "pipe", "{message}"),
        Event::RunFinished { run, seconds, .. } => {
            tracing::info!(target: "pipe", run, seconds, "run finished");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            written.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_an_object_with_the_time_first() -> io::Result<()> {
        let memory = Memory::default();
        let mut file = File {
            writer: BufWriter::new(Box::new(memory.clone())),
            flushed: Instant::now(),
            line: Vec::new(),
        };
        for message in ["first", "a \"second\" one\n"] {
            let message = message.to_owned();
            file.write(jiff::Timestamp::UNIX_EPOCH, &Event::Warning { message })?;
        }
        file.flush()?;
        let written = memory
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        assert_eq!(
            String::from_utf8_lossy(&written),
            concat!(
                r#"{"time":"1970-01-01T00:00:00Z","event":"warning","message":"first"}"#,
                "\n",
                r#"{"time":"1970-01-01T00:00:00Z","event":"warning","message":"a \"second\" one\n"}"#,
                "\n",
            )
        );
        Ok(())
    }
}
