//! Runs an example as a process of its own, with a store of its own.

use std::error::Error;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// The binary of an example.
pub(crate) struct Example {
    binary: &'static str,
    store: TempDir,
    /// Given to every call.
    arguments: Vec<String>,
}

impl Example {
    pub(crate) fn new(binary: &'static str, arguments: Vec<String>) -> TestResult<Self> {
        Ok(Self {
            binary,
            store: TempDir::new()?,
            arguments,
        })
    }

    /// Runs it with these words as its command line.
    pub(crate) fn call(&self, command_line: &str) -> TestResult<Output> {
        let output = Command::new(self.binary)
            .args(command_line.split_whitespace())
            .args(&self.arguments)
            .args(["--json", "--store"])
            .arg(self.store.path())
            .output()?;
        Ok(output)
    }

    /// Runs it and reads what it prints, which must be JSON.
    pub(crate) fn json(&self, command_line: &str) -> TestResult<Value> {
        let output = self.call(command_line)?;
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "`{command_line}` ended with {}\n{log}",
            output.status
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The rows of a node's checkpoint: that of the default arguments, or of those given after it.
    pub(crate) fn rows(&self, node_and_arguments: &str) -> TestResult<Vec<Value>> {
        let shown = self.json(&format!("show --rows 1000 {node_and_arguments}"))?;
        Ok(shown["head"].as_array().cloned().unwrap_or_default())
    }
}

/// The names of the nodes of a run that had this outcome.
pub(crate) fn nodes(run: &Value, outcome: &str) -> Vec<String> {
    let nodes = run["nodes"].as_array().into_iter().flatten();
    nodes
        .filter(|node| node["outcome"] == outcome)
        .map(|node| node["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}
