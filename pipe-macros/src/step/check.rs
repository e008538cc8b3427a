//! Mistakes in a step that show without knowing any types.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::visit::Visit;

use super::clause::{ColumnTypeWord, ColumnWord, TypedColumn};
use super::options::Change;
use super::output::{mentions_frame, of_result};
use super::{ArgKind, StepArg, StepFn};
use crate::errors::Errors;
use crate::names;

pub(super) fn check(step: &StepFn, errors: &mut Errors) {
    check_running(step, errors);
    if step.is_of_rows() {
        // It has no clauses.
        return;
    }
    // What the clauses mean depends on the arguments.
    if step.understood {
        check_reads(step, errors);
        check_output(step, errors);
        if let Some(join) = &step.options.joins {
            join.check(step, errors);
        }
        if let Some(union) = &step.options.unions {
            union.check(step, errors);
        }
    }
    check_changes(step, errors);
}

/// How the step wants to be run, where that depends on its function.
fn check_running(step: &StepFn, errors: &mut Errors) {
    let running = &step.options.running;
    let when = running.retry.as_ref().and_then(|retry| retry.when.as_ref());
    if let (Some(when), Some((ty, false))) = (when, step.returned())
        && step.understood
    {
        errors.on(
            when,
            format!(
                "step `{}` cannot fail, so there are no errors to ask `{}` about: it returns `{}`\nhelp: remove `when`, or return a `Result`",
                step.name,
                names::readable(when),
                names::readable(ty),
            ),
        );
    }
    if let (Some(process), true) = (running.process, step.is_async()) {
        errors.at(
            process,
            format!("step `{}` is `async`, and so runs beside others; it cannot have a process of its own, too\nhelp: remove `process`, or `async`", step.name),
        );
    }
}

/// What can be returned.
const RETURNS: &str = "help: a step returns a frame (`Frame<S>`, `LazyFrame`, `DataFrame`) or a value (a count, a model, a `WrittenFile`), bare or in a `Result`";

pub(super) fn check_signature(sig: &syn::Signature, name: &str, errors: &mut Errors) {
    let one_type = || {
        format!(
            "step `{name}` cannot have type parameters: its checkpoint needs one type\nhelp: write one step for each type, and call the generic function from them"
        )
    };
    if sig.generics.lifetimes().count() < sig.generics.params.len() {
        errors.on(&sig.generics, one_type());
    } else if !sig.generics.params.is_empty() {
        errors.on(
            &sig.generics,
            format!("step `{name}` cannot have lifetimes: what it is given lives as long as it runs\nhelp: remove them; `&Model` needs none"),
        );
    }
    let mut implied = ImplTraits(Vec::new());
    implied.visit_signature(sig);
    for implied in implied.0 {
        errors.on(implied, one_type());
    }
    match &sig.output {
        syn::ReturnType::Default => errors.at(
            sig.ident.span(),
            format!("step `{name}` returns nothing\n{RETURNS}"),
        ),
        syn::ReturnType::Type(_, ty) => {
            let bare = of_result(ty).unwrap_or(ty);
            if matches!(bare, syn::Type::Tuple(tuple) if tuple.elems.is_empty()) {
                errors.on(ty, format!("step `{name}` returns nothing\n{RETURNS}"));
            }
        }
    }
}

/// What is wrong with an argument that is a reference: nothing, if it is one to a value.
pub(super) fn wrong_reference(reference: &syn::TypeReference) -> Option<String> {
    let (written, inner) = (names::readable(reference), names::readable(&reference.elem));
    let message = match &*reference.elem {
        _ if reference.mutability.is_some() => format!(
            "a step cannot change what an earlier step returned, `{written}` is mutable\nhelp: take `&{inner}`, and return what is new"
        ),
        syn::Type::TraitObject(_) => format!(
            "the value of an earlier step has one type, `{written}` can be of several\nhelp: name it, such as `&Model`"
        ),
        ty @ (syn::Type::Path(_) | syn::Type::Slice(_)) => {
            let owned = super::owned(ty);
            if mentions_frame(ty) {
                format!(
                    "a step takes a frame by value, `{written}` is a reference\nhelp: take `{inner}`; frames are lazy and cheap to clone"
                )
            } else if matches!(owned.as_str(), "ColumnName" | "ColumnNames") {
                format!(
                    "a step takes names of columns by value, `{written}` is a reference\nhelp: take `{inner}`"
                )
            } else if owned != inner {
                format!(
                    "a step takes a parameter by value, and the value of an earlier step as what that step returned, not as `{written}`\nhelp: take `{owned}` for a parameter, `&{owned}` for the result of a step"
                )
            } else {
                return None;
            }
        }
        _ => return None,
    };
    Some(message)
}

