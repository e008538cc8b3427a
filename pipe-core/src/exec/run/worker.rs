//! Workers: each takes jobs, one after the other, and says what came of them. They share nothing with the
//! dispatcher: a job has all that it needs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use polars::prelude::{DataFrame, LazyFrame};

use super::batch::Batch;
use crate::engine::Engine;
use crate::exec::attempt::{self, Product, Target};
use crate::exec::error::NodeProblem;
use crate::exec::guarded::guarded;
use crate::exec::layered::Below;
use crate::exec::process;
use crate::exec::staged::{StagedContents, StagedResult};
use crate::graph::Graph;
use crate::key::KeyParts;
use crate::layers::Parts;
use crate::rules::Invalid;
use crate::source::SourceIdentity;
use crate::step::{Inputs, StepContext, StepOutput, Value, Where};
use crate::store::{Commit, Contents, FileDigests, Record, Store, StoreError, Subject};
use crate::testing::Fault;

/// One attempt at a node.
pub(super) struct Job {
    pub(super) graph: Arc<Graph>,
    pub(super) node: usize,
    pub(super) ticket: Ticket,
    pub(super) work: Work,
    pub(super) target: Target,
    pub(super) engine: Engine,
    pub(super) place: Where,
    /// For steps in a process of their own.
    pub(super) arguments: Option<Arc<[OsString]>>,
    pub(super) context: StepContext,
    /// What a result becomes a checkpoint of.
    pub(super) commission: Option<Box<Commission>>,
    /// The checkpoints that a result may be a layer on.
    pub(super) below: Vec<Below>,
}

pub(super) enum Work {
    /// The step is called with these.
    Call(Vec<StepOutput>),
    /// It was called, and returned this.
    Finish(Box<StepOutput>),
    /// The step is not called, and this happens instead.
    Fail(Fault),
}

/// What a result becomes a checkpoint of: the same for all attempts at a node.
#[derive(Clone)]
pub(super) struct Commission {
    pub(super) run: String,
    pub(super) recipe: String,
    pub(super) parts: KeyParts,
    /// When the newest checkpoint there is was written.
    pub(super) newest: Option<jiff::Timestamp>,
    /// What the sources were that the node reads when its key was made, by input.
    pub(super) sources: BTreeMap<usize, SourceIdentity>,
    /// Their files.
    pub(super) known: Arc<FileDigests>,
}

/// What came of a job.
pub(super) struct Finished {
    pub(super) result: Outcome,
    pub(super) record: Option<Record>,
    pub(super) rows: Option<u64>,
    pub(super) invalid: Option<Invalid>,
    pub(super) took: Took,
}

/// How long a job took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Took {
    /// To compute the result, without storing it.
    pub(super) computing: Duration,
    /// To store it; `None` if it was computed on its way into the store.
    pub(super) storing: Option<Duration>,
}

/// The result as it is handed on.
pub(super) enum Outcome {
    Plan(Box<LazyFrame>),
    Frame(DataFrame),
    /// A frame that was not put together.
    Parts(Parts),
    Value(Value),
    /// It is in the store only.
    Stored,
}

/// What the dispatcher is told.
pub(super) enum Message {
    /// A job is done. If it was the last that a worker had, this one.
    Done {
        worker: Option<usize>,
        node: usize,
        ticket: Ticket,
        took: Duration,
        result: Result<Box<Finished>, NodeProblem>,
    },
    /// All that a worker was given was taken back before it could begin.
    Idle { worker: usize },
    /// A step that ran on the runtime has answered.
    #[cfg(feature = "async")]
    Answered {
        node: usize,
        ticket: Ticket,
        result: Result<Box<StepOutput>, NodeProblem>,
    },
    /// A step said something.
    Said { node: usize, message: String },
}

/// The right of one attempt to commit its result. Either it is used, or the dispatcher takes it back:
/// what nobody waits for any more must not get into the store beside another attempt's result.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) number: u64,
    state: Arc<AtomicU8>,
}

impl Ticket {
    const VALID: u8 = 0;
    const USED: u8 = 1;
    const WITHDRAWN: u8 = 2;

    pub(super) fn new(number: u64) -> Self {
        let state = Arc::new(AtomicU8::new(Self::VALID));
        Self { number, state }
    }

    /// Uses it; `false` if it was withdrawn.
    fn use_up(&self) -> bool {
        self.change(Self::USED)
    }

    /// Withdraws it; `false` if it was used.
    pub(super) fn withdraw(&self) -> bool {
        self.change(Self::WITHDRAWN)
    }

    fn change(&self, to: u8) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let changed = self
            .state
            .compare_exchange(Self::VALID, to, success, failure);
        changed.is_ok()
    }
}

