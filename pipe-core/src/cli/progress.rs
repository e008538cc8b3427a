//! A run while it goes on: bars on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::Write;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::console::Colours;
use crate::exec::Event;
use crate::graph::Graph;
use crate::text::{count, first_line, size};

/// Shows events as they come, until no more can come.
pub(super) fn follow(
    events: &Receiver<Event>,
    screen: Option<MultiProgress>,
    err: &mut impl Write,
    look: &Look,
) {
    if let Some(screen) = screen {
        let mut bars = Bars::new(screen, look);
        for event in events {
            bars.show(&event);
        }
    } else {
        for line in events.iter().filter_map(|event| plain(&event, look)) {
            // A run is not stopped because nobody can see it.
            let _ = writeln!(err, "{line}");
        }
    }
}

/// What lines look like.
pub(super) struct Look {
    colours: Colours,
    /// Of the longest name of a node.
    width: usize,
}

impl Look {
    pub(super) fn new(graph: &Graph, colours: Colours) -> Self {
        let widths = graph.nodes.iter().map(|node| node.name.chars().count());
        let width = widths.max().unwrap_or_default();
        Self { colours, width }
    }
}

/// One event in one line; `None` for what the end of the run says.
fn plain(event: &Event, look: &Look) -> Option<String> {
    let width = look.width;
    let line = |word: &str, node: &str, text: &str| {
        let line = format!("{word:<9} {node:<width$}  {}", first_line(text));
        Some(line.trim_end().to_owned())
    };
    match event {
        Event::RunStarted {
            run,
            pipeline,
            nodes,
        } => {
            let nodes = count(*nodes as u64, "node");
            Some(format!("run {run} of {pipeline}: {nodes} to run"))
        }
        Event::NodeReused {
            node,
            reason,
            rows,
            bytes,
            ..
        } => {
            let result = result(*rows, Some(*bytes), None);
            line("reused", node, &format!("{result} ({reason})"))
        }
        Event::NodeStarted { node, reason, .. } => line("started", node, reason),
        Event::NodeMessage { node, message } => line("says", node, message),
        Event::NodeRetrying { node, .. } => line("retrying", node, &retrying(event)),
        Event::NodeFinished {
            node,
            rows,
            bytes,
            seconds,
            ..
        } => line("finished", node, &result(*rows, *bytes, Some(*seconds))),
        Event::NodeFailed { node, error, .. } => line("failed", node, error),
        Event::NodeSkipped { node, reason } => line("skipped", node, reason),
        Event::InvalidRows { node, invalid, .. } => line("invalid", node, &invalid.line()),
        Event::CheckpointCorrupt { node, problem } => line("corrupt", node, problem),
        Event::Warning { message } => Some(format!("warning: {message}")),
        Event::RunStopping { running } => Some(stopping(running)),
        Event::RunFinished { .. } => None,
    }
}

/// A line for each node that runs, below the lines of those that are done.
struct Bars<'a> {
    screen: MultiProgress,
    look: &'a Look,
    running: HashMap<String, (ProgressBar, String)>,
}

impl<'a> Bars<'a> {
    fn new(screen: MultiProgress, look: &'a Look) -> Self {
        Self {
            screen,
            look,
            running: HashMap::new(),
        }
    }

    fn show(&mut self, event: &Event) {
        let colours = self.look.colours;
        match event {
            Event::RunStarted { .. } | Event::RunFinished { .. } => {}
            Event::NodeStarted { node, reason, .. } => self.start(node, reason),
            Event::NodeMessage { node, message } => {
                self.keep(&colours.faint("·"), node, ["", "", ""], message);
            }
            Event::NodeRetrying { node, .. } => {
                let text = retrying(event);
                if let Some((bar, _)) = self.running.get(node) {
                    bar.set_message(text.clone());
                }
                self.keep(&colours.doubtful("!"), node, ["", "", ""], &text);
            }
            Event::NodeReused {
                node,
                reason,
                rows,
                bytes,
                ..
            } => {
                let rows = rows.map(|rows| count(rows, "row")).unwrap_or_default();
                let cells = [&*rows, &size(*bytes), ""];
                self.keep(&colours.faint("="), node, cells, reason);
            }
            Event::NodeFinished {
                node,
                rows,
                bytes,
                seconds,
                ..
            } => {
                let reason = self.stop(node);
                let rows = rows.map(|rows| count(rows, "row")).unwrap_or_default();
                let bytes = bytes.map(size).unwrap_or_default();
                let cells = [&*rows, &*bytes, &took(*seconds)];
                self.keep(&colours.good("✓"), node, cells, &reason);
            }
            Event::NodeFailed {
                node,
                seconds,
                error,
                ..
            } => {
                self.stop(node);
                let cells = ["", "", &took(*seconds)];
                self.keep(&colours.bad("✗"), node, cells, error);
            }
            Event::NodeSkipped { node, reason } => {
                self.keep(&colours.faint("-"), node, ["", "", ""], reason);
            }
            Event::InvalidRows { node, invalid, .. } => {
                self.keep(&colours.doubtful("!"), node, ["", "", ""], &invalid.line());
            }
            Event::CheckpointCorrupt { node, problem } => {
                let problem = format!("checkpoint is corrupt: {problem}");
                self.keep(&colours.doubtful("!"), node, ["", "", ""], &problem);
            }
            Event::RunStopping { running } => {
                let line = format!("{} {}", colours.doubtful("!"), stopping(running));
                let _ = self.screen.println(line);
            }
            Event::Warning { message } => {
                let line = format!("{} {message}", colours.doubtful("!"));
                let _ = self.screen.println(line);
            }
        }
    }

