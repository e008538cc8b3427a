//! What is written is what is read, and equal frames are equal bytes.

use polars_arrow::array::Array;
use polars_arrow::bitmap::Bitmap;

use super::*;
use crate::Compression;

type Tested = Result<(), Box<dyn std::error::Error>>;

const ROW_GROUP: usize = 122_880;

fn formats() -> [CheckpointFormat; 5] {
    let default = CheckpointFormat::default();
    [
        default,
        default.compression(Compression::Zstd(1)),
        default.compression(Compression::Uncompressed),
        default
            .row_groups(20_000)
            .pages(10_000)
            .statistics(false)
            .dictionaries(false),
        many_pages(),
    ]
}

fn many_pages() -> CheckpointFormat {
    CheckpointFormat::default().row_groups(40_000).pages(10_000)
}

/// All of them, but only the default one for many rows, which take long.
fn formats_for(rows: usize) -> impl Iterator<Item = CheckpointFormat> {
    let most = if rows < ROW_GROUP { 5 } else { 1 };
    formats().into_iter().take(most)
}

fn written(frame: &DataFrame, format: CheckpointFormat) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    write_as_checkpoint(frame, format, &mut bytes)?;
    Ok(bytes)
}

fn read(bytes: &[u8]) -> PolarsResult<DataFrame> {
    ParquetReader::new(std::io::Cursor::new(bytes)).finish()
}

