//! The steps, in the order in which the pipeline uses them.

use pipe_core::prelude::*;

use super::schema::{
    AircraftPunctuality, Airline, Airport, CarrierPunctuality, HourPunctuality, OriginPunctuality,
    Plane, RatedFlight, RouteRates, WeatherPunctuality,
};

/// Says which flights were cancelled, and which departed more than `late_after` minutes behind
/// schedule.
#[step(
    reads(dep_time: Option<i64>, dep_delay: Option<i64>),
    adds(cancelled: bool, late: Option<bool>),
    drops(dep_time),
)]
pub fn rate_departures(flights: LazyFrame, late_after: i64) -> LazyFrame {
    flights
        .with_columns([
            col("dep_time").is_null().alias("cancelled"),
            col("dep_delay").gt(lit(late_after)).alias("late"),
        ])
        .drop(cols(["dep_time"]))
}

/// The carriers, the one most often late first.
///
/// Both inputs are typed, so the schemas are the whole contract. `airline` may be null: a left join
/// keeps the carriers whose name is not known.
#[step]
pub fn by_carrier(
    flights: Frame<RatedFlight>,
    airlines: Frame<Airline>,
) -> Frame<CarrierPunctuality> {
    let carriers = flights.lazy().group_by([col("carrier")]).agg(punctuality());
    let airlines = airlines.lazy().rename(["name"], ["airline"], true);
    look_up(carriers, "carrier", airlines, "carrier")
        .sort_by_exprs([-col("late_share"), col("carrier")], nulls_last())
        .into()
}

/// The airports of departure, the one most often late first.
#[step]
pub fn by_origin(flights: Frame<RatedFlight>) -> Frame<OriginPunctuality> {
    flights
        .lazy()
        .group_by([col("origin")])
        .agg(punctuality())
        .sort_by_exprs([-col("late_share"), col("origin")], nulls_last())
        .into()
}

/// The hours of the day.
#[step]
pub fn by_hour(flights: Frame<RatedFlight>) -> Frame<HourPunctuality> {
    flights
        .lazy()
        .group_by([col("hour")])
        .agg(punctuality())
        .sort(["hour"], nulls_last())
        .into()
}

/// The routes with at least `min_flights` flights, the one most often late first.
#[step]
pub fn by_route(flights: Frame<RatedFlight>, min_flights: u32) -> Frame<RouteRates> {
    flights
        .lazy()
        .group_by([col("origin"), col("dest")])
        .agg(punctuality())
        .filter(col("flights").gt_eq(lit(min_flights)))
        .sort_by_exprs(
            [-col("late_share"), col("origin"), col("dest")],
            nulls_last(),
        )
        .into()
}

/// Adds the name of the airport whose code is in column `code`.
///
/// Which columns these are is said where the step is used; the compiler checks each use. The name
/// may be null: four airports in Puerto Rico and the Virgin Islands are not in the table.
#[step(joins(routes, airports, on(code => faa), how = left), renames("name" => name))]
pub fn add_airport(
    routes: LazyFrame,
    airports: Frame<Airport>,
    code: ColumnName,
    name: ColumnName,
) -> LazyFrame {
    look_up(routes, code.as_str(), airports.lazy(), "faa").rename(["name"], [name.as_str()], true)
}

/// Says what class of aircraft a flight has, by its number of seats.
///
/// Mind who is `unknown`: airlines that use fleet numbers of their own instead of registrations
/// (American and Envoy, mostly), and cancelled flights that were never given an aircraft. So the
/// share of cancelled flights is too low in the known classes and too high in this one.
#[step(
    joins(flights, planes, on(tailnum), how = left),
    drops(tailnum, seats),
    adds(aircraft: String),
)]
pub fn add_aircraft(flights: LazyFrame, planes: Frame<Plane>, regional_seats: i64) -> LazyFrame {
    let seats = col("seats");
    let aircraft = when(seats.clone().is_null())
        .then(lit("unknown"))
        .when(seats.lt_eq(lit(regional_seats)))
        .then(lit("regional"))
        .otherwise(lit("mainline"));
    look_up(flights, "tailnum", planes.lazy(), "tailnum")
        .with_column(aircraft.alias("aircraft"))
        .drop(cols(["tailnum", "seats"]))
}

