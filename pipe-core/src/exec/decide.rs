//! Deciding, from the outputs backwards, what has to run.

use super::policy::Settled;
use crate::graph::{Graph, NodeRef};
use crate::key::{KeyParts, Keys};
use crate::step::OutputKind;
use crate::storage::Damage;
use crate::store::{Accepted, Record, Records, Store, StoreError};

mod ahead;

use ahead::Looked;

/// What to do with a node.
#[derive(Debug)]
pub(super) enum Choice {
    /// Nothing that runs needs it.
    Skip(&'static str),
    /// Its checkpoint is valid.
    Reuse(Box<Record>, Valid),
    /// It runs.
    Run(String),
    /// An input may come out different; whether it runs is known then.
    Maybe(String),
}

/// What makes a checkpoint valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Valid {
    /// It is known to be the result of what is there now.
    ByRecipe,
    /// Its inputs have the content that it was made from, however that came about.
    ByContent,
}

const BY_RECIPE: &str = "checkpoint is valid";
const BY_CONTENT: &str = "inputs have the same content";
const RESUME_IS_OFF: &str = "resume is off";
pub(super) const NO_CHECKPOINT: &str = "no checkpoint";
pub(super) const IS_PLAN: &str = "is not stored";
pub(super) const NOT_NEEDED: &str = "nothing that runs needs it";

/// Tells whether a checkpoint's data are what its record says.
pub(super) type Verify<'a> = dyn Fn(&Record) -> Result<Result<(), Damage>, StoreError> + Sync + 'a;