/// Numbers without a pattern.
fn mixed(number: i64) -> i64 {
    let number = (number.cast_unsigned() + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (number >> 32);
    number.cast_signed()
}

/// Of each width but that of the others.
fn whole_numbers(rows: usize) -> PolarsResult<Vec<(&'static str, Series)>> {
    let numbers = || (0..i64::try_from(rows).unwrap_or_default()).map(mixed);
    let cut: [(_, DataType, &dyn Fn(i64) -> i64); 6] = [
        ("i8", DataType::Int8, &|n| n % 128),
        ("i16", DataType::Int16, &|n| n % (1 << 15)),
        ("i32", DataType::Int32, &|n| n % (1 << 31)),
        ("u8", DataType::UInt8, &|n| n & 0xff),
        ("u16", DataType::UInt16, &|n| n & 0xffff),
        ("u32", DataType::UInt32, &|n| n & 0xffff_ffff),
    ];
    let cut = cut.into_iter().map(|(name, dtype, value)| {
        let values: Series = numbers().map(value).collect();
        Ok((name, values.cast(&dtype)?))
    });
    let mut all = cut.collect::<PolarsResult<Vec<_>>>()?;
    all.push(("u64", numbers().map(i64::cast_unsigned).collect()));
    Ok(all)
}

/// A column for each way in which values are written and for each type that Parquet gives back, without nulls and
/// with some.
fn all_kinds(rows: usize) -> PolarsResult<DataFrame> {
    let numbers = || 0..i64::try_from(rows).unwrap_or_default();
    let of = |value: &dyn Fn(i64) -> i64| {
        Series::new("".into(), numbers().map(value).collect::<Vec<_>>())
    };
    let texts = |value: &dyn Fn(i64) -> String| {
        Series::new("".into(), numbers().map(value).collect::<Vec<_>>())
    };
    let in_order = of(&|row| 1_000_000 + row);
    let few = of(&|row| mixed(row) % 7);
    let small = of(&|row| mixed(row) % 100_000);
    let any = of(&mixed);
    let long = |row| format!("too long to lie in its place: {}", mixed(row) % 7);
    let micros = DataType::Datetime(TimeUnit::Microseconds, None);
    let mut kinds = vec![
        ("falling", of(&|row| row * -3)),
        (
            "jumps",
            of(&|row| if row % 2 == 0 { i64::MIN } else { i64::MAX }),
        ),
        ("wraps", of(&|row| row.wrapping_mul(0x1e37_79b9_7f4a_7c15))),
        ("one", of(&|_| 5)),
        ("float", any.cast(&DataType::Float64)? / 7.0),
        ("rate", few.cast(&DataType::Float64)? / 10.0),
        ("price", small.cast(&DataType::Float64)? / 100.0),
        (
            "not a number",
            numbers()
                .map(|row| {
                    if row % 20_000 == 9 {
                        f64::NAN
                    } else {
                        mixed(row) as f64
                    }
                })
                .collect(),
        ),
        ("float32", any.cast(&DataType::Float32)?),
        ("flag", few.equal(&of(&|_| 1))?.into_series()),
        ("short", few.cast(&DataType::String)?),
        ("empty", texts(&|row| "x".repeat(usize::from(row % 3 == 0)))),
        (
            "odd",
            texts(&|row| {
                ["ü€😀", "ü€", "u"][usize::from(row % 3 == 0) + usize::from(row % 5 == 0)]
                    .to_owned()
            }),
        ),
        (
            "12 and 13",
            texts(&|row| "z".repeat(12 + usize::from(row % 50 == 49))),
        ),
        ("long", texts(&long)),
        ("texts", any.cast(&DataType::String)?),
        (
            "bytes",
            any.cast(&DataType::String)?.cast(&DataType::Binary)?,
        ),
        ("day", small.cast(&DataType::Int32)?.cast(&DataType::Date)?),
        ("time", (&in_order * 1_000_000_i64).cast(&micros)?),
        (
            "any time",
            any.cast(&DataType::Datetime(TimeUnit::Nanoseconds, None))?,
        ),
        (
            "span",
            any.cast(&DataType::Duration(TimeUnit::Milliseconds))?,
        ),
        ("hour", small.cast(&DataType::Time)?),
        ("null", Series::full_null("".into(), rows, &DataType::Int64)),
        (
            "no text",
            Series::full_null("".into(), rows, &DataType::String),
        ),
        ("in order", in_order),
        ("few", few),
        ("small", small),
        ("any", any),
    ];
    kinds.extend(whole_numbers(rows)?);
    let columns = kinds
        .into_iter()
        .map(|(name, series)| series.with_name(name.into()).into());
    let frame = DataFrame::new(rows, columns.collect())?.lazy();
    let both = as_struct(vec![col("few"), col("texts")]);
    let list = col("small").implode(true).over([col("time")])?;
    let frame = frame.with_columns([both.alias("both"), list.alias("list")]);
    let kept = when((col("any") % lit(11)).neq(lit(0)));
    let with_nulls = kept.then(all().as_expr()).otherwise(lit(NULL));
    let frame = frame.with_columns([with_nulls.name().suffix(" with nulls")]);
    crate::engine::collect(frame)
}

#[test]
fn what_is_written_is_read() -> Tested {
    let most = ROW_GROUP + 20_000;
    let frame = all_kinds(most + 7)?;
    for rows in [0, 1, 100, 1_025, 16_385, 45_000, ROW_GROUP, most] {
        let frame = frame.slice(7, rows);
        for format in formats_for(rows) {
            let read = read(&written(&frame, format)?)?;
            assert_eq!(read.schema(), frame.schema());
            assert_eq!(read.height(), frame.height());
            for (read, column) in read.columns().iter().zip(frame.columns()) {
                assert!(
                    read.equals_missing(column),
                    "{} of {rows} rows, {format:?}",
                    column.name()
                );
            }
        }
    }
    Ok(())
}

#[test]
fn frames_without_columns_have_rows() -> Tested {
    for rows in [0, 3, ROW_GROUP + 1] {
        let bytes = written(
            &DataFrame::empty_with_height(rows),
            CheckpointFormat::default(),
        )?;
        let mut reader = ParquetReader::new(std::io::Cursor::new(bytes));
        assert_eq!(reader.num_rows()?, rows);
    }
    Ok(())
}

/// Whether they were streamed, are in pieces, say of no value that it is missing, or are looked up.
#[test]
fn equal_frames_are_equal_bytes() -> Tested {
    let all = all_kinds(ROW_GROUP + 20_000)?;
    for (frame, format) in [all.clone(), all.slice(0, 45_000)]
        .iter()
        .flat_map(|frame| formats_for(frame.height()).map(move |format| (frame, format)))
    {
        let bytes = written(frame, format)?;
        let mut streamed = Vec::new();
        stream(frame.clone().lazy(), &format.options()?, &mut streamed)?;
        assert!(streamed == bytes, "streamed, {format:?}");
        let mut pieces = frame.slice(0, 30_000);
        pieces.vstack_mut(&frame.slice(30_000, usize::MAX))?;
        assert!(written(&pieces, format)? == bytes, "in pieces, {format:?}");
        let said = frame.columns().iter().map(|column| {
            let series = column.as_materialized_series();
            let valid = Bitmap::new_with_value(true, series.len());
            let chunks = series.rechunk().chunks()[0].clone();
            match series.null_count() {
                0 => Series::from_chunk_and_dtype(
                    series.name().clone(),
                    chunks.with_validity(Some(valid)),
                    series.dtype(),
                ),
                _ => Ok(series.clone()),
            }
        });
        let said = said
            .map(|series| series.map(Column::from))
            .collect::<PolarsResult<_>>()?;
        let said = DataFrame::new(frame.height(), said)?;
        assert!(written(&said, format)? == bytes, "with masks, {format:?}");
        let backwards: Vec<_> = (0..IdxSize::try_from(frame.height())?).rev().collect();
        let backwards = IdxCa::from_vec("".into(), backwards);
        let picked = Picked::new(&backwards, frame.take(&backwards)?)?;
        let mut looked_up = Vec::new();
        write_picked(&picked, &format.options()?, &mut looked_up)?;
        assert!(looked_up == bytes, "looked up, {format:?}");
    }
    Ok(())
}

#[test]
fn values_are_written_as_it_suits_them() -> Tested {
    let frame = all_kinds(ROW_GROUP)?;
    let bytes_a_row = [
        // Nothing but what lies between them.
        ("in order", 0.0..0.1),
        ("falling", 0.0..0.1),
        ("small", 2.0..2.6),
        ("i16", 2.0..2.2),
        ("u16", 2.0..2.2),
        ("day", 2.0..2.6),
        // Numbers of 3 or 4 bits, and what they stand for.
        ("few", 0.3..0.6),
        ("short", 0.3..0.6),
        ("long", 0.3..0.6),
        ("i8", 0.9..1.1),
        // What LZ4 saves a third of: two decimals, and 13 values.
        ("price", 4.0..5.4),
        ("rate", 2.0..3.0),
        // What nothing makes smaller.
        ("any", 8.0..8.1),
        ("u64", 8.0..8.1),
        ("i32", 4.0..4.1),
        ("u32", 4.0..4.1),
        ("float", 8.0..8.1),
    ];
    for (name, expected) in bytes_a_row {
        let frame = frame.select([name])?;
        let bytes = written(&frame, CheckpointFormat::default())?.len();
        let found = bytes as f64 / ROW_GROUP as f64;
        assert!(expected.contains(&found), "{name}: {found}");
    }
    Ok(())
}

/// Where pages end depends on how long texts are: on those that are there.
#[test]
fn texts_that_went_missing_are_in_no_page() -> Tested {
    let text = |n: i64| format!("{:0>100}", mixed(n));
    let all = StringChunked::from_iter_values("t".into(), (0..60_000).map(text));
    let array = all.downcast_as_array();
    // From now on it knows.
    assert_eq!(array.total_bytes_len(), 6_000_000);
    let valid: Bitmap = (0..60_000).map(|n| n % 5 == 0).collect();
    let array: &dyn Array = array;
    let missing = array.with_validity(Some(valid));
    let missing = Series::from_chunk_and_dtype("t".into(), missing, &DataType::String)?;
    let made = (0..60_000).map(|n| (n % 5 == 0).then(|| text(n)));
    let made = StringChunked::from_iter_options("t".into(), made).into_series();
    assert!(made.equals_missing(&missing));
    let pages = |series: Series| -> PolarsResult<Vec<usize>> {
        let schema = Schema::from_iter([Field::new("t".into(), DataType::String)]);
        let columns = Columns::new(&schema, CheckpointFormat::default().options()?)?;
        let chunk = columns.encode(0, &series.into_column())?;
        Ok(chunk
            .iter()
            .flatten()
            .map(|page| match page {
                CompressedPage::Data(page) => page.num_values(),
                CompressedPage::Dict(_) => 0,
            })
            .collect())
    };
    let expected = pages(made)?;
    assert!(expected.len() > 1, "{expected:?}");
    assert_eq!(pages(missing)?, expected);
    Ok(())
}

#[test]
fn row_groups_say_what_is_in_them() -> Tested {
    let frame = df!("n" => (0..300_000).map(|n| (n % 10 > 0).then_some(n)).collect::<Vec<_>>())?;
    let of_group = |format: CheckpointFormat| -> Result<Vec<_>, Box<dyn std::error::Error>> {
        let bytes = written(&frame, format)?;
        let mut reader = ParquetReader::new(std::io::Cursor::new(bytes));
        let metadata = reader.get_metadata()?.clone();
        let groups = metadata.row_groups.iter().map(|group| {
            let column = &group.parquet_columns()[0];
            let statistics = column.statistics(&metadata.footer_buf).transpose()?;
            Ok((
                group.num_rows(),
                statistics.and_then(|statistics| statistics.null_count()),
            ))
        });
        groups.collect()
    };
    let default = CheckpointFormat::default();
    let expected = [
        (122_880, Some(12_288)),
        (122_880, Some(12_288)),
        (54_240, Some(5_424)),
    ];
    assert_eq!(of_group(default)?, expected);
    let halves = default.row_groups(150_000).statistics(false);
    assert_eq!(of_group(halves)?, [(150_000, None), (150_000, None)]);
    Ok(())
}

/// How many rows a reader finds, who skips what cannot have any.
fn found(
    frame: &DataFrame,
    format: CheckpointFormat,
    wanted: Expr,
) -> Result<usize, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("data");
    std::fs::write(&path, written(frame, format)?)?;
    let query = crate::store::scan([path])?.filter(wanted);
    Ok(crate::engine::collect(query)?.height())
}

