//! The dispatcher: what state every node is in, and what follows from a change.
//!
//! A node is *asked for* when it is known that it runs; nodes without checkpoint are asked for by those
//! that use them. It is *settled* when a later node need not wait for it any more to know whether its own
//! checkpoint is valid: when it is ready or lost, or, without checkpoint, when all before it are settled.
//! Nothing here recurses: pipelines may be longer than a stack is deep.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use polars::prelude::LazyFrame;

use super::frames::Handed;
use super::queue::{Limits, Queue, Timers};
use super::worker::{self, Commission, Finished, Job, Message, Patience, Ticket, Work, Workers};
use crate::cancellation::Cancellation;
use crate::engine::Engine;
use crate::exec::attempt::Target;
use crate::exec::decide::{Choice, Decider, NOT_NEEDED, Valid};
use crate::exec::error::{NodeError, NodeProblem, RunError, with_causes};
use crate::exec::event::Event;
use crate::exec::log::Log;
use crate::exec::report::{NodeReport, Outcome, RunReport, RunStatus};
use crate::exec::retry::{self, Attempts};
use crate::exec::settings::{OnFailure, Settings};
use crate::exec::{Done, Kept};
use crate::graph::{Graph, NodeRef};
use crate::step::{Inputs, StepContext, StepOptions, StepOutput, Where};
use crate::store::{FileDigests, Lock, Record, Store};
use crate::testing::Fault;

/// How long the dispatcher sleeps at most: then it looks whether the run was cancelled.
const TICK: Duration = Duration::from_millis(50);

/// Bytes of input up to which a node is computed on one core at once.
const SMALL: u64 = 1 << 20;

/// What a run is given.
pub(super) struct Run<'a> {
    pub(super) graph: &'a Arc<Graph>,
    pub(super) store: &'a Store,
    pub(super) settings: &'a Settings,
    /// Of the steps, by node.
    pub(super) options: Vec<StepOptions>,
    pub(super) log: &'a Log<'a>,
    /// Held to the end.
    pub(super) lock: Lock,
    /// Of files that sources read.
    pub(super) known: Arc<FileDigests>,
    /// The nodes that the pipeline returns.
    pub(super) wanted: Vec<bool>,
}

/// Where a node is in a run.
enum State {
    /// Nobody knows yet whether it runs.
    Pending,
    /// It runs as soon as this many of its inputs are ready.
    Asked(usize),
    /// It runs, or waits for its turn or another attempt.
    Active,
    /// Nothing that runs needs it.
    Skipped,
    /// Its result can be used.
    Ready(Box<Handed>),
    /// Its result was there, and nobody needs it any more.
    Released,
    /// It failed, or cannot run because something before it did.
    Lost,
}

/// What was decided of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It does not run.
    Given,
    /// It runs.
    Runs,
    /// It runs if its inputs come out different.
    May,
    /// It is part of those that use it, and runs with the first of them.
    Plan,
}

/// A node that runs.
struct Active {
    since: Instant,
    attempts: Attempts,
    /// The attempt that runs; `None` while it waits for the next one.
    attempt: Option<Attempt>,
    commission: Option<Box<Commission>>,
    target: Target,
    engine: Engine,
    /// Memory that is set aside for its result.
    reserved: u64,
}

struct Attempt {
    ticket: Ticket,
    /// Tells the step that nobody waits any more.
    withdrawn: Cancellation,
    context: StepContext,
    holds_job: bool,
    /// The number of the alarm that ends it; none counts while it waits for a job.
    deadline: Option<u64>,
    /// It will not end by itself, as was injected.
    hangs: bool,
    #[cfg(feature = "async")]
    abort: Option<tokio::task::AbortHandle>,
}

enum Alarm {
    Retry(usize),
    /// What of an attempt has this number takes too long.
    Deadline(usize, u64),
}