/// Finds `impl Trait`, a type parameter in disguise.
struct ImplTraits<'a>(Vec<&'a syn::TypeImplTrait>);

impl<'ast> Visit<'ast> for ImplTraits<'ast> {
    fn visit_type_impl_trait(&mut self, implied: &'ast syn::TypeImplTrait) {
        self.0.push(implied);
    }
}

fn check_reads(step: &StepFn, errors: &mut Errors) {
    let open: Vec<&StepArg> = step.inputs().filter(|i| i.kind == ArgKind::Open).collect();
    let mut seen = HashSet::new();
    for read in &step.options.reads {
        let span = read.column.span;
        let input = match &read.input {
            Some(input) => step.inputs().find(|i| names::plain(input) == i.name),
            None => match open[..] {
                [only] => Some(only),
                _ => None,
            },
        };
        match (input, &read.input) {
            (Some(input), _) if input.kind == ArgKind::Typed => errors.at(
                span,
                format!(
                    "`{}` is a `{}`: its schema says what the step reads\nhelp: remove this, or take a `LazyFrame`",
                    input.name,
                    names::readable(&input.ty)
                ),
            ),
            (Some(input), _) => {
                if !seen.insert((&input.name, step.meaning(&read.column))) {
                    errors.at(span, format!("column `{}` is read twice\nhelp: remove one of the two", read.column.name));
                }
            }
            (None, Some(named)) => errors.at(named.span(), no_such_input(step, named)),
            (None, None) => errors.at(
                span,
                if open.is_empty() {
                    format!("step `{}` has no open input to read column `{}` from\nhelp: take a `LazyFrame`, or name the column in the schema of a `Frame<S>`", step.name, read.column.name)
                } else {
                    format!(
                        "which input has column `{0}`? step `{1}` has {2}\nhelp: `reads({3}.{0}: …)`",
                        read.column.name,
                        step.name,
                        names::list(open.iter().map(|i| &*i.name)),
                        open[0].name,
                    )
                },
            ),
        }
        if let ColumnTypeWord::Like(_, other, _) = &read.ty {
            errors.at(
                other.span,
                "a read needs a type of its own\nhelp: `like(…)` is for `adds` and `replaces`",
            );
        }
    }
}

pub(super) fn no_such_input(step: &StepFn, named: &Ident) -> String {
    let inputs = || step.inputs().map(|input| &*input.name);
    let help = names::help(&names::plain(named), inputs(), "name one of its inputs");
    format!(
        "step `{}` has no input `{named}`\nits inputs: {}\n{help}",
        step.name,
        names::list(inputs())
    )
}

fn check_changes(step: &StepFn, errors: &mut Errors) {
    let mut made = HashSet::new();
    for change in &step.options.changes {
        match change {
            Change::Adds(column) => {
                check_new(step, column, "added", errors);
                once(step, &mut made, &column.column, errors);
            }
            Change::Replaces(column) => {
                check_new(step, column, "replaced", errors);
                once(step, &mut made, &column.column, errors);
            }
            Change::Renames(rename) => {
                if let Some(list) = [&rename.from, &rename.to]
                    .into_iter()
                    .find(|word| step.is_list(word))
                {
                    errors.at(
                        list.span,
                        format!("`{}` is a list of columns, and a renaming is about one\nhelp: take a `ColumnName`", list.name),
                    );
                }
                if step.meaning(&rename.from) == step.meaning(&rename.to) {
                    errors.at(
                        rename.to.span,
                        format!("`{}` keeps its name\nhelp: remove this", rename.to.name),
                    );
                } else {
                    once(step, &mut made, &rename.to, errors);
                }
            }
            Change::Drops(_) | Change::NonNull(_) | Change::NonNullAll(_) => {}
        }
    }
}

fn once<'a>(
    step: &StepFn,
    made: &mut HashSet<(Option<usize>, &'a str)>,
    column: &'a ColumnWord,
    errors: &mut Errors,
) {
    if !made.insert(step.meaning(column)) {
        errors.at(
            column.span,
            format!(
                "column `{}` is made twice\nhelp: remove one of the two",
                column.name
            ),
        );
    }
}

