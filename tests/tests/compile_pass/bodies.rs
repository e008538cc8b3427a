//! Bodies of steps that name their columns in every way that is right, or that nobody can judge.

use pipe_core::polars::lazy::dsl::Selector;
use pipe_core::prelude::*;

#[derive(Schema)]
pub(crate) struct Flight {
    carrier: String,
    origin: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
pub(crate) struct Airline {
    code: String,
    name: String,
}

#[derive(Schema)]
pub(crate) struct CarrierDelay {
    carrier: String,
    mean_delay: Option<f64>,
}

#[derive(Schema)]
pub(crate) struct CarrierCount {
    carrier: String,
    len: u32,
}

// -- columns that a body makes for itself

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn intermediate(flights: LazyFrame) -> LazyFrame {
    flights
        .with_column(col("dep_delay").fill_null(lit(0)).alias("known"))
        .with_column(col("known").gt(lit(15)).alias("late"))
        .drop(cols(["known"]))
}

#[step(reads(dep_delay: Option<i64>), renames(dep_delay => delay))]
fn renamed_on_the_way(flights: LazyFrame) -> LazyFrame {
    let flights = flights.rename(["dep_delay"], ["minutes"], true);
    flights.rename(["minutes"], ["delay"], true)
}

#[step(reads(carrier: String, dep_delay: Option<i64>), returns(CarrierDelay))]
fn lost_in_a_projection(flights: LazyFrame) -> LazyFrame {
    flights
        .with_columns([
            col("dep_delay").abs().alias("unused"),
            col("dep_delay")
                .mean()
                .over(["carrier"])
                .unwrap_or(lit(NULL))
                .alias("mean_delay"),
        ])
        .select([col("carrier"), col("mean_delay")])
}

#[step(reads(carrier: String, dep_delay: Option<i64>), returns(CarrierDelay))]
fn lost_key(flights: LazyFrame) -> LazyFrame {
    flights
        .group_by([col("carrier"), col("dep_delay").gt(lit(0)).alias("late")])
        .agg([col("dep_delay").mean().alias("mean_delay")])
        .select([col("carrier"), col("mean_delay")])
}

#[step(reads(carrier: String, dep_delay: Option<i64>), adds(both: any_struct::Pair))]
fn fields_of_a_struct(flights: LazyFrame) -> LazyFrame {
    let pair = as_struct(vec![
        col("carrier").alias("who"),
        col("dep_delay").alias("minutes"),
    ]);
    flights.with_column(pair.alias("both"))
}

mod any_struct {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Pair {
        who: String,
        minutes: Option<i64>,
    }
}

#[step(reads(carrier: String))]
fn other_side_of_a_join(flights: LazyFrame, airlines: Frame<Airline>) -> LazyFrame {
    let known = airlines.lazy().with_column(lit(true).alias("known"));
    flights.semi_join(known, col("carrier"), col("code"))
}

#[step(reads(carrier: String), adds(name: Option<String>))]
fn unnamed_column_of_the_other_side(flights: LazyFrame, airlines: Frame<Airline>) -> LazyFrame {
    flights.left_join(airlines.lazy(), "carrier", "code")
}

#[step(reads(carrier: String))]
fn frame_made_in_place(flights: LazyFrame) -> Result<LazyFrame, PolarsError> {
    let wanted = df!("code" => ["AA", "DL"], "rank" => [1, 2])?;
    Ok(flights.semi_join(wanted.lazy(), col("carrier"), col("code")))
}

#[step(reads(carrier: String))]
fn names_of_values(flights: LazyFrame) -> LazyFrame {
    let wanted = Series::new("wanted".into(), ["AA", "DL"]);
    flights.filter(col("carrier").is_in(lit(wanted).implode(true), false))
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn alias_below_an_alias(flights: LazyFrame) -> LazyFrame {
    flights.with_column(
        (col("dep_delay").alias("left") + lit(1))
            .gt(lit(15))
            .alias("late"),
    )
}

#[step(reads(distance: i64), adds(far: bool))]
fn changed_in_place(flights: DataFrame) -> Result<DataFrame, PolarsError> {
    let mut flights = flights;
    let far = flights.column("distance")?.i64()?.gt(1000);
    flights.with_column(far.into_series().with_name("very_far".into()).into())?;
    flights.rename("very_far", "far".into())?;
    Ok(flights)
}

#[step(reads(carrier: String, distance: i64), returns(CarrierCount))]
fn names_that_polars_gives(flights: LazyFrame) -> LazyFrame {
    flights
        .filter(max("distance").gt(lit(0)))
        .group_by(["carrier"])
        .agg([len()])
        .filter(col("len").gt(lit(1)))
}

// -- names that nobody can see

#[step(adds(one: f64, two: f64))]
fn computed_names(flights: LazyFrame) -> LazyFrame {
    let names = ["one", "two"];
    flights.with_columns(names.map(|name| lit(1.0).alias(name)))
}

#[step(reads(distance: i64), adds(distance_a: i64, distance_b: i64))]
fn formatted_names(flights: LazyFrame) -> LazyFrame {
    let mut flights = flights;
    for suffix in ["a", "b"] {
        let name = format!("distance_{suffix}");
        flights = flights.with_column(col("distance").alias(name));
    }
    flights.filter(col("distance_a").gt(col("distance_b")))
}

#[step(reads(origin: String, distance: i64))]
fn all_columns(flights: LazyFrame) -> LazyFrame {
    flights
        .drop_nulls(None)
        .unique_stable(None, UniqueKeepStrategy::First)
}

#[step(reads(dep_delay: Option<i64>), replaces(dep_delay: i64))]
fn whole_frame(flights: LazyFrame) -> LazyFrame {
    flights.fill_null(lit(0))
}

#[step(reads(distance: i64), replaces(distance: f64))]
fn by_type(flights: LazyFrame) -> LazyFrame {
    flights.with_columns([dtype_col(&DataType::Int64)
        .as_selector()
        .as_expr()
        .cast(DataType::Float64)])
}

#[step(reads(dep_delay: Option<i64>, distance: i64), drops(dep_delay, distance))]
fn by_pattern(flights: LazyFrame) -> LazyFrame {
    flights.drop(Selector::Matches("^d.*$".into()))
}

#[step(reads(carrier: String, origin: String, dep_delay: Option<i64>), drops(distance))]
fn dropped_by_not_being_selected(flights: LazyFrame) -> LazyFrame {
    flights.select([col("carrier"), col("origin"), col("dep_delay")])
}

#[tracked]
fn delay_of(carrier: Expr) -> Expr {
    col("dep_delay").mean().over([carrier]).unwrap_or(lit(NULL))
}

#[step(reads(carrier: String, dep_delay: Option<i64>), adds(mean_delay: Option<f64>))]
fn named_by_a_helper(flights: LazyFrame) -> LazyFrame {
    flights.with_column(delay_of(col("carrier")).alias("mean_delay"))
}

trait Late {
    fn late(self) -> Expr;
}

impl Late for Expr {
    fn late(self) -> Expr {
        self.gt(col("limit"))
    }
}

#[step(reads(dep_delay: Option<i64>, limit: i64))]
fn named_by_a_method_of_the_users(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").late())
}

macro_rules! delay {
    () => {
        col("dep_delay")
    };
}

#[step(reads(dep_delay: Option<i64>))]
fn named_by_a_macro(flights: LazyFrame) -> LazyFrame {
    flights.filter(delay!().gt(lit(0)))
}

const DELAY: &str = "dep_delay";

#[step(reads(dep_delay: Option<i64>))]
fn named_by_a_constant(flights: LazyFrame) -> LazyFrame {
    flights.filter(col(DELAY).gt(lit(0)))
}

#[step(reads(dep_delay: Option<i64>))]
fn named_by_a_parameter(flights: LazyFrame, by: Vec<String>) -> LazyFrame {
    flights.sort(by, SortMultipleOptions::default())
}

#[step(reads(source: i64, distance: i64), adds(output: i64))]
fn named_by_column_names(flights: LazyFrame, source: ColumnName, output: ColumnName) -> LazyFrame {
    flights.with_column((source.col() + col("distance")).alias(output.as_str()))
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn to_be_written(flights: LazyFrame) -> LazyFrame {
    let _ = flights;
    todo!("says which flights are late")
}

#[step(reads(carrier: String, mean_delay: Option<f64>), returns(CarrierDelay))]
fn read_because_it_is_in_the_result(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("carrier").neq(lit("AA")))
}

#[step(reads(dep_delay: Option<i64>), drops(pair))]
fn fields_become_columns(flights: LazyFrame) -> LazyFrame {
    flights
        .unnest(cols(["pair"]), None)
        .filter(col("dep_delay").gt(col("minutes")))
        .drop(cols(["minutes"]))
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn in_both_branches(flights: LazyFrame, strict: bool) -> LazyFrame {
    let late = if strict {
        col("dep_delay").gt(lit(0))
    } else {
        col("dep_delay").gt(lit(15))
    };
    flights.with_column(late.alias("late"))
}

#[step(reads(distance: i64))]
fn shown_by_name(flights: DataFrame) -> Result<DataFrame, PolarsError> {
    let shown = flights.column("distance")?.name().to_string();
    assert_eq!(shown, "distance");
    flights.sort(["distance"], SortMultipleOptions::default())
}

// -- suffixes

#[step(passes(before), reads(before.origin: String, before.distance: i64, after.origin: String, after.distance: i64))]
fn suffix_of_a_join(before: LazyFrame, after: LazyFrame) -> LazyFrame {
    before
        .left_join(
            after.select([col("origin"), col("distance")]),
            "origin",
            "origin",
        )
        .filter(col("distance").gt(col("distance_right")))
        .drop(cols(["distance_right"]))
}

#[step(passes(before), reads(before.origin: String, before.distance: i64, after.origin: String, after.distance: i64))]
fn suffix_that_is_given(before: LazyFrame, after: LazyFrame) -> LazyFrame {
    let after = after.select([col("origin"), col("distance")]);
    let how = JoinArgs::new(JoinType::Left).with_suffix(Some("_after".into()));
    before
        .join(after, [col("origin")], [col("origin")], how)
        .filter(col("distance").gt(col("distance_after")))
        .drop(cols(["distance_after"]))
}

#[step(reads(distance: i64), adds(distance_km: f64))]
fn suffix_of_a_name(flights: LazyFrame) -> LazyFrame {
    flights
        .with_column((col("distance") * lit(1.6)).name().suffix("_km"))
        .filter(col("distance_km").gt(lit(1.0)))
}

#[step(reads(distance: i64), adds(distance_km: f64))]
fn added_by_a_suffix(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("distance") * lit(1.6)).name().suffix("_km"))
}

// -- opting out

#[tracked]
fn with_shares(flights: LazyFrame) -> LazyFrame {
    flights.with_column(lit(0.5).alias("share"))
}

#[step(reads(dep_delay: Option<i64>), dynamic_names("share"))]
fn one_name(flights: LazyFrame) -> LazyFrame {
    with_shares(flights)
        .filter(col("share").gt(lit(0.1)).and(col("dep_delay").gt(lit(0))))
        .drop(cols(["share"]))
}

#[step(reads(dep_delay: Option<i64>, distance: i64), dynamic_names("distance"))]
fn one_column_of_the_contract(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(0)))
}

