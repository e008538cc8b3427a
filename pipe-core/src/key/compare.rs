//! Two sets of parts held against each other: what a checkpoint was made of, and what is there now or
//! what another one was made of.

use super::differences::{self, Now};
use super::environment::FindPackages;
use super::parts::{InputKind, InputPart, KeyParts, Own, Parts};
use crate::rules::Policy;

/// Where data come from: a source, or the checkpoint of an earlier node.
type Leaf<'a> = (&'a InputPart, &'a str);

/// Rules by their words, and what becomes of rows that break them.
type Rules<'a> = (Vec<(&'a str, &'a str)>, Option<Policy>);

impl KeyParts {
    /// How these parts differ from older ones, in words.
    pub(crate) fn differences_from(&self, old: &Self, packages: &FindPackages) -> Vec<String> {
        let inputs: Vec<_> = self.node.inputs.iter().cloned().map(Some).collect();
        let now = Now {
            own: &self.node.own,
            inputs: &inputs,
            plans: &self.plans,
        };
        let mut changes = Vec::new();
        differences::differences(&old.node, old, &now, "", &mut changes);
        let (was, is) = (&old.node.own.environment, &self.node.own.environment);
        changes.extend(is.differences(was, packages));
        changes
    }

    /// The digest of the packages of the build, where they count.
    pub(crate) fn packages(&self) -> Option<&str> {
        self.node.own.environment.packages()
    }

    /// How the data differ that older parts were about, in words: nothing if a step has the same before
    /// it now, in whatever order it reads them.
    pub(crate) fn other_data(&self, old: &Self) -> Vec<String> {
        let (was, is) = (old.leaves(), self.leaves());
        let missing = |from: &[Leaf], in_: &[Leaf]| -> Vec<String> {
            let there = |digest: &str| in_.iter().any(|(_, found)| *found == digest);
            let missing = from.iter().filter(|(_, digest)| !there(digest));
            missing.map(|(part, _)| part.name.clone()).collect()
        };
        let gone = missing(&was, &is);
        let mut words = Vec::new();
        for &(part, digest) in &is {
            if was.iter().any(|(_, known)| *known == digest) {
                continue;
            }
            let before = was.iter().find(|(old, _)| old.name == part.name);
            words.push(match before {
                Some((old, _)) => differences::input(old, part),
                None => format!("input {} is new", part.name),
            });
        }
        let kept = |name: &String| is.iter().any(|(part, _)| part.name == *name);
        let gone = gone.iter().filter(|name| !kept(name));
        words.extend(gone.map(|name| format!("input {name} is not read any more")));
        words.dedup();
        words
    }

    /// Whether rows would be held against the same rules, with the same consequences.
    pub(crate) fn same_rules(&self, old: &Self) -> bool {
        self.rules() == old.rules()
    }

    /// The rules of the node, and of those without checkpoint before it.
    fn rules(&self) -> Vec<Rules<'_>> {
        let own = [&self.node].into_iter().chain(self.plans.values());
        let with_rules = own.filter(|parts| !parts.own.rules.is_empty());
        let rules = with_rules.map(|Parts { own, .. }| {
            // The name of the schema is for messages.
            let rules = own.rules.iter();
            let rules = rules.map(|(words, rule)| (words.as_str(), rule.code.as_str()));
            (rules.collect(), own.policy)
        });
        rules.collect()
    }

    /// Columns that older parts declare for the result and that these do not.
    pub(crate) fn undeclared(&self, old: &Self) -> Vec<String> {
        let now: Vec<_> = declared(&self.node.own).collect();
        let gone = declared(&old.node.own).filter(|column| !now.contains(column));
        gone.map(str::to_owned).collect()
    }

    /// Everything that the result was computed from, through the nodes without checkpoint.
    fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.add_leaves(&self.node, &mut leaves);
        leaves
    }

    fn add_leaves<'a>(&'a self, of: &'a Parts, leaves: &mut Vec<Leaf<'a>>) {
        for input in &of.inputs {
            match self.plans.get(&input.name) {
                Some(plan) if input.kind == InputKind::Plan => self.add_leaves(plan, leaves),
                _ => leaves.push((input, &input.digest)),
            }
        }
    }
}

/// The names of the columns that a contract has for the result.
fn declared(own: &Own) -> impl Iterator<Item = &str> {
    let lines = own.contract.iter();
    let columns = lines.filter_map(|line| line.strip_prefix("result: "));
    columns.filter_map(|column| Some(column.split_once(": ")?.0))
}
