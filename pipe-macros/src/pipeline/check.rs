//! From syntax to a graph of names: finds what is wrong with names and shapes. Columns and types are
//! checked by the `const` items that `emit` writes.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::visit::Visit;
use syn::{Expr, Stmt, Type};

use super::attributes;
use super::model::{CallArg, FrameRef, Means, Node, Output, Param, ParamKind, Pipeline};
use super::parse::{Argument, PipelineFn};

use super::scope::{Bound, FramesInside, Scope, bare_ident, resolve};
use crate::errors::Errors;
use crate::step::body::simple_pattern;
use crate::step::{mentioned_schema, owned};
use crate::tokens::texts;
use crate::{names, source_file};

pub(super) fn check<'a>(function: &'a PipelineFn, errors: &mut Errors) -> Pipeline<'a> {
    let arguments: Vec<Param> = function
        .arguments
        .iter()
        .map(|argument| param(argument, errors))
        .collect();
    let mut scope = Scope::default();
    for (i, param) in arguments.iter().enumerate() {
        scope.bind(&param.name, &param.argument.ident, Bound::Param(i), errors);
    }
    scope.later = function
        .block
        .stmts
        .iter()
        .filter_map(|stmt| match stmt {
            Stmt::Local(local) => simple_pattern(&local.pat).map(names::plain),
            _ => None,
        })
        .collect();
    let mut pipeline = Pipeline {
        function,
        arguments,
        nodes: Vec::new(),
        outputs: Vec::new(),
        options: attributes::of_pipeline(&function.attrs, errors),
        unused: Vec::new(),
        takes_values: true,
        output_fits: true,
    };
    let (last, bindings) = match function.block.stmts.split_last() {
        Some((Stmt::Expr(last, None), bindings)) => (Some(last), bindings),
        _ => (None, &function.block.stmts[..]),
    };
    for stmt in bindings {
        if let Some(node) = node(stmt, &pipeline, &mut scope, errors) {
            scope.bind(
                &node.name,
                node.ident,
                Bound::Node(pipeline.nodes.len()),
                errors,
            );
            pipeline.nodes.push(node);
        }
    }
    match last {
        Some(last) => outputs(last, &mut pipeline, &mut scope, errors),
        None => {
            scope.broken = true;
            errors.at(
                function.block.brace_token.span.close(),
                format!(
                    "pipeline `{}` returns nothing\nhelp: end it with the name of a result{}",
                    names::plain(&function.ident),
                    pipeline
                        .nodes
                        .last()
                        .map_or_else(String::new, |node| format!(": `{}`", node.name)),
                ),
            );
        }
    }
    if !scope.broken {
        pipeline.unused = unused(&pipeline, &scope);
    }
    check_variants(&pipeline, errors);
    pipeline.takes_values = check_arguments(&pipeline, errors);
    pipeline
}

fn param<'a>(argument: &'a Argument, errors: &mut Errors) -> Param<'a> {
    let mut param = Param {
        argument,
        name: names::plain(&argument.ident),
        kind: kind(&argument.ty),
        invalid: None,
    };
    attributes::of_argument(&mut param, errors);
    param
}

/// What a type in the signature is, as far as its name says.
pub(super) fn kind(ty: &Type) -> ParamKind<'_> {
    let Type::Path(path) = ty else {
        return ParamKind::Value;
    };
    let Some(last) = path.path.segments.last() else {
        return ParamKind::Value;
    };
    match last.ident.to_string().as_str() {
        "LazyFrame" | "DataFrame" => ParamKind::Open,
        "Frame" => mentioned_schema(ty).map_or(ParamKind::Open, ParamKind::Typed),
        _ => ParamKind::Value,
    }
}

