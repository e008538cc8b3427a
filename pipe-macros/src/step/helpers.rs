//! The user's own code that a step's body uses: functions and constants. It is part of the step's key.

use std::collections::HashSet;

use syn::ItemFn;
use syn::visit::{self, Visit};

use super::body::macro_arguments;
use crate::errors::Errors;
use crate::{names, source_file};

/// Functions and constants of Polars' prelude and of std's that a body may name without a path: their code is
/// covered by the version of their crate.
pub(super) const FOREIGN: &[&str] = &[
    "NULL",
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

/// The functions that a body calls or passes on by name and the constants that it reads, where they
/// may be the user's own.
pub(crate) struct Helpers {
    /// Functions whose code counts.
    pub(crate) tracked: Vec<syn::Path>,
    /// Constants, whose values count.
    pub(crate) constants: Vec<syn::Path>,
    /// Functions that lack `#[tracked]`, with their place.
    untracked: Vec<(syn::Path, source_file::Unmarked)>,
}

impl Helpers {
    pub(crate) fn of(function: &ItemFn, untracked: &[String]) -> Self {
        let (mut tracked, mut lacking) = (Vec::new(), Vec::new());
        let own = OwnCode::of(function, untracked);
        for path in own.functions {
            match source_file::unmarked_function(&path) {
                Some(place) => lacking.push((path, place)),
                None => tracked.push(path),
            }
        }
        Self {
            tracked,
            constants: own.constants,
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

    fn visit_item_const(&mut self, constant: &'ast syn::ItemConst) {
        self.0.insert(names::plain(&constant.ident));
        visit::visit_item_const(self, constant);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.0.insert(names::plain(&item.ident));
        visit::visit_item_static(self, item);
    }

    fn visit_field_pat(&mut self, field: &'ast syn::FieldPat) {
        if let (syn::Member::Named(name), None) = (&field.member, &field.colon_token) {
            self.0.insert(names::plain(name));
        }
        visit::visit_field_pat(self, field);
    }
}

/// Collects paths to what may be the user's own.
struct OwnCode<'a> {
    bound: HashSet<String>,
    untracked: &'a [String],
    seen: HashSet<String>,
    functions: Vec<syn::Path>,
    constants: Vec<syn::Path>,
}

impl<'ast> Visit<'ast> for OwnCode<'_> {
    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        if expr.qself.is_none() {
            self.note(&expr.path);
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(arguments) = macro_arguments(mac) {
            // The arguments live as long as this visit; the paths are cloned out of them.
            let mut inner = OwnCode {
                bound: std::mem::take(&mut self.bound),
                untracked: self.untracked,
                seen: std::mem::take(&mut self.seen),
                functions: std::mem::take(&mut self.functions),
                constants: std::mem::take(&mut self.constants),
            };
            for argument in &arguments {
                inner.visit_expr(argument);
            }
            *self = OwnCode {
                untracked: self.untracked,
                ..inner
            };
        }
    }
}

impl<'a> OwnCode<'a> {
    fn of(function: &ItemFn, untracked: &'a [String]) -> Self {
        let mut bound = Bound::default();
        bound.visit_item_fn(function);
        let mut own = Self {
            bound: bound.0,
            untracked,
            seen: HashSet::new(),
            functions: Vec::new(),
            constants: Vec::new(),
        };
        own.visit_block(&function.block);
        own
    }

    fn note(&mut self, path: &syn::Path) {
        let Some(last) = path.segments.last() else {
            return;
        };
        let name = names::plain(&last.ident);
        let to = if starts_lower(&name) {
            &mut self.functions
        } else if is_screaming(&name) {
            &mut self.constants
        } else {
            // Types and variants.
            return;
        };
        if self.untracked.contains(&name) || !may_be_own(path, &name, &self.bound) {
            return;
        }
        let mut path = path.clone();
        for segment in &mut path.segments {
            segment.arguments = syn::PathArguments::None;
        }
        if self.seen.insert(names::readable(&path)) {
            to.push(path);
        }
    }
}

fn may_be_own(path: &syn::Path, name: &str, bound: &HashSet<String>) -> bool {
    let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else {
        return false;
    };
    if path.segments.len() == 1 {
        return path.leading_colon.is_none()
            && !bound.contains(name)
            && !FOREIGN.contains(&name)
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

/// `MAX_DELAY`
fn is_screaming(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
}

fn starts_lower(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|c| c.is_lowercase() || c == '_')
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
        let untracked = ["y".to_owned()];
        let own = OwnCode::of(&function, &untracked);
        let found: Vec<_> = own.functions.iter().map(names::readable).collect();
        assert_eq!(found, ["normalise", "crate::clean::trim", "passed_on", "x"]);
    }

    #[test]
    fn constants_are_those_that_may_be_the_users_own() {
        let function = function(
            r#"fn f(a: LazyFrame) -> LazyFrame {
                const HERE: i64 = 1;
                a.filter(col("x").gt(lit(LIMIT)).and(lit(crate::units::MILE)).or(lit(f64::NAN)))
                    .fill_null(NULL.lit()).limit(Limits::ROWS).slice(HERE, vec![LIMIT, super::ROWS][0])
            }"#,
        );
        let own = OwnCode::of(&function, &[]);
        let found: Vec<_> = own.constants.iter().map(names::readable).collect();
        assert_eq!(found, ["LIMIT", "crate::units::MILE", "super::ROWS"]);
    }
}
