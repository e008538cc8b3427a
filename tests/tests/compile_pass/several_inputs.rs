//! Joins, unions, optional reads and lists of columns.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    customer_id: Option<i64>,
    name: String,
    net: f64,
    tax: f64,
}

#[derive(Schema)]
struct Customer {
    id: i64,
    name: String,
    discount: f64,
}

/// What comes out of the whole.
#[derive(Schema)]
struct Bill {
    id: i64,
    customer_id: Option<i64>,
    name: String,
    net: f64,
    tax: f64,
    name_customer: Option<String>,
    discount: Option<f64>,
    total: f64,
}

#[step(joins(orders, customers, on(customer_id => id), how = left, suffix = "_customer"))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(
        customers,
        [col("customer_id")],
        [col("id")],
        JoinArgs::new(JoinType::Left).with_suffix(Some("_customer".into())),
    )
}

#[step(
    reads(parts: float, discount?: Option<f64>),
    adds(total: like(net)),
    non_null(parts),
)]
fn sum_of(df: LazyFrame, parts: ColumnNames, total: ColumnName) -> LazyFrame {
    let sum = parts.iter().map(col).fold(lit(0.0), |sum, part| sum + part);
    let _ = (
        cols(parts.clone()),
        by_name(&parts, true, false),
        col("discount"),
    );
    df.with_column(sum.alias(total.as_str()))
}

#[step(unions(first, second))]
fn all(first: LazyFrame, second: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([first, second], UnionArgs::default())
}

pipeline! {
    fn bills(orders: Frame<Order>, more: Frame<Order>, customers: Frame<Customer>) -> Frame<Bill> {
        let all = all(orders, more);
        let known = add_customer(all, customers);
        let billed = sum_of(known, ["net", "tax"], "total");
        billed
    }
}

fn data() -> (Vec<Order>, Vec<Order>, Vec<Customer>) {
    let order = |id, customer_id| Order {
        id,
        customer_id,
        name: format!("order {id}"),
        net: 10.0,
        tax: 1.9,
    };
    let customer = Customer {
        id: 1,
        name: "Ada".into(),
        discount: 0.1,
    };
    (
        vec![order(1, Some(1)), order(2, None)],
        vec![order(3, Some(2))],
        vec![customer],
    )
}

#[test]
fn what_is_joined_and_united_is_what_comes_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let (orders, more, customers) = data();
    let pipeline = bills(orders, more, customers).store(folder.path());
    pipeline.check().expect("steps that keep their contracts");
    let run = pipeline.run().expect("a run");
    let bills = run.output().collect().expect("a frame");
    let bills = bills.sort(["id"], SortMultipleOptions::new()).expect("ids");
    let expected = df!(
        "id" => [1_i64, 2, 3],
        "customer_id" => [Some(1_i64), None, Some(2)],
        "name" => ["order 1", "order 2", "order 3"],
        "net" => [10.0; 3],
        "tax" => [1.9; 3],
        "name_customer" => [Some("Ada"), None, None],
        "discount" => [Some(0.1), None, None],
        "total" => [11.9; 3],
    )
    .expect("a frame");
    assert!(bills.equals_missing(&expected), "{bills}");
}

/// Says one thing and does another, which the compiler cannot see.
#[step(joins(orders, customers, on(customer_id => id), suffix = "_customer"))]
fn says_inner(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(
        customers,
        [col("customer_id")],
        [col("id")],
        JoinArgs::new(JoinType::Left).with_suffix(Some("_customer".into())),
    )
}

#[step(joins(orders, customers, on(customer_id => id)))]
fn says_no_suffix(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(
        customers,
        [col("customer_id")],
        [col("id")],
        JoinArgs::new(JoinType::Inner).with_suffix(Some("_customer".into())),
    )
}

pipeline! {
    fn broken(orders: Frame<Order>, customers: Frame<Customer>) -> (LazyFrame, LazyFrame) {
        let inner = says_inner(orders, customers);
        let suffix = says_no_suffix(orders, customers);
        (inner, suffix)
    }
}

#[test]
fn a_join_that_is_not_what_its_contract_says_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (orders, _, customers) = data();
    let pipeline = broken(orders, customers).store(folder.path());
    let check = pipeline.check().expect_err("another suffix").to_string();
    assert!(check.contains("column `name_right`"), "{check}");
    assert!(!check.contains("says_inner"), "{check}");
    let run = pipeline.run().expect_err("nulls").to_string();
    assert!(
        run.contains("column `customer_id` of node `inner` has 1 null of 2 rows"),
        "{run}"
    );
}

/// A typed side and an open one, keys of different names that an argument gives, no clash of names.
#[step(joins(routes, airports, on(code => faa), how = inner), renames(name => to))]
fn add_airport(
    routes: LazyFrame,
    airports: Frame<Airport>,
    code: ColumnName,
    to: ColumnName,
) -> LazyFrame {
    routes
        .inner_join(airports.lazy(), code.col(), col("faa"))
        .rename(["name"], [to.as_str()], true)
}

#[derive(Schema)]
struct Airport {
    faa: String,
    name: String,
}

#[derive(Schema)]
struct Route {
    origin: String,
    dest: Option<String>,
}