fn node<'a>(
    stmt: &'a Stmt,
    pipeline: &Pipeline<'a>,
    scope: &mut Scope,
    errors: &mut Errors,
) -> Option<Node<'a>> {
    const FORM: &str = "help: every line is `let name = step(arguments);`";
    let Stmt::Local(local) = stmt else {
        errors.on(
            stmt,
            format!("a pipeline only binds the results of steps\n{FORM}"),
        );
        scope.broken = true;
        return None;
    };
    let Some(ident) = simple_pattern(&local.pat) else {
        errors.on(
            &local.pat,
            format!("a result needs a plain name: it names the checkpoint\n{FORM}"),
        );
        scope.broken = true;
        scope.bind_unknown(&local.pat);
        return None;
    };
    let Some(init) = &local.init else {
        errors.on(ident, format!("`{ident}` is not bound to anything\n{FORM}"));
        scope.broken = true;
        scope.bind_unknown(&local.pat);
        return None;
    };
    let call = match &*init.expr {
        Expr::Call(call) => Some(call),
        _ => None,
    };
    let step = call.and_then(|call| match &*call.func {
        Expr::Path(path) if path.qself.is_none() => Some((&path.path, &call.args)),
        _ => None,
    });
    let Some((step, args)) = step else {
        errors.on(
            &init.expr,
            format!("`{ident}` must be the result of a step\n{FORM}"),
        );
        // The name is bound all the same, so that its uses are no mistakes of their own.
        scope.broken = true;
        scope.bind_unknown(&local.pat);
        return None;
    };
    let args = args
        .iter()
        .map(|arg| call_arg(arg, pipeline, scope, errors))
        .collect();
    let options = attributes::of_node(&local.attrs, errors);
    let is_step = is_step(step, errors);
    Some(Node {
        ident,
        name: names::plain(ident),
        step,
        is_step,
        args,
        options,
    })
}

fn is_step(path: &syn::Path, errors: &mut Errors) -> bool {
    let Some(function) = source_file::unmarked_function(path) else {
        return true;
    };
    errors.on(
        path,
        format!(
            "`{}` is not a step\n{}\nhelp: write `#[step]` above it",
            names::readable(path),
            function.place()
        ),
    );
    false
}

fn call_arg<'a>(
    arg: &'a Expr,
    pipeline: &Pipeline,
    scope: &mut Scope,
    errors: &mut Errors,
) -> CallArg<'a> {
    let (name, value) = match arg {
        Expr::Assign(assign) => match bare_ident(&assign.left) {
            Some(name) => (Some(name), &*assign.right),
            None => {
                errors.on(
                    &assign.left,
                    "an argument's name is a plain name\nhelp: `name = value`",
                );
                (None, &*assign.right)
            }
        },
        _ => (None, arg),
    };
    let means = match value {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(_),
            ..
        }) => Means::Text,
        Expr::Array(array) if texts(value).is_some() => Means::Texts(array.elems.len()),
        _ => match bare_ident(value) {
            Some(ident) => resolve(ident, pipeline, scope, errors),
            None => {
                let mut frames = FramesInside {
                    pipeline,
                    scope,
                    errors,
                    found: false,
                };
                frames.visit_expr(value);
                if frames.found {
                    Means::Unknown
                } else {
                    Means::Value
                }
            }
        },
    };
    CallArg { name, value, means }
}

/// More have no names that anybody could keep apart.
const MOST_RESULTS: usize = 8;

