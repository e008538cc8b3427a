//! A run: the decisions carried out, one node after the other.
//!
//! Three things are apart, so that workers can take the second: deciding (`decide`), the attempts at
//! one node (`retry`, `attempt`: functions of the node, its input frames and the target), and the
//! bookkeeping here, which alone commits.

use std::time::Instant;

use polars::prelude::{IntoLazy, LazyFrame};

use super::attempt::{Product, StagedResult, Target};
use super::decide::{Choice, Decider, NOT_NEEDED, Valid};
use super::error::{NodeError, NodeProblem, RunError, with_causes};
use super::event::{Event, Listener};
use super::keys::keys_to_keep;
use super::log::Log;
use super::plan::outputs;
use super::report::{NodeReport, Outcome, RunReport, RunStatus};
use super::{Done, retry, sources};
use crate::graph::{Graph, Node, NodeRef};
use crate::store::{Commit, FileDigests, Lock, Record, Store, StoreError, Subject};

mod blame;

pub(crate) fn run(
    graph: &Graph,
    store: &Store,
    resume: bool,
    listeners: &[Listener],
) -> Result<Done, RunError> {
    let started = Instant::now();
    let lock = store.lock_and_sweep()?;
    let mut known = store.known_files();
    let keys = keys_to_keep(graph, store, &mut known, &lock)?;
    let mut decider = Decider::new(graph, &keys, store, resume);
    let wanted = outputs(graph);
    let choices = decider.decide(&wanted, &mut |record| {
        store.fetch(record, &mut |path| known.digest_anew(path))
    })?;
    known.save(&lock)?;
    let sources = sources::open(graph, &read(graph, &choices)).map_err(RunError::Sources)?;

    let log = Log::new(store, listeners)?;
    let may_run = |choice: &&Choice| matches!(choice, Choice::Run(_) | Choice::Maybe(_));
    log.tell(&Event::RunStarted {
        run: log.run.clone(),
        pipeline: graph.name.clone(),
        nodes: choices.iter().filter(may_run).count(),
    });
    if let Some(message) = keys.warning(&graph.name) {
        log.tell(&Event::Warning { message });
    }
    let pending = || (0..graph.nodes.len()).map(|_| State::Pending).collect();
    let reports = graph.nodes.iter().map(report).collect();
    let mut running = Running {
        graph,
        store,
        lock,
        log: &log,
        decider,
        known,
        wanted,
        sources,
        states: pending(),
        used: vec![None; graph.nodes.len()],
        reports,
        failures: Vec::new(),
    };
    for (node, choice) in choices.into_iter().enumerate() {
        running.tell_damage();
        running.visit(node, choice);
    }
    running.finish(started)
}

/// The inputs that have to be opened.
fn read(graph: &Graph, choices: &[Choice]) -> Vec<bool> {
    let mut read: Vec<bool> = (0..graph.inputs.len())
        .map(|i| graph.outputs.contains(&NodeRef::Input(i)))
        .collect();
    for (node, choice) in graph.nodes.iter().zip(choices) {
        if matches!(choice, Choice::Run(_) | Choice::Maybe(_)) {
            for input in &node.inputs {
                if let NodeRef::Input(i) = *input {
                    read[i] = true;
                }
            }
        }
    }
    read
}

fn report(node: &Node) -> NodeReport {
    NodeReport {
        name: node.name.clone(),
        step: node.step.name().to_owned(),
        outcome: Outcome::Skipped,
        reason: NOT_NEEDED.to_owned(),
        attempts: 0,
        rows: None,
        bytes: None,
        seconds: 0.0,
        key: None,
        invalid: None,
        quarantine: None,
        error: None,
    }
}

/// Where a node is in a run.
enum State {
    /// Not looked at, or a plan that nothing asked for yet.
    Pending,
    /// Nothing that runs needs it.
    Skipped,
    /// Its result can be used.
    Ready(Box<LazyFrame>),
    /// It failed, or cannot run because something before it did.
    Lost,
}