    fn start(&mut self, node: &str, reason: &str) {
        let width = self.look.width;
        let style = if self.look.colours.0 {
            "{spinner:.cyan} {prefix}  {elapsed:>4}  {wide_msg:.dim}"
        } else {
            "{spinner} {prefix}  {elapsed:>4}  {wide_msg}"
        };
        let style = ProgressStyle::with_template(style)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        let bar = self.screen.add(bar);
        bar.set_prefix(format!("{node:<width$}"));
        bar.set_message(first_line(reason));
        bar.enable_steady_tick(Duration::from_millis(100));
        self.running
            .insert(node.to_owned(), (bar, reason.to_owned()));
    }

    /// Takes a node's bar away; returns why the node ran.
    fn stop(&mut self, node: &str) -> String {
        let Some((bar, reason)) = self.running.remove(node) else {
            return String::new();
        };
        bar.finish_and_clear();
        self.screen.remove(&bar);
        reason
    }

    fn keep(&self, mark: &str, node: &str, [rows, size, took]: [&str; 3], text: &str) {
        let width = self.look.width;
        let text = self.look.colours.faint(&first_line(text));
        let line = format!("{mark} {node:<width$}  {rows:>14}  {size:>8}  {took:>8}  {text}");
        // Nothing depends on anybody seeing it.
        let _ = self.screen.println(line.trim_end());
    }
}

fn stopping(running: &[String]) -> String {
    let waits = match running {
        [] => String::new(),
        running => format!(": waiting for {}", running.join(", ")),
    };
    format!("stopping{waits} (Ctrl-C again stops at once)")
}

fn retrying(event: &Event) -> String {
    let Event::NodeRetrying {
        attempt,
        attempts,
        wait_seconds,
        error,
        ..
    } = event
    else {
        return String::new();
    };
    let wait = took(*wait_seconds);
    let error = first_line(error);
    format!("attempt {attempt} of {attempts} failed, the next in {wait}: {error}")
}

/// `328,521 rows, 1.8 MB, 0.21 s`
fn result(rows: Option<u64>, bytes: Option<u64>, seconds: Option<f64>) -> String {
    let rows = rows.map(|rows| count(rows, "row"));
    let parts = [rows, bytes.map(size), seconds.map(took)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn took(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::RunStatus;
    use crate::rules::{Invalid, Policy, Violation};

    #[test]
    fn events_are_one_plain_line_each() {
        let look = Look {
            colours: Colours(false),
            width: 5,
        };
        let (node, step) = (|| "rated".to_owned(), || "add_ratio".to_owned());
        let events = [
            Event::RunStarted {
                run: "r1".into(),
                pipeline: "delays".into(),
                nodes: 1,
            },
            Event::NodeReused {
                node: "a".into(),
                step: step(),
                reason: "checkpoint is valid".into(),
                rows: Some(1_328_521),
                bytes: 1_834_022,
                key: "3f".into(),
            },
            Event::NodeStarted {
                node: node(),
                step: step(),
                reason: "parameter scale: 60.0 -> 30.0".into(),
            },
            Event::NodeRetrying {
                node: node(),
                attempt: 1,
                attempts: 3,
                wait_seconds: 0.2,
                error: "no\nway".into(),
            },
            Event::NodeFinished {
                node: node(),
                attempts: 2,
                rows: Some(1),
                bytes: None,
                seconds: 0.214,
                key: None,
            },
            Event::NodeFailed {
                node: node(),
                attempts: 3,
                seconds: 1.0,
                error: "no\nway".into(),
            },
            Event::NodeSkipped {
                node: node(),
                reason: "input a has no result".into(),
            },
            Event::InvalidRows {
                node: node(),
                invalid: Invalid {
                    policy: Policy::Quarantine,
                    rows: 2,
                    of: 1_000,
                    rules: vec![Violation {
                        schema: "Rated".into(),
                        rule: "late: min 0".into(),
                        rows: 2,
                        of: 1_000,
                        first: Vec::new(),
                    }],
                },
                quarantine: None,
            },
            Event::CheckpointCorrupt {
                node: node(),
                problem: "torn".into(),
            },
            Event::Warning {
                message: "the disk is nearly full".into(),
            },
            Event::RunFinished {
                run: "r1".into(),
                status: RunStatus::Failed,
                seconds: 2.0,
            },
        ];
        let (sender, receiver) = std::sync::mpsc::channel();
        for event in events {
            sender.send(event).expect("a receiver");
        }
        drop(sender);
        let mut err = Vec::new();
        follow(&receiver, None, &mut err, &look);
        assert_eq!(
            String::from_utf8(err).expect("UTF-8"),
            "run r1 of delays: 1 node to run
reused    a      1,328,521 rows, 1.8 MB (checkpoint is valid)
started   rated  parameter scale: 60.0 -> 30.0
retrying  rated  attempt 1 of 3 failed, the next in 0.20 s: no
finished  rated  1 row, 0.21 s
failed    rated  no
skipped   rated  input a has no result
invalid   rated  2 of 1,000 rows quarantined: late: min 0
corrupt   rated  torn
warning: the disk is nearly full
"
        );
    }
}
