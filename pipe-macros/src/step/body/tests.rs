//! What is collected from bodies. Whether it is right is shown by the cases that compile and those that
//! do not.

use super::super::StepFn;
use super::super::options::Options;
use super::{Body, Meeting, Projection};
use crate::errors::Errors;

fn body(text: &str) -> Body {
    let text = format!(
        "fn f(a: LazyFrame, b: Frame<B>, name: ColumnName, limit: i64, text: String) -> LazyFrame {{ {text} }}"
    );
    let function = syn::parse_str(&text).expect("a function");
    StepFn::new(function, Options::default(), &mut Errors::default()).body
}

/// Shows all that is wrong, not only the first.
fn check<T: PartialEq + std::fmt::Debug>(
    cases: impl IntoIterator<Item = (&'static str, T)>,
    found: impl Fn(&str) -> T,
) {
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(text, wanted)| (text, found(text), wanted))
        .filter(|(_, found, wanted)| found != wanted)
        .collect();
    assert!(wrong.is_empty(), "found and wanted: {wrong:#?}");
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names.join(" ")
}

fn named(text: &str) -> String {
    let body = body(text);
    sorted(body.named.iter().map(|(name, _)| name.text.as_str()))
}

fn made(text: &str) -> String {
    sorted(body(text).made.iter().map(String::as_str))
}

fn comes_out(text: &str) -> String {
    let body = body(text);
    sorted(body.comes_out.iter().map(|name| name.text.as_str()))
}

fn is_transparent(text: &str) -> bool {
    let body = body(text);
    !body.touches_unnamed && !body.makes_unseen
}

