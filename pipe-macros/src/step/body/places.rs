//! What the functions and methods of Polars 0.55 do with names of columns.
//!
//! A method is known by its name and its number of arguments alone, so what is in these lists is what
//! cannot be meant otherwise. What is in none of them may do anything: then less is said about the
//! body, never something wrong.

use crate::step::helpers;

/// What the strings in an argument are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Columns that are there.
    Column,
    /// Columns, because a bare string becomes one where an expression is wanted.
    Expression,
    /// Columns that are there from here on.
    New,
}

/// What a function, known by its path, gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Function {
    /// What it is given: `Ok(…)`.
    Wrapper,
    /// An expression or a selector, whose columns are named in its arguments.
    Expression,
    /// An expression or a selector that names no columns: `all()`.
    Unnamed,
    Frame,
    /// A frame with columns that nobody knows.
    File,
    /// Something without frames and without names of columns.
    Value,
    Unknown,
}

pub(super) fn function(path: &syn::Path) -> Function {
    let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let Some((name, before)) = segments.split_last() else {
        return Function::Unknown;
    };
    if let Some(ty) = before.last().filter(|ty| is_type(ty) || is_number(ty)) {
        return associated(ty, name);
    }
    match name.as_str() {
        "Ok" | "Some" | "Err" => Function::Wrapper,
        _ if !before.iter().all(|module| listed(MODULES, module)) => Function::Unknown,
        "df" | "concat" | "concat_lf_diagonal" | "concat_lf_horizontal" => Function::Frame,
        "all" | "first" | "last" | "nth" | "index_cols" | "dtype_col" | "dtype_cols" => {
            Function::Unnamed
        }
        "drop" => Function::Value,
        _ if name.starts_with("scan_") || name.starts_with("read_") => Function::File,
        _ if helpers::FOREIGN.contains(&name.as_str()) => Function::Expression,
        _ => Function::Unknown,
    }
}

fn associated(ty: &str, name: &str) -> Function {
    match (ty, name) {
        ("Box" | "Arc" | "Rc", "new")
        | ("Frame" | "LazyFrame" | "DataFrame" | "From", "from")
        | ("Into", "into") => Function::Wrapper,
        (_, name) if name.starts_with("scan_") => Function::File,
        ("DataFrame", name) if name.starts_with("from_rows") => Function::File,
        ("DataFrame" | "LazyFrame", _) => Function::Frame,
        _ if ty.ends_with("Reader") || ty.ends_with("ReadOptions") => Function::File,
        _ if is_number(ty)
            || listed(VALUES, ty)
            || VALUE_ENDINGS.split(' ').any(|end| ty.ends_with(end)) =>
        {
            Function::Value
        }
        _ => Function::Unknown,
    }
}

fn is_number(ty: &str) -> bool {
    listed(
        "f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize",
        ty,
    )
}

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

fn is_type(segment: &str) -> bool {
    segment.starts_with(char::is_uppercase)
}

const MODULES: &str = "polars pipe_core prelude lazy dsl functions pl";

/// Types of Polars and of std that hold neither frames nor expressions.
const VALUES: &str = "AnyValue BTreeMap BTreeSet ChunkedArray Column Cow DataType Default Duration ExplodeOptions Field HashMap \
    HashSet IsSorted JoinCoalesce JoinType JoinValidation MaintainOrderJoin NaiveDate \
    NaiveDateTime NaiveTime NonZero Option PlHashMap PlSmallStr QuantileMethod RoundMode Scalar \
    Series String TimeDelta TimeUnit TimeZone Vec";

const VALUE_ENDINGS: &str = "Args Chunked ChunkedBuilder Interval Options Strategy Window";

/// Places in the arguments of a function.
pub(super) fn in_function(path: &syn::Path, arguments: usize) -> &'static [(usize, Place)] {
    let Some(last) = path.segments.last() else {
        return &[];
    };
    let name = last.ident.to_string();
    let ty = path
        .segments
        .iter()
        .rev()
        .nth(1)
        .map(|s| s.ident.to_string());
    if let Some(ty) = ty.filter(|ty| is_type(ty)) {
        return match ty.as_str() {
            "Column" | "Series" | "Field" | "ChunkedArray" if arguments > 1 => &[(0, Place::New)],
            _ if arguments > 1 && (ty.ends_with("Chunked") || ty.ends_with("ChunkedBuilder")) => {
                &[(0, Place::New)]
            }
            _ => &[],
        };
    }
    match name.as_str() {
        "col" | "cols" | "by_name" | "sum" | "min" | "max" | "mean" | "avg" | "median"
        | "quantile" => &[(0, Place::Column)],
        "when" | "arg_where" | "repeat" | "as_list" | "concat_list" | "concat_expr" => {
            &[(0, Place::Expression)]
        }
        _ => &[],
    }
}

