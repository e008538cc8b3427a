//! The records of a text file with their line numbers, cut exactly as Polars cuts them.
//!
//! The `csv` crate is no help here: it skips blank lines, counts the lines of comments to the record
//! after them, and takes a quote inside a field for a letter, where Polars counts every quote.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::files::BYTE_ORDER_MARK;

/// What separates records and fields.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    pub(super) comment: Option<String>,
    /// Whether lines of white space are no records.
    pub(super) skip_blank: bool,
}

/// One record: a line, or several where a quoted field holds line breaks.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The line it begins in, from 1.
    pub(super) line: u64,
    /// Its bytes in the batch, line break included.
    bytes: Range<usize>,
    /// It ends with the file, inside a quoted field.
    pub(super) unclosed: bool,
}

/// A run of records.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    pub(super) records: Vec<Record>,
}

impl Batch {
    /// The bytes of some consecutive records.
    pub(super) fn run(&self, records: Range<usize>) -> &[u8] {
        match self.records.get(records) {
            Some([first, .., last]) => &self.bytes[first.bytes.start..last.bytes.end],
            Some([only]) => &self.bytes[only.bytes.clone()],
            _ => &[],
        }
    }

    /// The bytes of one record, without its line break.
    pub(super) fn record(&self, index: usize) -> &[u8] {
        let bytes = self.run(index..index + 1);
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }
}

/// Reads a file record by record.
pub(super) struct Records {
    reader: BufReader<File>,
    dialect: Dialect,
    line: u64,
}

/// Large enough that Polars' start-up costs nothing, small enough to halve quickly.
const BATCH_BYTES: usize = 1 << 20;

impl Records {
    pub(super) fn open(file: &Path, dialect: Dialect) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(file)?);
        if reader.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            reader.consume(BYTE_ORDER_MARK.len());
        }
        Ok(Self {
            reader,
            dialect,
            line: 1,
        })
    }

    /// Skips empty lines: before a header they do not count.
    pub(super) fn skip_empty_lines(&mut self) -> io::Result<()> {
        loop {
            let blank = match self.reader.fill_buf()? {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => return Ok(()),
            };
            self.reader.consume(blank);
            self.line += 1;
        }
    }

    /// The next record alone.
    pub(super) fn next_record(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        Ok(self.read_into(&mut batch)?.then_some(batch))
    }

    /// The next records, about a megabyte of them.
    pub(super) fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while batch.bytes.len() < BATCH_BYTES && self.read_into(&mut batch)? {}
        Ok((!batch.records.is_empty()).then_some(batch))
    }

    /// Appends one record; false at the end of the file.
    fn read_into(&mut self, batch: &mut Batch) -> io::Result<bool> {
        loop {
            let start = batch.bytes.len();
            let line = self.line;
            let mut quoted = false;
            loop {
                let from = batch.bytes.len();
                if self.reader.read_until(b'\n', &mut batch.bytes)? == 0 {
                    break;
                }
                self.line += 1;
                let read = &batch.bytes[from..];
                if from == start && self.is_comment(read) {
                    break;
                }
                if let Some(quote) = self.dialect.quote {
                    for byte in read {
                        quoted ^= *byte == quote;
                    }
                }
                if !quoted {
                    break;
                }
            }
            let bytes = start..batch.bytes.len();
            if bytes.is_empty() {
                return Ok(false);
            }
            let read = &batch.bytes[start..];
            if self.is_comment(read) || (self.dialect.skip_blank && read.trim_ascii().is_empty()) {
                batch.bytes.truncate(start);
                continue;
            }
            batch.records.push(Record {
                line,
                bytes,
                unclosed: quoted,
            });
            return Ok(true);
        }
    }

    /// The line of the last record, if the file ends inside a quoted field of it.
    pub(super) fn open_end(mut self) -> io::Result<Option<u64>> {
        let mut open = None;
        while let Some(batch) = self.next_batch()? {
            let last = batch.records.len().saturating_sub(1);
            let is_open = self.dialect.ends_open(batch.record(last));
            open = batch.records.last().filter(|_| is_open).map(|it| it.line);
        }
        Ok(open)
    }

    fn is_comment(&self, line: &[u8]) -> bool {
        self.dialect
            .comment
            .as_ref()
            .is_some_and(|prefix| line.starts_with(prefix.as_bytes()))
    }
}

