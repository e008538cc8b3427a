//! The columns of a CSV file: what its header says, and whether that is what the schema wants.

use std::path::Path;

use polars::prelude::PlSmallStr;

use super::{
    Csv, Dialect, Fault, NamedSchema, Records, SourceError, SourceProblem, conform, files,
};
use crate::source::error::{Count, Position, shortened};

impl Csv {
    /// The columns of a file in its order, checked against the schema.
    pub(super) fn columns(
        &self,
        dialect: &Dialect,
        file: &Path,
        schema: Option<NamedSchema>,
    ) -> Result<Vec<PlSmallStr>, SourceError> {
        files::not_compressed(file)?;
        let place = file.display().to_string();
        let fault = |problem| SourceError::from(Fault::of(&place, problem));
        self.ends_closed(dialect, file)?;
        let mut records = self.start(dialect, file)?;
        let first = records
            .next_record()
            .map_err(|error| Fault::io(file, error))?;
        let first = first.ok_or_else(|| fault(SourceProblem::Empty))?;
        let fields = dialect.fields(first.record(0));
        if !self.header {
            return match schema {
                None => Ok((1..=fields.len())
                    .map(|i| format!("column_{i}").into())
                    .collect()),
                Some(schema) if fields.len() == schema.columns.len() => Ok(schema
                    .columns
                    .iter()
                    .map(|column| column.name.into())
                    .collect()),
                Some(schema) => Err(fault(SourceProblem::ColumnCount {
                    found: Count(fields.len()),
                    declared: schema.columns.len(),
                    schema: schema.name,
                })),
            };
        }
        let names: Vec<PlSmallStr> = fields
            .iter()
            .map(|field| dialect.text(field).into())
            .collect();
        let mut faults = Vec::new();
        if let Some(schema) = schema {
            faults = conform::missing(&place, schema, &names);
            let near = |name: &str| conform::nearest(name, &names).is_some();
            if !faults.is_empty() && !schema.columns.iter().any(|column| near(column.name)) {
                let line = String::from_utf8_lossy(first.record(0)).into_owned();
                let help = no_header_help(&line, dialect);
                let line = shortened(line);
                return Err(fault(SourceProblem::NotAHeader {
                    line,
                    schema: schema.name,
                    help,
                }));
            }
        }
        let wanted =
            |name: &str| schema.is_none_or(|s| s.columns.iter().any(|column| column.name == name));
        let twice = (1..names.len()).filter(|i| names[..*i].contains(&names[*i]));
        for name in twice.map(|i| &names[i]).filter(|name| wanted(name)) {
            let twice = Fault::of(&place, SourceProblem::DuplicateColumn);
            faults.push(twice.column(name.as_str()));
        }
        SourceError::unless_empty(&place, faults)?;
        Ok(unique(names))
    }

    /// Refuses a file that ends inside a quoted field. Polars takes the last character of a number there
    /// for the quote, and panics if there is none.
    fn ends_closed(&self, dialect: &Dialect, file: &Path) -> Result<(), SourceError> {
        let io = |error| Fault::io(file, error);
        if dialect.may_end_open(file).map_err(io)?
            && let Some(line) = self.start(dialect, file)?.open_end().map_err(io)?
        {
            let fault = Fault::of(&file.display(), SourceProblem::UnclosedQuote);
            return Err(fault.at(Position::Line(line)).into());
        }
        Ok(())
    }

    /// The data records of a file.
    pub(in crate::source) fn records(
        &self,
        dialect: &Dialect,
        file: &Path,
    ) -> Result<Records, SourceError> {
        let mut records = self.start(dialect, file)?;
        if self.header {
            records
                .next_record()
                .map_err(|error| Fault::io(file, error))?;
        }
        Ok(records)
    }

    /// The records from the header on, or from the first one that is not skipped.
    fn start(&self, dialect: &Dialect, file: &Path) -> Result<Records, SourceError> {
        let mut records = Records::open(file, dialect.clone()).map_err(|e| Fault::io(file, e))?;
        if self.header {
            records
                .skip_empty_lines()
                .map_err(|error| Fault::io(file, error))?;
        }
        for _ in 0..self.skip_rows {
            records
                .next_record()
                .map_err(|error| Fault::io(file, error))?;
        }
        Ok(records)
    }
}

fn no_header_help(line: &str, dialect: &Dialect) -> String {
    let separator = char::from(dialect.separator);
    if !line.contains(separator) {
        let others = [',', ';', '\t', '|']
            .into_iter()
            .filter(|other| *other != separator);
        if let Some(other) = others
            .max_by_key(|c| line.matches(*c).count())
            .filter(|c| line.contains(*c))
        {
            return format!("it looks separated by {other:?}: add `.separator({other:?})`");
        }
    }
    "add `.header(false)` if the file has no header line, or `.skip_rows(n)` if it comes later"
        .into()
}

/// Other names for repeated columns that nobody asks for: Polars wants each name once.
fn unique(names: Vec<PlSmallStr>) -> Vec<PlSmallStr> {
    let mut unique: Vec<PlSmallStr> = Vec::with_capacity(names.len());
    for (i, mut name) in names.into_iter().enumerate() {
        while unique.contains(&name) {
            name = format!("{name} (column {})", i + 1).into();
        }
        unique.push(name);
    }
    unique
}