fn outputs<'a>(
    last: &'a Expr,
    pipeline: &mut Pipeline<'a>,
    scope: &mut Scope,
    errors: &mut Errors,
) {
    let values: Vec<&Expr> = match last {
        Expr::Tuple(tuple) => tuple.elems.iter().collect(),
        other => vec![other],
    };
    let types: Vec<&Type> = match &pipeline.function.output {
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        other => vec![other],
    };
    for ty in &types {
        let eager = matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "DataFrame"));
        let impossible = matches!(
            ty,
            Type::Reference(_) | Type::ImplTrait(_) | Type::TraitObject(_) | Type::Infer(_)
        );
        let nested = matches!(ty, Type::Tuple(_));
        if eager || impossible || nested {
            errors.on(ty, format!("a pipeline cannot return `{}`\nhelp: it returns `Frame<S>`, `LazyFrame`, the value of a step, or a tuple of them", names::readable(ty)));
            scope.broken = true;
            pipeline.output_fits = false;
        }
    }
    if types.len() > MOST_RESULTS {
        errors.on(
            &pipeline.function.output,
            format!("pipeline `{}` returns {} results, {MOST_RESULTS} is the most\nhelp: split it; one pipeline can read what another has written", pipeline.function.ident, types.len()),
        );
        pipeline.output_fits = false;
    }
    if values.len() != types.len() {
        errors.on(
            last,
            format!(
                "pipeline `{}` returns {} here, but its signature says {}\nhelp: make them agree",
                names::plain(&pipeline.function.ident),
                count(values.len()),
                count(types.len())
            ),
        );
        scope.broken = true;
        pipeline.output_fits = false;
    }
    for (value, ty) in values.iter().zip(types) {
        let Some(ident) = bare_ident(value) else {
            errors.on(value, "a pipeline ends with the names of its results\nhelp: bind this first: `let name = …;`");
            scope.broken = true;
            continue;
        };
        match resolve(ident, pipeline, scope, errors) {
            Means::Frame(FrameRef::Param(_)) if !kind(ty).is_frame() => {
                scope.broken = true;
                let declared = names::readable(ty);
                errors.on(
                    ident,
                    format!("the pipeline says that it returns `{declared}`, but `{ident}` is a frame\nhelp: return the result of a step that returns `{declared}`"),
                );
            }
            Means::Frame(frame) => pipeline.outputs.push(Output {
                frame,
                span: ident.span(),
                ty,
                declared: kind(ty),
            }),
            Means::Unknown => {}
            _ => {
                scope.broken = true;
                errors.on(
                    ident,
                    format!("`{ident}` is a parameter, not the result of a step\nhelp: return the result of a step"),
                );
            }
        }
    }
}

fn count(results: usize) -> String {
    if results == 1 {
        "1 result".to_owned()
    } else {
        format!("{results} results")
    }
}

fn unused<'a>(pipeline: &Pipeline<'a>, scope: &Scope) -> Vec<(&'a Ident, String)> {
    let nodes = pipeline
        .nodes
        .iter()
        .enumerate()
        .filter(|(i, _)| !scope.used.contains(&FrameRef::Node(*i)))
        .map(|(_, node)| {
            let name = &node.name;
            (node.ident, format!("the result `{name}` is not used\nhelp: pass it to a step, return it, or remove it"))
        });
    let inputs = pipeline
        .arguments
        .iter()
        .enumerate()
        .filter(|(i, param)| param.kind.is_frame() && !scope.used.contains(&FrameRef::Param(*i)))
        .map(|(_, param)| {
            let name = &param.name;
            (
                &param.argument.ident,
                format!("the input `{name}` is not used\nhelp: pass it to a step, or remove it"),
            )
        });
    nodes.chain(inputs).collect()
}

/// The names become variants of an enum.
fn check_variants(pipeline: &Pipeline, errors: &mut Errors) {
    let mut variants: HashMap<String, &str> = HashMap::new();
    for (ident, name) in pipeline.stored() {
        if let Some(other) = variants.insert(names::camel_case(name), name)
            && other != name
        {
            errors.at(
                ident.span(),
                format!("`{name}` and `{other}` would be one variant of the pipeline's node enum\nhelp: choose another name"),
            );
        }
    }
}

fn check_arguments(pipeline: &Pipeline, errors: &mut Errors) -> bool {
    let before = errors.len();
    for param in &pipeline.arguments {
        match &param.argument.ty {
            Type::Reference(reference) => errors.on(
                reference,
                format!(
                    "a pipeline takes its arguments by value, `{}` is a reference\nhelp: take `{}`",
                    names::readable(reference),
                    owned(&reference.elem)
                ),
            ),
            Type::ImplTrait(implied) => errors.on(
                implied,
                "an argument of a pipeline needs one type\nhelp: `Frame<S>` takes every kind of source",
            ),
            _ => {}
        }
    }
    errors.len() == before
}