/// The column that a function makes without being told a name.
pub(super) fn implied(function: &str) -> Option<&'static str> {
    match function {
        "len" => Some("len"),
        "lit" => Some("literal"),
        "repeat" => Some("repeat"),
        "datetime" => Some("datetime"),
        "duration" => Some("duration"),
        _ => None,
    }
}

/// Places in the arguments of a method of a frame, an expression, a series.
pub(super) fn in_method(method: &str, arguments: usize) -> &'static [(usize, Place)] {
    use Place::{Column, New};
    match (method, arguments) {
        (
            "group_by"
            | "group_by_stable"
            | "over"
            | "column"
            | "get_column_index"
            | "try_get_column_index"
            | "drop"
            | "drop_in_place"
            | "drop_many"
            | "drop_nulls"
            | "drop_nans"
            | "select",
            1,
        )
        | ("sort" | "sort_by" | "explode" | "partition_by" | "partition_by_stable", 2)
        | (
            "unique"
            | "unique_stable"
            | "unique_generic"
            | "unique_stable_generic"
            | "over_with_options"
            | "sort_in_place"
            | "select_to_vec",
            _,
        ) => &[(0, Column)],
        ("merge_sorted", 2) | ("top_k_by" | "bottom_k_by", 3) => &[(1, Column)],
        ("left_join" | "inner_join" | "full_join" | "semi_join" | "anti_join", 3)
        | ("join", 4 | 5) => &[(1, Column), (2, Column)],
        ("rename", 2 | 3) => &[(0, Column), (1, New)],
        (
            "rename" | "alias" | "with_name" | "field_by_name" | "set_column_names" | "to_struct"
            | "into_struct" | "collect_ca",
            1,
        )
        | ("with_row_index" | "with_row_index_mut", 2) => &[(0, New)],
        ("value_counts", 4) => &[(2, New)],
        _ => &[],
    }
}

/// Places where an expression is wanted, in the arguments of a method of an expression.
pub(super) fn wants_expressions(method: &str) -> &'static [(usize, Place)] {
    use Place::Expression;
    match method {
        "eq" | "eq_missing" | "neq" | "neq_missing" | "lt" | "gt" | "gt_eq" | "lt_eq"
        | "append" | "index_of" | "search_sorted" | "gather" | "get" | "fill_null" | "fill_nan"
        | "and" | "or" | "xor" | "logical_and" | "logical_or" | "filter" | "is_in"
        | "repeat_by" | "dot" | "pow" | "then" | "otherwise" | "when" | "rolling" => {
            &[(0, Expression)]
        }
        "replace" | "replace_strict" | "is_between" | "slice" | "shift_and_fill" | "is_close" => {
            &[(0, Expression), (1, Expression)]
        }
        _ => &[],
    }
}

/// The same for a method of a frame.
pub(super) fn frame_wants_expressions(method: &str) -> &'static [(usize, Place)] {
    match method {
        "fill_null" | "fill_nan" => &[(0, Place::Expression)],
        "shift_and_fill" => &[(1, Place::Expression)],
        _ => &[],
    }
}

/// Methods after which another type's methods follow: `.str().replace("a", "b")`.
pub(super) fn is_namespace(method: &str) -> bool {
    matches!(
        method,
        "arr" | "binary" | "cat" | "dt" | "ext" | "list" | "meta" | "name" | "str" | "struct_"
    )
}

/// Whether columns come out that are named nowhere.
pub(super) fn makes_unseen_names(method: &str) -> bool {
    matches!(
        method,
        "pivot" | "unnest" | "to_dummies" | "transpose" | "transpose_impl"
    )
}

/// Whether two frames become one, so that columns come from the other one.
pub(super) fn joins(method: &str) -> bool {
    matches!(
        method,
        "join"
            | "join_builder"
            | "left_join"
            | "inner_join"
            | "full_join"
            | "semi_join"
            | "anti_join"
            | "cross_join"
            | "join_asof"
            | "join_asof_by"
    )
}

/// Whether columns that are not named do not come out.
pub(super) fn projects(method: &str) -> bool {
    matches!(method, "select" | "select_seq" | "agg")
}

/// Methods of a frame that give something else.
pub(super) fn leaves_the_frame(method: &str) -> bool {
    matches!(
        method,
        "column"
            | "columns"
            | "height"
            | "width"
            | "shape"
            | "schema"
            | "collect_schema"
            | "get_column_names"
            | "get_column_names_owned"
            | "get_column_index"
            | "try_get_column_index"
            | "explain"
            | "describe_plan"
    )
}

