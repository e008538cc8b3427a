//! What is wrong with one record of a CSV file.

use polars::prelude::*;

use super::{Csv, Dialect, ScanSources, SourceProblem};
use crate::source::conform::Target;
use crate::source::convert;
use crate::source::diagnose::{TextSource, bad_cell_help};
use crate::source::error::{Count, shortened};

/// Reads records of one file.
pub(super) struct Reader<'a> {
    pub(super) csv: &'a Csv,
    pub(super) dialect: &'a Dialect,
    pub(super) columns: &'a [PlSmallStr],
}

impl Reader<'_> {
    /// A header that only counts the columns: Polars takes their number from the first line.
    fn stand_in_header(&self) -> Vec<u8> {
        let comment = self
            .dialect
            .comment
            .as_ref()
            .and_then(|prefix| prefix.bytes().next());
        let taken = [Some(self.dialect.separator), self.dialect.quote, comment];
        let letter = (b'a'..=b'z')
            .find(|letter| !taken.contains(&Some(*letter)))
            .unwrap_or(b'a');
        let mut header = vec![letter];
        for _ in 1..self.columns.len() {
            header.extend([self.dialect.separator, letter]);
        }
        header.push(b'\n');
        header
    }

    fn field<'a>(&self, record: &'a [u8], name: &str) -> Option<&'a [u8]> {
        let index = self.columns.iter().position(|column| column == name)?;
        self.dialect.fields(record).get(index).copied()
    }
}

impl TextSource for Reader<'_> {
    fn read(&self, records: &[u8], targets: &[Target]) -> PolarsResult<LazyFrame> {
        let mut bytes = self.stand_in_header();
        bytes.extend_from_slice(records);
        let sources = ScanSources::Buffers([bytes.into()].into());
        self.csv.scan(
            self.dialect,
            sources,
            self.columns,
            Some(targets),
            (true, 0),
        )
    }

    fn explain_record(&self, record: &[u8]) -> Option<(Option<String>, SourceProblem)> {
        let fields = self.dialect.fields(record);
        if !self.csv.lossy
            && let Some(index) = fields
                .iter()
                .position(|field| std::str::from_utf8(field).is_err())
        {
            let text = shortened(self.dialect.text(fields[index]));
            let column = self.columns.get(index).map(ToString::to_string);
            return Some((column, SourceProblem::NotUtf8 { text }));
        }
        None
    }

    fn explain_cell(&self, record: &[u8], target: &Target) -> SourceProblem {
        let field = self.field(record, &target.name).unwrap_or_default();
        let text = self.dialect.text(field);
        let advice = convert::advice(&target.dtype, &text);
        let text = shortened(text);
        let optional = if target.nullable {
            String::new()
        } else {
            format!("declare it `Option<{}>` and ", target.ty)
        };
        let help = bad_cell_help(
            advice,
            &format!("{optional}add {text:?} to null_values, or repair the file"),
        );
        SourceProblem::BadCell {
            text,
            ty: target.ty.clone(),
            help,
        }
    }

    fn explain_null(&self, record: &[u8], target: &Target) -> String {
        match self.field(record, &target.name) {
            None => format!(
                "is missing: the record has {}",
                Count(self.dialect.fields(record).len())
            ),
            Some([]) => "is empty".into(),
            Some(field) => format!("`{}` is null", self.dialect.text(field)),
        }
    }

    fn explain_rest(&self, record: &[u8]) -> Option<SourceProblem> {
        let found = self.dialect.fields(record).len();
        (found > self.columns.len()).then_some(SourceProblem::FieldCount {
            found: Count(found),
            columns: self.columns.len(),
        })
    }
}
