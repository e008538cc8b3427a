//! A difference as people read it.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::{CheckpointDiff, DiffSide, RowDifference, Side};
use crate::text::{age, count, grouped, size, table};

/// A longer value is cut.
const LONGEST: usize = 40;

impl Display for CheckpointDiff {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let side = |word: &str, side: &DiffSide| {
            let key = side.key.get(..16).unwrap_or(&side.key).to_owned();
            let rows = count(side.rows, "row");
            let valid = if side.is_valid { "valid" } else { "" };
            [
                word.to_owned(),
                key,
                age(side.age_seconds),
                rows,
                size(side.bytes),
                valid.to_owned(),
            ]
        };
        table(
            f,
            [side("old", &self.old), side("new", &self.new)].into_iter(),
        )?;
        self.made_of(f)?;
        self.schema(f)?;
        self.rows(f)?;
        self.first(f)
    }
}

impl CheckpointDiff {
    fn made_of(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "made of the same");
        }
        writeln!(f, "what they were made of:")?;
        self.changes
            .iter()
            .try_for_each(|change| writeln!(f, "  - {change}"))
    }

    fn schema(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.schema.is_empty() {
            return writeln!(f, "columns and types: the same");
        }
        writeln!(f, "columns and types:")?;
        for it in &self.schema {
            let column = &it.column;
            match (&it.old, &it.new) {
                (Some(old), Some(new)) => writeln!(f, "  ~ {column}: {old} -> {new}")?,
                (Some(old), None) => writeln!(f, "  - {column}: {old}")?,
                (None, new) => writeln!(f, "  + {column}: {}", new.as_deref().unwrap_or_default())?,
            }
        }
        Ok(())
    }

    fn rows(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let how = if self.by.is_empty() {
            "row number".to_owned()
        } else {
            self.by.join(", ")
        };
        let (compared, differing) = (count(self.compared, "row"), grouped(self.differing));
        writeln!(f, "{compared} compared by {how}: {differing} differ")?;
        let differing = self.columns.iter().filter(|it| it.rows > 0);
        let differing = differing.map(|it| [String::new(), it.column.clone(), grouped(it.rows)]);
        let mut indented = differing
            .map(|[_, column, rows]| [format!("  {column}"), rows])
            .peekable();
        if indented.peek().is_some() {
            table(f, indented)?;
        }
        for (rows, side) in [(self.only_old, "old"), (self.only_new, "new")] {
            if rows > 0 {
                writeln!(f, "{} only in the {side} one", count(rows, "row"))?;
            }
        }
        Ok(())
    }

    fn first(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.first.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let head = if self.by.is_empty() {
            "row".to_owned()
        } else {
            self.by.join(", ")
        };
        let head = [
            head,
            "column".to_owned(),
            "old".to_owned(),
            "new".to_owned(),
        ];
        let rows = self.first.iter().flat_map(|row| self.lines(row));
        table(f, [head].into_iter().chain(rows))
    }

    /// A line for each value that differs; one for a row that only one side has.
    fn lines(&self, row: &RowDifference) -> Vec<[String; 4]> {
        let by = self.by.iter().map(|column| cell(row.by.get(column)));
        let name = match row.row {
            Some(number) => grouped(number),
            None => by.collect::<Vec<_>>().join(", "),
        };
        let there = |there: bool| if there { "there" } else { "-" }.to_owned();
        if row.side != Side::Both {
            let (old, new) = (there(row.side == Side::Old), there(row.side == Side::New));
            return vec![[name, "(whole row)".to_owned(), old, new]];
        }
        let values = row.values.iter().enumerate();
        let line = |(i, it): (usize, &super::ValueDifference)| {
            let name = if i == 0 { name.clone() } else { String::new() };
            [
                name,
                it.column.clone(),
                cell(Some(&it.old)),
                cell(Some(&it.new)),
            ]
        };
        values.map(line).collect()
    }
}

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "null".to_owned(),
        Some(Value::String(text)) => text.replace('\n', "\\n"),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= LONGEST {
        text
    } else {
        text.chars().take(LONGEST).chain(['…']).collect()
    }
}
