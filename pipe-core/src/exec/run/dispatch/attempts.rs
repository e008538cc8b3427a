//! Attempts at nodes: begun, ended, tried again.

use std::time::{Duration, Instant};

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
#[cfg(feature = "async")]
use crate::step::Inputs;
use crate::step::{StepContext, StepOutput, Where};
use crate::store::{Record, StoreError};
use crate::testing::Fault;

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
                self.tell_started(node);
                self.give_up(node, problem);
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

    /// What there is to know of a node that runs.
    pub(super) fn active(&mut self, node: usize) -> Result<Active, NodeProblem> {
        self.reports[node].reason = self.decider.reason(node).map_err(NodeProblem::Store)?;
        let size = self.size_of_inputs(node);
        let (target, reserved) = self.target(node, size);
        let commission = match target {
            Target::Checkpoint { .. } => Some(Box::new(self.commission(node)?)),
            Target::Plan | Target::Memory => None,
        };
        self.held += reserved;
        Ok(Active {
            since: self.run.settings.clock.now(),
            told: false,
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
        let sizes = self
            .wiring
            .inputs(node)
            .iter()
            .map(|&input| self.handed(input)?.size());
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
        let is_read_by_one = self.decider.consumers[node].len() == 1;
        let is_whole = self.run.wanted[node] || !is_read_by_one || !self.stores(node);
        let Some(smallest) = self.run.settings.smallest_layer.filter(|_| !is_whole) else {
            return Vec::new();
        };
        let read = self.run.graph.read_by(node).into_iter();
        let below = read.filter_map(|input| {
            let NodeRef::Node(i) = input else { return None };
            let record = self.used[i].as_ref()?;
            let values = record
                .row_count()?
                .saturating_mul(record.schema.len() as u64);
            if values < smallest {
                return None;
            }
            let StepOutput::Frame(given) = self.load(input).ok()? else {
                return None;
            };
            Some(Below {
                given,
                record: record.clone(),
                parts: self.handed(input)?.in_memory().cloned(),
                smallest,
                long: self.run.settings.long_frame,
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

    /// Tells that a node runs, once.
    pub(super) fn tell_started(&mut self, node: usize) {
        if let Some(active) = &mut self.active[node]
            && !std::mem::replace(&mut active.told, true)
        {
            let report = &self.reports[node];
            self.run.log.tell(&Event::NodeStarted {
                node: report.name.clone(),
                step: report.step.clone(),
                reason: report.reason.clone(),
            });
        }
    }

    /// Hands an attempt, or what is left of it, to whom it concerns.
    pub(super) fn begin(&mut self, node: usize, work: Work) {
        self.tell_started(node);
        let work = match work {
            Work::Call(inputs) => self.open_attempt(node, inputs),
            rest => rest,
        };
        self.set_deadline(node);
        let options = &self.run.options[node];
        let alone = self.running == 1
            && self.queue.is_empty()
            && self.answered.is_empty()
            && self.timers.next().is_none();
        let quick = self.pace.is_quick() && !self.stores(node) && options.place == Where::Thread;
        let started = match work {
            #[cfg(feature = "async")]
            Work::Call(inputs) if options.place == Where::Async => self.start_async(node, inputs),
            work => {
                let job = self.job(node, work);
                if alone && quick {
                    self.done_here = Some(job.done(|| None));
                    Ok(())
                } else {
                    self.workers.take(job)
                }
            }
        };
        if let Err(error) = started {
            self.no_thread(node, &error);
        }
    }

    pub(super) fn no_thread(&mut self, node: usize, error: &std::io::Error) {
        self.end_attempt(node);
        let problem = format!("no thread can be started for it: {error}");
        self.fail_attempt(node, NodeProblem::Step(problem.into()));
    }

    /// Begins an attempt: what is to be done is to call the step, or to fail instead.
    pub(super) fn open_attempt(&mut self, node: usize, inputs: Vec<StepOutput>) -> Work {
        let it = &self.run.graph.nodes[node];
        let options = &self.run.options[node];
        let limit = self.timeout(node);
        let active = active(&mut self.active, node);
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
        fault.map_or(Work::Call(inputs), Work::Fail)
    }

    /// How long an attempt may take: as the node says, or else its step.
    pub(super) fn timeout(&self, node: usize) -> Option<Duration> {
        let options = &self.run.graph.nodes[node].options;
        options.timeout.or(self.run.options[node].timeout)
    }

    /// Has an attempt, or what is left of it, end if it takes too long.
    fn set_deadline(&mut self, node: usize) {
        // What may take longer than time can be counted may take as long as it likes.
        let at = self.timeout(node).and_then(|limit| self.in_time(limit));
        if let Some(at) = at {
            self.deadlines += 1;
            let number = self.deadlines;
            if let Some(attempt) = self.attempt_of(node) {
                attempt.deadline = Some(number);
            }
            self.timers.add(at, Alarm::Deadline(node, number));
        }
    }

    /// When that time will have passed, if it ever will.
    fn in_time(&self, time: Duration) -> Option<Instant> {
        self.run.settings.clock.now().checked_add(time)
    }

    #[cfg(feature = "async")]
    fn start_async(&mut self, node: usize, inputs: Vec<StepOutput>) -> std::io::Result<()> {
        let attempt = attempt(active(&mut self.active, node));
        let inputs = Inputs::new(inputs).with_context(attempt.context.clone());
        let sender = self.workers.sender().clone();
        let step = self.run.graph.nodes[node].step.clone();
        let of = (node, attempt.ticket.clone());
        attempt.abort = Some(self.async_steps.start(step, inputs, of, sender)?);
        Ok(())
    }

    /// What a worker needs to know of an attempt.
    pub(super) fn job(&mut self, node: usize, work: Work) -> Job {
        let below = self.below(node);
        let active = active(&mut self.active, node);
        let (target, engine) = (active.target.clone(), active.engine);
        let commission = active.commission.clone();
        let attempt = attempt(active);
        Job {
            graph: self.run.graph.clone(),
            node,
            ticket: attempt.ticket.clone(),
            work,
            target,
            engine,
            place: self.run.options[node].place,
            arguments: self.run.settings.arguments.clone(),
            context: attempt.context.clone(),
            commission,
            below,
        }
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
        let problem = NodeProblem::TimedOut {
            limit: self.timeout(node).unwrap_or_default(),
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

    /// An attempt was taken back before it began: nothing of it counts.
    pub(super) fn never_began(&mut self, node: usize) {
        let Some(active) = &mut self.active[node] else {
            return;
        };
        active.attempt = None;
        active.attempts.count -= 1;
        self.reports[node].attempts = active.attempts.count;
        if active.attempts.count == 0 {
            self.active[node] = None;
        }
    }

    /// Tries again, or gives up.
    pub(super) fn fail_attempt(&mut self, node: usize, problem: NodeProblem) {
        let it = &self.run.graph.nodes[node];
        let rule = retry::rule(it, &self.run.options[node]);
        let Some(active) = &self.active[node] else {
            return;
        };
        let wait = active.attempts.next(rule, &problem);
        let next = wait.and_then(|wait| Some((wait, self.in_time(wait)?)));
        let (Some((wait, at)), Some(active), None) = (next, &mut self.active[node], &self.stopped)
        else {
            return self.give_up(node, problem);
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
        self.timers.add(at, Alarm::Retry(node));
    }

    /// There is no other attempt: fails with what went wrong in this one and in those before.
    pub(super) fn give_up(&mut self, node: usize, problem: NodeProblem) {
        let active = self.active[node].as_mut();
        let history = active.map(|active| std::mem::take(&mut active.attempts.history));
        self.fail(node, problem, history.unwrap_or_default());
    }
}

/// A node of which an attempt is made.
fn active(active: &mut [Option<Box<Active>>], node: usize) -> &mut Active {
    // `inputs_for` makes it before the first attempt, and it stays until the node succeeds or fails.
    let Some(active) = &mut active[node] else {
        unreachable!("a node that is attempted is active");
    };
    active
}

/// The attempt that is being made.
fn attempt(active: &mut Active) -> &mut Attempt {
    // Made before a call; what is left of one is begun only while its attempt is the current one: of those
    // that have answered none is ended, as they have no deadline.
    let Some(attempt) = &mut active.attempt else {
        unreachable!("an attempt that goes on was begun");
    };
    attempt
}
