//! What a pipeline should do: one node after the other, with nothing of the library.

use std::collections::BTreeSet;

use crate::dag::{Change, Dag, Fault, Input, Run};

/// What a node gives.
pub(crate) type Numbers = Vec<i64>;

/// What is computed by every node.
pub(crate) fn compute(parameter: i64, inputs: &[Numbers]) -> Numbers {
    let row = |i: usize| {
        let sum: i64 = (2..)
            .zip(inputs)
            .map(|(factor, input)| factor * input[i])
            .sum();
        (sum + parameter / 2) % 1009
    };
    (0..3).map(row).collect()
}

pub(crate) fn source(first: i64) -> Numbers {
    vec![first, first + 1, first + 2]
}

/// What is there before a run.
pub(crate) struct World<'a> {
    dag: &'a Dag,
    pub(crate) source: i64,
    pub(crate) parameters: Vec<i64>,
    pub(crate) checkpoints: Vec<bool>,
    stored: Vec<Vec<Record>>,
}

struct Record {
    key: String,
    recipes: BTreeSet<String>,
}

/// What a run should do.
pub(crate) struct Expected {
    pub(crate) fates: Vec<Fate>,
    pub(crate) results: Vec<Numbers>,
    /// Nodes that run or not, depending on what comes first: a node that is not stored and that is used
    /// by one that another input has failed.
    pub(crate) open: Vec<bool>,
    recipes: Vec<String>,
    keys: Vec<String>,
}

/// What should become of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    NotNeeded,
    Reused,
    /// After so many attempts.
    Ran(u32),
    Failed(u32),
    /// Something before it failed.
    Lost,
}

impl<'a> World<'a> {
    pub(crate) fn new(dag: &'a Dag) -> Self {
        Self {
            dag,
            source: 0,
            parameters: dag.nodes.iter().map(|node| node.parameter).collect(),
            checkpoints: dag.nodes.iter().map(|node| node.checkpoint).collect(),
            stored: dag.nodes.iter().map(|_| Vec::new()).collect(),
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        match change {
            Change::Parameter(node, to) => self.parameters[node] = to,
            Change::Harmless(node) => self.parameters[node] ^= 1,
            Change::Checkpoint(node, to) => self.checkpoints[node] = to,
            Change::Source(to) => self.source = to,
            Change::Clear(node) => self.stored[node].clear(),
        }
    }

    /// Takes note of what a run did: the nodes that ran, and those that were reused.
    pub(crate) fn learn(&mut self, expected: &Expected, ran: &[usize], reused: &[usize]) {
        for &node in ran.iter().filter(|&&node| self.checkpoints[node]) {
            let (key, recipe) = (expected.keys[node].clone(), expected.recipes[node].clone());
            self.stored[node].retain(|record| record.key != key);
            let recipes = BTreeSet::from([recipe]);
            self.stored[node].push(Record { key, recipes });
        }
        for &node in reused {
            let (key, recipe) = (&expected.keys[node], &expected.recipes[node]);
            let is_valid = |record: &&mut Record| record.recipes.contains(recipe);
            if self.stored[node].iter_mut().find(is_valid).is_none() {
                let same = self.stored[node].iter_mut().find(|it| it.key == *key);
                same.map(|record| record.recipes.insert(recipe.clone()));
            }
        }
    }

    pub(crate) fn expect(&self, run: &Run) -> Expected {
        let source = source(self.source);
        let mut expected = Expected {
            fates: vec![Fate::NotNeeded; self.dag.nodes.len()],
            results: Vec::new(),
            open: vec![false; self.dag.nodes.len()],
            recipes: Vec::new(),
            keys: Vec::new(),
        };
        for (i, node) in self.dag.nodes.iter().enumerate() {
            let (mut results, mut recipes, mut keys) = (Vec::new(), String::new(), String::new());
            for &input in &node.inputs {
                let (result, recipe, key) = match input {
                    Input::Source => (&source, format!("{source:?}"), format!("{source:?}")),
                    Input::Node(i) => (
                        &expected.results[i],
                        expected.recipes[i].clone(),
                        if self.checkpoints[i] {
                            format!("{:?}", expected.results[i])
                        } else {
                            expected.keys[i].clone()
                        },
                    ),
                };
                results.push(result.clone());
                recipes = recipes + " " + &recipe;
                keys = keys + " " + &key;
            }
            let parameter = self.parameters[i];
            expected.results.push(compute(parameter, &results));
            expected.recipes.push(format!("({parameter}{recipes})"));
            expected.keys.push(format!("({parameter}{keys})"));
        }
        let mut search = Search {
            world: self,
            run,
            expected,
            seen: vec![false; self.dag.nodes.len()],
            at_once: vec![false; self.dag.nodes.len()],
        };
        for node in (0..self.dag.nodes.len()).filter(|&i| self.dag.nodes[i].output) {
            search.want(node);
        }
        search.forget_what_is_not_needed();
        search.expected
    }

    fn is_plan(&self, node: usize) -> bool {
        !self.checkpoints[node] && !self.dag.nodes[node].output
    }

    fn nodes_before(&self, node: usize) -> impl Iterator<Item = usize> {
        let inputs = self.dag.nodes[node].inputs.iter();
        inputs.filter_map(|input| match *input {
            Input::Source => None,
            Input::Node(i) => Some(i),
        })
    }

    /// How often a node is tried, and whether the last attempt goes well.
    fn attempts(&self, node: usize, run: &Run) -> (u32, bool) {
        for attempt in 1.. {
            let fault = run
                .faults
                .iter()
                .find(|(it, number, _)| (*it, *number) == (node, attempt));
            match fault {
                None => return (attempt, true),
                Some((_, _, Fault::ForGood)) => return (attempt, false),
                Some(_) if attempt == self.dag.nodes[node].attempts => return (attempt, false),
                Some(_) => {}
            }
        }
        unreachable!("a node has a last attempt")
    }
}

/// Finds out what has to run.
struct Search<'a> {
    world: &'a World<'a>,
    run: &'a Run,
    expected: Expected,
    seen: Vec<bool>,
    /// Of reused nodes: whether that is known before anything runs.
    at_once: Vec<bool>,
}

