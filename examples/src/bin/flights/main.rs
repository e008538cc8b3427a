//! Why flights leave New York late: 336 776 departures of 2013, joined with the weather, the
//! aircraft, the airlines and the airports.
//!
//! ```text
//! cargo run -p pipe-examples --bin flights -- run
//! cargo run -p pipe-examples --bin flights -- show weather_effect
//! cargo run -p pipe-examples --bin flights -- plan --wind-step 5     # what would run again, and why
//! ```

pub mod schema;
pub mod steps;

use pipe_core::prelude::*;

use schema::{
    AircraftPunctuality, Airline, Airport, CarrierPunctuality, Flight, HourPunctuality,
    OriginPunctuality, Plane, RoutePunctuality, Weather, WeatherPunctuality,
};
use steps::{
    add_aircraft, add_airport, add_weather, band_weather, by_aircraft, by_carrier, by_hour,
    by_origin, by_route, by_weather, clean_weather, keep_observed, rate_departures,
};

/// A file of the data that ships with the examples.
fn data(file: &str) -> String {
    format!("{}/data/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// A table of nycflights13, which writes `NA` where a value is missing.
fn table(file: &str) -> Csv {
    Csv::new(data(file)).null_values(["NA"])
}

pipeline! {
    /// Which carriers, airports, hours, routes, aircraft and weather make departures late.
    pub fn flights(
        /// Every scheduled departure, one row each.
        flights: Frame<Flight> = Parquet::new(data("flights.parquet")),
        /// Hourly observations at the airports of departure.
        weather: Frame<Weather> = table("weather.csv"),
        /// The aircraft registry.
        planes: Frame<Plane> = table("planes.csv"),
        /// Names of the carriers.
        airlines: Frame<Airline> = table("airlines.csv"),
        /// Names of the airports.
        airports: Frame<Airport> = table("airports.csv"),
        /// A departure is late if it is more than this many minutes behind schedule.
        late_after: i64 = 15,
        /// Width of a band of wind speeds, in miles per hour.
        wind_step: f64 = 10.0,
        /// Visibility below this many miles is poor.
        poor_below: f64 = 3.0,
        /// Aircraft with at most this many seats are regional ones.
        regional_seats: i64 = 100,
        /// Routes with fewer flights than this are left out.
        min_flights: u32 = 365,
    ) -> (
        Frame<CarrierPunctuality>,
        Frame<OriginPunctuality>,
        Frame<HourPunctuality>,
        Frame<RoutePunctuality>,
        Frame<AircraftPunctuality>,
        Frame<WeatherPunctuality>,
    ) {
        let rated = rate_departures(flights, late_after);

        let carriers = by_carrier(rated, airlines);
        let origins = by_origin(rated);
        let hours = by_hour(rated);

        let busy_routes = by_route(rated, min_flights);
        let from_named = add_airport(busy_routes, airports, code = "origin", name = "origin_name");
        let routes = add_airport(from_named, airports, code = "dest", name = "dest_name");

        let equipped = add_aircraft(rated, planes, regional_seats);
        let aircraft = by_aircraft(equipped);

        let observations = clean_weather(weather);
        // Cheap to compute, and read once: not worth a file.
        #[checkpoint(false)]
        let bands = band_weather(observations, wind_step, poor_below);
        let weathered = add_weather(rated, bands);
        let observed = keep_observed(weathered);
        let weather_effect = by_weather(observed);

        (carriers, origins, hours, routes, aircraft, weather_effect)
    }
}

fn main() -> std::process::ExitCode {
    FlightsPipeline::main()
}
