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

use super::batch::Pace;
use super::frames::Handed;
use super::queue::{Limits, Queue, Timers};
use super::wiring::Wiring;
use super::worker::{Commission, Message, Patience, Ticket, Work, Workers};
use crate::cancellation::Cancellation;
use crate::engine::Engine;
use crate::exec::attempt::Target;
use crate::exec::decide::{Choice, Decider};
use crate::exec::error::NodeError;
use crate::exec::event::Event;
use crate::exec::log::Log;
use crate::exec::report::NodeReport;
use crate::exec::retry::Attempts;
use crate::exec::settings::Settings;
use crate::graph::Graph;
use crate::step::{StepContext, StepOptions, StepOutput};
use crate::store::{Costs, FileDigests, Lock, Record, Store};

mod asking;
mod attempts;
mod batches;
mod results;

use batches::HandedOut;

/// How long the dispatcher sleeps at most: then it looks whether the run was cancelled.
const TICK: Duration = Duration::from_millis(50);

/// Messages that are heard in a row. Where a step never stops talking, alarms must ring and nodes start all the
/// same.
const AT_ONCE: usize = 256;

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
    /// What nodes take.
    pub(super) costs: Costs,
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
    /// Whether it was told that it runs.
    told: bool,
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
    wiring: Wiring,
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
    /// Nodes that do not need their inputs any more.
    let_go: Vec<bool>,
    sources: Vec<Option<Handed>>,
    /// The checkpoints whose data nodes of this run read.
    pub(super) used: Vec<Option<Arc<Record>>>,
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
    pace: Pace,
    /// The batches that workers have.
    batches: Vec<HandedOut>,
    /// What the dispatcher has done itself.
    done_here: Option<Message>,
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
            wiring: Wiring::of(run.graph),
            roles: vec![Role::Given; count],
            states: (0..count).map(|_| State::Pending).collect(),
            active: (0..count).map(|_| None).collect(),
            unsettled: vec![0; count],
            settled: vec![false; count],
            to_settle: Vec::new(),
            settling: false,
            hopeless: vec![false; count],
            uses: vec![0; count],
            let_go: vec![false; count],
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
            pace: Pace::new(),
            batches: Vec::new(),
            done_here: None,
            deadlines: 0,
            held: 0,
            stopped: None,
            run,
            decider,
        }
    }

    /// Takes note of what was decided, and asks for what is known to run.
    pub(super) fn prepare(&mut self, choices: Vec<Choice>) {
        for (node, choice) in choices.into_iter().enumerate() {
            self.tell_damage();
            self.roles[node] = match choice {
                Choice::Skip(reason) => {
                    self.states[node] = State::Skipped;
                    self.skip(node, reason.to_owned());
                    Role::Given
                }
                Choice::Reuse(record, valid) => {
                    self.reuse(node, record, valid);
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
            for input in self.wiring.nodes(node) {
                self.uses[input] += 1;
                self.unsettled[node] += 1;
            }
            if self.unsettled[node] == 0 {
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
            self.look_after_batches();
            self.start_ready();
            if self.running == 0 && self.resting == 0 && self.queue.is_empty() {
                return;
            }
            let mut message = self.heard();
            if message.is_none() {
                message = self.wait();
            }
            let mut left = AT_ONCE;
            while let Some(received) = message {
                self.hear(received);
                left -= 1;
                message = if left > 0 { self.heard() } else { None };
            }
        }
    }

    /// What there is to hear. What the dispatcher has done itself comes last: the step may have said
    /// something before it ended.
    fn heard(&mut self) -> Option<Message> {
        let message = self.messages.try_recv().ok();
        message.or_else(|| self.done_here.take())
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
        let wait = alarm.unwrap_or(TICK).min(self.tick());
        match self.messages.recv_timeout(wait) {
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
        self.take_all_back();
        self.queue.clear();
        self.resting = 0;
    }

    fn ring(&mut self) {
        while let Some(alarm) = self.timers.pop_due(|| self.run.settings.clock.now()) {
            match alarm {
                Alarm::Retry(node) if self.stopped.is_none() => {
                    self.resting -= 1;
                    self.queue.push(node, self.run.options[node].place);
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
        while let Some(node) = self.queue.pop(&self.limits, &self.run.options) {
            self.start(node);
        }
    }

    fn hear(&mut self, message: Message) {
        // A step that was told to end may be quicker than the next tick.
        self.look_for_cancellation();
        match message {
            Message::Done {
                worker,
                node,
                ticket,
                took,
                result,
            } => {
                if let Some(worker) = worker {
                    self.is_idle(worker);
                }
                if self.is_current(node, &ticket) {
                    self.tell_started(node);
                    self.end_attempt(node);
                    self.pace.note(took, self.stores(node));
                    match result {
                        Ok(finished) => self.succeed(node, *finished),
                        Err(problem) => self.fail_attempt(node, problem),
                    }
                }
            }
            Message::Idle { worker } => self.is_idle(worker),
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
                self.tell_started(node);
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
