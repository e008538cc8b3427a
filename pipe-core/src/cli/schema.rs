//! The verb that needs no pipeline: a schema from data.

use std::io::Write;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;

use super::console::Console;
use super::exit::{Exit, Failure};
use crate::source::{InferError, InferSchema};

/// Its name.
pub(super) const NAME: &str = "schema";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Print the `#[derive(Schema)]` struct for a file, its types and nulls from all rows")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("A CSV, Parquet or NDJSON file, or a glob"),
        )
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .help("Name of the struct; by default that of the file"),
        )
        .arg(
            Arg::new("null-values")
                .long("null-values")
                .value_name("TEXTS")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .help("Fields of a CSV file that are null, such as NA,NULL"),
        )
        .arg(
            Arg::new("separator")
                .long("separator")
                .value_name("CHARACTER")
                .value_parser(separator)
                .help("What separates fields of a CSV file"),
        )
}

pub(super) fn perform(matches: &ArgMatches, console: &mut Console) -> Result<Exit, Failure> {
    let file: PathBuf = matches.get_one("file").cloned().unwrap_or_default();
    let null_values = matches.get_many::<String>("null-values");
    let mut schema = InferSchema::new(&file).null_values(null_values.into_iter().flatten());
    if let Some(name) = matches.get_one::<String>("name") {
        schema = schema.name(name);
    }
    if let Some(separator) = matches.get_one("separator") {
        schema = schema.separator(*separator);
    }
    let rust = schema.to_rust()?;
    if matches.get_flag("json") {
        let found = json!({"file": file.display().to_string(), "rust": rust});
        writeln!(console.out, "{found}")?;
    } else {
        write!(console.out, "{rust}")?;
    }
    Ok(Exit::Done)
}

fn separator(text: &str) -> Result<char, String> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ if text == "\\t" => Ok('\t'),
        _ => Err("not a single character".to_owned()),
    }
}

impl From<InferError> for Failure {
    fn from(error: InferError) -> Self {
        match error {
            InferError::Source(error) => Self::sources(&[error]),
            error => Self::new(Exit::Usage, error.to_string()),
        }
    }
}
