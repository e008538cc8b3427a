//! A pipeline with secrets, for `tests/secrets.rs`: as a process, since only that writes logs.

use std::process::ExitCode;

use pipe_core::prelude::*;

#[derive(Schema)]
struct Row {
    n: i64,
}

/// What a server would give for the token.
#[step(adds(granted: bool))]
fn fetch(rows: LazyFrame, token: Secret<String>, how: String) -> Result<LazyFrame, StepError> {
    match how.as_str() {
        "refused" => Err(format!("the server refused {token}, {token:?}").into()),
        "panic" => panic!("no server for {token}, {token:?}"),
        _ => Ok(rows.with_column(lit(!token.expose().is_empty()).alias("granted"))),
    }
}

#[step]
fn unlock(rows: LazyFrame, pin: Secret<u16>) -> LazyFrame {
    rows.filter(lit(*pin.expose() > 0))
}

pipeline! {
    /// Rows from behind a door.
    fn fetched(
        numbers: Frame<Row>,
        /// Opens the door.
        token: Secret<String>,
        /// Opens the safe.
        pin: Secret<u16> = Secret::new(47_110 + 1),
        how: String = "granted",
    ) -> LazyFrame {
        let fetched = fetch(numbers, token, how);
        let unlocked = unlock(fetched, pin);
        unlocked
    }
}

fn main() -> ExitCode {
    FetchedPipeline::main()
}
