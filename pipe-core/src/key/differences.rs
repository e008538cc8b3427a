//! How two keys differ, in words.

use std::collections::BTreeMap;

use super::parts::{InputKind, InputPart, KeyParts, Own, Parts};
use crate::rules::RulePart;

/// The parts of a node as far as they are known now.
pub(super) struct Now<'a> {
    pub(super) own: &'a Own,
    pub(super) inputs: &'a [Option<InputPart>],
    pub(super) plans: &'a BTreeMap<String, Parts>,
}

/// Appends what differs, in words. Inputs that are not known yet do not differ.
pub(super) fn differences(
    old: &Parts,
    record: &KeyParts,
    now: &Now,
    of: &str,
    to: &mut Vec<String>,
) {
    let mut say = |what: String| {
        let what = format!("{of}{what}");
        if !to.contains(&what) {
            to.push(what);
        }
    };
    let (was, is) = (&old.own, now.own);
    if was.step != is.step {
        say(format!("step: {} -> {}", was.step, is.step));
    }
    if was.version != is.version {
        say(format!(
            "version of {}: {} -> {}",
            is.step, was.version, is.version
        ));
    }
    if was.code != is.code {
        say(format!("code of {} changed", is.step));
    }
    for (name, old, new) in changed(&was.helpers, &is.helpers) {
        say(match (old, new) {
            (None, _) => format!("helper {name} is new"),
            (_, None) => format!("helper {name} is gone"),
            _ => format!("helper {name} changed"),
        });
    }
    for (name, old, new) in changed(&was.constants, &is.constants) {
        say(format!("constant {name}: {} -> {}", short(old), short(new)));
    }
    for (name, ..) in changed(&was.secrets, &is.secrets) {
        say(format!("parameter {name} changed (secret)"));
    }
    for (name, old, new) in changed(&was.parameters, &is.parameters) {
        // What is a secret now may be in plain text in an old record.
        if was.secrets.contains_key(name) || is.secrets.contains_key(name) {
            continue;
        }
        // An option of the step: a name that no argument has.
        let name = name.trim_start_matches('#');
        say(format!(
            "parameter {name}: {} -> {}",
            short(old),
            short(new)
        ));
    }
    if was.contract != is.contract {
        say("contract changed".to_owned());
    }
    rules(&was.rules, &is.rules, &mut say);
    if let (Some(was), Some(is)) = (was.policy, is.policy)
        && was != is
    {
        say(format!("invalid rows: {} -> {}", was.word(), is.word()));
    }
    if old.inputs.len() != now.inputs.len() {
        say(format!(
            "inputs: {} -> {}",
            old.inputs.len(),
            now.inputs.len()
        ));
        return;
    }
    let mut plans = Vec::new();
    for (was, is) in old.inputs.iter().zip(now.inputs) {
        let Some(is) = is else { continue };
        match (was.kind, is.kind) {
            _ if was.kind == is.kind && was.digest == is.digest => {}
            (InputKind::Plan, InputKind::Plan) => plans.push((was, is)),
            _ => say(input(was, is)),
        }
    }
    for (was, is) in plans {
        match (record.plans.get(&was.name), now.plans.get(&is.name)) {
            (Some(was), Some(plan)) => {
                let inputs: Vec<_> = plan.inputs.iter().cloned().map(Some).collect();
                let now = Now {
                    own: &plan.own,
                    inputs: &inputs,
                    plans: now.plans,
                };
                differences(was, record, &now, &format!("{of}{}: ", is.name), to);
            }
            _ => to.push(format!("{of}input {} changed", is.name)),
        }
    }
}

/// How an input differs.
pub(super) fn input(was: &InputPart, is: &InputPart) -> String {
    let name = &is.name;
    match (was.kind, is.kind) {
        (InputKind::Source, InputKind::Source) => {
            let files: Vec<_> = changed(&was.files, &is.files)
                .map(|(path, ..)| path)
                .take(4)
                .collect();
            match files.as_slice() {
                [] => format!("input {name} changed"),
                [files @ .., _more] if files.len() == 3 => {
                    format!("input {name} changed: {}, …", files.join(", "))
                }
                files => format!("input {name} changed: {}", files.join(", ")),
            }
        }
        (InputKind::Checkpoint, InputKind::Checkpoint) => {
            format!("input {name} has new content")
        }
        _ => format!("input {name} comes from elsewhere"),
    }
}

/// The rules that differ, by schema.
fn rules(
    was: &BTreeMap<String, RulePart>,
    is: &BTreeMap<String, RulePart>,
    say: &mut impl FnMut(String),
) {
    let mut by_schema: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (words, rule) in is {
        let what = match was.get(words) {
            None => "is new",
            Some(was) if was.code != rule.code => "changed",
            Some(_) => continue,
        };
        let changes = by_schema.entry(&rule.of).or_default();
        changes.push(format!("`{words}` {what}"));
    }
    for (words, rule) in was.iter().filter(|(words, _)| !is.contains_key(*words)) {
        let changes = by_schema.entry(&rule.of).or_default();
        changes.push(format!("`{words}` is gone"));
    }
    for (schema, changes) in by_schema {
        say(format!(
            "rules of `{schema}` changed: {}",
            changes.join(", ")
        ));
    }
}

/// The entries that differ, by name.
pub(super) fn changed<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, Option<&'a str>, Option<&'a str>)> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let get = |map: &'a BTreeMap<String, String>, name| map.get(name).map(String::as_str);
    new.keys()
        .chain(gone)
        .map(move |name| (name.as_str(), get(old, name), get(new, name)))
        .filter(|(_, old, new)| old != new)
}

/// A value for a message.
fn short(value: Option<&str>) -> String {
    const LONGEST: usize = 60;
    match value {
        None => "none".to_owned(),
        Some(value) if value.chars().count() <= LONGEST => value.to_owned(),
        Some(value) => value.chars().take(LONGEST).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut() {
        assert_eq!(short(Some(&"x".repeat(61))), format!("{}…", "x".repeat(60)));
        assert_eq!(short(None), "none");
    }
}