#[test]
fn readers_skip_nothing_that_they_look_for() -> Tested {
    let default = CheckpointFormat::default();
    let mut floats = vec![1.0; ROW_GROUP];
    (floats[0], floats[1]) = (f64::NAN, -5.0);
    assert_eq!(
        found(&df!("x" => floats)?, default, col("x").lt(lit(0.0)))?,
        1
    );
    let halves = (0..ROW_GROUP as u64).map(|n| if n < 116_508 { n } else { n | 1 << 63 });
    let halves = df!("x" => halves.collect::<Vec<_>>())?;
    assert_eq!(found(&halves, default, col("x").eq(lit(5_u64)))?, 1);
    let every_second = (0..400_000)
        .map(|n| (n % 2 > 0).then_some(n % 7))
        .collect::<Vec<_>>();
    let every_second = df!("x" => every_second)?;
    let one_group = default.row_groups(400_000);
    // Every 14th, from the second one on.
    assert_eq!(
        found(&every_second, one_group, col("x").eq(lit(1)))?,
        400_000_usize.div_ceil(14)
    );

    let frame = all_kinds(60_000)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("data");
    std::fs::write(&path, written(&frame, many_pages())?)?;
    let file = crate::store::scan([path])?;
    for column in frame
        .columns()
        .iter()
        .filter(|column| !column.dtype().is_nested())
    {
        for row in [0, 9, 30_001, 59_998] {
            let value = Scalar::new(column.dtype().clone(), column.get(row)?.into_static());
            let name = || crate::engine::column(column.name().clone());
            for wanted in [
                name().eq(lit(value.clone())),
                name().lt(lit(value.clone())),
                name().gt_eq(lit(value)),
            ] {
                let told = format!("{wanted}");
                let of = |frame: LazyFrame| {
                    crate::engine::collect(frame.select([name()]).filter(wanted.clone()))
                };
                let (read, expected) = (of(file.clone())?, of(frame.clone().lazy())?);
                assert!(
                    read.equals_missing(&expected),
                    "{told}: {} of {}",
                    read.height(),
                    expected.height()
                );
            }
        }
    }
    Ok(())
}

