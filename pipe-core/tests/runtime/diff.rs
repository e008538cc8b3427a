//! Two checkpoints of a node, held against each other.

use pipe_core::{
    CheckpointDiff, DiffError, DiffOptions, DiffRowSide, Pipeline, RowDifference, SchemaDifference,
};
use polars::prelude::*;
use serde_json::{Value, json};

use crate::common::*;

/// A node that hands on its input, stored for each of these frames in turn.
struct Versions {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
    step: Act,
}

impl Versions {
    fn of(frames: &[DataFrame]) -> Result<Self, Anything> {
        let versions = Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[]),
            step: Act::new("keeps", only),
        };
        for frame in frames {
            versions.table.replace(frame.clone());
            versions.pipeline().run()?;
        }
        Ok(versions)
    }

    fn pipeline(&self) -> Pipeline {
        pipeline(
            &self.scratch,
            &self.table,
            &[("made", &self.step, &["numbers"])],
        )
    }

    fn diff(&self, options: &DiffOptions) -> Result<CheckpointDiff, DiffError> {
        self.pipeline().diff("made", options)
    }
}

fn diff(old: DataFrame, new: DataFrame) -> Result<CheckpointDiff, Anything> {
    Ok(Versions::of(&[old, new])?.diff(&DiffOptions::default())?)
}

fn by(old: DataFrame, new: DataFrame, columns: &[&str]) -> Result<CheckpointDiff, Anything> {
    let versions = Versions::of(&[old, new])?;
    let columns = columns.iter().copied();
    Ok(versions.diff(&DiffOptions::default().by(columns))?)
}

fn counts(diff: &CheckpointDiff) -> [u64; 4] {
    [diff.compared, diff.differing, diff.only_old, diff.only_new]
}

/// `column: old -> new` of every value of a row.
fn values(row: &RowDifference) -> Vec<String> {
    let values = row.values.iter();
    values
        .map(|it| format!("{}: {} -> {}", it.column, it.old, it.new))
        .collect()
}

#[test]
fn values_are_compared_row_by_row() -> Tested {
    let old = df!("a" => [1i64, 2, 3], "b" => ["x", "y", "z"], "same" => [true, true, false])?;
    let new = df!("a" => [1i64, 7, 3], "b" => ["x", "Y", "Z"], "same" => [true, true, false])?;
    let diff = diff(old, new)?;
    assert_eq!(counts(&diff), [3, 2, 0, 0]);
    assert!(!diff.is_equal());
    let columns: Vec<_> = diff
        .columns
        .iter()
        .map(|it| (it.column.as_str(), it.rows))
        .collect();
    assert_eq!(columns, [("a", 1), ("b", 2), ("same", 0)]);
    assert_eq!(diff.first[0].row, Some(2));
    assert_eq!(values(&diff.first[0]), ["a: 2 -> 7", "b: \"y\" -> \"Y\""]);
    assert_eq!(diff.first[1].row, Some(3));
    assert_eq!(values(&diff.first[1]), ["b: \"z\" -> \"Z\""]);
    assert_eq!(diff.changes, ["input numbers changed: numbers.csv"]);
    assert!(diff.new.is_valid && !diff.old.is_valid);
    assert_eq!((diff.old.rows, diff.new.rows), (3, 3));
    Ok(())
}

#[test]
fn null_is_null_and_nan_is_nan_and_neither_is_the_other() -> Tested {
    let nan = f64::NAN;
    let old = df!("x" => [None, Some(nan), Some(nan), None, Some(0.0), Some(1.0)])?;
    let new = df!("x" => [None, Some(nan), None, Some(nan), Some(-0.0), None])?;
    let diff = diff(old, new)?;
    assert_eq!(counts(&diff), [6, 3, 0, 0]);
    let rows: Vec<_> = diff.first.iter().flat_map(values).collect();
    assert_eq!(
        rows,
        ["x: \"NaN\" -> null", "x: null -> \"NaN\"", "x: 1.0 -> null"]
    );
    Ok(())
}

