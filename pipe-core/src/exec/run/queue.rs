//! What can run and does not yet, and what it has to wait for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Instant;

use crate::graph::Graph;
use crate::step::{StepOptions, Where};

/// Nodes that can run, those first on whose results the longest way to the end waits.
pub(super) struct Queue {
    /// Those that need a job: where none is free, they need not be looked at.
    jobs: Ready,
    /// Those that need none.
    others: Ready,
    priorities: Vec<Priority>,
}

type Ready = BinaryHeap<(Priority, Reverse<usize>)>;

/// Nanoseconds of work from a node's start to the end of the run, along the longest way.
type Priority = u64;

/// What a node is taken to cost that has never run.
const UNKNOWN: f64 = 0.1;

impl Queue {
    /// `seconds` are what nodes took when they last ran, where that is known.
    pub(super) fn new(consumers: &[Vec<usize>], seconds: impl Fn(usize) -> Option<f64>) -> Self {
        let mut priorities = vec![0; consumers.len()];
        for node in (0..consumers.len()).rev() {
            let own = seconds(node).unwrap_or(UNKNOWN).clamp(0.0, 1e9) * 1e9;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped"
            )]
            let own = own as Priority;
            let after = consumers[node].iter().map(|&consumer| priorities[consumer]);
            priorities[node] = own.saturating_add(after.max().unwrap_or(0));
        }
        Self {
            jobs: BinaryHeap::new(),
            others: BinaryHeap::new(),
            priorities,
        }
    }

    pub(super) fn push(&mut self, node: usize, place: Where) {
        let ready = match place {
            Where::Async => &mut self.others,
            Where::Thread | Where::Process => &mut self.jobs,
        };
        ready.push((self.priorities[node], Reverse(node)));
    }

    /// The first that may start.
    pub(super) fn pop(&mut self, limits: &Limits, options: &[StepOptions]) -> Option<usize> {
        let may_start = |node: usize| limits.allow(&options[node]);
        let other = first(&mut self.others, may_start);
        other.or_else(|| {
            let has_job = limits.free_jobs() > 0;
            has_job.then(|| first(&mut self.jobs, may_start)).flatten()
        })
    }

    /// The first of those that need a job, whether it may start or not.
    pub(super) fn peek_job(&self) -> Option<usize> {
        self.jobs.peek().map(|&(_, Reverse(node))| node)
    }

    /// Takes that one out.
    pub(super) fn pop_job(&mut self) {
        self.jobs.pop();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.others.is_empty()
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        self.jobs.clear();
        self.others.clear();
    }
}

fn first(ready: &mut Ready, may_start: impl Fn(usize) -> bool) -> Option<usize> {
    let mut passed = Vec::new();
    let found = loop {
        match ready.pop() {
            Some((_, Reverse(node))) if may_start(node) => break Some(node),
            Some(entry) => passed.push(entry),
            None => break None,
        }
    };
    ready.extend(passed);
    found
}

/// What nodes that run have taken, of jobs and of named resources.
pub(super) struct Limits {
    jobs: usize,
    free: BTreeMap<String, u32>,
}

/// A node that needs more of a resource than there ever is.
pub(super) struct TooMuch {
    pub(super) node: usize,
    pub(super) resource: String,
    pub(super) needed: u32,
    pub(super) limit: u32,
}

impl Limits {
    /// A resource without a limit has as much as the node needs that needs most of it: such nodes run one
    /// after the other.
    pub(super) fn new(
        graph: &Graph,
        options: &[StepOptions],
        jobs: usize,
        limits: &BTreeMap<String, u32>,
    ) -> Result<Self, TooMuch> {
        let mut free = limits.clone();
        for (node, _) in graph.nodes.iter().enumerate() {
            for (resource, needed) in &options[node].resources {
                match limits.get(resource) {
                    Some(&limit) if limit < *needed => {
                        return Err(TooMuch {
                            node,
                            resource: resource.clone(),
                            needed: *needed,
                            limit,
                        });
                    }
                    Some(_) => {}
                    None => {
                        let most = free.entry(resource.clone()).or_default();
                        *most = (*most).max(*needed);
                    }
                }
            }
        }
        Ok(Self { jobs, free })
    }

    pub(super) fn free_jobs(&self) -> usize {
        self.jobs
    }

    /// Whether a node of these options may start.
    pub(super) fn allow(&self, options: &StepOptions) -> bool {
        let has_job = options.place == Where::Async || self.jobs > 0;
        let mut resources = options.resources.iter();
        has_job && resources.all(|(name, needed)| self.free.get(name) >= Some(needed))
    }

    pub(super) fn take(&mut self, options: &StepOptions) {
        if options.place != Where::Async {
            self.take_job();
        }
        for (name, needed) in &options.resources {
            if let Some(free) = self.free.get_mut(name) {
                *free -= needed;
            }
        }
    }

    pub(super) fn give_back(&mut self, options: &StepOptions, job: bool) {
        if job {
            self.give_job_back();
        }
        for (name, needed) in &options.resources {
            if let Some(free) = self.free.get_mut(name) {
                *free += needed;
            }
        }
    }

    /// For what an async step has returned, and what is computed then; and for a batch.
    pub(super) fn take_job(&mut self) {
        self.jobs = self.jobs.saturating_sub(1);
    }

    pub(super) fn give_job_back(&mut self) {
        self.jobs += 1;
    }
}

/// Things to do at a time.
pub(super) struct Timers<T> {
    by_time: BTreeMap<(Instant, u64), T>,
    count: u64,
}

impl<T> Timers<T> {
    pub(super) fn new() -> Self {
        Self {
            by_time: BTreeMap::new(),
            count: 0,
        }
    }

    pub(super) fn add(&mut self, at: Instant, what: T) {
        self.by_time.insert((at, self.count), what);
        self.count += 1;
    }

    /// When the first is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.keys().next().map(|(at, _)| *at)
    }

    /// The first, if it is due.
    pub(super) fn pop_due(&mut self, now: impl FnOnce() -> Instant) -> Option<T> {
        let first = self.by_time.first_entry()?;
        (first.key().0 <= now()).then(|| first.remove())
    }
}
