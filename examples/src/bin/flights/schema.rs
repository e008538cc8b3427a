//! The tables that come in and go out. Each names the columns that are needed, not all that a file
//! has: the others are never read.

use chrono::{DateTime, Utc};
use pipe_core::prelude::*;

/// A scheduled departure.
#[derive(Schema)]
pub struct Flight {
    /// Code of the airline.
    pub carrier: String,
    /// Registration of the aircraft; not known for some cancelled flights.
    pub tailnum: Option<String>,
    /// Code of the airport of departure.
    pub origin: String,
    /// Code of the airport of arrival.
    pub dest: String,
    /// Scheduled hour of departure, local time.
    pub hour: i64,
    /// The hour of the scheduled departure, as the weather has it.
    pub time_hour: DateTime<Utc>,
    /// Departure as `hhmm`, local time; null if the flight was cancelled.
    pub dep_time: Option<i64>,
    /// Minutes behind schedule at departure, negative if early; null if the flight was cancelled.
    pub dep_delay: Option<i64>,
}

/// The weather at an airport in one hour.
#[derive(Schema)]
pub struct Weather {
    /// Code of the airport.
    pub origin: String,
    /// Beginning of the hour.
    pub time_hour: DateTime<Utc>,
    /// Miles per hour.
    pub wind_speed: Option<f64>,
    /// Visibility in miles; 10 is the most that is recorded.
    pub visib: f64,
}

/// An aircraft.
#[derive(Schema)]
pub struct Plane {
    /// Registration.
    pub tailnum: String,
    /// Number of seats.
    pub seats: i64,
}

/// An airline.
#[derive(Schema)]
#[schema(sample = "data/airlines.csv")]
pub struct Airline {
    /// Its code.
    pub carrier: String,
    /// Its name.
    pub name: String,
}

/// An airport.
#[derive(Schema)]
pub struct Airport {
    /// Its code, given by the Federal Aviation Administration.
    pub faa: String,
    /// Its name.
    pub name: String,
}

/// What the summaries need of a flight.
#[derive(Schema)]
pub struct RatedFlight {
    /// Code of the airline.
    pub carrier: String,
    /// Code of the airport of departure.
    pub origin: String,
    /// Code of the airport of arrival.
    pub dest: String,
    /// Scheduled hour of departure, local time.
    pub hour: i64,
    /// Minutes behind schedule at departure.
    pub dep_delay: Option<i64>,
    /// Whether it never left.
    pub cancelled: bool,
    /// Whether it left late; null if it was cancelled.
    pub late: Option<bool>,
}

/// The punctuality of a carrier's flights.
///
/// The measures are those of every summary here. `late_share` and `mean_delay` are null for a group
/// whose flights were all cancelled.
#[derive(Schema)]
pub struct CarrierPunctuality {
    /// Code of the airline.
    pub carrier: String,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
    /// Name of the airline, if it is known.
    pub airline: Option<String>,
}

/// The punctuality of departures from an airport.
#[derive(Schema)]
pub struct OriginPunctuality {
    /// Code of the airport.
    pub origin: String,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
}

/// The punctuality of the departures scheduled in an hour of the day.
#[derive(Schema)]
pub struct HourPunctuality {
    /// Hour of the day, local time.
    pub hour: i64,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
}

/// The punctuality of the flights of a route.
#[derive(Schema)]
pub struct RouteRates {
    /// Code of the airport of departure.
    pub origin: String,
    /// Code of the airport of arrival.
    pub dest: String,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
}

/// [`RouteRates`] with the names of the airports.
#[derive(Schema)]
pub struct RoutePunctuality {
    /// Code of the airport of departure.
    pub origin: String,
    /// Code of the airport of arrival.
    pub dest: String,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
    /// Name of the airport of departure, if it is known.
    pub origin_name: Option<String>,
    /// Name of the airport of arrival, if it is known.
    pub dest_name: Option<String>,
}

/// The punctuality of flights with a class of aircraft.
#[derive(Schema)]
pub struct AircraftPunctuality {
    /// `regional`, `mainline`, or `unknown` if the aircraft is not in the registry.
    pub aircraft: String,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
}

/// The punctuality of flights in one kind of weather.
#[derive(Schema)]
pub struct WeatherPunctuality {
    /// Whether visibility was poor.
    pub poor_visibility: bool,
    /// Least wind speed of the band, in miles per hour.
    pub wind_from: f64,
    /// Number of scheduled flights.
    pub flights: u32,
    /// Cancelled flights as a share of all, 0 to 1.
    pub cancelled_share: f64,
    /// Late departures as a share of all departures, 0 to 1.
    pub late_share: Option<f64>,
    /// Mean delay of departures, in minutes.
    pub mean_delay: Option<f64>,
}