impl Job {
    /// Does it, and says what came of it. Whose last job it was is asked afterwards.
    pub(super) fn done(self, worker: impl FnOnce() -> Option<usize>) -> Message {
        let (node, ticket, began) = (self.node, self.ticket.clone(), Instant::now());
        let result = guarded(|| self.run()).and_then(|result| result);
        Message::Done {
            took: began.elapsed(),
            worker: worker(),
            node,
            ticket,
            result,
        }
    }

    fn run(self) -> Result<Box<Finished>, NodeProblem> {
        let node = &self.graph.nodes[self.node];
        let span = tracing::info_span!(target: "pipe", "node", name = node.name);
        let _entered = span.enter();
        let started = Instant::now();
        let output = match self.work {
            Work::Call(inputs) if self.place == Where::Process => {
                let output = process::call(
                    &self.graph.name,
                    node,
                    inputs,
                    &self.context,
                    self.arguments.as_deref(),
                )?;
                match (output, &self.target) {
                    // Its file goes away with the attempt.
                    (StepOutput::Frame(frame), Target::Plan) => {
                        attempt::collected(frame, self.engine)?
                    }
                    (output, _) => output,
                }
            }
            Work::Call(inputs) => {
                let inputs = Inputs::new(inputs).with_context(self.context.clone());
                attempt::call(node, inputs)?
            }
            Work::Finish(output) => *output,
            Work::Fail(fault) => return Err(fault.happen(&self.context)),
        };
        let finished = |result, rows, invalid| {
            Ok(Box::new(Finished {
                result,
                record: None,
                rows,
                invalid,
                took: Took {
                    computing: started.elapsed(),
                    storing: None,
                },
            }))
        };
        match attempt::compute(node, output, &self.target, self.engine, &self.below)? {
            Product::Plan(plan) => finished(Outcome::Plan(plan), None, None),
            Product::Memory(frame, invalid) => {
                let rows = frame.height() as u64;
                finished(Outcome::Frame(frame), Some(rows), invalid)
            }
            Product::Value(value) => finished(Outcome::Value(value), None, None),
            Product::Staged(staged) => {
                let (Some(commission), Target::Checkpoint { store, .. }) =
                    (self.commission, &self.target)
                else {
                    return Err(NodeProblem::Internal(
                        "a result was staged that is not to be stored",
                    ));
                };
                if !self.ticket.use_up() {
                    // Nobody hears this.
                    let limit = Duration::ZERO;
                    return Err(NodeProblem::TimedOut { limit });
                }
                commission.check_sources(&self.graph)?;
                let (took, writing) = (started.elapsed(), staged.took());
                let done = commit(store, &node.name, *commission, *staged, took);
                let mut done = done.map_err(NodeProblem::Store)?;
                let committing = started.elapsed().saturating_sub(took);
                done.took = Took {
                    computing: took.saturating_sub(writing.unwrap_or_default()),
                    storing: writing.map(|writing| writing + committing),
                };
                Ok(Box::new(done))
            }
        }
    }
}

/// Makes a staged result a checkpoint.
fn commit(
    store: &Store,
    node: &str,
    commission: Commission,
    staged: StagedResult,
    took: Duration,
) -> Result<Finished, StoreError> {
    let record = store.commit(Commit {
        subject: Subject {
            pipeline: store.pipeline(),
            node,
            run: &commission.run,
            recipe: &commission.recipe,
            parts: commission.parts,
        },
        data: staged.data,
        kept: staged.kept,
        contents: match &staged.contents {
            StagedContents::Frame(footer, _) => Contents::Frame(footer),
            StagedContents::Layer(footer, above, _) => Contents::Layer {
                footer,
                below: &above.below,
                layer: &above.layer,
            },
            StagedContents::Value(value) => Contents::Value(value),
        },
        invalid: staged.invalid,
        quarantine: staged.quarantine,
        seconds: took.as_secs_f64(),
        newest: commission.newest,
    })?;
    Ok(Finished {
        result: match staged.contents {
            StagedContents::Frame(_, Some(frame)) => Outcome::Frame(frame),
            StagedContents::Layer(_, _, Some(parts)) => Outcome::Parts(parts),
            StagedContents::Frame(_, None) | StagedContents::Layer(_, _, None) => Outcome::Stored,
            StagedContents::Value(value) => Outcome::Value(value),
        },
        rows: record.row_count(),
        invalid: record.invalid.clone(),
        record: Some(record),
        took: Took::default(),
    })
}

impl Commission {
    /// Makes sure that what was read is what the key says.
    fn check_sources(&self, graph: &Graph) -> Result<(), NodeProblem> {
        let mut known = None;
        for (&input, then) in self
            .sources
            .iter()
            .filter(|(_, then)| !then.files.is_empty())
        {
            let known = known.get_or_insert_with(|| FileDigests::clone(&self.known));
            let source = &graph.inputs[input].source;
            if source.identity(known).map_err(NodeProblem::Source)? != *then {
                let source_name = source.describe();
                return Err(NodeProblem::SourceChanged { source_name });
            }
        }
        Ok(())
    }
}