#[derive(Schema)]
struct NamedRoute {
    origin: String,
    /// An inner join finds no partner for a null.
    dest: String,
    from: String,
    to: String,
}

pipeline! {
    fn routes(routes: Frame<Route>, airports: Frame<Airport>) -> Frame<NamedRoute> {
        let departures = add_airport(routes, airports, code = "origin", to = "from");
        let both = add_airport(departures, airports, "dest", "to");
        both
    }
}

#[test]
fn a_step_that_joins_does_so_for_each_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let airport = |faa: &str| Airport {
        faa: faa.into(),
        name: format!("Airport {faa}"),
    };
    let route = |dest: Option<&str>| Route {
        origin: "JFK".into(),
        dest: dest.map(Into::into),
    };
    let pipeline = routes(
        vec![route(Some("LAX")), route(None)],
        vec![airport("JFK"), airport("LAX")],
    )
    .store(folder.path());
    pipeline.check().expect("steps that keep their contracts");
    let named = pipeline
        .run()
        .expect("a run")
        .output()
        .collect()
        .expect("a frame");
    let expected = df!(
        "origin" => ["JFK"],
        "dest" => ["LAX"],
        "from" => ["Airport JFK"],
        "to" => ["Airport LAX"],
    )
    .expect("a frame");
    assert!(named.equals(&expected), "{named}");
}

/// Every kind of join, with every option; two keys, a list of keys, none.
#[step(joins(a, b, on(x, y), how = semi, nulls_equal = true))]
fn semi(a: LazyFrame, b: LazyFrame) -> LazyFrame {
    let mut how = JoinArgs::new(JoinType::Semi);
    how.nulls_equal = true;
    a.join(b, [col("x"), col("y")], [col("x"), col("y")], how)
}

#[step(joins(a, b, on(keys), how = full, coalesce = true))]
fn full(a: LazyFrame, b: LazyFrame, keys: ColumnNames) -> LazyFrame {
    let on: Vec<Expr> = keys.iter().map(col).collect();
    let how = JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns);
    a.join(b, on.clone(), on, how)
}

#[step(joins(b, a, how = cross), drops(x_right, y_right))]
fn cross(a: LazyFrame, b: LazyFrame) -> LazyFrame {
    b.cross_join(a, None).drop(cols(["x_right", "y_right"]))
}

/// Types taken over from one side, a column for each of a list.
#[step(
    unions(a, b, how = diagonal),
    adds(new: Option<like(b.y)>),
    replaces(floats: f64),
)]
fn diagonal(
    a: LazyFrame,
    b: Frame<Point>,
    new: ColumnNames,
    floats: ColumnNames,
) -> PolarsResult<LazyFrame> {
    let both = concat_lf_diagonal([a, b.lazy()], UnionArgs::default())?;
    let nulls = new
        .iter()
        .map(|name| lit(NULL).cast(DataType::Int64).alias(name));
    let floats = floats.cols().as_expr().cast(DataType::Float64);
    Ok(both
        .with_columns(nulls.collect::<Vec<_>>())
        .with_column(floats))
}

#[derive(Schema)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(Schema)]
struct Spread {
    x: f64,
    y: f64,
    n1: Option<i64>,
    n2: Option<i64>,
}

/// The columns of a typed input pass; an open one is only read.
#[step(passes(b), reads(a.x: integer, a.z?: f64), adds(z: like(a.y)))]
fn typed_passes(a: LazyFrame, b: Frame<Point>) -> LazyFrame {
    let b = b.lazy().with_column(col("y").alias("z"));
    b.semi_join(a, col("x"), col("x"))
}

pipeline! {
    fn points(a: Frame<Point>, b: Frame<Point>) -> (Frame<Point>, Frame<Spread>) {
        let passed = typed_passes(a, b);
        let semi = semi(a, passed);
        let full = full(a, b, ["x", "y"]);
        let cross = cross(full, semi);
        let diagonal = diagonal(cross, b, ["n1", "n2"], floats = ["y", "x"]);
        (semi, diagonal)
    }
}

#[test]
fn joins_of_every_kind_keep_their_contracts() {
    let point = |x| Point { x, y: x };
    points(vec![point(1)], vec![point(2)])
        .check()
        .expect("steps that keep their contracts");
}

/// What is added is like a column of an open frame: it may be of any type.
#[step(passes(a), reads(b.k: any), adds(w: like(b.k)), replaces(y: like(b.k)))]
fn like_unknown(a: LazyFrame, b: LazyFrame) -> LazyFrame {
    let b = b.select([col("k").alias("w"), col("k").alias("y")]);
    a.drop(by_name(["y"], true, false)).cross_join(b, None)
}

#[step(reads(w: any, y: String))]
fn reads_it(frame: LazyFrame) -> LazyFrame {
    frame.filter(col("w").is_not_null().and(col("y").is_not_null()))
}

pipeline! {
    fn unknown(a: Frame<Point>, b: LazyFrame) -> LazyFrame {
        let like = like_unknown(a, b);
        let read = reads_it(like);
        read
    }
}

#[test]
fn a_column_that_is_like_one_that_is_not_known_is_there() {
    let b = df!("k" => ["text"]).expect("a frame");
    UnknownPipeline::check(b).expect("steps that keep their contracts");
}
