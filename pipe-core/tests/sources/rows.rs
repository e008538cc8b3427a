//! Rows to frames and back.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use pipe_core::prelude::*;

#[derive(Schema, Clone, Debug, PartialEq)]
struct Place {
    name: String,
    #[column(unit = "ms")]
    since: Option<NaiveDateTime>,
    tags: Vec<Option<String>>,
}

/// Every type, alone and with nulls.
#[derive(Schema, Clone, Debug, PartialEq)]
struct Everything {
    truth: bool,
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    f32: f32,
    f64: f64,
    text: String,
    bytes: Vec<u8>,
    date: NaiveDate,
    time: NaiveTime,
    micros: NaiveDateTime,
    #[column(unit = "ms")]
    millis: NaiveDateTime,
    #[column(unit = "ns", zone = "Europe/Berlin")]
    nanos: DateTime<Utc>,
    utc: DateTime<Utc>,
    span: TimeDelta,
    #[column(unit = "ms")]
    millis_span: TimeDelta,
    #[column(unit = "ns")]
    nanos_span: TimeDelta,
    place: Place,
    places: Vec<Place>,
    dates: Vec<NaiveDate>,
    times: Vec<DateTime<Utc>>,
    nested: Vec<Vec<Option<f64>>>,
    blobs: Vec<Vec<u8>>,
    #[column(name = "any truth")]
    any_truth: Option<bool>,
    any_i64: Option<i64>,
    any_u8: Option<u8>,
    any_f64: Option<f64>,
    any_text: Option<String>,
    any_bytes: Option<Vec<u8>>,
    any_date: Option<NaiveDate>,
    any_time: Option<NaiveTime>,
    #[column(unit = "ns")]
    any_nanos: Option<NaiveDateTime>,
    any_span: Option<TimeDelta>,
    any_place: Option<Place>,
    any_places: Option<Vec<Option<Place>>>,
    any_texts: Option<Vec<String>>,
    r#type: i64,
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[expect(clippy::cast_possible_wrap, reason = "any bits will do")]
    fn signed(&mut self) -> i64 {
        self.roll() as i64
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn small(&mut self, limit: i64) -> i64 {
        self.signed() % limit
    }

    fn option<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    /// Short ones, and ones too long to be kept in the column itself.
    fn text(&mut self) -> String {
        let words = ["", "a", "ä€😀", "twelve bytes", "more than twelve bytes"];
        words[usize::try_from(self.below(5)).unwrap()].repeat(1 + usize::from(self.below(2) == 0))
    }

    fn bytes(&mut self) -> Vec<u8> {
        self.list(|dice| dice.roll().to_le_bytes()[0])
    }

    fn float(&mut self) -> f64 {
        let values = [0.0, -0.0, 1.5, f64::INFINITY, f64::MIN_POSITIVE, -1e300];
        values[usize::try_from(self.below(6)).unwrap()]
    }

    fn date(&mut self) -> NaiveDate {
        let days = i32::try_from(self.small(1_000_000)).unwrap();
        NaiveDate::from_epoch_days(days).unwrap()
    }

    fn time(&mut self) -> NaiveTime {
        let nanos = self.below(86_400_000_000_000);
        let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let [seconds, nanos] = [seconds, nanos].map(|n| u32::try_from(n).unwrap());
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap()
    }

    fn nanos(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.signed())
    }

