//! The columns that surely come out of a body, by their literals.
//!
//! What is followed is the value of the body, backwards: through the methods that let columns pass,
//! through variables that are bound once and for all, into both branches of an `if`. Where anything
//! else is met the way ends, so that what is found comes out indeed.

use std::collections::HashSet;

use syn::{Block, Expr, Pat, Stmt};

use super::places::{self, Function, Place};
use super::scope::Scope;
use super::{Name, Projection, collect};
use crate::names;

/// What comes out of a body.
#[derive(Default)]
pub(super) struct Outcome {
    /// Columns that it makes by a literal, and that are in its result unless they are named again.
    pub(super) made: Vec<Name>,
    pub(super) projection: Projection,
}

/// The statements before a point, innermost block last.
type Before<'a> = Vec<&'a [Stmt]>;

struct Way<'s, 'a> {
    scope: &'s Scope<'a>,
    made: Vec<Name>,
    /// Whether every way ended in a projection.
    projected: bool,
    /// What was followed already: both branches of an `if` may lead to one variable. What that stands
    /// for tells it from all others, and stands at one place.
    frames: HashSet<*const Expr>,
    columns: HashSet<*const Expr>,
}

pub(super) fn of<'a>(scope: &Scope<'a>, block: &'a Block) -> Outcome {
    let mut way = Way {
        scope,
        made: Vec::new(),
        projected: true,
        frames: HashSet::new(),
        columns: HashSet::new(),
    };
    way.block(block, &Vec::new());
    let mut seen = HashSet::new();
    way.made.retain(|name| seen.insert(name.id));
    Outcome {
        made: way.made,
        projection: if way.projected {
            Projection::AtTheEnd
        } else {
            Projection::Nowhere
        },
    }
}