struct Running<'a> {
    graph: &'a Graph,
    store: &'a Store,
    /// Held to the end.
    lock: Lock,
    log: &'a Log<'a>,
    decider: Decider<'a>,
    known: FileDigests,
    wanted: Vec<bool>,
    sources: Vec<Option<LazyFrame>>,
    states: Vec<State>,
    /// The checkpoints whose data nodes of this run read.
    used: Vec<Option<Record>>,
    reports: Vec<NodeReport>,
    failures: Vec<NodeError>,
}

impl Running<'_> {
    fn visit(&mut self, node: usize, choice: Choice) {
        match choice {
            Choice::Skip(reason) => {
                self.states[node] = State::Skipped;
                self.skip(node, reason.to_owned());
            }
            Choice::Reuse(record, valid) => self.reuse(node, *record, valid),
            Choice::Run(_) | Choice::Maybe(_) => {
                // A plan is built when the first node that uses it runs.
                if self.graph.nodes[node].options.checkpoint || self.wanted[node] {
                    self.compute(node);
                }
            }
        }
    }

    /// Has a node that is stored or returned computed, unless it turns out that it need not be.
    fn compute(&mut self, node: usize) {
        if let Some(lost) = self.lost_input(node) {
            return self.lose(node, &lost);
        }
        let store = self.store;
        let stored = self.decider.by_content(node, &mut |record| {
            store.fetch(record, &mut crate::digest::file)
        });
        self.tell_damage();
        match stored {
            Ok(Some(record)) => return self.reuse(node, record, Valid::ByContent),
            Ok(None) => {}
            Err(error) => return self.fail_early(node, NodeProblem::Store(error)),
        }
        let target = if self.graph.nodes[node].options.checkpoint {
            Target::Checkpoint(store)
        } else {
            Target::Memory
        };
        self.execute(node, target);
    }

    /// Runs a node's step, and all plans that stand before it and were not built yet.
    fn execute(&mut self, node: usize, target: Target) {
        for &input in &self.graph.nodes[node].inputs {
            if let NodeRef::Node(i) = input
                && matches!(self.states[i], State::Pending)
            {
                self.execute(i, Target::Plan);
            }
        }
        if let Some(lost) = self.lost_input(node) {
            return self.lose(node, &lost);
        }
        let it = &self.graph.nodes[node];
        let span = tracing::info_span!(target: "pipe", "node", name = it.name);
        let _entered = span.enter();
        match self.decider.reason(node) {
            Ok(reason) => self.reports[node].reason = reason,
            Err(error) => return self.fail_early(node, NodeProblem::Store(error)),
        }
        self.log.tell(&Event::NodeStarted {
            node: it.name.clone(),
            step: it.step.name().to_owned(),
            reason: self.reports[node].reason.clone(),
        });
        let started = Instant::now();
        let inputs: Vec<_> = it
            .inputs
            .iter()
            .filter_map(|&input| self.frame(input))
            .collect();
        let attempts = retry::attempts(it, &inputs, target, &|event| self.log.tell(event));
        self.reports[node].attempts = attempts.count;
        self.reports[node].seconds = started.elapsed().as_secs_f64();
        let ready = attempts.result.and_then(|product| {
            self.keep(node, product)
                .map_err(|problem| retry::error(it, problem, Vec::new()))
        });
        self.reports[node].seconds = started.elapsed().as_secs_f64();
        match ready {
            Ok(frame) => self.succeed(node, frame),
            Err(error) => self.fail(node, error),
        }
    }

    /// Puts a result where the nodes after it find it.
    fn keep(&mut self, node: usize, product: Product) -> Result<LazyFrame, NodeProblem> {
        self.reports[node].key = self.decider.key(node);
        let report = &mut self.reports[node];
        match product {
            Product::Plan(plan) => Ok(*plan),
            Product::Memory(frame, audited) => {
                report.rows = Some(frame.height() as u64);
                report.invalid = audited.invalid;
                Ok(frame.lazy())
            }
            Product::Staged(result) => {
                self.check_sources(node)?;
                let record = self.commit(node, *result).map_err(NodeProblem::Store)?;
                let quarantine = self.store.quarantine_of(&record);
                let report = &mut self.reports[node];
                (report.rows, report.bytes) = (Some(record.rows), Some(record.bytes()));
                (report.invalid, report.quarantine) = (record.invalid.clone(), quarantine);
                let frame = self.store.scan(&record).map_err(NodeProblem::Query);
                self.used[node] = Some(record);
                frame
            }
        }
    }

    /// Makes sure that what was read is what the key says.
    fn check_sources(&mut self, node: usize) -> Result<(), NodeProblem> {
        for &input in &self.graph.nodes[node].inputs {
            match input {
                NodeRef::Input(i) => {
                    let current = self.decider.keys.is_current(i, self.graph, &mut self.known);
                    if !current.map_err(NodeProblem::Source)? {
                        let source_name = self.graph.inputs[i].source.describe();
                        return Err(NodeProblem::SourceChanged { source_name });
                    }
                }
                NodeRef::Node(i) if self.graph.nodes[i].options.checkpoint => {}
                NodeRef::Node(i) => self.check_sources(i)?,
            }
        }
        Ok(())
    }

    fn commit(&mut self, node: usize, result: StagedResult) -> Result<Record, StoreError> {
        let name = &self.graph.nodes[node].name;
        let parts = self.decider.parts(node);
        // Whatever is stored stands before this node and has run: its contents are known.
        let parts = parts.ok_or_else(|| StoreError::NoKey { node: name.clone() })?;
        let newest = self.decider.records(node)?.sound.first();
        let record = self.store.commit(Commit {
            newest: newest.map(Record::written),
            subject: Subject {
                pipeline: self.store.pipeline(),
                node: name,
                run: &self.log.run,
                recipe: self.decider.keys.recipe(node),
                parts,
            },
            data: result.data,
            footer: &result.footer,
            invalid: result.invalid,
            quarantine: result.quarantine,
            seconds: self.reports[node].seconds,
        })?;
        self.decider.contents[node] = Some(record.content());
        Ok(record)
    }

    fn reuse(&mut self, node: usize, mut record: Record, valid: Valid) {
        let frame = self.store.scan(&record);
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return self.fail_early(node, NodeProblem::Query(error)),
        };
        let reason = self.decider.why(node, &record, valid);
        let recipe = self.decider.keys.recipe(node);
        if let Err(error) = self.store.add_recipe(&mut record, recipe) {
            // Costs the next run a closer look, nothing else.
            self.log.tell(&Event::Warning {
                message: error.to_string(),
            });
        }
        let report = &mut self.reports[node];
        report.outcome = Outcome::Reused;
        report.reason = reason;
        (report.rows, report.bytes) = (Some(record.rows), Some(record.bytes()));
        report.key = Some(record.key.clone());
        report.quarantine = self.store.quarantine_of(&record);
        report.invalid.clone_from(&record.invalid);
        self.log.tell(&Event::NodeReused {
            node: report.name.clone(),
            step: report.step.clone(),
            reason: report.reason.clone(),
            rows: record.rows,
            bytes: record.bytes(),
            key: record.key.clone(),
        });
        self.used[node] = Some(record);
        self.tell_invalid(node);
        self.states[node] = State::Ready(Box::new(frame));
    }

    /// Tells of rows that break rules and did not stop their node.
    fn tell_invalid(&self, node: usize) {
        let report = &self.reports[node];
        if let Some(invalid) = &report.invalid {
            self.log.tell(&Event::InvalidRows {
                node: report.name.clone(),
                invalid: invalid.clone(),
                quarantine: report.quarantine.clone(),
            });
        }
    }

    fn succeed(&mut self, node: usize, frame: LazyFrame) {
        self.states[node] = State::Ready(Box::new(frame));
        let report = &mut self.reports[node];
        report.outcome = Outcome::Ran;
        self.log.tell(&Event::NodeFinished {
            node: report.name.clone(),
            attempts: report.attempts,
            rows: report.rows,
            bytes: report.bytes,
            seconds: report.seconds,
            key: report.key.clone(),
        });
        self.tell_invalid(node);
    }

    fn fail_early(&mut self, node: usize, problem: NodeProblem) {
        self.fail(
            node,
            retry::error(&self.graph.nodes[node], problem, Vec::new()),
        );
    }

    fn fail(&mut self, node: usize, mut error: NodeError) {
        if let Some(blamed) = self.blame(node, &error.problem) {
            error.problem = Box::new(blamed);
        }
        self.states[node] = State::Lost;
        // Of an attempt, or of a commit that did not come to its end.
        self.lock.expect_leftovers();
        let report = &mut self.reports[node];
        report.outcome = Outcome::Failed;
        let problem = with_causes(&*error.problem);
        report.error = Some(problem.clone());
        self.log.tell(&Event::NodeFailed {
            node: report.name.clone(),
            attempts: report.attempts,
            seconds: report.seconds,
            error: problem,
        });
        self.failures.push(error);
    }

    fn lose(&mut self, node: usize, input: &str) {
        self.states[node] = State::Lost;
        self.skip(node, format!("input {input} has no result"));
    }

    fn skip(&mut self, node: usize, reason: String) {
        let report = &mut self.reports[node];
        report.reason.clone_from(&reason);
        self.log.tell(&Event::NodeSkipped {
            node: report.name.clone(),
            reason,
        });
    }

    /// An input that the node will not get, directly or through plans.
    fn lost_input(&self, node: usize) -> Option<String> {
        self.graph.nodes[node]
            .inputs
            .iter()
            .find_map(|&input| match input {
                NodeRef::Input(_) => None,
                NodeRef::Node(i) => match self.states[i] {
                    State::Lost => Some(self.graph.nodes[i].name.clone()),
                    State::Pending => self.lost_input(i),
                    State::Ready(_) | State::Skipped => None,
                },
            })
    }

    fn frame(&self, frame: NodeRef) -> Option<LazyFrame> {
        match frame {
            NodeRef::Input(i) => self.sources[i].clone(),
            NodeRef::Node(i) => match &self.states[i] {
                State::Ready(frame) => Some(LazyFrame::clone(frame)),
                State::Pending | State::Skipped | State::Lost => None,
            },
        }
    }

    fn tell_damage(&mut self) {
        for (node, problem) in self.decider.take_corrupt() {
            let node = self.graph.nodes[node].name.clone();
            self.log.tell(&Event::CheckpointCorrupt { node, problem });
        }
    }

    fn finish(mut self, started: Instant) -> Result<Done, RunError> {
        for node in 0..self.states.len() {
            if matches!(self.states[node], State::Pending) {
                self.skip(node, NOT_NEEDED.to_owned());
            }
        }
        let failed = !self.failures.is_empty();
        let status = if failed {
            RunStatus::Failed
        } else {
            RunStatus::Succeeded
        };
        let seconds = started.elapsed().as_secs_f64();
        let run = self.log.run.clone();
        self.log.tell(&Event::RunFinished {
            run: run.clone(),
            status,
            seconds,
        });
        let outputs: Vec<_> = self
            .graph
            .outputs
            .iter()
            .filter_map(|&output| self.frame(output))
            .collect();
        let report = RunReport {
            run,
            status,
            seconds,
            nodes: self.reports,
        };
        if failed {
            let (report, failures) = (Box::new(report), self.failures);
            return Err(RunError::Failed { report, failures });
        }
        let names = self.graph.nodes.iter().map(|node| node.name.clone());
        let nodes = names
            .zip(self.states)
            .filter_map(|(name, state)| match state {
                State::Ready(frame) => Some((name, *frame)),
                State::Pending | State::Skipped | State::Lost => None,
            });
        Ok(Done {
            outputs,
            nodes: nodes.collect(),
            report,
        })
    }
}