/// Looks at checkpoints, and remembers what it saw.
pub(super) struct Decider<'a> {
    pub(super) graph: &'a Graph,
    settled: &'a Settled,
    pub(super) keys: &'a Keys,
    store: &'a Store,
    resume: bool,
    /// Read when first looked at.
    records: Vec<Option<Records>>,
    /// Content digests of the checkpoints that are known to be used.
    pub(super) contents: Vec<Option<String>>,
    /// Keys of the nodes without checkpoint, as far as they are known.
    plan_keys: Vec<Option<String>>,
    pub(super) consumers: Vec<Vec<usize>>,
    /// What is wrong with the checkpoint that would otherwise be used.
    damaged: Vec<Option<String>>,
    /// Damage that was met and not told yet.
    untold: Vec<(usize, String)>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(
        settled: &'a Settled,
        keys: &'a Keys,
        store: &'a Store,
        resume: bool,
    ) -> Self {
        let graph = &*settled.graph;
        Self {
            graph,
            settled,
            keys,
            store,
            resume,
            records: graph.nodes.iter().map(|_| None).collect(),
            contents: vec![None; graph.nodes.len()],
            plan_keys: vec![None; graph.nodes.len()],
            consumers: graph.consumers(),
            damaged: vec![None; graph.nodes.len()],
            untold: Vec::new(),
        }
    }

    /// What to do with every node so that the wanted ones are there.
    pub(super) fn decide(
        &mut self,
        wanted: &[bool],
        verify: &Verify,
    ) -> Result<Vec<Choice>, StoreError> {
        let (nodes, resume) = (self.graph.nodes.len(), self.resume);
        let mut reused: Vec<Option<(Box<Record>, Valid)>> = vec![None; nodes];
        let mut needed = wanted.to_vec();
        let mut ahead = if resume {
            self.look_ahead(wanted, verify)
        } else {
            Vec::new()
        };
        for node in (0..nodes).rev().filter(|_| resume) {
            if !needed[node] {
                continue;
            }
            let found = match ahead.get_mut(node).and_then(Option::take) {
                Some(looked) => self.note_ahead(node, looked),
                None => self.by_recipe(node, verify)?,
            };
            match found {
                Some(record) => reused[node] = Some((record, Valid::ByRecipe)),
                None => self.need_inputs(node, &mut needed),
            }
        }
        for node in (0..nodes).filter(|_| resume) {
            if needed[node] && reused[node].is_none() {
                let record = self.by_content(node, verify)?;
                reused[node] = record.map(|record| (record, Valid::ByContent));
            }
        }
        // What only a node needed that was found to be valid after all is not needed.
        let mut needed = wanted.to_vec();
        for node in (0..nodes).rev() {
            if needed[node] && reused[node].is_none() {
                self.need_inputs(node, &mut needed);
            }
        }
        let mut choices = Vec::with_capacity(nodes);
        for (node, reused) in reused.into_iter().enumerate() {
            choices.push(match reused {
                _ if !needed[node] => Choice::Skip(NOT_NEEDED),
                Some((record, reason)) => Choice::Reuse(record, reason),
                None => self.run_or_maybe(node, &choices)?,
            });
        }
        self.choose_plans(wanted, &mut choices);
        Ok(choices)
    }

    /// A valid checkpoint of the node's recipe.
    fn by_recipe(
        &mut self,
        node: usize,
        verify: &Verify,
    ) -> Result<Option<Box<Record>>, StoreError> {
        let recipe = self.keys.recipe(node);
        self.find(node, |record| record.has_recipe(recipe), verify)
    }

    /// A valid checkpoint of the node's key, if the key can be known yet.
    pub(super) fn by_content(
        &mut self,
        node: usize,
        verify: &Verify,
    ) -> Result<Option<Box<Record>>, StoreError> {
        let Some(key) = self.key(node).filter(|_| self.resume) else {
            return Ok(None);
        };
        self.find(node, |record| record.is_of(&key), verify)
    }

    pub(super) fn key(&mut self, node: usize) -> Option<String> {
        let plans = &mut self.plan_keys;
        self.keys.key(self.graph, node, &self.contents, plans)
    }

    pub(super) fn parts(&self, node: usize) -> Option<KeyParts> {
        self.keys.parts(self.graph, node, &self.contents)
    }

    /// Why a checkpoint is used.
    pub(super) fn why(&self, node: usize, record: &Record, valid: Valid) -> String {
        match (self.accepted(node, record), valid) {
            (Some(accepted), _) => accepted_words(accepted),
            (None, Valid::ByRecipe) => BY_RECIPE.to_owned(),
            (None, Valid::ByContent) => BY_CONTENT.to_owned(),
        }
    }

    /// The acceptance without which a valid checkpoint would not be valid.
    pub(super) fn accepted<'r>(&self, node: usize, record: &'r Record) -> Option<&'r Accepted> {
        if record.accepted.is_empty() {
            return None;
        }
        let key = self.parts(node).map(|parts| parts.key());
        record.accepted_for(self.keys.recipe(node), key.as_deref())
    }

    /// How what is known now differs from what a checkpoint is good for.
    pub(super) fn changes(&self, node: usize, parts: &KeyParts) -> Vec<String> {
        self.keys
            .changes(self.graph, node, &self.contents, parts, &self.packages())
    }

    /// How long a node's newest checkpoint took, if its records were read.
    pub(super) fn seconds(&self, node: usize) -> Option<f64> {
        let records = self.records[node].as_ref()?;
        records.sound.first()?.seconds
    }

    /// Why a node runs, as far as it can be known now.
    pub(super) fn reason(&mut self, node: usize) -> Result<String, StoreError> {
        if !self.resume {
            return Ok(RESUME_IS_OFF.to_owned());
        }
        if !self.graph.nodes[node].options.checkpoint {
            return Ok(self.not_stored(node));
        }
        let records = self.records(node)?;
        let newest = records.sound.first();
        let newest = newest.and_then(|record| record.good_for().next().cloned());
        let unreadable = records.corrupt.first().cloned();
        if let Some(problem) = self.damaged[node].clone() {
            return Ok(format!("checkpoint is corrupt: {problem}"));
        }
        Ok(match (newest, unreadable) {
            (Some(newest), _) => self.changes(node, &newest).join("; "),
            (None, Some(problem)) => format!("checkpoint is corrupt: {problem}"),
            (None, None) => NO_CHECKPOINT.to_owned(),
        })
    }

    /// Why a node without checkpoint runs.
    pub(super) fn not_stored(&self, node: usize) -> String {
        match self.settled.why(node) {
            Some(why) => format!("{IS_PLAN}: {why}"),
            None => IS_PLAN.to_owned(),
        }
    }

    /// Whether the checkpoint that would be used, or every one there is, is damaged.
    pub(super) fn is_corrupt(&mut self, node: usize) -> Result<bool, StoreError> {
        let records = self.records(node)?;
        let unreadable = records.sound.is_empty() && !records.corrupt.is_empty();
        Ok(unreadable || self.damaged[node].is_some())
    }

    /// Damage that was met since it was last asked for.
    pub(super) fn take_corrupt(&mut self) -> Vec<(usize, String)> {
        std::mem::take(&mut self.untold)
    }

    pub(super) fn records(&mut self, node: usize) -> Result<&mut Records, StoreError> {
        if self.records[node].is_none() {
            let records = self.store.records(&self.graph.nodes[node].name)?;
            self.untold
                .extend(records.corrupt.iter().map(|what| (node, what.clone())));
            self.records[node] = Some(records);
        }
        Ok(self.records[node].get_or_insert_default())
    }

    /// The first record that fits and whose data are sound; those whose data are not, count as
    /// corrupt from then on.
    fn find(
        &mut self,
        node: usize,
        fits: impl Fn(&Record) -> bool,
        verify: &Verify,
    ) -> Result<Option<Box<Record>>, StoreError> {
        if !self.graph.nodes[node].options.checkpoint {
            return Ok(None);
        }
        let kind = self.graph.nodes[node].step.output();
        let store = self.store;
        let found = first_sound(store, kind, self.records(node)?, fits, verify)?;
        Ok(self.note(node, found))
    }

    /// Takes note of what was found of a node's records.
    fn note(&mut self, node: usize, found: Found) -> Option<Box<Record>> {
        match (&found.record, found.damaged.first()) {
            (Some(record), _) => self.contents[node] = Some(record.content()),
            (None, Some(problem)) => self.damaged[node] = Some(problem.clone()),
            (None, None) => {}
        }
        let damaged = found.damaged.into_iter();
        self.untold.extend(damaged.map(|problem| (node, problem)));
        found.record
    }

    /// The same of what was looked at ahead.
    fn note_ahead(&mut self, node: usize, looked: Looked) -> Option<Box<Record>> {
        let unreadable = looked.unreadable.into_iter();
        self.untold
            .extend(unreadable.map(|problem| (node, problem)));
        self.records[node] = Some(looked.records);
        self.note(node, looked.found)
    }

    fn run_or_maybe(&mut self, node: usize, before: &[Choice]) -> Result<Choice, StoreError> {
        let known = !self.resume || self.key(node).is_some();
        if known || self.damaged[node].is_some() || !self.may_be_equal(node)? {
            return Ok(Choice::Run(self.reason(node)?));
        }
        let again = |input: &NodeRef| match *input {
            NodeRef::Node(i) if matches!(before[i], Choice::Run(_) | Choice::Maybe(_)) => {
                Some(format!("input {} runs again", self.graph.name_of(*input)))
            }
            _ => None,
        };
        let inputs = self.graph.nodes[node].inputs.iter();
        Ok(Choice::Maybe(
            inputs.filter_map(again).collect::<Vec<_>>().join("; "),
        ))
    }

    /// Whether there is a checkpoint that differs in nothing that is known yet.
    fn may_be_equal(&mut self, node: usize) -> Result<bool, StoreError> {
        if !self.graph.nodes[node].options.checkpoint {
            return Ok(false);
        }
        self.records(node)?;
        let mut records = self.records[node].iter().flat_map(|records| &records.sound);
        let same = |parts: &KeyParts| self.changes(node, parts).is_empty();
        Ok(records.any(|record| record.good_for().any(same)))
    }

    /// Finds the packages that other results were made with.
    fn packages(&self) -> impl Fn(&str) -> Option<String> {
        |digest| self.store.packages(digest)
    }

    fn need_inputs(&self, node: usize, needed: &mut [bool]) {
        for input in &self.graph.nodes[node].inputs {
            if let NodeRef::Node(i) = *input {
                needed[i] = true;
            }
        }
    }

    /// Nodes without checkpoint do what the nodes do that use them.
    fn choose_plans(&self, wanted: &[bool], choices: &mut [Choice]) {
        for node in (0..choices.len()).rev() {
            let is_plan = !self.graph.nodes[node].options.checkpoint;
            if !is_plan || wanted[node] || matches!(choices[node], Choice::Skip(_)) {
                continue;
            }
            let mut choice = Choice::Skip(NOT_NEEDED);
            for &user in &self.consumers[node] {
                match &choices[user] {
                    Choice::Run(_) => choice = Choice::Run(self.not_stored(node)),
                    Choice::Maybe(_) if matches!(choice, Choice::Skip(_)) => {
                        choice = Choice::Maybe(self.not_stored(node));
                    }
                    _ => {}
                }
            }
            choices[node] = choice;
        }
    }
}