/// Looks for the next message for a moment before its thread goes to sleep: where jobs and answers come at
/// once, to be put to sleep and woken costs more than a node that does nothing much. Where they do not, it
/// looks only now and then.
#[derive(Default)]
pub(super) struct Patience {
    calls: u32,
    /// How often in a row nothing came.
    misses: u32,
}

impl Patience {
    /// How long it looks: less than it takes to be put to sleep and woken.
    const MOMENT: Duration = Duration::from_micros(10);

    /// What comes within a moment.
    pub(super) fn receive<T>(&mut self, receiver: &Receiver<T>) -> Option<T> {
        self.calls = self.calls.wrapping_add(1);
        if self.misses >= 4 && !self.calls.is_multiple_of(64) {
            return None;
        }
        let until = Instant::now() + Self::MOMENT;
        loop {
            for _ in 0..32 {
                if let Ok(received) = receiver.try_recv() {
                    self.misses = 0;
                    return Some(received);
                }
                std::hint::spin_loop();
            }
            if Instant::now() > until {
                self.misses += 1;
                return None;
            }
        }
    }
}

/// What a worker is given.
enum Order {
    One(Box<Job>),
    Several(Arc<Batch>),
}

impl Order {
    /// Does it, and says what came of it; `false` if nobody listens any more.
    fn carry_out(self, worker: usize, sender: &Sender<Message>) -> bool {
        let batch = match self {
            Self::One(job) => return sender.send(job.done(|| Some(worker))).is_ok(),
            Self::Several(batch) => batch,
        };
        let mut next = batch.next();
        if next.is_none() {
            return sender.send(Message::Idle { worker }).is_ok();
        }
        while let Some(job) = next.take() {
            let message = job.done(|| {
                next = batch.next();
                next.is_none().then_some(worker)
            });
            if sender.send(message).is_err() {
                return false;
            }
        }
        true
    }
}

/// Threads that take jobs.
pub(super) struct Workers {
    /// Where each gets its orders from; `None` once it was let go.
    orders: Vec<Option<Sender<Order>>>,
    idle: Vec<usize>,
    sender: Sender<Message>,
}

impl Workers {
    /// None yet: they come as they are needed.
    pub(super) fn new() -> (Self, Receiver<Message>) {
        let (sender, receiver) = channel();
        let workers = Self {
            orders: Vec::new(),
            idle: Vec::new(),
            sender,
        };
        (workers, receiver)
    }

    /// Where messages go.
    pub(super) fn sender(&self) -> &Sender<Message> {
        &self.sender
    }

    /// Gives a job to an idle worker, or to a new one.
    pub(super) fn take(&mut self, job: Job) -> std::io::Result<()> {
        self.give(Order::One(Box::new(job))).map(|_| ())
    }

    /// Gives several jobs to an idle worker, or to a new one; says to which.
    pub(super) fn take_batch(&mut self, batch: Arc<Batch>) -> std::io::Result<usize> {
        self.give(Order::Several(batch))
    }

    fn give(&mut self, order: Order) -> std::io::Result<usize> {
        let worker = match self.idle.pop() {
            Some(worker) => worker,
            None => self.hire()?,
        };
        if let Some(orders) = &self.orders[worker] {
            // Its receiver lives as long as this sender.
            let _ = orders.send(order);
        }
        Ok(worker)
    }

    fn hire(&mut self) -> std::io::Result<usize> {
        let (orders, received) = channel::<Order>();
        let (worker, sender) = (self.orders.len(), self.sender.clone());
        let work = move || {
            let mut patience = Patience::default();
            while let Some(order) = patience.receive(&received).or_else(|| received.recv().ok()) {
                if !order.carry_out(worker, &sender) {
                    break;
                }
            }
        };
        let name = format!("pipe-worker-{worker}");
        std::thread::Builder::new().name(name).spawn(work)?;
        self.orders.push(Some(orders));
        Ok(worker)
    }

    /// Takes back a worker whose job is done; lets it go if more are idle than are needed.
    pub(super) fn take_back(&mut self, worker: usize, needed: usize) {
        if self.idle.len() < needed {
            self.idle.push(worker);
        } else {
            self.orders[worker] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_whose_jobs_were_taken_back_says_that_it_is_idle() -> std::io::Result<()> {
        let (mut workers, messages) = Workers::new();
        let worker = workers.take_batch(Arc::new(Batch::new(Vec::new())))?;
        let message = messages.recv_timeout(Duration::from_mins(1));
        assert!(matches!(message, Ok(Message::Idle { worker: idle }) if idle == worker));
        Ok(())
    }
}
