//! The names that mean something at one point of a pipeline.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Expr;
use syn::visit::{self, Visit};

use super::model::{FrameRef, Means, Pipeline};
use crate::errors::Errors;
use crate::{macros, names};

/// The names that mean something at one point of the pipeline.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) bound: HashMap<String, Bound>,
    /// In order, for the messages.
    pub(super) order: Vec<String>,
    /// Every binding of the pipeline, those further down too.
    pub(super) later: HashSet<String>,
    pub(super) used: HashSet<FrameRef>,
    /// Whether something could not be resolved: then nothing can be called unused.
    pub(super) broken: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Bound {
    Param(usize),
    Node(usize),
    /// By a line with a mistake: its uses are no mistakes of their own.
    Unknown,
}

impl Scope {
    pub(super) fn bind(&mut self, name: &str, ident: &Ident, bound: Bound, errors: &mut Errors) {
        if let Some(other) = self.bound.insert(name.to_owned(), bound) {
            let what = match other {
                Bound::Param(_) => "an argument of the pipeline",
                Bound::Node(_) | Bound::Unknown => "an earlier result",
            };
            errors.at(
                ident.span(),
                format!("the name `{name}` is used twice\n`{name}` is {what} already\nhelp: choose another name; it also names the checkpoint"),
            );
            self.broken = true;
        } else {
            self.order.push(name.to_owned());
        }
    }

    /// Binds every name of a pattern to nothing that is known.
    pub(super) fn bind_unknown(&mut self, pat: &syn::Pat) {
        struct Names<'a>(&'a mut HashMap<String, Bound>);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
                self.0.insert(names::plain(&pat.ident), Bound::Unknown);
            }
        }
        Names(&mut self.bound).visit_pat(pat);
    }

    pub(super) fn frame(&self, name: &str, pipeline: &Pipeline) -> Option<FrameRef> {
        match *self.bound.get(name)? {
            Bound::Param(i) if pipeline.arguments[i].kind.is_frame() => Some(FrameRef::Param(i)),
            Bound::Param(_) | Bound::Unknown => None,
            Bound::Node(i) => Some(FrameRef::Node(i)),
        }
    }

    pub(super) fn unknown(&mut self, ident: &Ident, errors: &mut Errors) {
        let name = names::plain(ident);
        self.broken = true;
        let message = if self.later.contains(&name) {
            format!("`{name}` is used before it is bound\nhelp: move its `let` up")
        } else {
            let known = self.order.iter().map(String::as_str);
            let help = names::help(&name, known, "bind it with a `let`, or make it an argument");
            format!(
                "there is no `{name}` in this pipeline\nknown here: {}\n{help}",
                names::list(self.order.iter().map(String::as_str))
            )
        };
        errors.at(ident.span(), message);
    }
}

pub(super) fn resolve(
    ident: &Ident,
    pipeline: &Pipeline,
    scope: &mut Scope,
    errors: &mut Errors,
) -> Means {
    let name = names::plain(ident);
    match scope.bound.get(&name) {
        Some(Bound::Param(i)) if !pipeline.arguments[*i].kind.is_frame() => Means::Param(*i),
        Some(_) => match scope.frame(&name, pipeline) {
            Some(frame) => {
                scope.used.insert(frame);
                Means::Frame(frame)
            }
            None => Means::Unknown,
        },
        // A constant of the surrounding code.
        None if name.chars().next().is_some_and(char::is_uppercase) => Means::Value,
        None => {
            scope.unknown(ident, errors);
            Means::Unknown
        }
    }
}

pub(super) fn bare_ident(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

/// Finds results inside of value expressions, where they cannot be.
pub(super) struct FramesInside<'a, 'b> {
    pub(super) pipeline: &'a Pipeline<'b>,
    pub(super) scope: &'a mut Scope,
    pub(super) errors: &'a mut Errors,
    pub(super) found: bool,
}

impl<'ast> Visit<'ast> for FramesInside<'_, '_> {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let gives_frame = call.args.iter().filter_map(bare_ident).any(|ident| {
            self.scope
                .frame(&names::plain(ident), self.pipeline)
                .is_some()
        });
        if gives_frame {
            self.errors.on(
                &call.func,
                "the result of this call has no name\nhelp: bind it first: `let name = …;`; the name is the node's and its checkpoint's",
            );
            self.scope.broken = true;
            self.found = true;
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.note(ident);
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let input = macros::Input::of(mac);
        for value in &input.values {
            FramesInside::visit_expr(self, value);
        }
        for name in &input.captured {
            self.note(name);
        }
        self.scan(input.others);
    }
}

impl FramesInside<'_, '_> {
    fn note(&mut self, ident: &Ident) {
        let Some(frame) = self.scope.frame(&names::plain(ident), self.pipeline) else {
            return;
        };
        self.scope.used.insert(frame);
        self.found = true;
        self.errors.at(
            ident.span(),
            format!("`{ident}` is {}; in a pipeline it can only be passed on by its name\nhelp: do this in a step", match frame {
                FrameRef::Param(_) => "a frame",
                FrameRef::Node(_) => "the result of a step",
            }),
        );
    }
    /// Where a macro's input is no list of expressions, a name may be anything: rustc says what is wrong
    /// with it, if it is.
    fn scan(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) => {
                    let frame = self.scope.frame(&names::plain(&ident), self.pipeline);
                    self.scope.used.extend(frame);
                }
                _ => {}
            }
        }
    }
}