/// Some readers take no differences that need more bits than the numbers.
#[test]
fn what_lies_between_numbers_is_one_of_them() -> Tested {
    for (first, is_packed) in [(0_u32, true), (1 << 31, true), ((1 << 31) - 10_000, false)] {
        let frame = df!("n" => (0..20_000).map(|n| first + n).collect::<Vec<_>>())?;
        let bytes = written(&frame, CheckpointFormat::default())?;
        assert_eq!(read(&bytes)?, frame);
        assert_eq!(
            bytes.len() < 20_000,
            is_packed,
            "{} bytes from {first} on",
            bytes.len()
        );
    }
    Ok(())
}

#[test]
fn an_error_of_the_query_is_the_one_that_is_told() -> Tested {
    let frame = all_kinds(3 * ROW_GROUP)?.lazy();
    let late = when(col("in order").gt(lit(1_000_000) + lit(2 * ROW_GROUP as u64)));
    let wrong = late
        .then(col("texts"))
        .otherwise(lit("1"))
        .strict_cast(DataType::Int8);
    let error = stream(
        frame.with_column(wrong),
        &CheckpointFormat::default().options()?,
        &mut Vec::new(),
    );
    let error = error.expect_err("no number").to_string();
    assert!(
        error.contains("conversion from `str` to `i8` failed"),
        "{error}"
    );
    Ok(())
}

#[test]
fn it_ends_when_nothing_can_be_written() -> Tested {
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let frame = all_kinds(5 * ROW_GROUP)?;
    let options = CheckpointFormat::default().options()?;
    for room in [0, 1 << 20, 30 << 20] {
        let at_once = write(&frame, &options, &mut Full(room));
        let streamed = stream(frame.clone().lazy(), &options, &mut Full(room));
        for result in [at_once, streamed] {
            let error = result.expect_err("no room").to_string();
            assert!(error.contains("no storage space"), "{error}");
        }
    }
    Ok(())
}

#[test]
fn a_panic_of_the_query_goes_on() -> Tested {
    let panics = col("any").map(|_| panic!("on purpose"), |_, field| Ok(field.clone()));
    let query = all_kinds(100)?.lazy().with_column(panics);
    let options = CheckpointFormat::default().options()?;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        stream(query, &options, &mut Vec::new())
    }));
    let panic = panic.expect_err("a panic");
    let message = panic.downcast_ref::<String>().ok_or("a message")?;
    assert!(message.contains("on purpose"), "{message}");
    Ok(())
}
