//! What became of a node, told and kept, and the end of the run.

use std::sync::Arc;
use std::time::Instant;

use super::{Dispatcher, Role, State, Stopped};
use crate::exec::decide::{NOT_NEEDED, Valid};
use crate::exec::error::{NodeProblem, RunError, with_causes};
use crate::exec::event::Event;
use crate::exec::report::{Outcome, RunReport, RunStatus};
use crate::exec::retry;
use crate::exec::run::frames::Handed;
use crate::exec::run::worker::{self, Finished, Took};
use crate::exec::settings::OnFailure;
use crate::exec::{Done, Kept};
use crate::graph::NodeRef;
use crate::step::{OutputKind, StepOutput, Where};
use crate::store::{Cost, Record};

impl Dispatcher<'_> {
    pub(super) fn succeed(&mut self, node: usize, finished: Finished) {
        let reserved = self.active[node].take().map_or(0, |active| active.reserved);
        self.held = self.held.saturating_sub(reserved);
        let kind = self.run.graph.nodes[node].step.output();
        let size = self.size_of_inputs(node);
        let record = finished.record.map(Arc::new);
        let took = finished.took;
        let handed = match (finished.result, &record) {
            (worker::Outcome::Plan(plan), _) => Handed::plan(*plan, size),
            (worker::Outcome::Value(value), _) => Handed::value(value),
            (worker::Outcome::Stored, Some(record)) => Handed::stored(record.clone(), kind),
            (worker::Outcome::Frame(frame), Some(record)) => {
                self.keep_or_read(node, Some(Handed::frame(frame)), record)
            }
            (worker::Outcome::Parts(parts), Some(record)) => {
                self.keep_or_read(node, Handed::parts(parts).ok(), record)
            }
            (worker::Outcome::Frame(frame), None) => Handed::frame(frame),
            // Only a commit says so, and it gives its record.
            (worker::Outcome::Stored | worker::Outcome::Parts(_), None) => {
                unreachable!("what is stored has a record")
            }
        };
        self.held += handed.held();
        let report = &mut self.reports[node];
        report.outcome = Outcome::Ran;
        report.rows = finished.rows;
        report.invalid = finished.invalid;
        self.note_cost(node, record.as_deref(), took);
        let report = &mut self.reports[node];
        match record {
            Some(record) => {
                report.bytes = Some(record.bytes());
                report.quarantine = self.run.store.quarantine_of(&record);
                self.decider.contents[node] = Some(record.content());
                self.used[node] = Some(record);
            }
            None => report.key = self.decider.key(node),
        }
        let report = &self.reports[node];
        self.run.log.tell(&Event::NodeFinished {
            node: report.name.clone(),
            attempts: report.attempts,
            rows: report.rows,
            bytes: report.bytes,
            seconds: report.seconds,
            key: report.key.clone(),
        });
        self.tell_invalid(node);
        self.states[node] = State::Ready(Box::new(handed));
        if self.roles[node] != Role::Plan {
            self.used_inputs(node);
        }
        self.became_ready(node);
    }

    /// Takes note of what a node took, and the plans that are part of it.
    fn note_cost(&mut self, node: usize, record: Option<&Record>, took: Took) {
        let (graph, report) = (self.run.graph, &self.reports[node]);
        let store = took.storing.map(|storing| storing.as_secs_f64());
        let compute = match self.run.options[node].place {
            // Most of it was not on the thread that finished it.
            Where::Async => report.seconds - store.unwrap_or(0.0),
            Where::Thread | Where::Process => took.computing.as_secs_f64(),
        };
        let compute = compute.max(0.0);
        let Some(record) = record else {
            if self.is_computed_alone(node) {
                self.run.costs.note_computing(&report.name, compute);
            }
            return;
        };
        let plans = graph.plans_before(node).into_iter();
        let plans = plans.filter(|&plan| !self.is_computed_alone(plan));
        let plans: Vec<_> = plans.map(|plan| graph.nodes[plan].name.as_str()).collect();
        let cost = Cost {
            compute,
            store,
            bytes: record.bytes(),
            whole: record.bytes_to_read(),
        };
        self.run.costs.note(&report.name, cost, &plans);
    }

    /// Whether a node that is not stored is no part of the queries of those that read it.
    fn is_computed_alone(&self, node: usize) -> bool {
        let kind = self.run.graph.nodes[node].step.output();
        matches!(kind, OutputKind::Value(_)) || self.reports[node].rows.is_some()
    }

    /// Hands a frame on as it is. One that came out larger than what it is made of is read again.
    fn keep_or_read(&self, node: usize, frame: Option<Handed>, record: &Arc<Record>) -> Handed {
        let fits = |handed: &Handed| {
            let all = self.held.saturating_add(handed.held());
            all <= self.run.settings.memory || self.uses[node] == 0
        };
        let kind = self.run.graph.nodes[node].step.output();
        let kept = frame.filter(fits);
        kept.unwrap_or_else(|| Handed::stored(record.clone(), kind))
    }

    /// Has a node's checkpoint used.
    pub(super) fn reuse(&mut self, node: usize, mut record: Box<Record>, valid: Valid) {
        let reason = self.decider.why(node, &record, valid);
        let recipe = self.decider.keys.recipe(node);
        if let Err(error) = self.run.store.add_recipe(&mut record, recipe) {
            // Costs the next run a closer look, nothing else.
            self.run.log.tell(&Event::Warning {
                message: error.to_string(),
            });
        }
        let record: Arc<Record> = record.into();
        let report = &mut self.reports[node];
        report.outcome = Outcome::Reused;
        report.reason = reason;
        (report.rows, report.bytes) = (record.row_count(), Some(record.bytes()));
        report.key = Some(record.key.clone());
        report.quarantine = self.run.store.quarantine_of(&record);
        report.invalid.clone_from(&record.invalid);
        self.run.log.tell(&Event::NodeReused {
            node: report.name.clone(),
            step: report.step.clone(),
            reason: report.reason.clone(),
            rows: report.rows,
            bytes: record.bytes(),
            key: record.key.clone(),
        });
        self.used[node] = Some(record.clone());
        self.tell_invalid(node);
        let kind = self.run.graph.nodes[node].step.output();
        self.states[node] = State::Ready(Box::new(Handed::stored(record, kind)));
        // Of a node that might have run.
        if self.roles[node] != Role::Given {
            self.used_inputs(node);
        }
    }

    /// Tells of rows that break rules and did not stop their node.
    pub(super) fn tell_invalid(&self, node: usize) {
        let report = &self.reports[node];
        if let Some(invalid) = &report.invalid {
            self.run.log.tell(&Event::InvalidRows {
                node: report.name.clone(),
                invalid: invalid.clone(),
                quarantine: report.quarantine.clone(),
            });
        }
    }

    pub(super) fn fail(&mut self, node: usize, mut problem: NodeProblem, history: Vec<String>) {
        if let Some(blamed) = self.blame(node, &problem) {
            problem = blamed;
        }
        if let Some(active) = self.active[node].take() {
            self.held = self.held.saturating_sub(active.reserved);
        }
        // Of an attempt, or of a commit that did not come to its end.
        self.run.lock.expect_leftovers();
        self.note_failure(node, problem, history);
        self.states[node] = State::Lost;
        self.hopeless[node] = self.roles[node] != Role::Plan;
        self.used_inputs(node);
        for i in 0..self.decider.consumers[node].len() {
            let consumer = self.decider.consumers[node][i];
            if self.roles[consumer] != Role::Given {
                self.lose(consumer, node);
            }
        }
        if self.run.settings.on_failure == OnFailure::FailFast && self.stopped.is_none() {
            let name = self.run.graph.nodes[node].name.clone();
            self.stop(Stopped::Failed(name));
        }
    }

    fn note_failure(&mut self, node: usize, problem: NodeProblem, history: Vec<String>) {
        let error = retry::error(&self.run.graph.nodes[node], problem, history);
        let report = &mut self.reports[node];
        let cancelled = matches!(self.stopped, Some(Stopped::Cancelled));
        report.outcome = if cancelled {
            Outcome::Cancelled
        } else {
            Outcome::Failed
        };
        let problem = with_causes(&*error.problem);
        report.error = Some(problem.clone());
        self.run.log.tell(&Event::NodeFailed {
            node: report.name.clone(),
            attempts: report.attempts,
            seconds: report.seconds,
            error: problem,
        });
        self.failures.push(error);
    }

    pub(super) fn skip(&mut self, node: usize, reason: String) {
        let report = &mut self.reports[node];
        report.reason.clone_from(&reason);
        self.run.log.tell(&Event::NodeSkipped {
            node: report.name.clone(),
            reason,
        });
    }

    pub(super) fn tell_damage(&mut self) {
        for (node, problem) in self.decider.take_corrupt() {
            let node = self.run.graph.nodes[node].name.clone();
            self.run
                .log
                .tell(&Event::CheckpointCorrupt { node, problem });
        }
    }

    /// What the pipeline returns. A node whose result cannot be loaded any more has failed.
    fn outputs(&mut self) -> Vec<StepOutput> {
        let graph = self.run.graph;
        let mut outputs = Vec::with_capacity(graph.outputs.len());
        for &output in &graph.outputs {
            match (self.load(output), output) {
                (Ok(output), _) => outputs.push(output),
                (Err(problem), NodeRef::Node(node)) => {
                    self.note_failure(node, problem, Vec::new());
                }
                // Whatever the pipeline returns was opened; if it was not, an output is missing.
                (Err(_), NodeRef::Input(_)) => {}
            }
        }
        outputs
    }

    pub(in crate::exec::run) fn finish(mut self, started: Instant) -> Result<Done, RunError> {
        let cancelled = matches!(self.stopped, Some(Stopped::Cancelled));
        for node in 0..self.states.len() {
            if !matches!(
                self.states[node],
                State::Pending | State::Asked(_) | State::Active
            ) {
                continue;
            }
            // Plans that nothing asked for are not needed, whatever happened.
            let reason = match &self.stopped {
                Some(_) if self.roles[node] == Role::Plan && self.uses[node] == 0 => None,
                Some(Stopped::Cancelled) => {
                    self.reports[node].outcome = Outcome::Cancelled;
                    Some("the run was cancelled".to_owned())
                }
                Some(Stopped::Failed(failed)) => {
                    Some(format!("stopped after node {failed} failed"))
                }
                None => None,
            };
            self.skip(node, reason.unwrap_or_else(|| NOT_NEEDED.to_owned()));
        }
        let outputs = if cancelled || !self.failures.is_empty() {
            Vec::new()
        } else {
            self.outputs()
        };
        let failed = !self.failures.is_empty();
        let status = match (cancelled, failed) {
            (true, _) => RunStatus::Cancelled,
            (false, true) => RunStatus::Failed,
            (false, false) => RunStatus::Succeeded,
        };
        let seconds = self.run.settings.clock.since(started).as_secs_f64();
        if let Err(error) = self.run.costs.save(&self.run.lock) {
            // Costs the next run a worse guess, nothing else.
            let message = error.to_string();
            self.run.log.tell(&Event::Warning { message });
        }
        let run = self.run.log.run.clone();
        self.run.log.tell(&Event::RunFinished {
            run: run.clone(),
            status,
            seconds,
        });
        let report = RunReport {
            run,
            status,
            seconds,
            nodes: std::mem::take(&mut self.reports),
        };
        match status {
            RunStatus::Succeeded => {}
            RunStatus::Failed => {
                let (report, failures) = (Box::new(report), self.failures);
                return Err(RunError::Failed { report, failures });
            }
            RunStatus::Cancelled => {
                let report = Box::new(report);
                return Err(RunError::Cancelled { report });
            }
        }
        let names = self.run.graph.nodes.iter().map(|node| node.name.clone());
        let kinds = self.run.graph.nodes.iter().map(|node| node.step.output());
        let kept = self.states.into_iter().zip(self.used).zip(kinds);
        let kept = kept.map(|((state, used), kind)| match (state, used) {
            (State::Ready(handed), _) => Some(handed.into_kept()),
            (_, Some(record)) => Some(Kept::Stored(record, kind)),
            _ => None,
        });
        let nodes = names
            .zip(kept)
            .filter_map(|(name, kept)| Some((name, kept?)));
        Ok(Done {
            outputs,
            nodes: nodes.collect(),
            report,
        })
    }
}