#[test]
fn columns_are_found_wherever_they_are_named() {
    check(
        [
            (r#"col("x")"#, "x"),
            (r#"polars::prelude::col("x")"#, "x"),
            (r#"cols(["x", "y"])"#, "x y"),
            (r#"a.drop_nulls(Some(by_name(["x"], true, false)))"#, "x"),
            (r#"vec![col("x"), cols(vec!["y"]).as_expr()]"#, "x y"),
            (r#"sum("x") + quantile("y", lit(0.5), how)"#, "x y"),
            (r#"a.group_by(["x"])"#, "x"),
            (r#"a.group_by_stable([col("x")])"#, "x"),
            (r#"a.sort(["x", "y"], options)"#, "x y"),
            (r#"a.sort("x", options)"#, "x"),
            (r#"col("x").sort_by(["y"], options)"#, "x y"),
            (r#"a.left_join(b, "x", "y")"#, "x y"),
            (r#"a.join(b, [col("x")], ["y"], args)"#, "x y"),
            (
                r#"a.join_builder().with(b).on([col("x")]).left_on([col("y")])"#,
                "x y",
            ),
            (r#"a.merge_sorted(b, "x")"#, "x"),
            (r#"col("x").over(["y"])"#, "x y"),
            (r#"col("x").top_k_by(3, ["y"], vec![true])"#, "x y"),
            (r#"a.unique(Some(cols(["x"])), keep)"#, "x"),
            (r#"a.rename(["x"], ["y"], true)"#, "x"),
            (r#"frame.rename("x", "y".into())"#, "x"),
            (r#"frame.column("x")"#, "x"),
            (r#"frame.select(["x", "y"])"#, "x y"),
            (r#"frame.drop("x")"#, "x"),
            (r#"frame.get_column_index("x")"#, "x"),
            (r#"frame.explode(["x"], options)"#, "x"),
            (r#"frame.partition_by(["x"], true)"#, "x"),
            (r#"frame.apply("x", |c| c)"#, "x"),
            (r#"when("x").then(lit("no")).otherwise("y")"#, "x y"),
            (
                r#"col("x").eq("y").and(col("x").is_in("z", false))"#,
                "x y z",
            ),
            (r#"a.fill_null("x")"#, "x"),
            (r#"println!("{:?}", col("x"))"#, "x"),
            // As names.
            (r#"col("x".to_owned())"#, "x"),
            (r#"col(&"x".to_string())"#, "x"),
            (r#"cols(&["x"])"#, "x"),
            (r#"col(PlSmallStr::from_static("x"))"#, "x"),
            (r#"col(String::from("x"))"#, "x"),
            (r#"cols(["x", "y"].to_vec())"#, "x y"),
            (r#"let key = "x"; col(key)"#, "x"),
            (r#"const KEYS: [&str; 2] = ["x", "y"]; cols(KEYS)"#, "x y"),
            (
                r#"let key = if limit > 1 { "x" } else { "y" }; col(key)"#,
                "x y",
            ),
            (
                r#"let key = match limit { 1 => "x", _ => "y" }; col(key)"#,
                "x y",
            ),
        ]
        .map(|(text, wanted)| (text, wanted.to_owned())),
        named,
    );
}

#[test]
fn other_texts_are_no_columns() {
    check(
        [
            r#"lit("x")"#,
            r#"text.replace("x", "y")"#,
            r#"e.str().contains(lit("x"), true)"#,
            r#"e.str().replace(lit("x"), lit("y"), true)"#,
            r#"e.dt().to_string("%Y")"#,
            r#"map.get("x").eq("y")"#,
            r#"["x", "y"].join(", ")"#,
            r#"path.join("x")"#,
            r#"a.map(|df| Ok(df), all, None, Some("x"))"#,
            r#"return Err("x".into())"#,
            r#"format!("{x}")"#,
            r#"text.clone().column_of("x")"#,
        ]
        .map(|text| (text, (String::new(), false))),
        |text| (named(text), body(text).makes_unseen),
    );
}

#[test]
fn patterns_are_no_names() {
    for text in [r#"col("*")"#, r#"col("^x.*$")"#] {
        assert_eq!(named(text), "");
        assert!(!is_transparent(text), "{text}");
    }
}

#[test]
fn a_literal_is_one_name_wherever_it_is_used() {
    let body = body(r#"let key = "x"; a.filter(col(key)).sort([key], options)"#);
    assert_eq!(body.named.len(), 1);
}

#[test]
fn made_columns_are_found() {
    check(
        [
            (r#"e.alias("x")"#, "x"),
            (r#"e.alias(PlSmallStr::from_static("x"))"#, "x"),
            (r#"a.rename(["x"], ["y"], true)"#, "y"),
            (r#"frame.rename("x", "y".into())"#, "y"),
            (r#"a.with_row_index("x", None)"#, "x"),
            (r#"Column::new("x".into(), [1])"#, "x"),
            (r#"Series::new("x".into(), [1])"#, "x"),
            (r#"Int64Chunked::from_slice("x".into(), &[1])"#, "x"),
            (r#"Field::new("x".into(), DataType::Int64)"#, "x"),
            (r#"df!("x" => [1], "y" => vec![2])"#, "x y"),
            (r#"series.with_name("x".into())"#, "x"),
            (r#"e.struct_().field_by_name("x")"#, "x"),
            (r"a.agg([len()])", "len"),
            (
                r#"a.unpivot(UnpivotArgsDSL { variable_name: Some("x".into()), ..args })"#,
                "value variable x",
            ),
        ]
        .map(|(text, wanted)| (text, wanted.to_owned())),
        made,
    );
}

#[test]
fn what_surely_comes_out_is_found() {
    check(
        [
            (r#"a.with_column(e.alias("x"))"#, "x"),
            (
                r#"a.with_columns([e.alias("x"), f.alias("y")]).filter(col("z"))"#,
                "x y",
            ),
            (r#"Ok(a.with_column(e.alias("x")).collect()?.into())"#, "x"),
            (
                r#"let c = e.alias("x"); let a = a.with_column(c); a.limit(3)"#,
                "x",
            ),
            (
                r#"let a = a.with_column(e.alias("x")); let a = a.filter(c); a"#,
                "x",
            ),
            (
                r#"a.with_column(e.alias("x")).group_by([k.alias("k")]).agg([s.alias("y")])"#,
                "k y",
            ),
            (r#"a.with_column(e.alias("x")).select([f.alias("y")])"#, "y"),
            (r#"a.rename(["x"], ["y"], true)"#, "y"),
            (r#"a.with_row_index("x", None)"#, "x"),
            (
                r#"a.left_join(b.with_column(e.alias("y")), "k", "k").with_column(e.alias("x"))"#,
                "x",
            ),
            (
                r#"a.join_builder().with(b).on([col("k")]).finish().with_column(e.alias("x"))"#,
                "x",
            ),
            (
                r#"if t { a.with_column(e.alias("x")) } else { a.with_column(e.alias("y")) }"#,
                "x y",
            ),
            (r#"a.with_column(e.alias("x")).drop(cols(["y"]))"#, "x"),
            (
                r#"frame.with_column(Column::new("x".into(), v))?.clone()"#,
                "x",
            ),
            (
                r#"match how { How::Strict => a.with_column(e.alias("x")), _ => a }"#,
                "x",
            ),
            // Not for sure.
            (
                r#"let a = a.with_column(e.alias("x")); match b { Some(a) => a, None => c }"#,
                "",
            ),
            (
                r#"let a = a.with_column(e.alias("x")); if let Some(a) = b { a } else { c }"#,
                "",
            ),
            (r#"a.filter(e.alias("x"))"#, ""),
            (r#"a.with_column((e.alias("x") + f).cast(t))"#, ""),
            (r#"a.with_column(as_struct(vec![e.alias("x")]))"#, ""),
            (r#"a.with_column(e.alias("x")).drop(cols([text]))"#, ""),
            (r#"a.with_column(e.alias("x")).drop(columns)"#, ""),
            (
                r#"a.with_column(e.alias("x")).unnest(cols(["y"]), None)"#,
                "",
            ),
            (r#"helper(a.with_column(e.alias("x")))"#, ""),
            (r#"a.with_column(e.alias("x")).helped()"#, ""),
            (r#"let mut a = a.with_column(e.alias("x")); a = b; a"#, ""),
            (
                r#"let a = a.with_column(e.alias("x")); let (a, c) = pair; a"#,
                "",
            ),
            (r#"a.with_column(e.alias(format!("x")))"#, ""),
        ]
        .map(|(text, wanted)| (text, wanted.to_owned())),
        comes_out,
    );
}

#[test]
fn bodies_that_name_all_they_touch() {
    check([
        r#"a.filter(col("x").gt(lit(limit)).and(col("y").is_null()))"#,
        "a.with_column(name.col().alias(name.as_str()))",
        "a.with_column(col(name.as_str()))",
        r#"a.with_columns([col("x").cast(DataType::Float64).round(2, RoundMode::HalfToEven)])"#,
        r#"a.group_by(["x"]).agg([len(), col("y").mean()]).sort(["x"], SortMultipleOptions::default())"#,
        r#"let later = |minutes: i64| col("x").gt(lit(minutes)); a.filter(later(limit))"#,
        r#"a.filter(col("x").lt(lit(f64::MAX)).or(col("x").eq(lit(LIMIT))))"#,
        r#"a.filter(col("x").str().to_lowercase().is_in(lit(Series::new("".into(), ["y"])), false))"#,
        r#"Ok(a.drop_nulls(Some(cols(["x"]))).collect()?.lazy())"#,
        r#"a.unique_stable(Some(cols(["x"])), UniqueKeepStrategy::First)"#,
        r#"a.drop(cols(["x"])).rename(["y"], ["z"], true).limit(10)"#,
        r#"if limit > 3 { a.filter(col("x")) } else { a.sort(["y"], SortMultipleOptions::default()) }"#,
    ].map(|text| (text, true)), is_transparent);
}

#[test]
fn bodies_that_may_touch_more_than_they_name() {
    check(
        [
            "a",
            "todo!()",
            "a.drop_nulls(None)",
            "a.unique(None, keep)",
            "a.fill_null(lit(0))",
            "a.cast_all(DataType::Float64, true)",
            "a.select([all().as_expr()])",
            "a.select([nth(1).as_expr()])",
            "a.select([dtype_col(&DataType::Int64).as_selector().as_expr()])",
            "a.filter(col(&text))",
            "a.filter(col(NAME))",
            "a.filter(e)",
            "a.filter(helper())",
            "a.filter(rules::helper())",
            "a.filter(Rules::helper())",
            "a.filter(Rules::LATE)",
            "a.filter(late!())",
            r#"a.filter(col("x").late())"#,
            r#"a.with_column(col("x").name().suffix("_y"))"#,
            r#"a.with_column(col("x").alias(text))"#,
            r#"a.late(col("x"))"#,
            r#"["x"].iter().fold(a, |a, x| a.filter(col(*x)))"#,
            r#"a.filter(col("x").gt(text.as_str()))"#,
            "LazyFrame::scan_parquet(path, args)?",
            r#"a.pipe(helper).filter(col("x"))"#,
        ]
        .map(|text| (text, false)),
        is_transparent,
    );
}

#[test]
fn names_that_are_made_out_of_sight() {
    check(
        [
            "a.unnest(columns, None)",
            "a.pivot(on)",
            r#"col("x").name().map(f)"#,
            "e.alias(text)",
            "e.alias(format!(\"{x}\"))",
            "Series::new(text.into(), [1])",
            "a.rename(old, new, true)",
            "builder.suffix(text)",
            "LazyCsvReader::new(path).finish()",
            "a.map(f, all, None, None)",
            r#"frame.group_by(["x"])?.mean()"#,
        ]
        .map(|text| (text, true)),
        |text| body(text).makes_unseen,
    );
    check(
        [
            "a.filter(e).map(f)",
            r#"col("x").name().keep()"#,
            r#"col("x").name().suffix("_y")"#,
            "e.alias(name.as_str())",
            "series.name()",
        ]
        .map(|text| (text, false)),
        |text| body(text).makes_unseen,
    );
}

#[test]
fn affixes_joins_and_projections_are_noted() {
    let joined = body(r#"a.left_join(b, "x", "x")"#);
    assert_eq!(
        (joined.suffixes, joined.meeting),
        (vec!["_right".to_owned()], Meeting::Joins)
    );
    let given = body(
        r#"a.join(b, [col("x")], [col("x")], JoinArgs::new(how).with_suffix(Some("_b".into())))"#,
    );
    assert_eq!(given.suffixes, ["_right", "_b"]);
    assert_eq!(
        body(r#"a.cross_join(b, Some("_c".into()))"#).suffixes,
        ["_c", "_right"]
    );
    assert_eq!(body(r#"col("x").name().prefix("p_")"#).prefixes, ["p_"]);
    assert_eq!(body("concat([a, b], args)").meeting, Meeting::Otherwise);

    assert_eq!(body("a.filter(e)").projection, Projection::Nowhere);
    assert_eq!(
        body("a.select([e]).filter(f)").projection,
        Projection::AtTheEnd
    );
    assert_eq!(
        body("if t { a.select([e]) } else { a }").projection,
        Projection::Somewhere
    );
}

#[test]
fn choices_one_after_another_are_followed_once() {
    let choice = |i| format!(r#"let a = if t {{ a.with_column(e.alias("x{i}")) }} else {{ a }};"#);
    let lines: String = (0..64).map(choice).collect();
    let found = comes_out(&format!("{lines} a"));
    assert_eq!(found.split(' ').count(), 64);
    let lines: String = (0..64).map(|_| "let e = [e, e];").collect();
    let found = comes_out(&format!(
        r#"let e = lit(1).alias("x"); {lines} a.select(e)"#
    ));
    assert_eq!(found, "x");
}
