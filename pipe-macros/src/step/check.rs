//! Mistakes in a step that show without knowing any types.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::visit::Visit;

use super::clause::{ColumnTypeWord, ColumnWord, TypedColumn};
use super::options::Change;
use super::{ArgKind, StepArg, StepFn};
use crate::errors::Errors;
use crate::names;

pub(super) fn check(step: &StepFn, errors: &mut Errors) {
    if step.options.rows.said.is_some() {
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

pub(super) fn check_signature(sig: &syn::Signature, name: &str, errors: &mut Errors) {
    let one_type = || {
        format!(
            "step `{name}` cannot have type parameters: its checkpoint needs one type\nhelp: write one step for each type, and call the generic function from them"
        )
    };
    if let Some(asyncness) = &sig.asyncness {
        errors.on(asyncness, "a step cannot be `async` yet\nhelp: block in it; a failing call can be tried again with `retry(attempts = 3)`");
    }
    if !sig.generics.params.is_empty() {
        errors.on(&sig.generics, one_type());
    }
    let mut implied = ImplTraits(Vec::new());
    implied.visit_signature(sig);
    for implied in implied.0 {
        errors.on(implied, one_type());
    }
    if let syn::ReturnType::Default = sig.output {
        errors.at(
            sig.ident.span(),
            format!("step `{name}` returns nothing\nhelp: a step returns `LazyFrame`, `DataFrame` or `Frame<S>`, bare or in a `Result`"),
        );
    }
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
            Some(input) => step.inputs().find(|i| *input == i.ident),
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
    let help = names::help(&named.to_string(), inputs(), "name one of its inputs");
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
            Change::Drops(_) | Change::NonNull(_) | Change::NonNullAll => {}
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

pub(super) fn change_span(change: &Change) -> proc_macro2::Span {
    match change {
        Change::Adds(column) | Change::Replaces(column) => column.column.span,
        Change::Drops(column) | Change::NonNull(column) => column.span,
        Change::Renames(rename) => rename.from.span,
        Change::NonNullAll => proc_macro2::Span::call_site(),
    }
}