/// What was found of a node's records.
struct Found {
    record: Option<Box<Record>>,
    /// What is wrong with the data of others that fit.
    damaged: Vec<String>,
}

/// The first record that fits and whose data are sound; those whose data are not, count as corrupt from
/// then on.
fn first_sound(
    store: &Store,
    kind: OutputKind,
    records: &mut Records,
    fits: impl Fn(&Record) -> bool,
    verify: &Verify,
) -> Result<Found, StoreError> {
    let mut damaged = Vec::new();
    while let Some(position) = records.sound.iter().position(&fits) {
        let record = &records.sound[position];
        let sound = verify(record)?.and_then(|()| match kind {
            OutputKind::Frame => Ok(()),
            OutputKind::Value(kind) => store.value(record, kind).map(|_| ()),
        });
        match sound {
            Ok(()) => {
                let record = Some(Box::new(record.clone()));
                return Ok(Found { record, damaged });
            }
            Err(damage) => {
                let problem = damage.to_string();
                records.sound.remove(position);
                records.corrupt.push(problem.clone());
                damaged.push(problem);
            }
        }
    }
    Ok(Found {
        record: None,
        damaged,
    })
}

/// `accepted: code of clean changed`
pub(super) fn accepted_words(accepted: &Accepted) -> String {
    format!("accepted: {}", accepted.changes.join("; "))
}