/// The classes of aircraft.
///
/// An open step that ends the flow of other columns: it reads what it names and returns exactly the
/// columns of a schema.
#[step(
    reads(aircraft: String, dep_delay: Option<i64>, cancelled: bool, late: Option<bool>),
    returns(AircraftPunctuality),
)]
pub fn by_aircraft(flights: LazyFrame) -> LazyFrame {
    flights
        .group_by([col("aircraft")])
        .agg(punctuality())
        .sort(["aircraft"], nulls_last())
}

/// Removes wind speeds that cannot be: Newark reports 1048 miles per hour on 12 February.
#[step(
    reads(wind_speed: Option<f64>),
    replaces(wind_speed: Option<f64>),
    renames(visib => visibility),
)]
pub fn clean_weather(weather: LazyFrame) -> LazyFrame {
    // Miles per hour. In the step and not above it: what stands here is part of the checkpoint's key.
    const STRONGEST_WIND: f64 = 200.0;
    let wind_speed = col("wind_speed");
    weather
        .with_column(
            when(wind_speed.clone().lt_eq(lit(STRONGEST_WIND)))
                .then(wind_speed)
                .otherwise(lit(NULL)),
        )
        .rename(["visib"], ["visibility"], true)
}

/// Puts each hour into a band of wind speeds, `wind_step` miles per hour wide, and says whether
/// visibility was below `poor_below` miles.
#[step(
    reads(wind_speed: Option<f64>, visibility: f64),
    adds(wind_from: Option<f64>, poor_visibility: bool),
    drops(wind_speed, visibility),
)]
pub fn band_weather(weather: LazyFrame, wind_step: f64, poor_below: f64) -> LazyFrame {
    weather
        .with_columns([
            ((col("wind_speed") / lit(wind_step)).floor() * lit(wind_step)).alias("wind_from"),
            col("visibility")
                .lt(lit(poor_below))
                .alias("poor_visibility"),
        ])
        .drop(cols(["wind_speed", "visibility"]))
}

/// Adds the weather at the airport of departure in the scheduled hour.
///
/// `weather` has one row for an airport and an hour; two would double their flights, so the join
/// fails on them. Some hours have none: a left join keeps their flights, with nulls. So
/// `poor_visibility` may be null here, though it never is in `weather`.
#[step(joins(flights, weather, on(origin, time_hour), how = left))]
pub fn add_weather(flights: LazyFrame, weather: LazyFrame) -> LazyFrame {
    flights
        .join_builder()
        .with(weather)
        .on([col("origin"), col("time_hour")])
        .how(JoinType::Left)
        .validate(JoinValidation::ManyToOne)
        .finish()
}

/// Keeps the flights whose weather was observed.
#[step(non_null(wind_from, poor_visibility))]
pub fn keep_observed(flights: LazyFrame) -> LazyFrame {
    flights.drop_nulls(Some(cols(["wind_from", "poor_visibility"])))
}

/// The bands of wind speed, each with good and with poor visibility.
#[step(
    reads(
        wind_from: f64,
        poor_visibility: bool,
        dep_delay: Option<i64>,
        cancelled: bool,
        late: Option<bool>,
    ),
    returns(WeatherPunctuality),
)]
pub fn by_weather(flights: LazyFrame) -> LazyFrame {
    let kind = [col("poor_visibility"), col("wind_from")];
    flights
        .group_by(kind.clone())
        .agg(punctuality())
        .sort_by_exprs(kind, nulls_last())
}

/// How punctual a group of flights is.
///
/// The steps call this function, so its code must be part of their checkpoints' keys: `#[tracked]`
/// makes it so. Without it the steps do not compile.
#[tracked]
fn punctuality() -> [Expr; 4] {
    [
        len().alias("flights"),
        col("cancelled").mean().alias("cancelled_share"),
        col("late").mean().alias("late_share"),
        col("dep_delay").mean().alias("mean_delay"),
    ]
}

