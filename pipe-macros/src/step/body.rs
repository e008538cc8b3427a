//! What a step's body says: the columns that it names and the functions that it calls.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ItemFn, Lit, Pat, Token};

use crate::errors::Errors;
use crate::{names, source_file};

/// Functions of Polars' prelude and of std's that a body may call by a bare name: their code is
/// covered by the version of their crate.
const FOREIGN: &[&str] = &[
    "all",
    "all_horizontal",
    "any_horizontal",
    "apply_binary",
    "arg_sort_by",
    "arg_where",
    "as_struct",
    "avg",
    "binary_expr",
    "by_name",
    "cast",
    "coalesce",
    "col",
    "collect_all",
    "cols",
    "concat",
    "concat_expr",
    "concat_lf_diagonal",
    "concat_lf_horizontal",
    "concat_list",
    "concat_str",
    "cov",
    "cum_fold_exprs",
    "cum_reduce_exprs",
    "date_range",
    "date_ranges",
    "datetime",
    "datetime_range",
    "datetime_ranges",
    "drop",
    "dtype_col",
    "dtype_cols",
    "duration",
    "element",
    "empty",
    "first",
    "fold_exprs",
    "format_str",
    "index_cols",
    "int_range",
    "int_ranges",
    "is_not_null",
    "is_null",
    "last",
    "len",
    "linear_space",
    "linear_spaces",
    "lit",
    "map_binary",
    "map_list_multiple",
    "map_multiple",
    "max",
    "max_horizontal",
    "mean",
    "mean_horizontal",
    "median",
    "min",
    "min_horizontal",
    "not",
    "nth",
    "pearson_corr",
    "quantile",
    "reduce_exprs",
    "repeat",
    "rolling_corr",
    "rolling_cov",
    "spearman_rank_corr",
    "sum",
    "sum_horizontal",
    "ternary_expr",
    "time_range",
    "time_ranges",
    "when",
];

/// The functions that a body calls or passes on by name and that may be the user's own.
pub(crate) struct Helpers {
    /// Those whose code counts.
    pub(crate) tracked: Vec<syn::Path>,
    /// Those that lack `#[tracked]`, with their place.
    untracked: Vec<(syn::Path, source_file::Unmarked)>,
}

impl Helpers {
    pub(crate) fn of(function: &ItemFn, untracked: &[String]) -> Self {
        let (mut tracked, mut lacking) = (Vec::new(), Vec::new());
        for path in calls(function, untracked) {
            match source_file::unmarked_function(&path) {
                Some(place) => lacking.push((path, place)),
                None => tracked.push(path),
            }
        }
        Self {
            tracked,
            untracked: lacking,
        }
    }

    /// Says which functions are called by `caller` without being tracked.
    pub(crate) fn report(&self, caller: &str, attribute: &str, errors: &mut Errors) {
        for (path, function) in &self.untracked {
            let last = path
                .segments
                .last()
                .map_or_else(String::new, |last| names::plain(&last.ident));
            let (name, place) = (names::readable(path), function.place(&last));
            errors.on(
                path,
                format!("{caller} calls `{name}`, whose code is not tracked: a change in it would go unnoticed\n{place}\nhelp: write `#[tracked]` above it, or opt out with `#[{attribute}(untracked({last}))]`"),
            );
        }
    }
}

fn calls(function: &ItemFn, untracked: &[String]) -> Vec<syn::Path> {
    let mut bound = Bound::default();
    bound.visit_item_fn(function);
    let mut calls = Calls {
        bound: bound.0,
        untracked,
        seen: HashSet::new(),
        paths: Vec::new(),
    };
    calls.visit_block(&function.block);
    calls.paths
}

