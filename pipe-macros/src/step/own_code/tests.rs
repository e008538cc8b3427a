//! What counts as the user's own code in a body, and what does not.

use super::*;

fn own_code(text: &str) -> OwnCode {
    let function = syn::parse_str(text).expect("a function");
    OwnCode::of_function(&function, &["y".to_owned()])
}

fn functions(text: &str) -> Vec<String> {
    own_code(text)
        .functions
        .iter()
        .map(|used| names::readable(&used.path))
        .collect()
}

fn constants(text: &str) -> Vec<String> {
    own_code(text)
        .constants
        .iter()
        .map(|used| names::readable(&used.path))
        .collect()
}

#[test]
fn helpers_are_the_functions_that_may_be_the_users_own() {
    let found = functions(
        r#"fn f(a: LazyFrame, scale: fn(Expr) -> Expr) -> LazyFrame {
            let local = |e: Expr| e;
            fn inner(e: Expr) -> Expr { e }
            a.select(vec![normalise(col("x")), crate::clean::trim(lit(1)), scale(local(inner(y()))), Foo::bar(f(a))])
                .map(passed_on).filter(std::mem::take(x)).pipe(Some)
        }"#,
    );
    assert_eq!(found, ["normalise", "crate::clean::trim", "passed_on", "x"]);
}

#[test]
fn a_name_is_what_is_bound_to_it_where_it_stands() {
    // The call comes before the variable.
    assert_eq!(functions("fn f(a: A) -> A { let g = g(a); g }"), ["g"]);
    assert_eq!(
        functions("fn f(a: A) -> A { { let g = a; g(); } g(a) }"),
        ["g"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { a.map(|g| g(1)); g(a) }"),
        ["g"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { if let Some(g) = g(a) { g() } else { h(a) } }"),
        ["g", "h"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { match g(a) { h => h(1) } }"),
        ["g"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { for g in g(a) { g() } g() }"),
        ["g"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { later(a); fn later(a: A) { other(a) } }"),
        ["other"]
    );
    assert_eq!(functions("fn f(g: G) -> A { g(1) }"), Vec::<String>::new());
}

#[test]
fn names_are_followed_through_imports_in_the_body() {
    assert_eq!(
        functions("fn f(a: A) -> A { use crate::units::{self, hours as h}; h(a); units::days(a) }"),
        ["crate::units::hours", "crate::units::days"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { use std::mem::take; take(a) }"),
        Vec::<String>::new()
    );
}

#[test]
fn what_a_glob_in_the_body_may_bring_is_looked_for_there() {
    let globs = |text: &str| {
        let used = own_code(text).functions;
        let globs = used.iter().map(|used| {
            let globs: Vec<_> = used.globs.iter().map(names::readable).collect();
            format!("{}: {}", names::readable(&used.path), globs.join(" "))
        });
        globs.collect::<Vec<_>>()
    };
    assert_eq!(
        globs(
            "fn f(a: A) -> A { use polars::prelude::*; g(a); { use crate::units::*; hours(a); crate::m::days(a) } }"
        ),
        ["g: ", "hours: crate::units", "crate::m::days: "]
    );
    // What is brought by its name, or from the body itself.
    assert_eq!(
        globs(
            "fn f(a: A) -> A { use crate::m::{self, g, n::*}; use m::o::*; use Kind::*; enum Kind { B } g(a); h(a) }"
        ),
        ["crate::m::g: ", "h: crate::m::n crate::m::o"]
    );
}

#[test]
fn modules_and_types_in_a_body_are_part_of_it() {
    assert_eq!(
        functions("fn f(a: A) -> A { mod units { } units::hours(a) }"),
        Vec::<String>::new()
    );
}

#[test]
fn functions_in_macros_are_found() {
    assert_eq!(
        functions(r#"fn f(a: A) -> A { format!("{}", g(1)); assert!(h(a), "{x}") }"#),
        ["g", "h"]
    );
    assert_eq!(
        functions("fn f(a: A) -> A { vec![g(1); 3]; vec![|x| h(x)] }"),
        ["g", "h"]
    );
}

#[test]
fn names_of_arguments_of_macros_are_no_code() {
    assert_eq!(
        functions(
            r#"fn f(rate: f64) -> A { format!("{r:.2}", r = rate); tracing::info!(rows = n(rate)) }"#
        ),
        ["n"]
    );
    assert_eq!(
        constants(r#"fn f(a: A) -> A { format!("{A}", A = LIMIT) }"#),
        ["LIMIT"]
    );
}

#[test]
fn constants_are_those_that_may_be_the_users_own() {
    assert_eq!(
        constants(
            r#"fn f(a: LazyFrame) -> LazyFrame {
                const HERE: i64 = 1;
                a.filter(col("x").gt(lit(LIMIT)).and(lit(crate::units::MILE)).or(lit(f64::NAN)))
                    .fill_null(NULL.lit()).limit(Limits::ROWS).slice(HERE, vec![LIMIT, super::ROWS][0])
            }"#
        ),
        ["LIMIT", "crate::units::MILE", "super::ROWS"]
    );
    assert_eq!(
        constants("fn f<const N: usize>(a: A) -> A { g::<N>(N) }"),
        Vec::<String>::new()
    );
}

#[test]
fn constants_in_patterns_and_texts_are_found() {
    assert_eq!(
        constants(
            "fn f(a: A) -> A { match a { LIMIT => 1, super::ROWS => 2, n if n < LEAST => n, _ => 0 } }"
        ),
        ["LIMIT", "super::ROWS", "LEAST"]
    );
    assert_eq!(
        constants("fn f(A: i64) -> i64 { let B = A; |C| C + B }"),
        Vec::<String>::new()
    );
    assert_eq!(
        constants(
            r#"fn f(n: i64) -> String { const M: i64 = 1; format!("{{X}} {n} {M} {LIMIT:>5}") }"#
        ),
        ["LIMIT"]
    );
    assert_eq!(
        constants(
            r#"fn f(n: f64) -> String { format!("{n:0WIDTH$} {n:*^+LEAST$.PREC$e} {0:1$} {n:$>5}", n, 3) }"#
        ),
        ["WIDTH", "LEAST", "PREC"]
    );
}

#[test]
fn a_constant_may_begin_with_an_underscore() {
    assert_eq!(constants("fn f(a: A) -> A { g(_LIMIT) }"), ["_LIMIT"]);
    assert_eq!(functions("fn f(a: A) -> A { _g(_LIMIT) }"), ["_g"]);
}