/// Adds the columns of `table` to `rows`, in the order of `rows`: nulls where the key is not in the
/// table. Fails if the table has a key twice, which would double rows.
#[tracked]
fn look_up(rows: LazyFrame, key: &str, table: LazyFrame, table_key: &str) -> LazyFrame {
    rows.join_builder()
        .with(table)
        .left_on([col(key)])
        .right_on([col(table_key)])
        .how(JoinType::Left)
        .validate(JoinValidation::ManyToOne)
        .maintain_order(MaintainOrderJoin::Left)
        .finish()
}

/// Sorts groups without a value to the end.
#[tracked]
fn nulls_last() -> SortMultipleOptions {
    SortMultipleOptions::new().with_nulls_last(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_is_late_if_it_is_more_than_the_limit_behind_schedule() -> PolarsResult<()> {
        let flights = df!(
            "dep_time" => [Some(517), Some(600), None],
            "dep_delay" => [Some(15_i64), Some(16), None],
        )?;
        let rated = rate_departures(flights.lazy(), 15).collect()?;
        let expected = df!(
            "dep_delay" => [Some(15_i64), Some(16), None],
            "cancelled" => [false, false, true],
            "late" => [Some(false), Some(true), None],
        )?;
        assert!(rated.equals_missing(&expected), "{rated}");
        Ok(())
    }

    fn flight(carrier: &str, dep_delay: Option<i64>) -> RatedFlight {
        RatedFlight {
            carrier: carrier.into(),
            origin: "JFK".into(),
            dest: "LAX".into(),
            hour: 8,
            dep_delay,
            cancelled: dep_delay.is_none(),
            late: dep_delay.map(|delay| delay > 15),
        }
    }

    #[test]
    fn cancelled_flights_count_as_flights_but_not_as_departures() -> PolarsResult<()> {
        let flights = vec![
            flight("DL", Some(40)),
            flight("DL", Some(-10)),
            flight("DL", None),
        ];
        let airlines = vec![Airline {
            carrier: "DL".into(),
            name: "Delta".into(),
        }];
        let carriers =
            by_carrier(Frame::from_rows(flights)?, Frame::from_rows(airlines)?).collect()?;
        let expected = df!(
            "carrier" => ["DL"],
            "flights" => [3_u32],
            "cancelled_share" => [1.0 / 3.0],
            "late_share" => [0.5],
            "mean_delay" => [15.0],
            "airline" => ["Delta"],
        )?;
        assert!(carriers.equals(&expected), "{carriers}");
        Ok(())
    }

    #[test]
    fn an_impossible_wind_speed_is_not_known() -> PolarsResult<()> {
        let weather =
            df!("wind_speed" => [Some(10.4), Some(1048.4), None], "visib" => [10.0, 10.0, 0.5])?;
        let clean = clean_weather(weather.lazy()).collect()?;
        let expected =
            df!("wind_speed" => [Some(10.4), None, None], "visibility" => [10.0, 10.0, 0.5])?;
        assert!(clean.equals_missing(&expected), "{clean}");
        Ok(())
    }

    #[test]
    fn an_airport_that_is_there_twice_is_refused() -> PolarsResult<()> {
        let routes = df!("dest" => ["LAX"])?;
        let airport = || Airport {
            faa: "LAX".into(),
            name: "Los Angeles Intl".into(),
        };
        let airports = |rows| Frame::from_rows(rows);
        let name = |airports| {
            add_airport(
                routes.clone().lazy(),
                airports,
                "dest".into(),
                "name".into(),
            )
        };
        assert_eq!(name(airports(vec![airport()])?).collect()?.height(), 1);
        assert!(
            name(airports(vec![airport(), airport()])?)
                .collect()
                .is_err()
        );
        Ok(())
    }
}