/// Names that mean something local to the function: arguments, `let`, closure arguments, inner items.
#[derive(Default)]
struct Bound(HashSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.insert(names::plain(&pat.ident));
        visit::visit_pat_ident(self, pat);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        // The function's own name too: recursion is covered by its own digest.
        self.0.insert(names::plain(&function.sig.ident));
        visit::visit_item_fn(self, function);
    }

    fn visit_field_pat(&mut self, field: &'ast syn::FieldPat) {
        if let (syn::Member::Named(name), None) = (&field.member, &field.colon_token) {
            self.0.insert(names::plain(name));
        }
        visit::visit_field_pat(self, field);
    }
}

struct Calls<'a> {
    bound: HashSet<String>,
    untracked: &'a [String],
    seen: HashSet<String>,
    paths: Vec<syn::Path>,
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        if expr.qself.is_none() && self.may_be_own(&expr.path) {
            let mut path = expr.path.clone();
            for segment in &mut path.segments {
                segment.arguments = syn::PathArguments::None;
            }
            if self.seen.insert(names::readable(&path)) {
                self.paths.push(path);
            }
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(arguments) = macro_arguments(mac) {
            // The arguments live as long as this visit; the paths are cloned out of them.
            let mut inner = Calls {
                bound: std::mem::take(&mut self.bound),
                untracked: self.untracked,
                seen: std::mem::take(&mut self.seen),
                paths: std::mem::take(&mut self.paths),
            };
            for argument in &arguments {
                inner.visit_expr(argument);
            }
            self.bound = inner.bound;
            self.seen = inner.seen;
            self.paths = inner.paths;
        }
    }
}

impl Calls<'_> {
    fn may_be_own(&self, path: &syn::Path) -> bool {
        let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else {
            return false;
        };
        let name = names::plain(&last.ident);
        if !starts_lower(&name) || self.untracked.contains(&name) {
            return false;
        }
        if path.segments.len() == 1 {
            return path.leading_colon.is_none()
                && !self.bound.contains(&name)
                && !FOREIGN.contains(&name.as_str())
                && !source_file::is_foreign(&last.ident);
        }
        let local = first.ident == "crate"
            || first.ident == "self"
            || first.ident == "super"
            || source_file::is_own_module(&first.ident);
        let of_a_type = path
            .segments
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|segment| !starts_lower(&segment.ident.to_string()));
        local && !of_a_type
    }
}

fn starts_lower(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|c| c.is_lowercase() || c == '_')
}

/// The columns that a body names.
#[derive(Default)]
pub(crate) struct BodyColumns {
    /// Read by name: `col("…")` and the like.
    pub(crate) named: Vec<(String, Span)>,
    /// Made by name: `.alias("…")` and the like.
    pub(crate) made: Vec<String>,
    /// Whether the body makes names that cannot be seen here, so that none can be called wrong.
    pub(crate) opaque: bool,
    joins: bool,
}

impl BodyColumns {
    pub(crate) fn of(function: &ItemFn) -> Self {
        let mut columns = Self::default();
        columns.visit_block(&function.block);
        if columns.joins {
            // A join renames the right side's columns of names that the left side has, too.
            columns.named.retain(|(name, _)| !name.ends_with("_right"));
        }
        columns.named.retain(|(name, _)| !is_pattern(name));
        columns
    }

    fn name_all(&mut self, expr: &Expr) {
        for (name, span) in literals(expr) {
            self.named.push((name, span));
        }
    }

    fn make_all(&mut self, expr: &Expr) {
        self.made
            .extend(literals(expr).into_iter().map(|(name, _)| name));
    }
}

/// `col("*")` and `col("^…$")` stand for any number of columns.
fn is_pattern(name: &str) -> bool {
    name == "*" || name.is_empty() || (name.starts_with('^') && name.ends_with('$'))
}

