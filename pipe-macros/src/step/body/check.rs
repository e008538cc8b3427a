//! What is wrong with the names in a body.

use std::collections::HashSet;

use super::super::clause::ColumnWord;
use super::super::emit::schemas;
use super::super::options::{Change, DynamicNames};
use super::super::{ArgKind, StepFn};
use super::{Body, Meeting, Name, Projection};
use crate::errors::Errors;
use crate::names;

/// A name that is in no clause. Where a schema may have it, the compiler is asked.
pub(super) struct Doubt<'a> {
    pub(super) name: &'a Name,
    pub(super) place: Doubtful,
    /// The name, and what it is without what a join or `.name()` puts before or after it.
    pub(super) forms: Vec<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubtful {
    /// It must be there.
    Named,
    /// It must be there, but perhaps it was meant as a text.
    Text,
    /// It comes out of the body.
    Made,
}

/// The names that are in doubt, each where it stands first: a column that was not declared is one
/// mistake, however often it is used.
pub(super) fn doubts(step: &StepFn) -> Vec<Doubt<'_>> {
    let body = &step.body;
    let exempt = |name: &Name| {
        step.options.dynamic_names.exempts(&name.text) || step.may_be_suffixed(&name.text)
    };
    let contract = contract_names(step);
    let mut doubts = Vec::new();
    if !body.makes_unseen {
        for (name, text) in &body.named {
            let forms = forms(body, &name.text);
            let known =
                |form: &&str| contract.contains(form) || body.made.iter().any(|m| m == form);
            if !forms.iter().any(known) && !exempt(name) {
                let place = if *text {
                    Doubtful::Text
                } else {
                    Doubtful::Named
                };
                doubts.push(Doubt { name, place, forms });
            }
        }
    }
    for name in &body.comes_out {
        let known = contract.contains(&name.text.as_str());
        if !known && !body.mentions_again(name) && !exempt(name) {
            let forms = vec![name.text.as_str()];
            doubts.push(Doubt {
                name,
                place: Doubtful::Made,
                forms,
            });
        }
    }
    let mut seen = HashSet::new();
    doubts.retain(|doubt| seen.insert(&doubt.name.text));
    doubts
}

fn forms<'a>(body: &'a Body, name: &'a str) -> Vec<&'a str> {
    let mut forms = vec![name];
    let without_prefix = body
        .prefixes
        .iter()
        .filter_map(|prefix| name.strip_prefix(prefix.as_str()));
    let without_suffix = body
        .suffixes
        .iter()
        .filter_map(|suffix| name.strip_suffix(suffix.as_str()));
    forms.extend(
        without_prefix
            .chain(without_suffix)
            .filter(|form| !form.is_empty()),
    );
    forms
}

/// Every column that a clause names, in order, each once.
pub(super) fn contract_names(step: &StepFn) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (column, _) in columns(step) {
        if !names.contains(&column.name.as_str()) {
            names.push(&column.name);
        }
    }
    names
}

/// Whether there are schemas to look a name up in.
pub(super) fn has_schemas(step: &StepFn) -> bool {
    !schemas(step).is_empty() || has_hidden_schema(step)
}

/// Whether the type of the result may be another name of a `Frame<S>`.
pub(super) fn has_hidden_schema(step: &StepFn) -> bool {
    let syn::ReturnType::Type(_, ty) = &step.function.sig.output else {
        return false;
    };
    let mut words = names::readable(ty);
    words.retain(|c| !c.is_whitespace());
    let known = words
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| matches!(word, "Frame" | "LazyFrame" | "DataFrame"));
    !known
}

/// What a clause says about a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Reads,
    Adds,
    Replaces,
    Drops,
    Renames,
    /// The new name.
    RenamesTo,
    NonNull,
    JoinsOn,
}

/// The columns of all clauses, but those that an argument names.
fn columns(step: &StepFn) -> impl Iterator<Item = (&ColumnWord, Says)> {
    let reads = step
        .options
        .reads
        .iter()
        .map(|read| (&read.column, Says::Reads));
    let changes = step.options.changes.iter().flat_map(|change| match change {
        Change::Adds(column) => vec![(&column.column, Says::Adds)],
        Change::Replaces(column) => vec![(&column.column, Says::Replaces)],
        Change::Drops(column) => vec![(column, Says::Drops)],
        Change::Renames(rename) => {
            vec![(&rename.from, Says::Renames), (&rename.to, Says::RenamesTo)]
        }
        Change::NonNull(column) => vec![(column, Says::NonNull)],
        Change::NonNullAll(_) => Vec::new(),
    });
    let keys = step.options.joins.iter().flat_map(|join| &join.keys);
    let keys = keys.flat_map(|key| [(&key.left, Says::JoinsOn), (&key.right, Says::JoinsOn)]);
    reads
        .chain(changes)
        .chain(keys)
        .filter(|(column, _)| step.argument(column).is_none())
}

/// Notes what the macro finds by itself; the rest is left to `const` evaluation.
pub(in crate::step) fn check(step: &StepFn, errors: &mut Errors) {
    check_exemptions(step, errors);
    let body = &step.body;
    let transparent = !(body.touches_unnamed || body.makes_unseen);
    if transparent && !matches!(step.options.dynamic_names, DynamicNames::All) {
        check_untouched(step, errors);
    }
}

fn check_exemptions(step: &StepFn, errors: &mut Errors) {
    let DynamicNames::These(exempt) = &step.options.dynamic_names else {
        return;
    };
    for name in exempt {
        let text = name.value();
        if step.body.mentions(&text) || contract_names(step).contains(&text.as_str()) {
            continue;
        }
        let named = named(&step.body);
        let help = names::help(
            &text,
            named.iter().copied(),
            "remove it from `dynamic_names(…)`",
        );
        errors.at(
            name.span(),
            format!(
                "the body of step `{}` does not name `{text}`, so there is nothing to let pass\ncolumns its body names: {}\n{help}",
                step.name,
                names::list(named),
            ),
        );
    }
}

