//! The log of a web server, line by line: a row step parses each, lines that are none are put aside.
//!
//! ```text
//! cargo run -p pipe-examples --bin access_log -- run
//! cargo run -p pipe-examples --bin access_log -- show requests --quarantine
//! ```

use chrono::{DateTime, Utc};
use pipe_core::prelude::*;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/access.log");

/// A line as it is written.
#[derive(Schema)]
struct LogLine {
    line: String,
}

/// What a line says.
#[derive(Schema)]
struct Request {
    host: String,
    at: DateTime<Utc>,
    method: String,
    path: String,
    status: u16,
    bytes: Option<i64>,
}

/// How a path did.
#[derive(Schema)]
struct PathSummary {
    path: String,
    requests: u32,
    failed: u32,
    bytes: i64,
}

/// Why a line is no request.
#[derive(Debug)]
enum NoRequest {
    /// It lacks a part.
    Without(&'static str),
    /// A part is not what it should be.
    Wrong(&'static str, String),
}

impl std::fmt::Display for NoRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Without(part) => write!(f, "there is no {part}"),
            Self::Wrong(part, text) => write!(f, "`{text}` is no {part}"),
        }
    }
}

impl std::error::Error for NoRequest {}

/// Splits a line of the common log format: `host - - [time] "method path protocol" status bytes`.
#[step(rows, on_error = quarantine)]
fn parse(row: LogLine) -> Result<Request, NoRequest> {
    let (host, rest) = row.line.split_once(' ').ok_or(NoRequest::Without("host"))?;
    let (_, rest) = rest.split_once('[').ok_or(NoRequest::Without("time"))?;
    let (time, rest) = rest
        .split_once("] \"")
        .ok_or(NoRequest::Without("request"))?;
    let (request, rest) = rest.split_once("\" ").ok_or(NoRequest::Without("status"))?;
    let (status, bytes) = rest.split_once(' ').ok_or(NoRequest::Without("length"))?;
    let mut request = request.split(' ');
    let wrong = |part, text: &str| NoRequest::Wrong(part, text.to_owned());
    Ok(Request {
        host: host.to_owned(),
        at: DateTime::parse_from_str(time, "%d/%b/%Y:%H:%M:%S %z")
            .map_err(|_| wrong("time", time))?
            .to_utc(),
        method: request.next().unwrap_or_default().to_owned(),
        path: request.next().ok_or(NoRequest::Without("path"))?.to_owned(),
        status: status.parse().map_err(|_| wrong("status", status))?,
        bytes: match bytes {
            "-" => None,
            bytes => Some(bytes.parse().map_err(|_| wrong("length", bytes))?),
        },
    })
}

/// Counts the requests of each path, the busiest first.
#[step]
fn by_path(requests: Frame<Request>) -> Frame<PathSummary> {
    let failed = col("status").gt_eq(lit(400));
    requests
        .lazy()
        .group_by([col("path")])
        .agg([
            len().alias("requests"),
            failed.sum().alias("failed"),
            col("bytes").sum().alias("bytes"),
        ])
        .sort_by_exprs(
            [col("requests"), col("path")],
            SortMultipleOptions::default().with_order_descending_multi([true, false]),
        )
        .into()
}

pipeline! {
    /// Which paths of a web server are asked for, and how they do.
    fn access_log(
        /// The log file.
        lines: Frame<LogLine> = Csv::new(LOG).header(false).separator('\u{1}').quote(None),
    ) -> Frame<PathSummary> {
        let requests = parse(lines);
        let paths = by_path(requests);
        paths
    }
}

fn main() -> std::process::ExitCode {
    AccessLogPipeline::main()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request, String> {
        let line = line.to_owned();
        parse(LogLine { line }).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_a_request() -> Result<(), String> {
        let request = parsed(
            r#"10.0.0.1 - - [02/Jan/2026:13:55:36 +0100] "GET /flights?from=JFK HTTP/1.1" 200 5120"#,
        )?;
        assert_eq!(request.at.to_rfc3339(), "2026-01-02T12:55:36+00:00");
        assert_eq!((request.method.as_str(), request.status), ("GET", 200));
        assert_eq!(request.path, "/flights?from=JFK");
        assert_eq!(request.bytes, Some(5120));
        Ok(())
    }

    #[test]
    fn what_is_no_request_says_why() {
        let why = |line| parsed(line).err();
        assert_eq!(why("-- MARK --").as_deref(), Some("there is no time"));
        let line = r#"10.0.0.1 - - [02/Jan/2026:13:55:36 +0100] "GET / HTTP/1.1" OK -"#;
        assert_eq!(why(line).as_deref(), Some("`OK` is no status"));
    }

    #[test]
    fn contracts_hold() -> Result<(), pipe_core::CheckError> {
        AccessLogPipeline::check()
    }
}