    fn micros(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.small(1 << 60)).unwrap()
    }

    fn millis(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.small(1 << 50)).unwrap()
    }

    fn place(&mut self) -> Place {
        Place {
            name: self.text(),
            since: self.option(|dice| dice.millis().naive_utc()),
            tags: self.list(|dice| dice.option(Self::text)),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "any bits will do"
    )]
    fn everything(&mut self) -> Everything {
        Everything {
            truth: self.below(2) == 0,
            i8: self.signed() as i8,
            i16: self.signed() as i16,
            i32: self.signed() as i32,
            i64: self.signed(),
            u8: self.signed() as u8,
            u16: self.signed() as u16,
            u32: self.signed() as u32,
            u64: self.roll(),
            f32: self.float() as f32,
            f64: self.float(),
            text: self.text(),
            bytes: self.bytes(),
            date: self.date(),
            time: self.time(),
            micros: self.micros().naive_utc(),
            millis: self.millis().naive_utc(),
            nanos: self.nanos(),
            utc: self.micros(),
            span: TimeDelta::microseconds(self.signed()),
            millis_span: TimeDelta::milliseconds(self.signed() / 2),
            nanos_span: TimeDelta::nanoseconds(self.signed()),
            place: self.place(),
            places: self.list(Self::place),
            dates: self.list(Self::date),
            times: self.list(Self::micros),
            nested: self.list(|dice| dice.list(|dice| dice.option(Self::float))),
            blobs: self.list(Self::bytes),
            any_truth: self.option(|dice| dice.below(2) == 0),
            any_i64: self.option(Self::signed),
            any_u8: self.option(|dice| dice.roll() as u8),
            any_f64: self.option(Self::float),
            any_text: self.option(Self::text),
            any_bytes: self.option(Self::bytes),
            any_date: self.option(Self::date),
            any_time: self.option(Self::time),
            any_nanos: self.option(|dice| dice.nanos().naive_utc()),
            any_span: self.option(|dice| TimeDelta::microseconds(dice.signed())),
            any_place: self.option(Self::place),
            any_places: self.option(|dice| dice.list(|dice| dice.option(Self::place))),
            any_texts: self.option(|dice| dice.list(Self::text)),
            r#type: self.signed(),
        }
    }
}

fn rows(count: usize) -> Vec<Everything> {
    let mut dice = Dice(1);
    (0..count).map(|_| dice.everything()).collect()
}

#[test]
fn rows_come_back_as_they_were() {
    for count in [0, 1, 7, 3_000] {
        let rows = rows(count);
        let frame = Frame::from_rows(rows.clone()).unwrap().collect().unwrap();
        let declared = <Everything as FrameSchema>::COLUMNS;
        for (spec, column) in declared.iter().zip(frame.columns()) {
            assert_eq!(spec.name, column.name().as_str());
            assert_eq!(spec.ty.dtype(), *column.dtype(), "column `{spec}`");
        }
        assert!(Frame::<Everything>::from(frame).collect_rows().unwrap() == rows);
    }
}

