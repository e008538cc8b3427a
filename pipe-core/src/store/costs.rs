//! What results took: to compute, to store, to read.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Lock, StoreError, staged};
use crate::storage::StorageError;

/// Files of fewer bytes say how long it takes to open one, and little of how long their bytes do.
const TELLING: u64 = 1 << 16;

/// What nodes took when they last ran on this machine: a guess at what they will take, never part of keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Costs {
    #[serde(skip)]
    path: PathBuf,
    #[serde(skip)]
    changed: bool,
    nodes: BTreeMap<String, Cost>,
    /// Reading checkpoints to make sure that they are sound.
    #[serde(default)]
    read: Rate,
}

/// What one node took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Seconds to compute it, from what was stored or from sources, without storing.
    pub(crate) compute: f64,
    /// Seconds to store it; `None` if it was computed on its way into the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<f64>,
    /// Bytes that were stored of it.
    pub(crate) bytes: u64,
    /// Bytes of all that it is made of: more, if it was stored as a layer.
    pub(crate) whole: u64,
}

/// Bytes, and the seconds that they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rate {
    bytes: u64,
    seconds: f64,
}

impl Rate {
    /// Seconds for so many bytes; `otherwise` bytes a second if nothing is known.
    fn seconds_for(self, bytes: u64, otherwise: f64) -> f64 {
        if self.bytes == 0 || self.seconds <= 0.0 {
            bytes as f64 / otherwise
        } else {
            bytes as f64 * self.seconds / self.bytes as f64
        }
    }
}

impl Costs {
    /// What earlier runs measured; garbage is nothing known.
    pub(super) fn load(path: PathBuf) -> Self {
        let known = fs::read(&path).ok().and_then(|bytes| parse(&bytes));
        Self {
            path,
            ..known.unwrap_or_default()
        }
    }

    /// Writes down what was measured. Only for the holder of the lock.
    pub(crate) fn save(&self, _lock: &Lock) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let json = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        let written = json.and_then(|json| staged::replace(&self.path, &json));
        Ok(written.map_err(StorageError::io("write", self.path.display()))?)
    }

    pub(crate) fn of(&self, node: &str) -> Option<Cost> {
        self.nodes.get(node).copied()
    }

    /// Takes note of what a node took that was stored. In its query were these others, which are not.
    pub(crate) fn note(&mut self, node: &str, cost: Cost, others: &[&str]) {
        let known = |name: &str| self.nodes.get(name).map_or(0.0, |known| known.compute);
        let before: f64 = others.iter().map(|other| known(other)).sum();
        let own = known(node);
        // Nobody knows which of them took how much of it. If all were measured once: in proportion.
        let mut own_now = (cost.compute - before).max(0.0);
        if own > 0.0 && before > 0.0 {
            let share = cost.compute / (own + before);
            own_now = own * share;
            for other in others {
                if let Some(other) = self.nodes.get_mut(*other) {
                    other.compute *= share;
                }
            }
        }
        let cost = Cost {
            compute: own_now,
            ..cost
        };
        self.nodes.insert(node.to_owned(), cost);
        self.changed = true;
    }

    /// Takes note of how long it took to compute a result that was not stored, but would be if it were worth it.
    pub(crate) fn note_computing(&mut self, node: &str, seconds: f64) {
        if let Some(known) = self.nodes.get_mut(node) {
            known.compute = seconds;
            self.changed = true;
        }
    }

    /// Takes note of how long it took to read so many bytes. What was read long ago counts for less.
    pub(crate) fn note_reading(&mut self, bytes: u64, seconds: f64) {
        if bytes < TELLING {
            return;
        }
        self.read = Rate {
            bytes: (self.read.bytes / 2).saturating_add(bytes),
            seconds: self.read.seconds / 2.0 + seconds,
        };
        self.changed = true;
    }

    /// Seconds to store a result, as a whole or as it was stored last.
    pub(crate) fn to_store(&self, cost: &Cost, as_a_whole: bool) -> f64 {
        let bytes = if as_a_whole { cost.whole } else { cost.bytes };
        match cost.store {
            Some(seconds) if bytes == cost.bytes => seconds,
            known => self
                .writing()
                .seconds_for(bytes, WRITTEN)
                .max(known.unwrap_or(0.0)),
        }
    }

    /// Seconds to read a result.
    pub(crate) fn to_read(&self, cost: &Cost) -> f64 {
        self.read.seconds_for(cost.whole, READ)
    }

    /// Storing what was in memory.
    fn writing(&self) -> Rate {
        let telling = |cost: &&Cost| cost.bytes >= TELLING;
        let all = self.nodes.values().filter(telling);
        all.fold(Rate::default(), |rate, cost| match cost.store {
            Some(seconds) => Rate {
                bytes: rate.bytes.saturating_add(cost.bytes),
                seconds: rate.seconds + seconds,
            },
            None => rate,
        })
    }
}