fn check_new(step: &StepFn, column: &TypedColumn, verb: &str, errors: &mut Errors) {
    if let Some(mark) = column.optional {
        errors.at(
            mark,
            format!("a column is there after it was {verb}, so it is not optional\nhelp: remove the `?`; `Option<…>` is for a column that may hold nulls"),
        );
    }
    if let ColumnTypeWord::Like(input, other, _) = &column.ty {
        if let Some(input) = input
            && step.understood
            && step.input(input).is_none()
        {
            errors.at(input.span(), no_such_input(step, input));
        }
        if step.is_list(other) {
            errors.at(
                other.span,
                format!("`{}` is a list of columns, and a type is like that of one\nhelp: name one column, or take a `ColumnName`", other.name),
            );
        }
    }
    if let Some(input) = &column.input {
        errors.at(
            input.span(),
            format!(
                "a {verb} column belongs to the result, not to `{input}`\nhelp: write only its name"
            ),
        );
    }
    if let ColumnTypeWord::Class(class, _) = &column.ty {
        errors.at(class.span(), format!("column `{}` is {verb}, so it needs one type\nhelp: a Rust type such as `f64`, or `like(column)` for the type of a column that is read", column.column.name));
    }
}

fn check_output(step: &StepFn, errors: &mut Errors) {
    if let Some(ty) = step.value() {
        check_no_columns(step, ty, errors);
        return;
    }
    let syn::ReturnType::Type(_, output) = &step.function.sig.output else {
        return;
    };
    let options = &step.options;
    let joins = options.joins.as_ref().map(|join| ("joins", join.span));
    let unions = options.unions.as_ref().map(|union| ("unions", union.span));
    if let (Some(_), Some((_, span))) = (joins, unions) {
        errors.at(span, "a step says either `joins` or `unions`\nhelp: remove one of the two, or make two steps");
    }
    if options.says("joins") || options.says("unions") {
        // What is wrong inside of it was reported.
        let Some((clause, span)) = joins.or(unions) else {
            return;
        };
        if step.is_closed() {
            errors.at(span, format!("step `{}` returns exactly the columns of a schema, which says this already\nhelp: remove `{clause}`, or return a `LazyFrame`", step.name));
        } else if let Some(passes) = &options.passes {
            errors.at(passes.span(), format!("`{clause}` says whose columns pass through\nhelp: remove `passes`, or `{clause}` if only the columns of `{passes}` come out"));
        }
        return;
    }
    if let Some(passes) = &step.options.passes {
        if step.is_closed() {
            errors.at(passes.span(), format!("step `{}` returns exactly the columns of a schema, so nothing passes through\nhelp: remove `passes`", step.name));
        } else if step.passed().is_none() {
            errors.at(passes.span(), no_such_input(step, passes));
        }
        return;
    }
    if step.is_closed() {
        if let Some(change) = step.options.changes.first() {
            errors.at(
                change_span(change),
                format!("step `{}` returns exactly the columns of a schema, which says this already\nhelp: remove it, or return a `LazyFrame`", step.name),
            );
        }
    } else if step.passed().is_none() {
        let inputs: Vec<&str> = step.inputs().map(|i| &*i.name).collect();
        if inputs.is_empty() {
            errors.on(output, format!("the columns of step `{}` are not known: it has no input whose columns pass through\nhelp: return a `Frame<S>`, or say `#[step(returns(S))]`", step.name));
        } else {
            errors.on(
                output,
                format!(
                    "the columns of step `{}` are not known: it has inputs {}\nhelp: say whose columns pass through, `#[step(passes({}))]`, or return a `Frame<S>`",
                    step.name,
                    names::list(inputs.iter().copied()),
                    inputs[0]
                ),
            );
        }
    }
}

/// Clauses about the columns of a result that has none.
fn check_no_columns(step: &StepFn, value: &syn::Type, errors: &mut Errors) {
    for clause in step.options.given() {
        if RESULT.iter().any(|name| clause == name) {
            errors.on(
                clause,
                format!(
                    "step `{}` returns a value of type `{}`, which has no columns\nhelp: remove `{clause}`; `reads` says what the step needs of its frames",
                    step.name,
                    names::readable(value),
                ),
            );
        }
    }
}

/// The clauses about what comes out.
const RESULT: [&str; 9] = [
    "adds", "replaces", "drops", "renames", "non_null", "returns", "passes", "joins", "unions",
];

pub(super) fn change_span(change: &Change) -> proc_macro2::Span {
    match change {
        Change::Adds(column) | Change::Replaces(column) => column.column.span,
        Change::Drops(column) | Change::NonNull(column) => column.span,
        Change::Renames(rename) => rename.from.span,
        Change::NonNullAll(star) => *star,
    }
}