pub(super) struct Dispatcher<'a> {
    run: Run<'a>,
    decider: Decider<'a>,
    roles: Vec<Role>,
    states: Vec<State>,
    active: Vec<Option<Box<Active>>>,
    /// Inputs of each node that are not settled.
    unsettled: Vec<usize>,
    settled: Vec<bool>,
    /// Nodes that are settled, but whose consumers do not know it yet.
    to_settle: Vec<usize>,
    settling: bool,
    /// Lost nodes that will never be settled.
    hopeless: Vec<bool>,
    /// How many nodes may still ask for a node's result.
    uses: Vec<usize>,
    sources: Vec<Option<Handed>>,
    /// The checkpoints whose data nodes of this run read.
    pub(super) used: Vec<Option<Record>>,
    reports: Vec<NodeReport>,
    failures: Vec<NodeError>,
    queue: Queue,
    /// Async steps that have answered, with what they said.
    answered: Vec<(usize, StepOutput)>,
    /// Nodes that run side by side.
    jobs: usize,
    limits: Limits,
    timers: Timers<Alarm>,
    workers: Workers,
    messages: Receiver<Message>,
    patience: Patience,
    #[cfg(feature = "async")]
    async_steps: super::runtime::AsyncSteps,
    /// Attempts that run.
    running: usize,
    /// Of these, those that will not end by themselves.
    hanging: usize,
    /// Nodes that wait for another attempt.
    resting: usize,
    tickets: u64,
    deadlines: u64,
    /// Bytes of frames that are held or set aside for.
    held: u64,
    /// Why nothing is started any more.
    stopped: Option<Stopped>,
}