/// Bytes of Parquet that are written in a second, as long as nothing was measured.
const WRITTEN: f64 = 150e6;

/// Bytes of Parquet that are read in a second.
const READ: f64 = 1e9;

fn parse(bytes: &[u8]) -> Option<Costs> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(compute: f64, store: Option<f64>, bytes: u64, whole: u64) -> Cost {
        Cost {
            compute,
            store,
            bytes,
            whole,
        }
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
    }

    #[test]
    fn nodes_that_ran_as_one_query_share_what_it_took() {
        let mut costs = Costs::default();
        costs.note("a", cost(1.0, Some(0.1), 10, 10), &[]);
        costs.note("b", cost(3.0, Some(0.1), 10, 10), &[]);
        let of = |costs: &Costs, node: &str| costs.of(node).map_or(-1.0, |cost| cost.compute);
        // Twice as much data: both take twice as long.
        costs.note("b", cost(8.0, Some(0.1), 10, 10), &["a"]);
        assert_near(of(&costs, "a"), 2.0);
        assert_near(of(&costs, "b"), 6.0);
        // One that was never measured took what the others did not.
        costs.note("c", cost(9.0, None, 10, 10), &["a", "b"]);
        assert_near(of(&costs, "c"), 1.0);
        assert_near(of(&costs, "a"), 2.0);
        // What nothing is known of adds nothing.
        costs.note("d", cost(5.0, None, 10, 10), &["unknown"]);
        assert_near(of(&costs, "d"), 5.0);
        assert!(costs.of("unknown").is_none());
    }

    #[test]
    fn what_was_not_measured_is_guessed_from_what_was() {
        let mut costs = Costs::default();
        let streamed = cost(1.0, None, 3_000_000, 3_000_000);
        assert_near(costs.to_store(&streamed, true), 0.02);
        assert_near(costs.to_read(&streamed), 0.003);
        // A layer of a megabyte on a frame of nine.
        let layer = cost(1.0, Some(0.05), 1_000_000, 10_000_000);
        costs.note("layer", layer, &[]);
        assert_near(costs.to_store(&layer, false), 0.05);
        assert_near(costs.to_store(&layer, true), 0.5);
        assert_near(costs.to_store(&streamed, true), 0.15);
        costs.note_reading(1_000_000, 0.01);
        assert_near(costs.to_read(&layer), 0.1);
        // The latest counts most.
        costs.note_reading(1_000_000, 0.025);
        assert_near(costs.to_read(&layer), 0.2);
    }

    #[test]
    fn whatever_is_in_the_file_is_a_guess_and_no_harm() {
        let json = format!(
            r#"{{"nodes": {{"a": {{"compute": 1e308, "store": 1e308, "bytes": {0}, "whole": {0}}},
            "b": {{"compute": -1.0, "store": -1.0, "bytes": {0}, "whole": 0}}}}, "read": {{"bytes": {0}, "seconds": -1.0}}}}"#,
            u64::MAX
        );
        let mut costs = parse(json.as_bytes()).unwrap_or_default();
        assert_eq!(costs.nodes.len(), 2);
        costs.note_reading(u64::MAX, 1.0);
        for node in ["a", "b"] {
            let cost = costs.of(node).unwrap_or_default();
            let _ = (costs.to_store(&cost, true), costs.to_store(&cost, false));
            assert!(!costs.to_read(&cost).is_nan());
            costs.note(node, cost, &["a", "b"]);
        }
    }

    #[test]
    fn they_are_found_again_and_garbage_is_nothing_known() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("costs.json");
        let mut costs = Costs::load(path.clone());
        costs.note("a", cost(1.0, Some(0.1), 10, 12), &[]);
        fs::write(&path, serde_json::to_vec(&costs)?)?;
        assert_eq!(Costs::load(path.clone()).nodes, costs.nodes);
        fs::write(&path, "{\"nodes\": 1")?;
        assert!(Costs::load(path).nodes.is_empty());
        Ok(())
    }
}
