//! Walks through a body and notes what it does with names of columns.

use std::collections::HashSet;

use syn::visit::{self, Visit};
use syn::{Expr, Lit, LitStr};

use super::places::{self, Function, Place};
use super::scope::{Kind, Scope};
use super::{Body, Meeting, Name, Projection};
use crate::names;

pub(super) struct Collector<'s, 'a> {
    scope: &'s Scope<'a>,
    body: &'s mut Body,
    /// The literals that were noted as names, so that a variable used twice is one of them.
    noted: HashSet<usize>,
    /// Whether this is inside of `lit(…)`: a value, whatever it is made of.
    in_literal: bool,
}

/// Tells one literal from another.
pub(super) fn identity(literal: &LitStr) -> usize {
    std::ptr::from_ref(literal).addr()
}

impl<'s, 'a> Collector<'s, 'a> {
    pub(super) fn run(scope: &'s Scope<'a>, block: &'a syn::Block, body: &'s mut Body) {
        let mut collector = Self {
            scope,
            body,
            noted: HashSet::new(),
            in_literal: false,
        };
        collector.visit_block(block);
    }

    fn note(&mut self, place: Place, argument: &Expr) {
        let names = self.scope.names(argument);
        for literal in names.literals {
            let name = Name::of(literal);
            if place == Place::New {
                self.body.made.push(name.text);
            } else if is_pattern(&name.text) {
                self.body.touches_unnamed = true;
            } else if self.noted.insert(name.id) {
                self.body.named.push((name, place == Place::Expression));
            }
        }
        // Where an expression is wanted, numbers and the like are welcome.
        if names.unseen && place != Place::Expression {
            self.body.touches_unnamed = true;
            self.body.makes_unseen |= place == Place::New;
        }
    }

    fn note_places(&mut self, places: &[(usize, Place)], call: &syn::ExprMethodCall) {
        for (argument, place) in places {
            if let Some(argument) = call.args.get(*argument) {
                self.note(*place, argument);
            }
        }
    }

    fn note_affix(&mut self, call: &syn::ExprMethodCall) {
        let names = call.args.first().map(|argument| self.scope.names(argument));
        let affixes = if call.method == "prefix" {
            &mut self.body.prefixes
        } else {
            &mut self.body.suffixes
        };
        match names {
            Some(names) if !names.unseen => {
                affixes.extend(names.literals.iter().map(|literal| literal.value()));
            }
            _ => self.body.makes_unseen = true,
        }
    }

    /// What follows `.name()`.
    fn note_new_name(&mut self, call: &syn::ExprMethodCall) {
        self.body.touches_unnamed = true;
        match call.method.to_string().as_str() {
            "prefix" | "suffix" => self.note_affix(call),
            "map" | "replace" | "to_lowercase" | "to_uppercase" => self.body.makes_unseen = true,
            // `keep`, the names of fields, the name of a series.
            _ => {}
        }
    }

    fn note_method(&mut self, call: &syn::ExprMethodCall) {
        let method = call.method.to_string();
        let kind = self.scope.kind(&call.receiver);
        if let Expr::MethodCall(inner) = &*call.receiver
            && places::is_namespace(&inner.method.to_string())
            && inner.args.is_empty()
        {
            if inner.method == "name" {
                self.note_new_name(call);
            }
            if method == "field_by_name" {
                self.note_places(places::in_method(&method, call.args.len()), call);
            }
        } else {
            self.note_places(places::in_method(&method, call.args.len()), call);
            match kind {
                Kind::Expression => self.note_places(places::wants_expressions(&method), call),
                Kind::Frame => self.note_places(places::frame_wants_expressions(&method), call),
                _ => {}
            }
        }
        match method.as_str() {
            "suffix" | "with_suffix" if kind != Kind::Expression => self.note_affix(call),
            "cross_join" => {
                if let Some(suffix) = call.args.get(1) {
                    self.note_suffix(suffix);
                }
            }
            "apply" | "try_apply" => {
                // Of a frame: the column's name comes first.
                if let Some(name) = call.args.first()
                    && !self.scope.names(name).literals.is_empty()
                {
                    self.note(Place::Column, name);
                }
            }
            "unpivot" => self.imply(["variable", "value"]),
            "group_by_dynamic" => self.imply(["_lower_boundary", "_upper_boundary"]),
            // Of a frame, by a function that is not here.
            "map" if call.args.len() == 4 && !matches!(call.args[0], Expr::Closure(_)) => {
                self.body.makes_unseen = true;
            }
            _ => {}
        }
        if places::joins(&method) && kind != Kind::Expression {
            self.body.suffixes.push("_right".to_owned());
            self.body.meeting = self.body.meeting.max(Meeting::Joins);
        } else if method == "merge_sorted" || method == "with_context" {
            self.body.meeting = Meeting::Otherwise;
        }
        if places::projects(&method) {
            self.body.projection = self.body.projection.max(Projection::Somewhere);
        }
        self.body.makes_unseen |= places::makes_unseen_names(&method);
        self.body.touches_unnamed |= self.may_touch_unnamed(&method, kind, call);
    }

