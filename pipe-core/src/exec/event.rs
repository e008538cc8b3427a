//! What happens in a run, for whoever listens.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::report::RunStatus;
use crate::rules::Invalid;

/// Something that happened in a run. The run log has one per line, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run holds the lock and knows what to do.
    RunStarted {
        /// Id of the run.
        run: String,
        /// The pipeline's name.
        pipeline: String,
        /// Nodes that will run, or may have to.
        nodes: usize,
    },
    /// A node's checkpoint is valid and was used.
    NodeReused {
        /// The node.
        node: String,
        /// Its step.
        step: String,
        /// Why it is valid.
        reason: String,
        /// Rows of the stored result; unknown of a value.
        rows: Option<u64>,
        /// Bytes of the stored result.
        bytes: u64,
        /// Its key.
        key: String,
    },
    /// A node's step is called.
    NodeStarted {
        /// The node.
        node: String,
        /// Its step.
        step: String,
        /// Why it runs.
        reason: String,
    },
    /// An attempt failed, and there will be another.
    NodeRetrying {
        /// The node.
        node: String,
        /// The attempt that failed, counted from 1.
        attempt: u32,
        /// All attempts allowed.
        attempts: u32,
        /// How long the run waits now.
        wait_seconds: f64,
        /// What went wrong.
        error: String,
    },
    /// A step tells something; see [`StepContext::log`](crate::StepContext::log).
    NodeMessage {
        /// The node.
        node: String,
        /// What it tells.
        message: String,
    },
    /// A node has its result.
    NodeFinished {
        /// The node.
        node: String,
        /// Attempts it took.
        attempts: u32,
        /// Rows of the result; unknown where it is not computed on its own.
        rows: Option<u64>,
        /// Bytes stored.
        bytes: Option<u64>,
        /// Time it took, waits included.
        seconds: f64,
        /// Its key.
        key: Option<String>,
    },
    /// A node failed for good.
    NodeFailed {
        /// The node.
        node: String,
        /// Attempts made.
        attempts: u32,
        /// Time it took, waits included.
        seconds: f64,
        /// What went wrong.
        error: String,
    },
    /// A node is not run.
    NodeSkipped {
        /// The node.
        node: String,
        /// Why not.
        reason: String,
    },
    /// Rows of a result break rules; they were kept or put aside. Told again whenever the stored
    /// result is used.
    InvalidRows {
        /// The node.
        node: String,
        /// The rules, how many rows break each, and the first of them.
        invalid: Invalid,
        /// The file with the rows that were put aside.
        #[serde(skip_serializing_if = "Option::is_none")]
        quarantine: Option<PathBuf>,
    },
    /// A stored result is damaged; it counts as missing.
    CheckpointCorrupt {
        /// The node.
        node: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something that people should know and that stops nothing.
    Warning {
        /// What.
        message: String,
    },
    /// The run was cancelled: nothing is started any more.
    RunStopping {
        /// The nodes that still run.
        running: Vec<String>,
    },
    /// The run is over.
    RunFinished {
        /// Id of the run.
        run: String,
        /// How it ended.
        status: RunStatus,
        /// Time it took.
        seconds: f64,
    },
}

/// Called with every event of a run, on the thread that the run was started on.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;
