//! What is asked for, and what follows when a node is ready or lost.

use super::{Dispatcher, Role, State};
use crate::exec::decide::Valid;
use crate::exec::error::NodeProblem;
use crate::graph::NodeRef;

impl Dispatcher<'_> {
    /// Has a node run as soon as it can, and the plans before it.
    pub(super) fn ask(&mut self, node: usize) {
        let mut asked = vec![node];
        while let Some(node) = asked.pop() {
            // A plan may have been asked for by a node that is lost by now.
            if !matches!(self.states[node], State::Pending) || self.let_go[node] {
                continue;
            }
            let mut missing = 0;
            let mut lost = None;
            for input in self.wiring.nodes(node) {
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

    pub(super) fn enqueue(&mut self, node: usize) {
        self.states[node] = State::Active;
        if self.stopped.is_none() {
            self.queue.push(node, self.run.options[node].place);
        }
    }

    /// Decides of a node that may run, now that the contents of all before it are known.
    pub(super) fn consider(&mut self, node: usize) {
        let store = self.run.store;
        let stored = self.decider.by_content(node, &|record| {
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
    pub(super) fn settle(&mut self, settled: Vec<usize>) {
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
    pub(super) fn became_ready(&mut self, node: usize) {
        // Of a plan that nobody asks for any more since it was begun.
        if self.uses[node] == 0 && self.release(node) && self.roles[node] == Role::Plan {
            self.used_inputs(node);
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
    pub(super) fn lose(&mut self, node: usize, input: usize) {
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

    /// A node does not need its inputs any more, nor do the plans that were only for it. One that is asked for
    /// already comes to its end first.
    pub(super) fn used_inputs(&mut self, node: usize) {
        let mut done = vec![node];
        while let Some(node) = done.pop() {
            if std::mem::replace(&mut self.let_go[node], true) {
                continue;
            }
            for i in 0..self.wiring.inputs(node).len() {
                let NodeRef::Node(input) = self.wiring.inputs(node)[i] else {
                    continue;
                };
                self.uses[input] = self.uses[input].saturating_sub(1);
                if self.uses[input] > 0 {
                    continue;
                }
                let is_over = self.release(input) || matches!(self.states[input], State::Pending);
                if is_over && self.roles[input] == Role::Plan {
                    done.push(input);
                }
            }
        }
    }

    /// Lets go of a result that nobody asks for any more.
    pub(super) fn release(&mut self, node: usize) -> bool {
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
}