    /// Notes columns that Polars names.
    fn imply(&mut self, names: impl IntoIterator<Item = &'static str>) {
        let names = names.into_iter().map(str::to_owned);
        self.body.made.extend(names);
    }

    fn note_suffix(&mut self, suffix: &Expr) {
        let names = self.scope.names(suffix);
        self.body.makes_unseen |= names.unseen;
        let suffixes = names.literals.iter().map(|literal| literal.value());
        self.body.suffixes.extend(suffixes);
    }

    fn may_touch_unnamed(&self, method: &str, kind: Kind, call: &syn::ExprMethodCall) -> bool {
        if self.in_literal || places::keeps_names(method) {
            return false;
        }
        let all = call.args.first().is_some_and(is_none);
        match kind {
            Kind::Value | Kind::ColumnName => false,
            Kind::Expression => !places::is_plain_expression_method(method),
            Kind::Frame | Kind::Unknown => {
                !places::touches_named_columns(method) || (all && places::means_all_by_none(method))
            }
        }
    }

    fn note_call(&mut self, path: &syn::Path, call: &syn::ExprCall) {
        let function = places::function(path);
        let local = path
            .get_ident()
            .is_some_and(|name| self.scope.binds(&names::plain(name)));
        let Some(last) = path.segments.last() else {
            return;
        };
        for (argument, place) in places::in_function(path, call.args.len()) {
            if let Some(argument) = call.args.get(*argument) {
                self.note(*place, argument);
            }
        }
        if last.ident == "df" && function == Function::Frame {
            for name in call.args.iter().step_by(2) {
                self.note(Place::New, name);
            }
        }
        if function == Function::Expression {
            self.imply(places::implied(&last.ident.to_string()));
        }
        if function == Function::Frame && last.ident.to_string().starts_with("concat") {
            self.body.meeting = Meeting::Otherwise;
        }
        self.body.makes_unseen |= function == Function::File;
        let harmless = matches!(
            function,
            Function::Wrapper | Function::Expression | Function::Frame | Function::Value
        );
        self.body.touches_unnamed |= !(harmless || local || self.in_literal);
        self.body.calls_unseen |= function == Function::Unknown && !(local || self.in_literal);
    }

    /// A function that is passed on, a constant or a parameter: it may name columns.
    fn may_name(&self, path: &syn::Path) -> bool {
        let Some(last) = path.segments.last() else {
            return false;
        };
        let name = names::plain(&last.ident);
        if path.segments.len() == 1 {
            let own = !self.scope.binds(&name) && name != "None" && name != "NULL";
            return own || self.scope.hides(&name);
        }
        let variant = name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
        !variant && places::function(path) != Function::Value
    }
}

/// `col("*")` and `col("^…$")` stand for any number of columns.
pub(super) fn is_pattern(name: &str) -> bool {
    name == "*" || name.is_empty() || (name.starts_with('^') && name.ends_with('$'))
}

fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "None"))
}

impl<'a> Visit<'a> for Collector<'_, 'a> {
    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        let Expr::Path(function) = &*call.func else {
            visit::visit_expr_call(self, call);
            return;
        };
        self.note_call(&function.path, call);
        let outer = self.in_literal;
        self.in_literal |= function
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "lit");
        for argument in &call.args {
            self.visit_expr(argument);
        }
        self.in_literal = outer;
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        // In the order in which they stand.
        self.visit_expr(&call.receiver);
        self.note_method(call);
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_try(&mut self, tried: &'a syn::ExprTry) {
        // Grouped at once: `x_mean`, `x_sum`.
        if let Expr::MethodCall(call) = &*tried.expr {
            self.body.makes_unseen |= call.method == "group_by" || call.method == "group_by_stable";
        }
        visit::visit_expr_try(self, tried);
    }

    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        self.body.touches_unnamed |= !self.in_literal && self.may_name(&path.path);
    }

    fn visit_expr_struct(&mut self, literal: &'a syn::ExprStruct) {
        for field in &literal.fields {
            match &field.member {
                syn::Member::Named(name) if name == "variable_name" || name == "value_name" => {
                    self.note(Place::New, &field.expr);
                }
                syn::Member::Named(name) if name == "suffix" => self.note_suffix(&field.expr),
                _ => {}
            }
        }
        visit::visit_expr_struct(self, literal);
    }

    fn visit_lit(&mut self, literal: &'a Lit) {
        if let Lit::Str(text) = literal {
            self.body.texts.push((text.value(), identity(text)));
        }
    }
}