#[test]
fn lists_structs_dates_and_bytes_are_compared() -> Tested {
    let frame = |item: i64, inner: &str, day: i32, bytes: &[u8]| -> PolarsResult<DataFrame> {
        let list = Series::new("".into(), [item, 2]);
        let list: ListChunked = [Some(list), None].into_iter().collect();
        let inner = df!("s" => [inner, "same"])?.into_struct("inner".into());
        DataFrame::new(
            2,
            vec![
                list.with_name("list".into()).into_series().into(),
                inner.into_series().into(),
                Column::new("day".into(), [day, 0]).cast(&DataType::Date)?,
                Column::new("bytes".into(), [Some(bytes), None]),
            ],
        )
    };
    let same = diff(frame(1, "a", 1, b"a")?, frame(1, "a", 1, b"a")?);
    // Equal content, so there is one checkpoint for each of the inputs, and nothing differs.
    let same = same?;
    assert!(same.is_equal());
    assert_eq!(counts(&same), [2, 0, 0, 0]);
    let diff = diff(frame(1, "a", 1, b"a")?, frame(3, "b", 2, b"b")?)?;
    assert!(diff.columns.iter().all(|it| it.rows == 1), "{diff}");
    assert_eq!(
        diff.first[0].values[2].new,
        Value::String("1970-01-03".into())
    );
    Ok(())
}

#[test]
fn columns_that_come_go_and_change_type_are_told_and_the_others_compared() -> Tested {
    let old = df!("a" => [1i64], "gone" => [1i64], "t" => [1i64])?;
    let new = df!("t" => [1.0], "a" => [2i64], "come" => ["x"])?;
    let diff = diff(old, new)?;
    let change = |column: &str, old: Option<&str>, new: Option<&str>| SchemaDifference {
        column: column.into(),
        old: old.map(Into::into),
        new: new.map(Into::into),
    };
    assert_eq!(
        diff.schema,
        [
            change("gone", Some("i64"), None),
            change("t", Some("i64"), Some("f64")),
            change("come", None, Some("String")),
        ]
    );
    assert_eq!(diff.columns.len(), 1);
    assert_eq!(values(&diff.first[0]), ["a: 1 -> 2"]);
    let text = diff.to_string();
    for line in [
        "  - gone: i64\n",
        "  ~ t: i64 -> f64\n",
        "  + come: String\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    Ok(())
}

#[test]
fn frames_without_a_common_column_differ_in_their_columns() -> Tested {
    let diff = diff(df!("a" => [1i64, 2])?, df!("b" => [1i64])?)?;
    assert_eq!(diff.schema.len(), 2);
    assert_eq!(counts(&diff), [1, 0, 1, 0]);
    Ok(())
}

#[test]
fn more_rows_than_before_are_counted() -> Tested {
    let longer = diff(numbers(&[1, 2]), numbers(&[1, 5, 3, 4]))?;
    assert_eq!(counts(&longer), [2, 1, 0, 2]);
    assert!(
        longer.to_string().contains("2 rows only in the new one"),
        "{longer}"
    );
    let empty = diff(numbers(&[1, 2]), numbers(&[]))?;
    assert_eq!(counts(&empty), [0, 0, 2, 0]);
    assert!(!empty.is_equal());
    Ok(())
}

/// More than one row group, and rows of other number than a piece of the stream has.
#[test]
fn long_frames_are_compared_in_order() -> Tested {
    let rows = 300_007;
    let old: Vec<i64> = (0..rows).collect();
    let mut new = old.clone();
    let changed = [0, 122_879, 122_880, 200_000, 300_006];
    for row in changed {
        new[row] = -1;
    }
    let versions = Versions::of(&[numbers(&old), numbers(&new)])?;
    let diff = versions.diff(&DiffOptions::default().rows(4))?;
    assert_eq!(counts(&diff), [300_007, 5, 0, 0]);
    let first: Vec<_> = diff.first.iter().map(|row| row.row).collect();
    let expected = changed[..4].iter().map(|row| Some(*row as u64 + 1));
    assert_eq!(first, expected.collect::<Vec<_>>());
    Ok(())
}

#[test]
fn rows_can_be_matched_by_columns() -> Tested {
    let old = df!(
        "id" => [Some(1i64), Some(2), Some(3), None], "part" => ["a", "a", "b", "b"],
        "x" => [10i64, 20, 30, 40],
    )?;
    // In another order, one row less, one more, one changed; a null matches a null.
    let new = df!(
        "x" => [41i64, 20, 10, 50], "part" => ["b", "a", "a", "b"],
        "id" => [None, Some(2i64), Some(1), Some(4)],
    )?;
    let diff = by(old, new, &["id", "part"])?;
    assert_eq!(counts(&diff), [3, 1, 1, 1]);
    assert!(diff.schema.is_empty());
    let told: Vec<_> = diff
        .first
        .iter()
        .map(|row| (row.by["id"].clone(), row.side, values(row)))
        .collect();
    assert_eq!(
        told,
        [
            (
                Value::Null,
                DiffRowSide::Both,
                vec!["x: 40 -> 41".to_owned()]
            ),
            (json!(3), DiffRowSide::Old, vec!["x: 30 -> null".to_owned()]),
            (json!(4), DiffRowSide::New, vec!["x: null -> 50".to_owned()]),
        ]
    );
    assert_eq!(diff.first[0].by["part"], json!("b"));
    assert_eq!(diff.first[0].row, None);
    Ok(())
}

#[test]
fn rows_that_differ_in_order_only_are_equal_by_their_keys() -> Tested {
    let old = df!("id" => [1i64, 2], "x" => [f64::NAN, 1.0])?;
    let new = df!("id" => [2i64, 1], "x" => [1.0, f64::NAN])?;
    let diff = by(old, new, &["id"])?;
    assert!(diff.is_equal(), "{diff}");
    Ok(())
}

#[test]
fn rows_that_cannot_be_told_apart_are_an_error() -> Tested {
    let old = df!("id" => [1i64, 2, 2], "x" => [1i64, 2, 3])?;
    let error = by(df!("id" => [1i64], "x" => [1i64])?, old, &["id"]).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("rows cannot be matched by id: 2 of ") && error.contains("first: id 2\n"),
        "{error}"
    );
    let error = by(numbers(&[1]), numbers(&[2]), &["m"])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("column `m`: there is none of that name"),
        "{error}"
    );
    let typed = by(df!("id" => [1i64])?, df!("id" => ["1"])?, &["id"]);
    let error = typed.unwrap_err().to_string();
    assert!(
        error.contains("it is i64 in the one checkpoint and String in the other"),
        "{error}"
    );
    Ok(())
}

