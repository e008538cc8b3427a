//! Batches: quick nodes that a worker is handed together.
//!
//! A batch takes up one job, whatever is in it, as its worker does one node after the other. That a node of it
//! runs is told when that is known: when there is news of it, or when the others are taken back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Dispatcher, TICK};
use crate::exec::run::batch::Batch;
use crate::step::Where;

/// How long nothing of a batch may be done before what was not begun is taken back.
const STALL: Duration = Duration::from_micros(200);

/// A batch that a worker has.
pub(super) struct HandedOut {
    worker: usize,
    batch: Arc<Batch>,
    /// In the order in which they are begun; none once all are known to be.
    nodes: Vec<usize>,
    /// How many were not begun when it was last looked at, and since when it is so.
    left: usize,
    since: Instant,
}

impl Dispatcher<'_> {
    /// Starts a node that was taken out of the queue, and with it those after it that it may share a worker
    /// with.
    pub(super) fn start(&mut self, first: usize) {
        let mut nodes = vec![first];
        if self.may_share(first) {
            let most = self.pace.batch();
            while nodes.len() < most
                && let Some(next) = self.queue.peek_job().filter(|&next| self.may_share(next))
            {
                self.queue.pop_job();
                nodes.push(next);
            }
        }
        if nodes.len() == 1 {
            self.limits.take(&self.run.options[first]);
            self.attempt(first);
        } else {
            self.limits.take_job();
            self.start_batch(nodes);
        }
    }

    /// Whether a node may share a worker with others: it takes nothing but a job, nobody counts its time, and
    /// it is expected to take next to none.
    fn may_share(&self, node: usize) -> bool {
        let it = &self.run.graph.nodes[node];
        let options = &self.run.options[node];
        let active = self.active[node].as_ref();
        let attempt = active.map_or(0, |active| active.attempts.count) + 1;
        self.pace.is_quick()
            && !self.stores(node)
            && options.place == Where::Thread
            && options.resources.is_empty()
            && self.timeout(node).is_none()
            && self
                .run
                .settings
                .failures
                .of(&it.name, attempt, None)
                .is_none()
    }

    fn start_batch(&mut self, mut nodes: Vec<usize>) {
        let (mut jobs, mut problems) = (Vec::with_capacity(nodes.len()), Vec::new());
        for &node in &nodes {
            match self.inputs_for(node) {
                Ok(inputs) => {
                    self.running += 1;
                    let work = self.open_attempt(node, inputs);
                    if let Some(attempt) = self.attempt_of(node) {
                        attempt.holds_job = false;
                    }
                    jobs.push(self.job(node, work));
                }
                Err(problem) => problems.push((node, problem)),
            }
        }
        nodes.retain(|&node| problems.iter().all(|(failed, _)| *failed != node));
        let (left, batch) = (jobs.len(), Arc::new(Batch::new(jobs)));
        let given = match left {
            0 => None,
            _ => Some(self.workers.take_batch(batch.clone())),
        };
        match given {
            Some(Ok(worker)) => self.batches.push(HandedOut {
                worker,
                batch,
                nodes,
                left,
                since: Instant::now(),
            }),
            Some(Err(error)) => {
                self.limits.give_job_back();
                for node in nodes {
                    self.no_thread(node, &error);
                }
            }
            None => self.limits.give_job_back(),
        }
        for (node, problem) in problems {
            self.tell_started(node);
            self.give_up(node, problem);
        }
    }

    /// A worker has nothing to do any more.
    pub(super) fn is_idle(&mut self, worker: usize) {
        self.workers.take_back(worker, self.jobs);
        if let Some(i) = self.batches.iter().position(|out| out.worker == worker) {
            self.batches.swap_remove(i);
            self.limits.give_job_back();
        }
    }

    /// Sees to batches that do not get on: tells what runs, and takes back what was not begun, so that others
    /// may do it, or at least the most urgent comes first.
    pub(super) fn look_after_batches(&mut self) {
        if self.batches.is_empty() {
            return;
        }
        let now = Instant::now();
        for i in 0..self.batches.len() {
            let out = &mut self.batches[i];
            if out.nodes.is_empty() || now.saturating_duration_since(out.since) < STALL {
                continue;
            }
            let left = out.batch.left();
            let gets_on = left < std::mem::replace(&mut out.left, left);
            out.since = now;
            // If its worker is not even awake, another one need not be sooner.
            if !gets_on && (left < out.nodes.len() || self.limits.free_jobs() > 0) {
                self.take_back(i);
            }
        }
    }

    /// Takes back all that was not begun.
    pub(super) fn take_all_back(&mut self) {
        for i in 0..self.batches.len() {
            self.take_back(i);
        }
    }

    fn take_back(&mut self, i: usize) {
        let out = &mut self.batches[i];
        let back = out.batch.take_back();
        let mut begun = std::mem::take(&mut out.nodes);
        begun.truncate(begun.len().saturating_sub(back.len()));
        for node in begun {
            self.tell_started(node);
        }
        for job in back {
            self.running -= 1;
            self.never_began(job.node);
            self.enqueue(job.node);
        }
    }

    /// How long to wait for news at most.
    pub(super) fn tick(&self) -> Duration {
        let under_way = self.batches.iter().any(|out| !out.nodes.is_empty());
        if under_way { STALL } else { TICK }
    }
}
