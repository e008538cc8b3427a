//! Attempts at nodes: begun, ended, tried again.

use std::sync::Arc;

use super::{Active, Alarm, Attempt, Dispatcher, SMALL, State};
use crate::cancellation::Cancellation;
use crate::engine::Engine;
use crate::exec::attempt::Target;
use crate::exec::error::{NodeProblem, with_causes};
use crate::exec::event::Event;
use crate::exec::layered::Below;
use crate::exec::retry::{self, Attempts};
use crate::exec::run::frames::Handed;
use crate::exec::run::worker::{Commission, Job, Message, Ticket, Work};
use crate::graph::NodeRef;
use crate::step::{Inputs, StepContext, StepOutput, Where};
use crate::store::{Record, StoreError, may_be_small};
use crate::testing::Fault;

/// After so many nodes that took next to no time the next one is expected to do so, too.
const QUICK: u32 = 16;

/// Seconds that are next to no time.
const MOMENT: f64 = 100e-6;

impl Dispatcher<'_> {
    /// The first attempt at a node, or another one.
    pub(super) fn attempt(&mut self, node: usize) {
        match self.inputs_for(node) {
            Ok(inputs) => {
                self.running += 1;
                self.begin(node, Work::Call(inputs));
            }
            Err(problem) => {
                let job = self.run.options[node].place != Where::Async;
                self.limits.give_back(&self.run.options[node], job);
                self.fail(node, problem, Vec::new());
            }
        }
    }

    /// What an attempt is given; the first one is prepared besides.
    pub(super) fn inputs_for(&mut self, node: usize) -> Result<Vec<StepOutput>, NodeProblem> {
        if self.active[node].is_none() {
            self.active[node] = Some(Box::new(self.active(node)?));
        }
        let inputs = self.run.graph.nodes[node].inputs.iter();
        inputs.map(|&input| self.load(input)).collect()
    }

    /// What there is to know of a node that runs, and tells of it.
    pub(super) fn active(&mut self, node: usize) -> Result<Active, NodeProblem> {
        self.reports[node].reason = self.decider.reason(node).map_err(NodeProblem::Store)?;
        let size = self.size_of_inputs(node);
        let (target, reserved) = self.target(node, size);
        let commission = match target {
            Target::Checkpoint { .. } => Some(Box::new(self.commission(node)?)),
            Target::Plan | Target::Memory => None,
        };
        self.held += reserved;
        self.run.log.tell(&Event::NodeStarted {
            node: self.reports[node].name.clone(),
            step: self.reports[node].step.clone(),
            reason: self.reports[node].reason.clone(),
        });
        Ok(Active {
            since: self.run.settings.clock.now(),
            attempts: Attempts::default(),
            attempt: None,
            commission,
            target,
            engine: match size {
                Some(size) if size <= SMALL => Engine::InMemory,
                _ => Engine::Streaming,
            },
            reserved,
        })
    }

    /// Where the result goes, and how much memory to set aside for it.
    pub(super) fn target(&self, node: usize, size: Option<u64>) -> (Target, u64) {
        if !self.stores(node) {
            let target = if self.run.wanted[node] {
                Target::Memory
            } else {
                Target::Plan
            };
            return (target, 0);
        }
        // A frame is rarely larger than all that it is made of. One that is costs memory, nothing else.
        let reserved =
            size.filter(|size| self.held.saturating_add(*size) <= self.run.settings.memory);
        let target = Target::Checkpoint {
            store: self.run.store.clone(),
            collect: reserved.is_some(),
        };
        (target, reserved.unwrap_or(0))
    }

    /// What a node's frames would take in memory; `None` if nobody knows.
    pub(super) fn size_of_inputs(&self, node: usize) -> Option<u64> {
        let mut inputs = self.run.graph.nodes[node].inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        let sizes = inputs.iter().map(|&input| self.handed(input)?.size());
        sizes.sum()
    }

    pub(super) fn handed(&self, input: NodeRef) -> Option<&Handed> {
        match input {
            NodeRef::Input(i) => self.sources[i].as_ref(),
            NodeRef::Node(i) => match &self.states[i] {
                State::Ready(handed) => Some(handed),
                _ => None,
            },
        }
    }

    pub(super) fn load(&self, input: NodeRef) -> Result<StepOutput, NodeProblem> {
        match self.handed(input) {
            Some(handed) => handed.load(self.run.store),
            None => Err(NodeProblem::Internal(
                "an input went away before it was used",
            )),
        }
    }

    /// The checkpoints that the node's result may become a layer on: of frames that it is given.
    ///
    /// What the pipeline returns, and what several nodes read, is stored as a whole.
    pub(super) fn below(&self, node: usize) -> Vec<Below> {
        let it = &self.run.graph.nodes[node];
        let is_read_by_one = self.decider.consumers[node].len() == 1;
        if !self.run.settings.layers
            || !self.stores(node)
            || self.run.wanted[node]
            || !is_read_by_one
            || !it.rules.is_empty()
        {
            return Vec::new();
        }
        let read = self.run.graph.read_by(node).into_iter();
        let below = read.filter_map(|input| {
            let NodeRef::Node(i) = input else { return None };
            let record = self.used[i].as_ref()?;
            // Nothing is less than a small result.
            if record
                .row_count()
                .is_none_or(|rows| may_be_small(rows, record.schema.len()))
            {
                return None;
            }
            let StepOutput::Frame(given) = self.load(input).ok()? else {
                return None;
            };
            Some(Below {
                given,
                record: Arc::new(record.clone()),
            })
        });
        below.collect()
    }

    /// What the node's result will be a checkpoint of.
    pub(super) fn commission(&mut self, node: usize) -> Result<Commission, NodeProblem> {
        // Whatever is stored stands before this node and has run: its contents are known.
        let parts = self.decider.parts(node).ok_or_else(|| {
            let node = self.run.graph.nodes[node].name.clone();
            NodeProblem::Store(StoreError::NoKey { node })
        })?;
        self.reports[node].key = Some(parts.key());
        let records = self.decider.records(node).map_err(NodeProblem::Store)?;
        let newest = records.sound.first().map(Record::written);
        let keys = self.decider.keys;
        let read = self.run.graph.read_by(node).into_iter();
        let sources = read.filter_map(|input| match input {
            NodeRef::Input(i) => Some((i, keys.source(i).clone())),
            NodeRef::Node(_) => None,
        });
        Ok(Commission {
            run: self.run.log.run.clone(),
            recipe: keys.recipe(node).to_owned(),
            parts,
            newest,
            sources: sources.collect(),
            known: self.run.known.clone(),
        })
    }

    /// Hands an attempt, or what is left of it, to whom it concerns.
    pub(super) fn begin(&mut self, node: usize, mut work: Work) {
        let graph = self.run.graph;
        let it = &graph.nodes[node];
        let below = self.below(node);
        let options = &self.run.options[node];
        // `inputs_for` makes it before the first attempt, and it stays until the node succeeds or fails.
        let Some(active) = &mut self.active[node] else {
            unreachable!("a node that is attempted is active");
        };
        let limit = it.options.timeout.or(options.timeout);
        if let Work::Call(_) = work {
            active.attempts.count += 1;
            self.reports[node].attempts = active.attempts.count;
            self.tickets += 1;
            let withdrawn = Cancellation::new();
            let cancellations = [self.run.settings.cancellation.clone(), withdrawn.clone()];
            let sender = self.workers.sender().clone();
            let say = move |message| {
                // The run is over if nobody listens.
                let _ = sender.send(Message::Said { node, message });
            };
            let count = active.attempts.count;
            let fault = self.run.settings.failures.of(&it.name, count, limit);
            let hangs = fault.as_ref().is_some_and(Fault::hangs);
            self.hanging += usize::from(hangs);
            let run = &self.run.log.run;
            active.attempt = Some(Attempt {
                ticket: Ticket::new(self.tickets),
                withdrawn,
                context: StepContext::new(&it.name, run, count, cancellations, say),
                holds_job: options.place != Where::Async,
                deadline: None,
                hangs,
                #[cfg(feature = "async")]
                abort: None,
            });
            if let Some(fault) = fault {
                work = Work::Fail(fault);
            }
        }
        // Made above for a call; what is left of one is begun only while its attempt is the current one,
        // as `time_out` takes a node out of those that have answered.
        let Some(attempt) = &mut active.attempt else {
            unreachable!("an attempt that goes on was begun");
        };
        if let Some(limit) = limit {
            self.deadlines += 1;
            attempt.deadline = Some(self.deadlines);
            let at = self.run.settings.clock.now() + limit;
            self.timers.add(at, Alarm::Deadline(node, self.deadlines));
        }
        let (ticket, context) = (attempt.ticket.clone(), attempt.context.clone());
        let stores = matches!(active.target, Target::Checkpoint { .. });
        let alone = self.running == 1
            && self.queue.is_empty()
            && self.answered.is_empty()
            && self.timers.next().is_none();
        let here = alone && !stores && self.quick >= QUICK && options.place == Where::Thread;
        let started = match work {
            #[cfg(feature = "async")]
            Work::Call(inputs) if options.place == Where::Async => {
                let inputs = Inputs::new(inputs).with_context(context);
                let sender = self.workers.sender().clone();
                let step = it.step.clone();
                let started = self.async_steps.start(step, inputs, (node, ticket), sender);
                started.map(|abort| attempt.abort = Some(abort))
            }
            work => {
                let job = Job {
                    graph: graph.clone(),
                    node,
                    ticket,
                    work,
                    target: active.target.clone(),
                    engine: active.engine,
                    place: options.place,
                    arguments: self.run.settings.arguments.clone(),
                    context,
                    commission: active.commission.clone(),
                    below,
                };
                if here {
                    self.done_here = Some(job.done(None));
                    Ok(())
                } else {
                    self.workers.take(job)
                }
            }
        };
        if let Err(error) = started {
            self.end_attempt(node);
            let problem = format!("no thread can be started for it: {error}");
            self.fail_attempt(node, NodeProblem::Step(problem.into()));
        }
    }

    /// Notes how long a node took. Where many in a row take less time than to wake a worker and be woken
    /// by it, the dispatcher does the next one itself, if there is nothing else that it could do meanwhile.
    pub(super) fn note_pace(&mut self, node: usize) {
        let quick = self.reports[node].seconds < MOMENT && !self.stores(node);
        self.quick = if quick {
            self.quick.saturating_add(1)
        } else {
            0
        };
    }

    /// An attempt takes too long: nobody waits for it any more.
    pub(super) fn time_out(&mut self, node: usize, number: u64) {
        let Some(attempt) = self.attempt_of(node) else {
            return;
        };
        // What is being committed is nearly there.
        if attempt.deadline != Some(number) || !attempt.ticket.withdraw() {
            return;
        }
        attempt.withdrawn.cancel();
        #[cfg(feature = "async")]
        if let Some(abort) = &attempt.abort {
            abort.abort();
        }
        // Its files, which it may still be writing.
        self.run.lock.expect_leftovers();
        self.end_attempt(node);
        let it = &self.run.graph.nodes[node];
        let limit = it.options.timeout.or(self.run.options[node].timeout);
        let problem = NodeProblem::TimedOut {
            limit: limit.unwrap_or_default(),
        };
        self.fail_attempt(node, problem);
    }

    /// Gives back what an attempt has taken.
    pub(super) fn end_attempt(&mut self, node: usize) {
        let Some(active) = &mut self.active[node] else {
            return;
        };
        if let Some(attempt) = active.attempt.take() {
            self.running -= 1;
            self.hanging -= usize::from(attempt.hangs);
            let options = &self.run.options[node];
            self.limits.give_back(options, attempt.holds_job);
        }
        let took = self.run.settings.clock.since(active.since);
        self.reports[node].seconds = took.as_secs_f64();
    }

    /// Tries again, or gives up.
    pub(super) fn fail_attempt(&mut self, node: usize, problem: NodeProblem) {
        let it = &self.run.graph.nodes[node];
        let rule = retry::rule(it, &self.run.options[node]);
        let Some(active) = &mut self.active[node] else {
            return;
        };
        let wait = active.attempts.next(rule, &problem);
        let (Some(wait), None) = (wait, &self.stopped) else {
            let history = std::mem::take(&mut active.attempts.history);
            return self.fail(node, problem, history);
        };
        let error = with_causes(&problem);
        active.attempts.history.push(error.clone());
        self.run.log.tell(&Event::NodeRetrying {
            node: it.name.clone(),
            attempt: active.attempts.count,
            attempts: rule.map_or(1, |rule| rule.attempts),
            wait_seconds: wait.as_secs_f64(),
            error,
        });
        self.resting += 1;
        let at = self.run.settings.clock.now() + wait;
        self.timers.add(at, Alarm::Retry(node));
    }
}
