//! Times as people type them.

use std::time::Duration;

/// `30d`, `12 hours`; days have 24 hours.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    read(text).map_err(|error| format!("not an age such as 12h, 30d or 2w ({error})"))
}

/// `30s`, `1m 30s`
pub(super) fn time(text: &str) -> Result<Duration, String> {
    read(text).map_err(|error| format!("not a time such as 500ms, 30s or 5m ({error})"))
}

fn read(text: &str) -> Result<Duration, jiff::Error> {
    let span: jiff::Span = text.parse()?;
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())?;
    Duration::try_from(time)
}