/// The columns that a body names or makes, each once.
fn named(body: &Body) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    let named = body.named.iter().map(|(name, _)| name.text.as_str());
    for name in named.chain(made(body)) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The columns that a body makes by a literal.
fn made(body: &Body) -> impl Iterator<Item = &str> {
    let made = body.made.iter().map(String::as_str);
    made.filter(|name| body.mentions(name))
}

/// Columns of the contract that the body does not name.
fn check_untouched(step: &StepFn, errors: &mut Errors) {
    let mut untouched: Vec<(&ColumnWord, Says)> = Vec::new();
    for (column, says) in columns(step) {
        let once = untouched.iter().all(|(other, _)| other.name != column.name);
        // A renaming is said to be missing once.
        let half =
            says == Says::RenamesTo && untouched.last().is_some_and(|(_, s)| *s == Says::Renames);
        if once
            && !half
            && !is_touched(&step.body, &column.name)
            && !step.options.dynamic_names.exempts(&column.name)
            && must_be_named(step, column, says)
        {
            untouched.push((column, says));
        }
    }
    explain_away(step, &mut untouched);
    for (column, says) in untouched {
        errors.at(column.span, message(step, &column.name, says));
    }
}

/// Whether a literal names the column, perhaps with a suffix.
fn is_touched(body: &Body, column: &str) -> bool {
    let mut texts = body.texts.iter();
    texts.any(|(text, _)| forms(body, text).contains(&column))
}

/// Whether a column cannot be what the clause says without being named.
fn must_be_named(step: &StepFn, column: &ColumnWord, says: Says) -> bool {
    let body = &step.body;
    let alone = step.inputs().count() == 1 && body.meeting == Meeting::None;
    let implied = body.made.contains(&column.name);
    match says {
        // The columns of a closed step's input may be those of its result. What a second input has
        // may come along with it.
        Says::Reads if step.is_closed() || has_hidden_schema(step) => {
            alone && body.projection == Projection::AtTheEnd
        }
        Says::Reads => alone || (body.meeting <= Meeting::Joins && is_of_passed(step, column)),
        Says::Adds | Says::Replaces | Says::RenamesTo => alone && !implied,
        Says::Renames => alone,
        Says::Drops => alone && body.projection == Projection::Nowhere,
        Says::NonNull | Says::JoinsOn => false,
    }
}

/// Whether a read is of the input whose columns pass through.
fn is_of_passed(step: &StepFn, column: &ColumnWord) -> bool {
    let Some(passed) = step.passed().and_then(|index| step.inputs().nth(index)) else {
        return false;
    };
    let mut reads = step.options.reads.iter();
    passed.kind == ArgKind::Open
        && reads
            .find(|read| std::ptr::eq(&raw const read.column, column))
            .is_some_and(|read| {
                read.input
                    .as_ref()
                    .is_none_or(|input| *input == passed.ident)
            })
}

/// A misspelled name in the body and the column that nobody names are one mistake.
fn explain_away(step: &StepFn, untouched: &mut Vec<(&ColumnWord, Says)>) {
    let sure = !has_schemas(step);
    let mut doubts = doubts(step);
    untouched.retain(|(column, _)| {
        let forms = doubts.iter().flat_map(|doubt| doubt.forms.iter().copied());
        match names::nearest(&column.name, forms) {
            Some(near) => {
                doubts.retain(|doubt| !doubt.forms.contains(&near));
                false
            }
            None => true,
        }
    });
    if sure {
        untouched.retain(|(_, says)| {
            let makes = matches!(says, Says::Adds | Says::Replaces | Says::RenamesTo);
            let other = doubts
                .iter()
                .position(|doubt| (doubt.place == Doubtful::Made) == makes);
            other.map(|other| doubts.remove(other)).is_none()
        });
    }
}

fn message(step: &StepFn, column: &str, says: Says) -> String {
    let (name, body) = (&step.name, &step.body);
    let headline = match says {
        Says::Reads => {
            format!("step `{name}` reads column `{column}`, but its body never names it")
        }
        Says::Drops => {
            format!("step `{name}` drops column `{column}`, but its body never names it")
        }
        Says::Renames => {
            format!("step `{name}` renames column `{column}`, but its body never names it")
        }
        Says::Adds => format!(
            "step `{name}` says that it adds column `{column}`, but its body never makes it"
        ),
        Says::Replaces => format!(
            "step `{name}` says that it replaces column `{column}`, but its body never makes it"
        ),
        Says::RenamesTo => format!(
            "step `{name}` says that it renames a column to `{column}`, but its body never makes it"
        ),
        Says::NonNull | Says::JoinsOn => String::new(),
    };
    let makes = matches!(says, Says::Adds | Says::Replaces | Says::RenamesTo);
    let (what, there) = if makes {
        let mut all: Vec<&str> = Vec::new();
        for name in made(body) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        ("makes", all)
    } else {
        ("names", named(body))
    };
    let contract = contract_names(step);
    let unknown = there
        .iter()
        .copied()
        .filter(|name| !contract.contains(name));
    let clause = match says {
        Says::Reads => "reads",
        Says::Adds => "adds",
        Says::Replaces => "replaces",
        Says::Drops => "drops",
        Says::Renames | Says::RenamesTo | Says::NonNull | Says::JoinsOn => "renames",
    };
    let help = names::help(column, unknown, &format!("remove it from `{clause}(…)`"));
    format!(
        "{headline}\ncolumns its body {what}: {}\n{help}",
        names::list(there)
    )
}