impl<'a> Way<'_, 'a> {
    fn ends(&mut self) {
        self.projected = false;
    }

    fn block(&mut self, block: &'a Block, before: &Before<'a>) {
        match block.stmts.split_last() {
            Some((Stmt::Expr(tail, None), statements)) => {
                let mut before = before.clone();
                before.push(statements);
                self.frame(tail, &before);
            }
            _ => self.ends(),
        }
    }

    /// Follows a frame to where it comes from.
    fn frame(&mut self, expr: &'a Expr, before: &Before<'a>) {
        match expr {
            Expr::Paren(inner) => self.frame(&inner.expr, before),
            Expr::Group(inner) => self.frame(&inner.expr, before),
            Expr::Try(inner) => self.frame(&inner.expr, before),
            Expr::Block(block) => self.block(&block.block, before),
            Expr::If(choice) => {
                // `if let` may bind what a variable of that name stood for.
                if matches!(*choice.cond, Expr::Let(_)) {
                    self.ends();
                } else {
                    self.block(&choice.then_branch, before);
                }
                match &choice.else_branch {
                    Some((_, otherwise)) => self.frame(otherwise, before),
                    None => self.ends(),
                }
            }
            Expr::Match(choice) => {
                for arm in &choice.arms {
                    if may_bind(&arm.pat) {
                        self.ends();
                    } else {
                        self.frame(&arm.body, before);
                    }
                }
            }
            Expr::Call(call) => match (&*call.func, call.args.first()) {
                (Expr::Path(path), Some(inner))
                    if places::function(&path.path) == Function::Wrapper =>
                {
                    self.frame(inner, before);
                }
                _ => self.ends(),
            },
            Expr::MethodCall(call) => self.method(call, before),
            Expr::Path(path) => match variable(&path.path, before) {
                Some((init, before)) => {
                    if self.frames.insert(init) {
                        self.frame(init, &before);
                    }
                }
                None => self.ends(),
            },
            _ => self.ends(),
        }
    }

    fn method(&mut self, call: &'a syn::ExprMethodCall, before: &Before<'a>) {
        let method = call.method.to_string();
        match (method.as_str(), call.args.first()) {
            ("select" | "select_seq", Some(columns)) => self.columns(columns, before),
            ("agg", Some(columns)) => {
                self.columns(columns, before);
                self.keys(&call.receiver, before);
            }
            ("with_column" | "with_columns" | "with_columns_seq", Some(columns)) => {
                self.columns(columns, before);
                self.frame(&call.receiver, before);
            }
            ("with_row_index", Some(name)) => {
                self.literals(name);
                self.frame(&call.receiver, before);
            }
            ("rename", Some(old)) if self.is_seen(old) => {
                for (argument, place) in places::in_method("rename", call.args.len()) {
                    if *place == Place::New
                        && let Some(new) = call.args.get(*argument)
                    {
                        self.literals(new);
                    }
                }
                self.frame(&call.receiver, before);
            }
            ("drop", Some(columns)) if self.is_literal_selector(columns) => {
                self.frame(&call.receiver, before);
            }
            (method, _) if places::keeps_columns(method) => self.frame(&call.receiver, before),
            _ => self.ends(),
        }
    }

    /// The keys of a `group_by`.
    fn keys(&mut self, grouped: &'a Expr, before: &Before<'a>) {
        if let Expr::MethodCall(call) = grouped {
            match (call.method.to_string().as_str(), call.args.first()) {
                ("group_by" | "group_by_stable", Some(keys)) => self.columns(keys, before),
                ("having", _) => self.keys(&call.receiver, before),
                _ => {}
            }
        }
    }

    /// Columns given as expressions: one or an array of them.
    fn columns(&mut self, expr: &'a Expr, before: &Before<'a>) {
        match expr {
            Expr::Array(array) => {
                for element in &array.elems {
                    self.columns(element, before);
                }
            }
            Expr::Paren(inner) => self.columns(&inner.expr, before),
            Expr::Group(inner) => self.columns(&inner.expr, before),
            Expr::Reference(inner) => self.columns(&inner.expr, before),
            Expr::Path(path) => {
                if let Some((init, before)) = variable(&path.path, before)
                    && self.columns.insert(init)
                {
                    self.columns(init, &before);
                }
            }
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                match (method.as_str(), call.args.first()) {
                    ("alias", Some(name)) => self.literals(name),
                    (method, None) if places::keeps_names(method) || method == "into_column" => {
                        self.columns(&call.receiver, before);
                    }
                    _ => {}
                }
            }
            Expr::Call(call) => {
                if let Expr::Path(path) = &*call.func
                    && let [(argument, Place::New)] =
                        places::in_function(&path.path, call.args.len())
                    && let Some(name) = call.args.get(*argument)
                {
                    self.literals(name);
                }
            }
            _ => {}
        }
    }

    fn literals(&mut self, expr: &'a Expr) {
        let names = self.scope.names(expr);
        self.made.extend(names.literals.into_iter().map(Name::of));
    }

    fn is_seen(&self, expr: &Expr) -> bool {
        !self.scope.names(expr).unseen
    }

    /// `cols(["a", "b"])`, `"a"`
    fn is_literal_selector(&self, expr: &Expr) -> bool {
        let names = match expr {
            Expr::Call(call)
                if matches!(&*call.func, Expr::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "cols" || last.ident == "by_name")) =>
            {
                call.args.first()
            }
            other => Some(other),
        };
        names.is_some_and(|names| {
            let names = self.scope.names(names);
            let plain = |name: &&syn::LitStr| !collect::is_pattern(&name.value());
            !names.unseen && !names.literals.is_empty() && names.literals.iter().all(plain)
        })
    }
}

/// Whether a pattern is more than a literal or the name of a variant.
fn may_bind(pattern: &Pat) -> bool {
    match pattern {
        Pat::Lit(_) | Pat::Path(_) | Pat::Range(_) | Pat::Wild(_) => false,
        Pat::Or(either) => either.cases.iter().any(may_bind),
        Pat::Ident(name) => !name.ident.to_string().starts_with(char::is_uppercase),
        _ => true,
    }
}

/// What a variable stands for at a point, and the statements before that. Only a `let` that nothing
/// can have changed since.
fn variable<'a>(path: &syn::Path, before: &Before<'a>) -> Option<(&'a Expr, Before<'a>)> {
    let name = names::plain(path.get_ident()?);
    for (depth, statements) in before.iter().enumerate().rev() {
        for (index, statement) in statements.iter().enumerate().rev() {
            let Stmt::Local(local) = statement else {
                continue;
            };
            let pattern = match &local.pat {
                Pat::Type(typed) => &*typed.pat,
                other => other,
            };
            let Pat::Ident(pattern) = pattern else {
                // It may bind anything.
                return None;
            };
            if names::plain(&pattern.ident) != name {
                continue;
            }
            let init = local.init.as_ref()?;
            if pattern.mutability.is_some() || pattern.by_ref.is_some() || init.diverge.is_some() {
                return None;
            }
            let mut outer: Before<'a> = before.get(..depth)?.to_vec();
            outer.push(statements.get(..index)?);
            return Some((&init.expr, outer));
        }
    }
    None
}
