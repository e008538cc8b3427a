//! The columns that a step's body names.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ItemFn, Lit, Pat, Token};

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

    /// The columns that an expression names.
    pub(crate) fn of_expression(expr: &Expr) -> Self {
        let mut columns = Self::default();
        columns.visit_expr(expr);
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
pub(super) fn macro_arguments(mac: &syn::Macro) -> Option<Punctuated<Expr, Token![,]>> {
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
