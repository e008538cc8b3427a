//! What the verbs do.

use std::io::Write;
use std::sync::mpsc::channel;

use serde::Serialize;
use serde_json::{Value, json};

use super::console::Console;
use super::exit::{Exit, Failure, with_causes};
use super::options::{Clear, Format, Options, Verb};
use super::plan_options::PlanOptions;
use super::preview::{self, Preview};
use super::progress::{self, Look};
use super::run_options::RunOptions;
use super::{Results, interrupt, lock, log};
use crate::exec::{CheckError, Outcome, RunError, RunReport};
use crate::graph::{Graph, NodeRef};
use crate::lock::Compared;
use crate::pipeline::{Pipeline, Run};
use crate::step::{OutputKind, StepOutput};
use crate::text::count;

/// A verb at work: a pipeline, and where to write.
pub(super) struct Work<'a, 'c> {
    pub(super) pipeline: Pipeline<Results>,
    pub(super) options: &'a Options,
    pub(super) console: &'a mut Console<'c>,
    /// The command line that accepts changed contracts.
    pub(super) lock_command: String,
}

impl Work<'_, '_> {
    pub(super) fn perform(self, verb: Verb) -> Result<Exit, Failure> {
        match verb {
            Verb::Run(options) => self.run(options),
            Verb::Plan(options) => self.plan(options),
            Verb::Status => self.status(),
            Verb::Check { .. } => self.check(),
            Verb::Lock { remove: None, .. } => self.lock(),
            Verb::Lock {
                remove: Some(pipeline),
                ..
            } => self.unlock(&pipeline),
            Verb::Clear(what) => self.clear(what),
            Verb::Graph(format) => self.graph(format),
            Verb::Show {
                node,
                rows,
                quarantine,
            } => self.show(&node, rows, quarantine),
            Verb::Stored(verb) => self.stored(verb),
        }
    }

    fn run(mut self, options: RunOptions) -> Result<Exit, Failure> {
        match self.run_and_follow(options) {
            Ok(run) => {
                if self.options.json {
                    self.json(run.report())?;
                } else if !self.options.quiet {
                    self.results(&run)?;
                }
                self.summary(run.report())?;
                Ok(Exit::Done)
            }
            Err(error) => {
                let report = match &error {
                    RunError::Failed { report, .. } | RunError::Cancelled { report } => {
                        Some(report.clone())
                    }
                    _ => None,
                };
                let failure = Failure::from(error);
                let Some(report) = report else {
                    return Err(failure);
                };
                if self.options.json {
                    self.json(&*report)?;
                }
                failure.report(self.console)?;
                self.summary(&report)?;
                Ok(failure.exit)
            }
        }
    }

    /// The run stays on this thread; its events are shown by another, so that a slow terminal does
    /// not hold it up.
    fn run_and_follow(&mut self, options: RunOptions) -> Result<Run<Results>, RunError> {
        let mut pipeline = options.apply(self.pipeline.clone());
        if self.console.process.is_some() {
            pipeline = pipeline.cancellation(&interrupt::watch());
        }
        if self.options.quiet || log::has_events() {
            return pipeline.run();
        }
        let look = Look::new(pipeline.graph(), self.console.colours());
        let screen = self.console.screen().cloned();
        let err = &mut self.console.err;
        std::thread::scope(|scope| {
            let (sender, events) = channel();
            scope.spawn(move || progress::follow(&events, screen, err, &look));
            // Dropped at the end of the run, and with it the sender: then the other thread ends.
            let pipeline = pipeline.on_event(move |event| {
                let _ = sender.send(event.clone());
            });
            pipeline.run()
        })
    }

    fn results(&mut self, run: &Run<Results>) -> Result<(), Failure> {
        let graph = self.pipeline.graph();
        for (&output, result) in graph.outputs.iter().zip(run.output().0) {
            let name = graph.name_of(output);
            let frame = match result {
                StepOutput::Frame(frame) => frame,
                StepOutput::Rows(rows) => rows.into_plan(),
                StepOutput::Value(value) => {
                    write!(self.console.out, "{}", preview::value(name, &value)?)?;
                    continue;
                }
            };
            let rows = match output {
                NodeRef::Node(i) => run.report().nodes.get(i).and_then(|node| node.rows),
                NodeRef::Input(_) => None,
            };
            let preview = Preview::of(frame, preview::ROWS)?;
            writeln!(self.console.out, "{}", preview.text(name, rows))?;
        }
        self.console.out.flush()?;
        Ok(())
    }

