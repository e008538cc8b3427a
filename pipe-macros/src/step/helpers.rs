//! The user's own code that a step's body uses: functions and constants. It is part of the step's key.

use syn::{ItemFn, ItemImpl};

use super::own_code::{OwnCode, Used};
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
    pub(crate) tracked: Vec<Used>,
    /// Constants, whose values count.
    pub(crate) constants: Vec<Used>,
    /// Functions that lack `#[tracked]`, with their place.
    untracked: Vec<(syn::Path, source_file::Unmarked)>,
}

impl Helpers {
    pub(crate) fn of(function: &ItemFn, untracked: &[String]) -> Self {
        Self::sorted(OwnCode::of_function(function, untracked))
    }

    /// What all functions of an `impl` use.
    pub(crate) fn of_impl(item: &ItemImpl, untracked: &[String]) -> Self {
        Self::sorted(OwnCode::of_impl(item, untracked))
    }

    fn sorted(own: OwnCode) -> Self {
        let (mut tracked, mut lacking) = (Vec::new(), Vec::new());
        for function in own.functions {
            match source_file::unmarked_function(&function.path) {
                Some(place) => lacking.push((function.path, place)),
                None => tracked.push(function),
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
            let (name, place) = (names::readable(path), function.place());
            errors.on(
                path,
                format!("{caller} calls `{name}`, whose code is not tracked: a change in it would go unnoticed\n{place}\nhelp: write `#[tracked]` above it, or opt out with `#[{attribute}(untracked({last}))]`"),
            );
        }
    }
}