enum Stopped {
    Cancelled,
    /// After this node.
    Failed(String),
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        run: Run<'a>,
        decider: Decider<'a>,
        limits: Limits,
        sources: Vec<Option<LazyFrame>>,
    ) -> Self {
        let count = run.graph.nodes.len();
        let seconds: Vec<_> = (0..count).map(|node| decider.seconds(node)).collect();
        let (workers, messages) = Workers::new();
        let sources = sources.into_iter().enumerate().map(|(i, frame)| {
            let size = run.graph.inputs[i].source.size();
            let size = size.or_else(|| size_of_files(&decider, i));
            frame.map(|frame| Handed::plan(frame, size))
        });
        Self {
            roles: vec![Role::Given; count],
            states: (0..count).map(|_| State::Pending).collect(),
            active: (0..count).map(|_| None).collect(),
            unsettled: vec![0; count],
            settled: vec![false; count],
            to_settle: Vec::new(),
            settling: false,
            hopeless: vec![false; count],
            uses: vec![0; count],
            sources: sources.collect(),
            used: vec![None; count],
            reports: run.graph.nodes.iter().map(super::report).collect(),
            failures: Vec::new(),
            queue: Queue::new(&decider.consumers, |node| seconds[node]),
            answered: Vec::new(),
            jobs: limits.free_jobs(),
            limits,
            timers: Timers::new(),
            workers,
            messages,
            patience: Patience::default(),
            #[cfg(feature = "async")]
            async_steps: super::runtime::AsyncSteps::default(),
            running: 0,
            hanging: 0,
            resting: 0,
            tickets: 0,
            deadlines: 0,
            held: 0,
            stopped: None,
            run,
            decider,
        }
    }

    /// Takes note of what was decided, and asks for what is known to run.
    pub(super) fn start(&mut self, choices: Vec<Choice>) {
        for (node, choice) in choices.into_iter().enumerate() {
            self.tell_damage();
            self.roles[node] = match choice {
                Choice::Skip(reason) => {
                    self.states[node] = State::Skipped;
                    self.skip(node, reason.to_owned());
                    Role::Given
                }
                Choice::Reuse(record, valid) => {
                    self.reuse(node, *record, valid);
                    Role::Given
                }
                Choice::Run(_) | Choice::Maybe(_)
                    if !self.run.wanted[node] && !self.stores(node) =>
                {
                    Role::Plan
                }
                Choice::Run(_) => Role::Runs,
                Choice::Maybe(_) => Role::May,
            };
        }
        let mut settled = Vec::new();
        for node in 0..self.roles.len() {
            if self.roles[node] == Role::Given {
                settled.push(node);
                continue;
            }
            let inputs = self.inputs_of(node);
            for &input in &inputs {
                self.uses[input] += 1;
            }
            self.unsettled[node] = inputs.len();
            if inputs.is_empty() {
                settled.extend((self.roles[node] == Role::Plan).then_some(node));
            }
        }
        for node in 0..self.roles.len() {
            if self.roles[node] == Role::Runs {
                self.ask(node);
            } else if self.roles[node] == Role::May && self.unsettled[node] == 0 {
                self.consider(node);
            }
        }
        self.settle(settled);
    }

    /// Works until nothing runs and nothing can.
    pub(super) fn work(&mut self) {
        loop {
            self.look_for_cancellation();
            self.ring();
            self.start_ready();
            if self.running == 0 && self.resting == 0 && self.queue.is_empty() {
                return;
            }
            let mut message = self.messages.try_recv().ok();
            if message.is_none() {
                message = self.wait();
            }
            while let Some(received) = message {
                self.hear(received);
                message = self.messages.try_recv().ok();
            }
        }
    }

    /// Waits for a message, the next alarm or a tick.
    fn wait(&mut self) -> Option<Message> {
        let clock = &self.run.settings.clock;
        let alarm = self.timers.next();
        // Async steps that have answered wait for a job.
        if let Some(at) = alarm
            && self.running == self.hanging + self.answered.len()
            && clock.skip_to(at)
        {
            return None;
        }
        if let Some(message) = self.patience.receive(&self.messages) {
            return Some(message);
        }
        let now = clock.now();
        let alarm = alarm.map(|at| at.saturating_duration_since(now));
        match self.messages.recv_timeout(alarm.unwrap_or(TICK).min(TICK)) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                self.run.log.flush();
                None
            }
        }
    }

    fn look_for_cancellation(&mut self) {
        if self.stopped.is_none() && self.run.settings.cancellation.is_cancelled() {
            self.stop(Stopped::Cancelled);
            let runs = |node: &usize| {
                let active = self.active[*node].as_ref();
                active.is_some_and(|active| active.attempt.is_some())
            };
            let running = (0..self.active.len()).filter(runs);
            let running = running.map(|node| self.run.graph.nodes[node].name.clone());
            let running = running.collect();
            self.run.log.tell(&Event::RunStopping { running });
        }
    }

    /// Starts nothing any more.
    fn stop(&mut self, why: Stopped) {
        self.stopped = Some(why);
        self.queue.clear();
        self.resting = 0;
    }

    fn ring(&mut self) {
        while let Some(alarm) = self.timers.pop_due(self.run.settings.clock.now()) {
            match alarm {
                Alarm::Retry(node) if self.stopped.is_none() => {
                    self.resting -= 1;
                    self.queue.push(node);
                }
                Alarm::Retry(_) => {}
                Alarm::Deadline(node, number) => self.time_out(node, number),
            }
        }
    }

    fn start_ready(&mut self) {
        while self.limits.free_jobs() > 0
            && let Some((node, output)) = self.answered.pop()
        {
            self.limits.take_job();
            if let Some(attempt) = self.attempt_of(node) {
                attempt.holds_job = true;
            }
            self.begin(node, Work::Finish(Box::new(output)));
        }
        let mut options = std::mem::take(&mut self.run.options);
        while let Some(node) = self.queue.pop(|node| self.limits.allow(&options[node])) {
            self.limits.take(&options[node]);
            std::mem::swap(&mut options, &mut self.run.options);
            self.attempt(node);
            std::mem::swap(&mut options, &mut self.run.options);
        }
        self.run.options = options;
    }

    fn hear(&mut self, message: Message) {
        // A step that was told to end may be quicker than the next tick.
        self.look_for_cancellation();
        match message {
            Message::Done {
                worker,
                node,
                ticket,
                result,
            } => {
                self.workers.take_back(worker, self.jobs);
                if self.is_current(node, &ticket) {
                    self.end_attempt(node);
                    match result {
                        Ok(finished) => self.succeed(node, *finished),
                        Err(problem) => self.fail_attempt(node, problem),
                    }
                }
            }
            #[cfg(feature = "async")]
            Message::Answered {
                node,
                ticket,
                result,
            } => {
                if self.is_current(node, &ticket) {
                    match result {
                        Ok(output) => {
                            if let Some(attempt) = self.attempt_of(node) {
                                attempt.abort = None;
                                attempt.deadline = None;
                            }
                            self.answered.push((node, *output));
                        }
                        Err(problem) => {
                            self.end_attempt(node);
                            self.fail_attempt(node, problem);
                        }
                    }
                }
            }
            Message::Said { node, message } => {
                let node = self.run.graph.nodes[node].name.clone();
                self.run.log.tell(&Event::NodeMessage { node, message });
            }
        }
    }

    /// Whether an attempt is the one that its node waits for.
    fn is_current(&mut self, node: usize, ticket: &Ticket) -> bool {
        let attempt = self.attempt_of(node);
        attempt.is_some_and(|attempt| attempt.ticket.number == ticket.number)
    }

    fn attempt_of(&mut self, node: usize) -> Option<&mut Attempt> {
        self.active[node].as_mut()?.attempt.as_mut()
    }

    pub(super) fn graph(&self) -> &'a Graph {
        self.run.graph
    }

    pub(super) fn store(&self) -> &'a Store {
        self.run.store
    }

    fn stores(&self, node: usize) -> bool {
        self.run.graph.nodes[node].options.checkpoint
    }

    /// The nodes that a node uses, each once.
    fn inputs_of(&self, node: usize) -> Vec<usize> {
        let inputs = self.run.graph.nodes[node].inputs.iter();
        let mut nodes: Vec<_> = inputs
            .filter_map(|input| match *input {
                NodeRef::Node(i) => Some(i),
                NodeRef::Input(_) => None,
            })
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// Has a node run as soon as it can, and the plans before it.
    fn ask(&mut self, node: usize) {
        let mut asked = vec![node];
        while let Some(node) = asked.pop() {
            if !matches!(self.states[node], State::Pending) {
                continue;
            }
            let mut missing = 0;
            let mut lost = None;
            for input in self.inputs_of(node) {
                match self.states[input] {
                    State::Ready(_) => {}
                    State::Lost | State::Skipped | State::Released => lost = Some(input),
                    State::Pending if self.roles[input] == Role::Plan => {
                        asked.push(input);
                        missing += 1;
                    }
                    State::Pending | State::Asked(_) | State::Active => missing += 1,
                }
            }
            if let Some(lost) = lost {
                self.states[node] = State::Asked(missing);
                self.lose(node, lost);
            } else {
                self.states[node] = State::Asked(missing);
                if missing == 0 {
                    self.enqueue(node);
                }
            }
        }
    }

    fn enqueue(&mut self, node: usize) {
        self.states[node] = State::Active;
        if self.stopped.is_none() {
            self.queue.push(node);
        }
    }

    /// Decides of a node that may run, now that the contents of all before it are known.
    fn consider(&mut self, node: usize) {
        let store = self.run.store;
        let stored = self.decider.by_content(node, &mut |record| {
            store.fetch(record, &mut crate::digest::file)
        });
        self.tell_damage();
        match stored {
            Ok(Some(record)) => {
                self.reuse(node, record, Valid::ByContent);
                self.became_ready(node);
            }
            Ok(None) => self.ask(node),
            Err(error) => self.fail(node, NodeProblem::Store(error), Vec::new()),
        }
    }

    /// Nodes do not have to be waited for any more: others may be decided.
    fn settle(&mut self, settled: Vec<usize>) {
        self.to_settle.extend(settled);
        // A node that is decided below and found valid is settled in turn.
        if std::mem::replace(&mut self.settling, true) {
            return;
        }
        while let Some(node) = self.to_settle.pop() {
            if std::mem::replace(&mut self.settled[node], true) {
                continue;
            }
            for i in 0..self.decider.consumers[node].len() {
                let consumer = self.decider.consumers[node][i];
                if self.roles[consumer] == Role::Given {
                    continue;
                }
                self.unsettled[consumer] -= 1;
                if self.unsettled[consumer] > 0 {
                    continue;
                }
                match self.roles[consumer] {
                    Role::Plan => self.to_settle.push(consumer),
                    Role::May if matches!(self.states[consumer], State::Pending) => {
                        self.consider(consumer);
                    }
                    Role::Given | Role::Runs | Role::May => {}
                }
            }
        }
        self.settling = false;
    }

    /// Goes on after a node that has its result.
    fn became_ready(&mut self, node: usize) {
        if self.uses[node] == 0 {
            self.release(node);
        }
        for i in 0..self.decider.consumers[node].len() {
            let consumer = self.decider.consumers[node][i];
            if let State::Asked(missing) = &mut self.states[consumer] {
                *missing -= 1;
                if *missing == 0 {
                    self.enqueue(consumer);
                }
            }
        }
        self.settle(vec![node]);
    }

    /// A node, and all that need it, will have no result.
    fn lose(&mut self, node: usize, input: usize) {
        let mut lost = vec![(node, input)];
        while let Some((node, input)) = lost.pop() {
            // Where all that is stored before a plan will be known, a node that nobody asked for yet may
            // turn out to be valid without it.
            let will_be_known = !self.hopeless[input];
            match self.states[node] {
                State::Pending if will_be_known => continue,
                State::Pending | State::Asked(_) => {
                    let input = &self.run.graph.nodes[input].name;
                    self.skip(node, format!("input {input} has no result"));
                    self.states[node] = State::Lost;
                    self.used_inputs(node);
                }
                State::Lost if !self.hopeless[node] && !will_be_known => {}
                _ => continue,
            }
            self.hopeless[node] = self.roles[node] != Role::Plan || !will_be_known;
            for &consumer in &self.decider.consumers[node] {
                if self.roles[consumer] != Role::Given {
                    lost.push((consumer, node));
                }
            }
        }
    }

    /// A node does not need its inputs any more.
    fn used_inputs(&mut self, node: usize) {
        let mut done = vec![node];
        while let Some(node) = done.pop() {
            for input in self.inputs_of(node) {
                self.uses[input] = self.uses[input].saturating_sub(1);
                if self.uses[input] == 0 && self.release(input) && self.roles[input] == Role::Plan {
                    done.push(input);
                }
            }
        }
    }

    /// Lets go of a result that nobody asks for any more.
    fn release(&mut self, node: usize) -> bool {
        if self.run.wanted[node] {
            return false;
        }
        if let State::Ready(handed) = &self.states[node] {
            self.held = self.held.saturating_sub(handed.held());
            self.states[node] = State::Released;
            return true;
        }
        false
    }

    /// The first attempt at a node, or another one.
    fn attempt(&mut self, node: usize) {
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
    fn inputs_for(&mut self, node: usize) -> Result<Vec<StepOutput>, NodeProblem> {
        if self.active[node].is_none() {
            self.active[node] = Some(Box::new(self.active(node)?));
        }
        let inputs = self.run.graph.nodes[node].inputs.iter();
        inputs.map(|&input| self.load(input)).collect()
    }

    /// What there is to know of a node that runs, and tells of it.
    fn active(&mut self, node: usize) -> Result<Active, NodeProblem> {
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
    fn target(&self, node: usize, size: Option<u64>) -> (Target, u64) {
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
    fn size_of_inputs(&self, node: usize) -> Option<u64> {
        let mut inputs = self.run.graph.nodes[node].inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        let sizes = inputs.iter().map(|&input| self.handed(input)?.size());
        sizes.sum()
    }

    fn handed(&self, input: NodeRef) -> Option<&Handed> {
        match input {
            NodeRef::Input(i) => self.sources[i].as_ref(),
            NodeRef::Node(i) => match &self.states[i] {
                State::Ready(handed) => Some(handed),
                _ => None,
            },
        }
    }

    fn load(&self, input: NodeRef) -> Result<StepOutput, NodeProblem> {
        match self.handed(input) {
            Some(handed) => handed.load(self.run.store),
            None => unreachable!("a node starts when its inputs are there"),
        }
    }

    /// What the node's result will be a checkpoint of.
    fn commission(&mut self, node: usize) -> Result<Commission, NodeProblem> {
        // Whatever is stored stands before this node and has run: its contents are known.
        let parts = self.decider.parts(node).ok_or_else(|| {
            let node = self.run.graph.nodes[node].name.clone();
            NodeProblem::Store(crate::store::StoreError::NoKey { node })
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
    fn begin(&mut self, node: usize, mut work: Work) {
        let graph = self.run.graph;
        let it = &graph.nodes[node];
        let options = &self.run.options[node];
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
        let started = match work {
            #[cfg(feature = "async")]
            Work::Call(inputs) if options.place == Where::Async => {
                let inputs = Inputs::new(inputs).with_context(context);
                let sender = self.workers.sender().clone();
                let step = it.step.clone();
                let started = self.async_steps.start(step, inputs, (node, ticket), sender);
                started.map(|abort| attempt.abort = Some(abort))
            }
            work => self.workers.take(Job {
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
            }),
        };
        if let Err(error) = started {
            self.end_attempt(node);
            let problem = format!("no thread can be started for it: {error}");
            self.fail_attempt(node, NodeProblem::Step(problem.into()));
        }
    }

    /// An attempt takes too long: nobody waits for it any more.
    fn time_out(&mut self, node: usize, number: u64) {
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
    fn end_attempt(&mut self, node: usize) {
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
    fn fail_attempt(&mut self, node: usize, problem: NodeProblem) {
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

    fn succeed(&mut self, node: usize, finished: Finished) {
        let reserved = self.active[node].take().map_or(0, |active| active.reserved);
        self.held = self.held.saturating_sub(reserved);
        let kind = self.run.graph.nodes[node].step.output();
        let size = self.size_of_inputs(node);
        let handed = match (finished.result, &finished.record) {
            (worker::Outcome::Plan(plan), _) => Handed::plan(*plan, size),
            (worker::Outcome::Value(value), _) => Handed::value(value),
            (worker::Outcome::Stored, Some(record)) => Handed::stored(record.clone(), kind),
            (worker::Outcome::Frame(frame), Some(record)) => {
                let handed = Handed::frame(frame);
                let fits = self.held.saturating_add(handed.held()) <= self.run.settings.memory;
                // One that came out larger than what it is made of is read again.
                if fits || self.uses[node] == 0 {
                    handed
                } else {
                    Handed::stored(record.clone(), kind)
                }
            }
            (worker::Outcome::Frame(frame), None) => Handed::frame(frame),
            (worker::Outcome::Stored, None) => unreachable!("what is stored has a record"),
        };
        self.held += handed.held();
        let report = &mut self.reports[node];
        report.outcome = Outcome::Ran;
        report.rows = finished.rows;
        report.invalid = finished.invalid;
        match finished.record {
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

    /// Has a node's checkpoint used.
    fn reuse(&mut self, node: usize, mut record: Record, valid: Valid) {
        let reason = self.decider.why(node, &record, valid);
        let recipe = self.decider.keys.recipe(node);
        if let Err(error) = self.run.store.add_recipe(&mut record, recipe) {
            // Costs the next run a closer look, nothing else.
            self.run.log.tell(&Event::Warning {
                message: error.to_string(),
            });
        }
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
    fn tell_invalid(&self, node: usize) {
        let report = &self.reports[node];
        if let Some(invalid) = &report.invalid {
            self.run.log.tell(&Event::InvalidRows {
                node: report.name.clone(),
                invalid: invalid.clone(),
                quarantine: report.quarantine.clone(),
            });
        }
    }

    fn fail(&mut self, node: usize, mut problem: NodeProblem, history: Vec<String>) {
        if let Some(blamed) = self.blame(node, &problem) {
            problem = blamed;
        }
        if let Some(active) = self.active[node].take() {
            self.held = self.held.saturating_sub(active.reserved);
        }
        // Of an attempt, or of a commit that did not come to its end.
        self.run.lock.expect_leftovers();
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

    fn skip(&mut self, node: usize, reason: String) {
        let report = &mut self.reports[node];
        report.reason.clone_from(&reason);
        self.run.log.tell(&Event::NodeSkipped {
            node: report.name.clone(),
            reason,
        });
    }

    fn tell_damage(&mut self) {
        for (node, problem) in self.decider.take_corrupt() {
            let node = self.run.graph.nodes[node].name.clone();
            self.run
                .log
                .tell(&Event::CheckpointCorrupt { node, problem });
        }
    }

    pub(super) fn finish(mut self, started: Instant) -> Result<Done, RunError> {
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
        let failed = !self.failures.is_empty();
        let status = match (cancelled, failed) {
            (true, _) => RunStatus::Cancelled,
            (false, true) => RunStatus::Failed,
            (false, false) => RunStatus::Succeeded,
        };
        let seconds = self.run.settings.clock.since(started).as_secs_f64();
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
        let mut outputs = Vec::with_capacity(self.run.graph.outputs.len());
        for &output in &self.run.graph.outputs {
            match (self.load(output), output) {
                (Ok(output), _) => outputs.push(output),
                (Err(problem), NodeRef::Node(node)) => {
                    let node = &self.run.graph.nodes[node];
                    let failures = vec![retry::error(node, problem, Vec::new())];
                    let report = Box::new(report);
                    return Err(RunError::Failed { report, failures });
                }
                (Err(_), NodeRef::Input(_)) => unreachable!("an input is here"),
            }
        }
        let names = self.run.graph.nodes.iter().map(|node| node.name.clone());
        let kinds = self.run.graph.nodes.iter().map(|node| node.step.output());
        let kept = self.states.into_iter().zip(self.used).zip(kinds);
        let kept = kept.map(|((state, used), kind)| match (state, used) {
            (State::Ready(handed), _) => Some(handed.into_kept()),
            (_, Some(record)) => Some(Kept::Stored(Box::new(record), kind)),
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

/// What the files of a source would take in memory.
fn size_of_files(decider: &Decider, input: usize) -> Option<u64> {
    let files = &decider.keys.source(input).files;
    if files.is_empty() {
        return None;
    }
    let sizes = files.iter().map(|file| {
        let bytes = std::fs::metadata(&file.path).ok()?.len();
        Some(bytes.saturating_mul(2))
    });
    sizes.sum()
}