/// Methods of a frame after which every column is there that was there before.
pub(super) fn keeps_columns(method: &str) -> bool {
    listed(FRAME_METHODS, method) || joins(method) || listed(KEEPS_ALL, method)
}

/// They touch columns that they do not name.
const KEEPS_ALL: &str =
    "cast_all drop_nans drop_nulls fill_nan fill_null null_count unique unique_stable";

/// Methods of a frame that neither touch nor make columns but those that are named in them, and let
/// all others pass.
const FRAME_METHODS: &str = "allow_parallel bottom_k cache clone coalesce collect explode filter finish force_parallel \
    head how into join_nulls lazy left_on limit maintain_order on remove reverse right_on slice \
    sort sort_by_exprs suffix tail top_k validate with with_column with_columns with_columns_seq \
    with_new_streaming with_optimizations with_row_index";

/// Methods of a frame that do not touch columns but those that are named in them.
pub(super) fn touches_named_columns(method: &str) -> bool {
    listed(FRAME_METHODS, method)
        || joins(method)
        || projects(method)
        || matches!(
            method,
            "drop"
                | "drop_nulls"
                | "drop_nans"
                | "group_by"
                | "group_by_stable"
                | "having"
                | "rename"
                | "unique"
                | "unique_stable"
        )
}

/// Methods whose argument may be `None` for all columns.
pub(super) fn means_all_by_none(method: &str) -> bool {
    matches!(
        method,
        "drop_nulls" | "drop_nans" | "unique" | "unique_stable"
    )
}

/// Methods of an expression that touch nothing but it and their arguments. There are many more; a
/// method that is not here may as well be a user's own.
pub(super) fn is_plain_expression_method(method: &str) -> bool {
    !wants_expressions(method).is_empty() || listed(EXPRESSION_METHODS, method)
}

const EXPRESSION_METHODS: &str = "abs alias all any arg_max arg_min arg_sort arr as_expr binary cast cat ceil century clip \
    clip_max clip_min clone col contains contains_literal convert_time_zone count count_matches \
    cum_count cum_max cum_min cum_prod cum_sum date day days_in_month diff drop_nans drop_nulls \
    dt ends_with exp explode extract extract_all fill_null_with_strategy find first floor \
    floor_div has_nulls hash head hour implode interpolate into is_duplicated is_finite \
    is_first_distinct is_infinite is_last_distinct is_leap_year is_nan is_not_nan is_not_null \
    is_null is_sorted is_unique iso_year item join last len len_bytes len_chars list log max \
    mean median microsecond millisecond min minute mode month month_end month_start n_unique \
    nanosecond neg not null_count offset_by ordinal_day over pad_end pad_start pct_change \
    product quantile quarter rank replace_all reverse round round_sig_figs second shift sign \
    sort sort_by split sqrt starts_with std str strftime strict_cast strip_chars strip_chars_end \
    strip_chars_start strip_prefix strip_suffix strptime sum tail time timestamp to_date \
    to_datetime to_decimal to_integer to_lowercase to_string to_time to_uppercase top_k top_k_by \
    total_days total_hours total_minutes total_seconds true_div truncate unique unique_stable \
    var week weekday year zfill";

/// Methods that give the names they are called on.
pub(super) fn keeps_names(method: &str) -> bool {
    matches!(
        method,
        "as_ref"
            | "as_slice"
            | "as_str"
            | "clone"
            | "cloned"
            | "collect"
            | "copied"
            | "into"
            | "into_iter"
            | "iter"
            | "to_owned"
            | "to_string"
            | "to_vec"
    )
}

/// `Some("a")`, `PlSmallStr::from_static("a")`
pub(super) fn makes_a_name(path: &syn::Path) -> bool {
    let mut segments = path.segments.iter().rev().map(|s| s.ident.to_string());
    let (name, ty) = (segments.next(), segments.next());
    match (ty.as_deref(), name.as_deref()) {
        (None, Some("Some" | "Ok")) => true,
        (Some("String" | "PlSmallStr" | "Cow" | "Box" | "Arc" | "Vec"), Some(name)) => {
            matches!(
                name,
                "from" | "from_static" | "from_str" | "new" | "Borrowed" | "Owned"
            )
        }
        _ => false,
    }
}

/// Types of parameters that can neither name columns nor be expressions.
pub(super) fn is_plain_value(ty: &syn::Type) -> bool {
    const TYPES: &str = "DateTime NaiveDate NaiveDateTime NaiveTime TimeDelta bool f32 f64 i128 i16 i32 i64 i8 isize \
        u128 u16 u32 u64 u8 usize";
    matches!(ty, syn::Type::Path(path)
        if path.path.segments.last().is_some_and(|last| listed(TYPES, &last.ident.to_string())))
}