#[test]
fn checkpoints_are_chosen_by_how_their_keys_begin() -> Tested {
    let versions = Versions::of(&[numbers(&[1]), numbers(&[2]), numbers(&[3])])?;
    let record = |number: i64| -> Result<String, Anything> {
        versions.table.version.store(
            usize::try_from(number)?,
            std::sync::atomic::Ordering::Relaxed,
        );
        let status = versions.pipeline().status()?;
        Ok(status.nodes[0].key.clone().ok_or("no key")?)
    };
    let keys = [record(1)?, record(2)?, record(3)?];
    let told = |options| -> Result<Vec<String>, Anything> {
        let diff = versions.diff(&options)?;
        assert_eq!(diff.changes, ["input numbers changed: numbers.csv"]);
        Ok(values(&diff.first[0]))
    };
    let options = DiffOptions::default;
    assert_eq!(told(options())?, ["n: 2 -> 3"]);
    assert_eq!(told(options().with(&keys[0][..9]))?, ["n: 1 -> 3"]);
    // The newest one, with the newest of the others: the older one first.
    assert_eq!(told(options().with(&keys[2]))?, ["n: 2 -> 3"]);
    assert_eq!(told(options().between(&keys[1], &keys[0]))?, ["n: 2 -> 1"]);
    let error = versions
        .diff(&options().with("xyz"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no checkpoint whose key begins with `xyz`")
            && error.contains(&keys[1][..16]),
        "{error}"
    );
    let error = versions.diff(&options().with("")).unwrap_err().to_string();
    assert!(error.contains("more than one checkpoint"), "{error}");
    Ok(())
}

#[test]
fn what_cannot_be_compared_says_so() -> Tested {
    let versions = Versions::of(&[numbers(&[1])])?;
    let error = versions.diff(&DiffOptions::default()).unwrap_err();
    assert!(
        matches!(error, DiffError::TooFew { found: 1, .. }),
        "{error}"
    );
    let error = versions.pipeline().diff("mad", &DiffOptions::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("did you mean `made`?"), "{error}");
    let data = versions.scratch.only_file("made", "parquet");
    versions.table.replace(numbers(&[2]));
    versions.pipeline().run()?;
    std::fs::write(data, "")?;
    let error = versions.diff(&DiffOptions::default()).unwrap_err();
    assert!(matches!(error, DiffError::Damaged { .. }), "{error}");
    Ok(())
}