impl<'ast> Visit<'ast> for BodyColumns {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(function) = path.path.segments.last()
            && let Some(first) = call.args.first()
        {
            match function.ident.to_string().as_str() {
                "col" | "cols" | "by_name" => self.name_all(first),
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        match call.method.to_string().as_str() {
            "alias" | "with_row_index" => {
                if let Some(name) = call.args.first() {
                    self.make_all(name);
                }
            }
            "rename" => {
                for (argument, make) in call.args.iter().zip([false, true]) {
                    if make {
                        self.make_all(argument);
                    } else {
                        self.name_all(argument);
                    }
                }
            }
            "name" | "unnest" | "pivot" | "unpivot" | "to_dummies" | "map" | "value_counts" => {
                self.opaque = true;
            }
            "join" | "join_builder" | "left_join" | "inner_join" | "full_join" | "cross_join" => {
                self.joins = true;
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(arguments) = macro_arguments(mac) {
            let mut inner = std::mem::take(self);
            for argument in &arguments {
                inner.visit_expr(argument);
            }
            *self = inner;
        } else if mac
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "df")
        {
            self.made.extend(keys(mac.tokens.clone()));
        }
    }
}

/// The arguments of a macro that takes expressions, such as `vec!`.
fn macro_arguments(mac: &syn::Macro) -> Option<Punctuated<Expr, Token![,]>> {
    mac.parse_body_with(Punctuated::parse_terminated).ok()
}

/// The names in `df!("a" => …, "b" => …)`.
fn keys(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [TokenTree::Literal(key), TokenTree::Punct(arrow)] if arrow.as_char() == '=' => {
                syn::parse_str::<syn::LitStr>(&key.to_string())
                    .ok()
                    .map(|key| key.value())
            }
            _ => None,
        })
        .collect()
}

/// The string literals of an expression: itself, or those in an array, `vec![…]` or reference.
fn literals(expr: &Expr) -> Vec<(String, Span)> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => vec![(text.value(), text.span())],
            _ => Vec::new(),
        },
        Expr::Array(array) => array.elems.iter().flat_map(literals).collect(),
        Expr::Reference(reference) => literals(&reference.expr),
        Expr::Macro(mac) => macro_arguments(&mac.mac)
            .iter()
            .flatten()
            .flat_map(literals)
            .collect(),
        _ => Vec::new(),
    }
}

/// The name that a pattern binds, if it is no more than a name.
pub(crate) fn simple_pattern(pat: &Pat) -> Option<&syn::Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(text: &str) -> ItemFn {
        syn::parse_str(text).expect("a function")
    }

    #[test]
    fn helpers_are_the_functions_that_may_be_the_users_own() {
        let function = function(
            r#"fn f(a: LazyFrame, scale: fn(Expr) -> Expr) -> LazyFrame {
                let local = |e: Expr| e;
                fn inner(e: Expr) -> Expr { e }
                a.select(vec![normalise(col("x")), crate::clean::trim(lit(1)), scale(local(inner(y()))), Foo::bar(f(a))])
                    .map(passed_on).filter(std::mem::take(x)).pipe(Some)
            }"#,
        );
        let found: Vec<_> = calls(&function, &["y".to_owned()])
            .iter()
            .map(names::readable)
            .collect();
        assert_eq!(found, ["normalise", "crate::clean::trim", "passed_on", "x"]);
    }

    #[test]
    fn columns_are_found_wherever_they_are_named() {
        let function = function(
            r#"fn f(a: LazyFrame) -> LazyFrame {
                a.select(vec![col("a").alias("b"), cols(["c", "d"]).sum()])
                    .with_columns([polars::prelude::col("e"), col("^x.*$"), col("*"), col(name)])
                    .drop_nulls(Some(by_name(["g"], true, false)))
                    .rename(["h"], ["i"], true)
            }"#,
        );
        let columns = BodyColumns::of(&function);
        let mut named: Vec<_> = columns
            .named
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        named.sort_unstable();
        assert_eq!(named, ["a", "c", "d", "e", "g", "h"]);
        let mut made = columns.made;
        made.sort_unstable();
        assert_eq!(made, ["b", "i"]);
        assert!(!columns.opaque);
    }
}