impl Search<'_> {
    /// A later node, or somebody who reads the results, may need it.
    fn want(&mut self, node: usize) {
        if std::mem::replace(&mut self.seen[node], true) {
            return;
        }
        let (world, resume) = (self.world, self.run.resume);
        let (recipe, key) = (&self.expected.recipes[node], &self.expected.keys[node]);
        let stored: &[Record] = if world.checkpoints[node] && resume {
            &world.stored[node]
        } else {
            &[]
        };
        let by_recipe = stored.iter().any(|record| record.recipes.contains(recipe));
        let by_key = stored.iter().any(|record| record.key == *key);
        if by_recipe {
            self.reuse(node, true);
            return;
        }
        for input in world.nodes_before(node) {
            self.want(input);
        }
        if world.is_plan(node) {
            // It runs when a node that uses it does.
            return;
        }
        if by_key && self.is_known_at_once(node) {
            self.reuse(node, true);
        } else if self.is_hopeless(node) {
            self.lose(node);
        } else if by_key {
            self.reuse(node, false);
        } else {
            self.execute(node);
        }
    }

    fn reuse(&mut self, node: usize, at_once: bool) {
        self.expected.fates[node] = Fate::Reused;
        self.at_once[node] = at_once;
    }

    /// Whether all stored results that it is made of are there already.
    fn is_known_at_once(&self, node: usize) -> bool {
        self.world.nodes_before(node).all(|input| {
            if self.world.checkpoints[input] {
                self.at_once[input]
            } else {
                self.is_known_at_once(input)
            }
        })
    }

    /// Whether a result that it is made of will not be there.
    fn is_hopeless(&self, node: usize) -> bool {
        self.world.nodes_before(node).any(|input| {
            let lost = matches!(self.expected.fates[input], Fate::Failed(_) | Fate::Lost);
            if self.world.is_plan(input) {
                self.is_hopeless(input)
            } else {
                lost
            }
        })
    }

    fn lose(&mut self, node: usize) {
        self.expected.fates[node] = Fate::Lost;
        self.leave_open(node);
    }

    /// The plans before a node that does not run may have been asked for before that was known.
    fn leave_open(&mut self, node: usize) {
        for input in self.world.nodes_before(node) {
            if self.world.is_plan(input) {
                self.expected.open[input] = true;
                self.leave_open(input);
            }
        }
    }

    /// Runs the plans before it and the node itself.
    fn execute(&mut self, node: usize) -> bool {
        if let Fate::Ran(_) | Fate::Failed(_) | Fate::Lost = self.expected.fates[node] {
            return matches!(self.expected.fates[node], Fate::Ran(_));
        }
        let mut ready = true;
        for input in self.world.nodes_before(node) {
            if self.world.is_plan(input) {
                ready &= self.execute(input);
            }
        }
        if !ready {
            self.lose(node);
            return false;
        }
        let (attempts, well) = self.world.attempts(node, self.run);
        self.expected.fates[node] = if well {
            Fate::Ran(attempts)
        } else {
            Fate::Failed(attempts)
        };
        well
    }

    /// What is stored and is only needed by what is stored.
    fn forget_what_is_not_needed(&mut self) {
        let nodes = &self.world.dag.nodes;
        let mut needed: Vec<bool> = nodes.iter().map(|node| node.output).collect();
        for node in (0..nodes.len()).rev() {
            if !needed[node] {
                if self.expected.fates[node] == Fate::Reused {
                    self.expected.fates[node] = Fate::NotNeeded;
                }
            } else if !self.at_once[node] {
                for input in self.world.nodes_before(node) {
                    needed[input] = true;
                }
            }
        }
    }
}

/// What comes of attempts at a node that is left open.
pub(crate) fn of_open(world: &World, node: usize, run: &Run) -> Fate {
    match world.attempts(node, run) {
        (attempts, true) => Fate::Ran(attempts),
        (attempts, false) => Fate::Failed(attempts),
    }
}