    /// The last lines of a run.
    fn summary(&mut self, report: &RunReport) -> Result<(), Failure> {
        if self.options.quiet {
            return Ok(());
        }
        for node in &report.nodes {
            let Some(invalid) = &node.invalid else {
                continue;
            };
            writeln!(self.console.err, "{}: {}", node.name, invalid.line())?;
            for found in &invalid.rules {
                writeln!(self.console.err, "  {found}")?;
            }
            if let Some(path) = &node.quarantine {
                writeln!(self.console.err, "  they are in {}", path.display())?;
            }
        }
        let outcomes = [
            (Outcome::Ran, "ran"),
            (Outcome::Reused, "reused"),
            (Outcome::Skipped, "skipped"),
            (Outcome::Failed, "failed"),
            (Outcome::Cancelled, "cancelled"),
        ];
        let counts: Vec<_> = outcomes
            .into_iter()
            .map(|(outcome, word)| {
                let nodes = report.nodes.iter().filter(|node| node.outcome == outcome);
                (nodes.count(), word)
            })
            .filter(|&(count, _)| count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let (headline, counts) = (report.headline(), counts.join(", "));
        writeln!(self.console.err, "{headline}: {counts}")?;
        Ok(())
    }

    fn plan(mut self, options: PlanOptions) -> Result<Exit, Failure> {
        let plan = options.apply(self.pipeline.clone()).plan()?;
        if self.options.json {
            self.json(&plan)?;
        } else {
            write!(self.console.out, "{plan}")?;
        }
        Ok(Exit::Done)
    }

    fn status(mut self) -> Result<Exit, Failure> {
        let status = self.pipeline.status()?;
        if self.options.json {
            self.json(&status)?;
        } else {
            write!(self.console.out, "{status}")?;
        }
        Ok(Exit::Done)
    }

    fn check(mut self) -> Result<Exit, Failure> {
        let checked = self.pipeline.check_and_compare();
        let nodes = self.pipeline.graph().nodes.len();
        if let Ok(compared) = &checked
            && !self.options.quiet
        {
            self.note(compared)?;
        }
        if self.options.json {
            let found = checked.as_ref().err();
            let status = if found.is_some() {
                "failed"
            } else {
                "succeeded"
            };
            let pipeline = &self.pipeline.graph().name;
            let problems = found.map(problems).unwrap_or_default();
            let (lock_file, changes) = lock::compared(&checked);
            self.json(&json!({
                "pipeline": pipeline, "status": status, "problems": problems,
                "lock_file": lock_file, "changes": changes,
            }))?;
        } else if checked.is_ok() && !self.options.quiet {
            let nodes = count(nodes as u64, "node");
            let lock = match &checked {
                Ok(Compared::Same(_)) => " and the lock file compared",
                _ => "",
            };
            writeln!(self.console.out, "{nodes} checked{lock}, no differences")?;
        }
        match checked {
            Ok(_) => Ok(Exit::Done),
            Err(found) => Err(Failure::check(&found, &self.lock_command)),
        }
    }

    fn clear(mut self, what: Clear) -> Result<Exit, Failure> {
        let cleared = match what {
            Clear::Node(node) => self.pipeline.clear(node)?,
            Clear::From(node) => self.pipeline.clear_from(node)?,
            Clear::All => self.pipeline.clear_all()?,
        };
        if self.options.json {
            let pipeline = &self.pipeline.graph().name;
            self.json(&json!({"pipeline": pipeline, "cleared": cleared}))?;
        } else if !self.options.quiet {
            let cleared = match cleared.as_slice() {
                [] => "nothing to clear".to_owned(),
                nodes => format!("cleared {}", nodes.join(", ")),
            };
            writeln!(self.console.out, "{cleared}")?;
        }
        Ok(Exit::Done)
    }

    fn graph(mut self, format: Format) -> Result<Exit, Failure> {
        let graph = self.pipeline.graph();
        let out = &mut self.console.out;
        if self.options.json {
            let graph = graph_json(graph);
            self.json(&graph)?;
        } else {
            match format {
                Format::Text => write!(out, "{}", graph.text()),
                Format::Mermaid => write!(out, "{}", graph.mermaid()),
                Format::Dot => write!(out, "{}", graph.dot()),
            }?;
        }
        Ok(Exit::Done)
    }

    /// One object on one line.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)?;
        writeln!(self.console.out, "{text}")?;
        self.console.out.flush()?;
        Ok(())
    }
}

fn problems(found: &CheckError) -> Vec<Value> {
    let sources = found
        .sources
        .iter()
        .map(|error| json!({"source": error.source_name, "error": error.to_string()}));
    let nodes = found.nodes.iter().map(|error| {
        json!({"node": error.node, "step": error.step, "error": with_causes(&error.problem)})
    });
    let lock = found.lock.as_deref().and_then(lock::problem);
    sources.chain(nodes).chain(lock).collect()
}

fn graph_json(graph: &Graph) -> Value {
    let inputs: Vec<_> = graph
        .inputs
        .iter()
        .map(|input| {
            let schema = input.schema.map(|schema| schema.name);
            json!({"name": input.name, "source": input.source.describe(), "schema": schema})
        })
        .collect();
    let names = |frames: &[NodeRef]| -> Vec<_> {
        frames
            .iter()
            .map(|&frame| graph.name_of(frame).to_owned())
            .collect()
    };
    let nodes: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| {
            let value = match node.step.output() {
                OutputKind::Frame => None,
                OutputKind::Value(kind) => Some(kind.type_name()),
            };
            json!({
                "name": node.name, "step": node.step.name(), "inputs": names(&node.inputs),
                "checkpoint": node.options.checkpoint, "value": value,
            })
        })
        .collect();
    let outputs = names(&graph.outputs);
    json!({"pipeline": graph.name, "inputs": inputs, "nodes": nodes, "outputs": outputs})
}
