//! Tells everybody who listens.

use std::io::Write;
use std::sync::Mutex;

use serde::Serialize;

use super::event::{Event, Listener};
use crate::store::{Store, StoreError, unique};

/// The events of one run, on their way to the listeners, the run's log file and `tracing`.
pub(super) struct Log<'a> {
    /// Id of the run.
    pub(super) run: String,
    listeners: &'a [Listener],
    /// `None` after it could not be written to.
    file: Mutex<Option<Box<dyn Write + Send>>>,
}

impl<'a> Log<'a> {
    pub(super) fn new(store: &Store, listeners: &'a [Listener]) -> Result<Self, StoreError> {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ");
        let run = format!("{now}-{}", &unique()[..4]);
        let file = store.run_log(&run)?;
        Ok(Self {
            run,
            listeners,
            file: Mutex::new(Some(file)),
        })
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
        #[derive(Serialize)]
        struct Line<'a> {
            time: String,
            #[serde(flatten)]
            event: &'a Event,
        }
        let line = Line {
            time: jiff::Timestamp::now().to_string(),
            event,
        };
        let Ok(mut file) = self.file.lock() else {
            return;
        };
        let Some(open) = file.as_mut() else { return };
        let written = serde_json::to_string(&line)
            .map_err(std::io::Error::from)
            // In one piece: others may read the log while it grows.
            .and_then(|line| open.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = written {
            tracing::warn!(target: "pipe", %error, "the run's log ends here: it cannot be written");
            *file = None;
        }
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
        Event::Warning { message } => tracing::warn!(target: "pipe", "{message}"),
        Event::RunFinished { run, seconds, .. } => {
            tracing::info!(target: "pipe", run, seconds, "run finished");
        }
    }
}