#[step(reads(distance: i64), dynamic_names)]
fn every_name(flights: LazyFrame) -> LazyFrame {
    with_shares(flights)
        .filter(col("share").gt(lit(0.1)))
        .with_column(lit(1).alias("made"))
}

pipeline! {
    /// All that needs no columns that flights do not have.
    fn legal(flights: Frame<Flight>, airlines: Frame<Airline>) -> (
        LazyFrame, Frame<CarrierDelay>, Frame<CarrierDelay>, Frame<CarrierCount>,
        LazyFrame, LazyFrame, LazyFrame, LazyFrame,
    ) {
        let known = intermediate(flights);
        let renamed = renamed_on_the_way(known);
        let means = lost_in_a_projection(flights);
        let keys = lost_key(flights);
        let counts = names_that_polars_gives(flights);

        let structs = fields_of_a_struct(flights);
        let semi = other_side_of_a_join(structs, airlines);
        let airline = unnamed_column_of_the_other_side(semi, airlines);
        let made = frame_made_in_place(airline);
        let values = names_of_values(made);
        let below = alias_below_an_alias(values);
        let in_place = changed_in_place(below);

        let computed = computed_names(flights);
        let formatted = formatted_names(computed);
        let all = all_columns(formatted);
        let whole = whole_frame(all);

        let dropped = dropped_by_not_being_selected(flights);
        let helped = named_by_a_helper(flights);
        let macros = named_by_a_macro(helped);
        let constants = named_by_a_constant(macros);
        let joined = suffix_of_a_join(constants, flights);
        let given = suffix_that_is_given(joined, flights);
        let kilometres = suffix_of_a_name(given);
        let one = one_name(kilometres);
        let column = one_column_of_the_contract(one);

        (renamed, means, keys, counts, in_place, whole, dropped, column)
    }
}

/// They do at run time what their contracts say: nothing was let pass that is wrong.
#[test]
fn the_bodies_do_what_their_contracts_say() {
    let flights: Vec<Flight> = Vec::new();
    let airlines: Vec<Airline> = Vec::new();
    if let Err(error) = legal(flights, airlines).check() {
        panic!("{error}");
    }
}

#[test]
fn the_others_are_steps_as_well() {
    let steps: [&dyn Step; 12] = [
        &by_type {},
        &by_pattern {},
        &named_by_a_method_of_the_users {},
        &named_by_a_parameter { by: Vec::new() },
        &named_by_column_names {
            source: "a".into(),
            output: "b".into(),
        },
        &to_be_written {},
        &read_because_it_is_in_the_result {},
        &fields_become_columns {},
        &added_by_a_suffix {},
        &every_name {},
        &shown_by_name {},
        &in_both_branches { strict: true },
    ];
    assert!(steps.iter().all(|step| !step.name().is_empty()));
}