#[test]
fn rows_come_back_from_frames_in_pieces_and_from_slices() {
    let rows = rows(600);
    let frame = Frame::from_rows(rows.clone()).unwrap().collect().unwrap();
    let pieces = frame.slice(0, 100).vstack(&frame.slice(100, 7)).unwrap();
    let pieces = pieces.vstack(&frame.slice(107, 393)).unwrap();
    assert_eq!(pieces.first_col_n_chunks(), 3);
    let read = |frame: DataFrame| Frame::<Everything>::from(frame).collect_rows().unwrap();
    assert!(read(pieces) == rows[..500]);
    assert!(read(frame.slice(13, 70)) == rows[13..83]);
    assert!(read(frame.reverse()) == rows.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn rows_come_back_from_a_file() {
    let rows = rows(500);
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut frame = Frame::from_rows(rows.clone()).unwrap().collect().unwrap();
    ParquetWriter::new(file.reopen().unwrap())
        .finish(&mut frame)
        .unwrap();
    let path = PlRefPath::try_from_path(file.path()).unwrap();
    let read = LazyFrame::scan_parquet(path, ScanArgsParquet::default()).unwrap();
    assert!(Frame::<Everything>::from(read).collect_rows().unwrap() == rows);
}

#[derive(Schema, Clone, Debug)]
struct Measure {
    value: f64,
    maybe: Option<f64>,
}

#[test]
fn nan_is_no_null() {
    let rows = vec![Measure {
        value: f64::NAN,
        maybe: Some(f64::NAN),
    }];
    let frame = Frame::from_rows(rows).unwrap().collect().unwrap();
    assert_eq!(frame.column("maybe").unwrap().null_count(), 0);
    let rows = Frame::<Measure>::from(frame).collect_rows().unwrap();
    assert!(rows[0].value.is_nan() && rows[0].maybe.is_some_and(f64::is_nan));
}

#[derive(Schema, Debug)]
struct Inner {
    at: NaiveDateTime,
    n: i64,
}

#[derive(Schema, Debug)]
struct Outer {
    id: i64,
    inner: Option<Inner>,
    many: Vec<Inner>,
}

/// The same columns with nulls wherever there may be some.
mod lax {
    use super::{FrameSchema, NaiveDateTime, Schema};

    #[derive(Schema)]
    pub(super) struct Inner {
        pub(super) at: Option<NaiveDateTime>,
        pub(super) n: Option<i64>,
    }

    #[derive(Schema)]
    pub(super) struct Outer {
        pub(super) id: Option<i64>,
        pub(super) inner: Option<Inner>,
        pub(super) many: Option<Vec<Option<Inner>>>,
    }

    /// A row that is one of the others as well, and one that is changed.
    pub(super) fn rows(change: impl FnOnce(&mut Outer)) -> Vec<Outer> {
        let inner = |n| Inner {
            at: Some(NaiveDateTime::default()),
            n: Some(n),
        };
        let row = || Outer {
            id: Some(1),
            inner: Some(inner(1)),
            many: Some(vec![Some(inner(1)), Some(inner(2))]),
        };
        let (mut changed, mut none) = (row(), row());
        change(&mut changed);
        none.inner = None;
        assert!(<Outer as FrameSchema>::COLUMNS[0].nullable);
        vec![row(), none, changed]
    }
}

fn outer(frame: LazyFrame) -> String {
    let error = Frame::<Outer>::from(frame).collect_rows().unwrap_err();
    error.to_string()
}

#[test]
fn what_cannot_be_a_row_is_told_with_its_place() {
    let changed =
        |change: fn(&mut lax::Outer)| outer(Frame::from_rows(lax::rows(change)).unwrap().lazy());
    let null =
        |path: &str| format!("column `{path}`, row 3: is null, but its field is no `Option`");
    assert_eq!(changed(|row| row.id = None), null("id"));
    assert_eq!(changed(|row| row.many = None), null("many"));
    assert_eq!(
        changed(|row| row.inner.as_mut().unwrap().n = None),
        null("inner.n")
    );
    assert_eq!(
        changed(|row| row.many.as_mut().unwrap()[1] = None),
        null("many[2]")
    );
    assert_eq!(
        changed(|row| row.many.as_mut().unwrap()[0].as_mut().unwrap().at = None),
        null("many[1].at")
    );

    let frame = Frame::from_rows(lax::rows(|_| ())).unwrap().lazy();
    assert_eq!(
        Frame::<Outer>::from(frame.clone())
            .collect_rows()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        outer(frame.clone().select([col("id"), col("many")])),
        "rows of `Outer` have a column `inner: Option<Inner>`, but the frame has none; its columns are `id`, `many`"
    );
    assert_eq!(
        outer(frame.clone().with_column(col("id").cast(DataType::Int32))),
        "rows of `Outer` have a column `id: i64`, but in the frame it is i32"
    );
    let far = lit(i64::MAX).cast(DataType::Datetime(TimeUnit::Microseconds, None));
    let far = as_struct(vec![far.alias("at"), col("id").alias("n")]);
    assert_eq!(
        outer(frame.with_column(far.alias("inner"))),
        "column `inner.at`, row 1: is too far away for the field's type"
    );
}

#[derive(Schema)]
struct Clock {
    time: NaiveTime,
}

#[test]
fn a_leap_second_is_no_time_of_a_column() {
    let time = NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap();
    let error = Frame::from_rows(vec![Clock { time }]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `time`: 23:59:60.500 does not fit into a column of type NaiveTime"
    );
}

#[derive(Schema)]
struct Coarse {
    at: NaiveDateTime,
    #[column(unit = "ms")]
    took: TimeDelta,
}

#[test]
fn a_time_that_is_finer_than_its_column_is_no_other_time() {
    let error = |at, took| {
        let at = DateTime::from_timestamp_nanos(at).naive_utc();
        let took = TimeDelta::microseconds(took);
        let rows = Frame::from_rows(vec![Coarse { at, took }]);
        rows.err().map(|error| error.to_string())
    };
    let finer = |value: &str, unit: &str| {
        format!(
            "{value} is finer than the column, which is in {unit}; help: `#[column(unit = \"ns\")]`, or round it"
        )
    };
    assert_eq!(error(-1_000, -5_000), None);
    assert_eq!(
        error(-1, 0).unwrap(),
        finer("column `at`: 1969-12-31 23:59:59.999999999", "microseconds")
    );
    let error = error(0, -5_001).unwrap();
    assert!(error.ends_with(&finer("", "milliseconds")), "{error}");
}