impl Dialect {
    /// Whether a file may end inside a quoted field, by its last line: to read all of it would tell, and
    /// cost much.
    ///
    /// That a record begins in this line is one way to see it. If it began before, and the line inside
    /// of quotes, the first quote in it ends a field, or stands for itself with another one behind it.
    pub(super) fn may_end_open(&self, file: &Path) -> io::Result<bool> {
        const LONGEST: u64 = 1 << 16;
        let Some(quote) = self.quote else {
            return Ok(false);
        };
        let mut file = File::open(file)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        let end = end.trim_ascii_end();
        let line = end.rsplit(|byte| *byte == b'\n').next().unwrap_or(end);
        let ends = |behind: &u8| *behind == self.separator || *behind == quote;
        let mut from = line.iter().skip_while(|byte| **byte != quote);
        let ends_field = from.next().is_some() && from.next().is_none_or(ends);
        Ok(ends_field || self.ends_open(line))
    }

    /// Whether the last field of a record begins with a quote that none closes.
    fn ends_open(&self, record: &[u8]) -> bool {
        let fields = self.fields(record);
        let last = fields.last().copied().unwrap_or_default();
        let quotes = last.iter().filter(|byte| Some(**byte) == self.quote);
        last.first().copied() == self.quote && quotes.count() % 2 == 1
    }

    /// The fields of a record, raw.
    pub(super) fn fields<'a>(&self, record: &'a [u8]) -> Vec<&'a [u8]> {
        let mut fields = Vec::new();
        let mut rest = record;
        loop {
            let opens = rest
                .first()
                .copied()
                .filter(|first| Some(*first) == self.quote);
            let mut quoted = false;
            let end = rest.iter().position(|byte| {
                // Only a field that begins with a quote is a quoted one.
                quoted ^= opens == Some(*byte);
                !quoted && *byte == self.separator
            });
            let Some(end) = end else {
                fields.push(rest);
                return fields;
            };
            fields.push(&rest[..end]);
            rest = &rest[end + 1..];
        }
    }

    /// What a raw field says: without its quotes.
    pub(super) fn text(&self, field: &[u8]) -> String {
        let text = String::from_utf8_lossy(field);
        let Some(quote) = self.quote.map(char::from) else {
            return text.into_owned();
        };
        match text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote))
        {
            Some(inner) => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
            None => text.into_owned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails panics")]
mod tests {
    use polars::lazy::dsl::ScanSources;
    use polars::prelude::*;

    use super::*;

    /// Texts of the pieces that matter, in an order that the seed decides.
    fn text(seed: u64) -> String {
        let pieces = [
            "a",
            ",",
            "\n",
            "\r\n",
            ",\"\"\"\"",
            "\"b\"",
            "#",
            "\n\"c\nd\",e\n",
        ];
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut text = String::from("x,y\n");
        for _ in 0..40 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text += pieces[usize::try_from(state % 8).unwrap()];
        }
        text
    }

    /// The rows that Polars makes of it, if it does not refuse it.
    fn rows(text: &str) -> Option<usize> {
        let schema: Schema = ["x", "y"]
            .map(|name| Field::new(name.into(), DataType::String))
            .into_iter()
            .collect();
        let source = ScanSources::Buffers([text.as_bytes().to_vec().into()].into());
        let lazy = LazyCsvReader::new_with_sources(source)
            .with_schema(Some(schema.into()))
            .with_comment_prefix(Some("#".into()))
            .with_truncate_ragged_lines(true);
        Some(crate::engine::collect(lazy.finish().ok()?).ok()?.height())
    }

    #[test]
    fn records_are_cut_where_polars_cuts_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let quote = Some(b'"');
        let comment = Some("#".to_owned());
        let dialect = Dialect {
            separator: b',',
            quote,
            comment,
            skip_blank: false,
        };
        let mut compared = 0;
        for text in (0..300).map(text) {
            std::fs::write(&path, &text).unwrap();
            let mut records = Records::open(&path, dialect.clone()).unwrap();
            records.next_record().unwrap();
            let batch = records.next_batch().unwrap().unwrap_or_default();
            if batch.records.iter().any(|record| record.unclosed) {
                continue;
            }
            let Some(rows) = rows(&text) else { continue };
            assert_eq!(batch.records.len(), rows, "{text:?}");
            let lines: Vec<&str> = text.lines().collect();
            for (i, record) in batch.records.iter().enumerate() {
                let line = lines[usize::try_from(record.line).unwrap() - 1];
                let found = String::from_utf8_lossy(batch.record(i)).into_owned();
                assert_eq!(found.lines().next().unwrap_or_default(), line, "{text:?}");
            }
            compared += 1;
        }
        assert!(compared > 50, "only {compared} texts could be compared");
    }
}
