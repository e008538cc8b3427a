//! Parquet files.

use std::path::Path;

use pipe_core::prelude::*;
use pipe_core::source::Source;

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Address {
    street: String,
}

#[derive(Schema)]
struct Order {
    id: i64,
    note: Option<String>,
    at: chrono::NaiveDateTime,
    to: Address,
}

#[derive(Schema)]
struct Small {
    id: i64,
    note: Option<String>,
}

fn write(path: &Path, frame: &mut DataFrame) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    ParquetWriter::new(std::fs::File::create(path).unwrap())
        .finish(frame)
        .unwrap();
}

fn orders() -> DataFrame {
    let row = Order {
        id: 1,
        note: Some("x".into()),
        at: chrono::NaiveDate::from_ymd_opt(2013, 1, 31)
            .unwrap()
            .and_hms_opt(1, 2, 3)
            .unwrap(),
        to: Address {
            street: "Main".into(),
        },
    };
    Frame::from_rows(vec![row]).unwrap().collect().unwrap()
}

#[test]
fn exactly_the_declared_columns_are_read() {
    let folder = Folder::new();
    let path = folder.path("a.parquet");
    let mut frame = orders();
    frame
        .with_column(Column::new("more".into(), [1u8]))
        .unwrap();
    write(
        &path,
        &mut frame.select(["more", "to", "at", "note", "id"]).unwrap(),
    );
    let found = read::<Order>(&Parquet::new(path)).unwrap();
    assert_eq!(
        rows(&found),
        ["1 | \"x\" | 2013-01-31 01:02:03 | {\"Main\"}"]
    );
}

#[test]
fn other_types_are_refused_all_at_once() {
    let folder = Folder::new();
    let path = folder.path("a.parquet");
    let mut frame = orders()
        .lazy()
        .with_columns([
            col("id").cast(DataType::Int32),
            col("note").cast(DataType::from_categories(Categories::global())),
            col("at").cast(DataType::Datetime(TimeUnit::Milliseconds, None)),
            as_struct(vec![lit(1).cast(DataType::Int64).alias("street")]).alias("to"),
        ])
        .collect()
        .unwrap();
    write(&path, &mut frame);
    assert_eq!(
        folder.refused::<Order>(&Parquet::new(path)),
        "a.parquet, column `id`: has the type i32, but is declared `i64` in `Order`; help: change the field's type to i32, and convert it in a step if need be
a.parquet, column `note`: has the type cat, but is declared `String` in `Order`; help: no field of a schema has this type; write the column as `String`, or read it without a schema and cast it in a step
a.parquet, column `at`: has the type NaiveDateTime in ms, but is declared `NaiveDateTime` in `Order`; help: change the field's type to NaiveDateTime in ms, and convert it in a step if need be
a.parquet, column `to`: has the type struct { street: i64 }, but is declared `Address` in `Order`; help: change the field's type to struct { street: i64 }, and convert it in a step if need be"
    );
}

#[test]
fn files_of_a_glob_are_checked_one_by_one() {
    let folder = Folder::new();
    write(
        &folder.path("d/1.parquet"),
        &mut df!("id" => [1i64], "note" => ["a"]).unwrap(),
    );
    write(
        &folder.path("d/2.parquet"),
        &mut df!("note" => ["b"], "x" => [1], "id" => [2i64]).unwrap(),
    );
    let source = Parquet::new(folder.path("d/*.parquet"));
    assert_eq!(
        rows(&read::<Small>(&source).unwrap()),
        ["1 | \"a\"", "2 | \"b\""]
    );
    let error = source.open(None).err().unwrap();
    assert_eq!(
        folder.relative(&error),
        "d/2.parquet: its columns differ from those of d/1.parquet; help: give the source a schema"
    );
    write(
        &folder.path("d/3.parquet"),
        &mut df!("id" => [1.5], "not" => ["a"]).unwrap(),
    );
    folder.write("d/4.parquet", "not Parquet at all");
    let message = folder.refused::<Small>(&source);
    let lines: Vec<&str> = message.lines().collect();
    assert!(
        lines[0].starts_with("d/4.parquet: is not a Parquet file: "),
        "{message}"
    );
    assert_eq!(
        lines[1..],
        [
            "d/3.parquet: no column `note: Option<String>` of `Small`; the columns are `id`, `not`; help: did you mean `not`?",
            "d/3.parquet, column `id`: has the type f64, but is declared `i64` in `Small`; help: change the field's type to f64, and convert it in a step if need be"
        ]
    );
}

