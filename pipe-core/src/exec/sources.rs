//! The frames of a pipeline's inputs.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use polars::prelude::*;

use crate::contract::ColumnSpec;
use crate::digest::Digest;
use crate::graph::{Graph, Input};
use crate::source::SourceError;
use crate::source::diagnose::nulls;

/// Opens the wanted inputs, before anything runs: what is wrong with any of them is told at once.
pub(super) fn open(
    graph: &Graph,
    wanted: &[bool],
) -> Result<Vec<Option<LazyFrame>>, Vec<SourceError>> {
    let mut errors = Vec::new();
    let frames = graph.inputs.iter().zip(wanted).map(|(input, &wanted)| {
        let frame = wanted.then(|| input.source.open(input.schema))?;
        frame
            .map_err(|error| errors.push(error))
            .ok()
            .map(|frame| without_nulls(input, frame))
    });
    let frames = frames.collect();
    if errors.is_empty() {
        Ok(frames)
    } else {
        Err(errors)
    }
}

/// Fails queries that meet a null in a column that is declared to have none.
///
/// Looks at what flows by, so it costs no pass of its own: columns that are not read and rows that
/// a pushed-down filter leaves out are not looked at.
fn without_nulls(input: &Input, frame: LazyFrame) -> LazyFrame {
    let columns: Vec<&'static ColumnSpec> = input
        .schema
        .iter()
        .flat_map(|s| s.columns)
        .filter(|column| !column.nullable)
        .collect();
    if columns.is_empty() {
        return frame;
    }
    let source = input.source.describe();
    let name = name(&input.name, &source, &columns);
    let check = move |frame: DataFrame| {
        for column in &columns {
            if let Ok(found) = frame.column(column.name)
                && found.null_count() > 0
            {
                polars_bail!(ComputeError: "{}", nulls(column.name, &source));
            }
        }
        Ok(frame)
    };
    // Row by row, and what it needs is there whenever somebody reads it: all pushdowns are fine.
    let optimizations = AllowedOptimizations::default() | OptFlags::STREAMING;
    frame.map(check, optimizations, None, Some(name))
}

/// A name that only closures which do the same have: Polars 0.55.2 takes closures of one name for
/// one closure. Each is leaked once per process.
fn name(input: &str, source: &str, columns: &[&ColumnSpec]) -> &'static str {
    static NAMES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut digest = Digest::new("null check");
    digest.part(input).part(source);
    for column in columns {
        digest.part(column.name);
    }
    let name = format!("nulls of {input} {}", &digest.finish()[..16]);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = name.leak();
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::NamedSchema;
    use crate::rules::NodeRules;
    use crate::source::{Source, from_path};

    #[test]
    fn looking_for_nulls_keeps_pushdowns() -> Result<(), Box<dyn std::error::Error>> {
        const fn number(name: &'static str) -> ColumnSpec {
            let ty = crate::contract::ColumnType::Int64;
            ColumnSpec {
                name,
                hash: 0,
                ty,
                nullable: false,
            }
        }
        const COLUMNS: &[ColumnSpec] = &[number("a"), number("b"), number("c")];
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("data.parquet");
        let mut frame = df!("a" => [1i64, 2], "b" => [3i64, 4], "c" => [5i64, 6])?;
        ParquetWriter::new(std::fs::File::create(&path)?).finish(&mut frame)?;
        let source = from_path(&path)?;
        let schema = Some(NamedSchema {
            name: "Data",
            columns: COLUMNS,
            rules: &[],
        });
        let opened = Source::open(&*source, schema)?;
        let input = Input {
            name: "data".into(),
            source,
            schema,
            rules: NodeRules::default(),
        };
        let query = without_nulls(&input, opened)
            .filter(col("b").gt(lit(3)))
            .select([col("a")]);
        let plan = query.clone().with_comm_subplan_elim(false).explain(true)?;
        assert!(
            plan.contains("2/3 COLUMNS") || plan.contains("1/3 COLUMNS"),
            "{plan}"
        );
        assert!(plan.contains("SELECTION"), "{plan}");
        assert_eq!(crate::engine::collect(query)?, df!("a" => [2i64])?);
        Ok(())
    }
}