#[test]
fn folder_names_are_no_columns() {
    let folder = Folder::new();
    let path = folder.path("id=7/note=01/a.parquet");
    write(&path, &mut df!("id" => [1i64], "note" => ["a"]).unwrap());
    assert_eq!(
        rows(&read::<Small>(&Parquet::new(path)).unwrap()),
        ["1 | \"a\""]
    );
}

#[test]
fn plans_stay_lazy_and_are_pushed_down() {
    let folder = Folder::new();
    let path = folder.path("a.parquet");
    write(
        &path,
        &mut df!("id" => [1i64, 2], "note" => ["a", "b"], "x" => [1, 2]).unwrap(),
    );
    let lazy = Parquet::new(path)
        .open(Some(<Small as FrameSchema>::SCHEMA))
        .unwrap();
    let plan = lazy
        .filter(col("id").gt(lit(1)))
        .select([col("note")])
        .explain(true)
        .unwrap();
    assert!(
        plan.contains("PROJECT") && plan.contains("SELECTION"),
        "{plan}"
    );
}

#[test]
fn the_first_null_has_a_row() {
    let folder = Folder::new();
    write(
        &folder.path("1.parquet"),
        &mut df!("id" => [1i64], "note" => ["a"]).unwrap(),
    );
    write(
        &folder.path("2.parquet"),
        &mut df!("id" => [Some(1i64), None], "note" => ["a", "b"]).unwrap(),
    );
    let source = Parquet::new(folder.path("*.parquet"));
    let schema = Some(<Small as FrameSchema>::SCHEMA);
    assert_eq!(
        folder.run_fails::<Small>(source.clone()),
        "2.parquet, row 2, column `id`: is null, but `id: i64` may not be null; help: declare it `Option<i64>`, or repair the file"
    );
    assert!(
        source
            .diagnose(schema, &PolarsError::NoData("x".into()))
            .is_none()
    );
}

/// A table `id: int64, p: decimal(9, 2)` with one row, as pyarrow writes it.
const DECIMAL: &[u8] =
    b"PAR1\x15\x00\x15\x1c\x15\x1c,\x15\x02\x15\x00\x15\x06\x15\x06\x1c\x00\x00\x00\x02\x00\
\x00\x00\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x15\x00\x15\x14\x15\x14,\x15\x02\x15\
\x00\x15\x06\x15\x06\x1c\x00\x00\x00\x02\x00\x00\x00\x02\x01\x00\x00\x00\x96\x15\x04\x19\
<5\x00\x18\x06schema\x15\x04\x00\x15\x04%\x02\x18\x02id\x00\x15\x0e\x15\x08\x15\x02\x18\
\x01p%\x0a\x15\x04\x15\x12,\x5c\x15\x04\x15\x12\x00\x00\x00\x16\x02\x19\x1c\x19,&\x00\
\x1c\x15\x04\x19%\x06\x00\x19\x18\x02id\x15\x00\x16\x02\x16B\x16B&\x08I\x1c\x15\x00\x15\
\x00\x15\x02\x00<)\x06\x19&\x00\x02\x00\x00\x00&\x00\x1c\x15\x0e\x19%\x06\x00\x19\x18\
\x01p\x15\x00\x16\x02\x16:\x16:&JI\x1c\x15\x00\x15\x00\x15\x02\x00<)\x06\x19&\x00\x02\
\x00\x00\x00\x16|\x16\x02&\x08\x16|\x00(\x20parquet-cpp-arrow\x20version\x2026.0.1\x19,\
\x1c\x00\x00\x1c\x00\x00\x00\xc1\x00\x00\x00PAR1";

#[test]
fn types_that_this_polars_cannot_read() {
    let folder = Folder::new();
    let path = folder.write("a.parquet", DECIMAL);
    assert_eq!(
        folder.refused::<Small>(&Parquet::new(path)),
        "a.parquet, column `p`: has the type Decimal(9, 2), which this build of Polars cannot read; help: switch on the matching `dtype-…` feature of polars, or write the column with another type"
    );
}
