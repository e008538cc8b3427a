//! Column types and columns as `const` data.

use super::message::{Message, Report};

/// The type of a column, without nullability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// `bool`
    Boolean,
    /// `i8`
    Int8,
    /// `i16`
    Int16,
    /// `i32`
    Int32,
    /// `i64`
    Int64,
    /// `u8`
    UInt8,
    /// `u16`
    UInt16,
    /// `u32`
    UInt32,
    /// `u64`
    UInt64,
    /// `f32`
    Float32,
    /// `f64`
    Float64,
    /// `String`
    String,
    /// `Vec<u8>`
    Binary,
    /// `chrono::NaiveDate`
    Date,
    /// `chrono::NaiveTime`
    Time,
    /// `chrono::NaiveDateTime`, or `chrono::DateTime<Utc>` with a time zone
    Datetime(TimeUnit, Option<&'static str>),
    /// `chrono::TimeDelta`
    Duration(TimeUnit),
    /// `Vec<T>`
    List(&'static ColumnType),
    /// A struct with `#[derive(Schema)]`
    Struct(&'static str, &'static [ColumnSpec]),
}

/// Resolution of datetimes and durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// 10⁻⁹ s
    Nanoseconds,
    /// 10⁻⁶ s, the default
    Microseconds,
    /// 10⁻³ s
    Milliseconds,
}

/// One column of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name in the frame.
    pub name: &'static str,
    /// FNV-1a of the name, written by the macro: comparisons look at it first.
    pub hash: u64,
    /// Its type.
    pub ty: ColumnType,
    /// Whether it may hold nulls.
    pub nullable: bool,
}

impl ColumnType {
    /// The same type with another time unit; types without one stay as they are.
    #[must_use]
    pub const fn with_unit(self, unit: TimeUnit) -> Self {
        match self {
            Self::Datetime(_, zone) => Self::Datetime(unit, zone),
            Self::Duration(_) => Self::Duration(unit),
            other => other,
        }
    }

    /// The same type with another time zone; types without one stay as they are.
    #[must_use]
    pub const fn with_zone(self, zone: &'static str) -> Self {
        match self {
            Self::Datetime(unit, Some(_)) => Self::Datetime(unit, Some(zone)),
            other => other,
        }
    }

    /// What is wrong with saying a time unit of this type.
    #[must_use]
    pub const fn check_unit(self) -> Report {
        let mut report = Report::new();
        if !matches!(self, Self::Datetime(..) | Self::Duration(_)) {
            let to = report.next();
            to.text("a column of type `");
            self.write(to);
            to.text("` has no time unit\nhelp: remove it, or use `NaiveDateTime`, `DateTime<Utc>` or `TimeDelta`");
        }
        report
    }

    /// What is wrong with saying a time zone of this type.
    #[must_use]
    pub const fn check_zone(self) -> Report {
        let mut report = Report::new();
        if !matches!(self, Self::Datetime(_, Some(_))) {
            let to = report.next();
            to.text("a column of type `");
            self.write(to);
            to.text("` has no time zone\nhelp: remove it, or use `DateTime<Utc>`");
        }
        report
    }

    pub(crate) const fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Int8
                | Self::Int16
                | Self::Int32
                | Self::Int64
                | Self::UInt8
                | Self::UInt16
                | Self::UInt32
                | Self::UInt64
        )
    }

    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64)
    }

    pub(crate) const fn is_temporal(self) -> bool {
        matches!(
            self,
            Self::Date | Self::Time | Self::Datetime(..) | Self::Duration(_)
        )
    }

    /// `==` for `const` evaluation.
    #[must_use]
    pub const fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Datetime(u1, None), Self::Datetime(u2, None))
            | (Self::Duration(u1), Self::Duration(u2)) => u1 as u8 == u2 as u8,
            (Self::Datetime(u1, Some(z1)), Self::Datetime(u2, Some(z2))) => {
                u1 as u8 == u2 as u8 && same_text(z1, z2)
            }
            (Self::List(a), Self::List(b)) => a.same(*b),
            (Self::Struct(_, a), Self::Struct(_, b)) => same_fields(a, b),
            (a, b) => match (a.tag(), b.tag()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// A number for types without parts.
    const fn tag(self) -> Option<u8> {
        Some(match self {
            Self::Boolean => 0,
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Int32 => 3,
            Self::Int64 => 4,
            Self::UInt8 => 5,
            Self::UInt16 => 6,
            Self::UInt32 => 7,
            Self::UInt64 => 8,
            Self::Float32 => 9,
            Self::Float64 => 10,
            Self::String => 11,
            Self::Binary => 12,
            Self::Date => 13,
            Self::Time => 14,
            Self::Datetime(..) | Self::Duration(_) | Self::List(_) | Self::Struct(..) => {
                return None;
            }
        })
    }

    /// Writes the Rust type that a user would write for this column.
    pub(super) const fn write(self, to: &mut Message) {
        match self {
            Self::Boolean => to.text("bool"),
            Self::Int8 => to.text("i8"),
            Self::Int16 => to.text("i16"),
            Self::Int32 => to.text("i32"),
            Self::Int64 => to.text("i64"),
            Self::UInt8 => to.text("u8"),
            Self::UInt16 => to.text("u16"),
            Self::UInt32 => to.text("u32"),
            Self::UInt64 => to.text("u64"),
            Self::Float32 => to.text("f32"),
            Self::Float64 => to.text("f64"),
            Self::String => to.text("String"),
            Self::Binary => to.text("Vec<u8>"),
            Self::Date => to.text("NaiveDate"),
            Self::Time => to.text("NaiveTime"),
            Self::Datetime(unit, None) => {
                to.text("NaiveDateTime");
                unit.write(to, None);
            }
            Self::Datetime(unit, Some(zone)) => {
                to.text("DateTime<Utc>");
                unit.write(to, Some(zone));
            }
            Self::Duration(unit) => {
                to.text("TimeDelta");
                unit.write(to, None);
            }
            Self::List(item) => {
                to.text("Vec<");
                item.write(to);
                to.text(">");
            }
            Self::Struct(name, _) => to.text(name),
        }
    }
}

impl TimeUnit {
    /// Says what differs from the default: microseconds, UTC.
    const fn write(self, to: &mut Message, zone: Option<&'static str>) {
        let unit = match self {
            Self::Nanoseconds => " in ns",
            Self::Microseconds => "",
            Self::Milliseconds => " in ms",
        };
        to.text(unit);
        if let Some(zone) = zone
            && !same_text(zone, "UTC")
        {
            to.text(" at ");
            to.text(zone);
        }
    }
}

impl ColumnSpec {
    /// Writes `name: Type` or `name: Option<Type>` in backticks.
    pub(crate) const fn write(&self, to: &mut Message) {
        to.text("`");
        to.text(self.name);
        to.text(": ");
        write_type(self.ty, self.nullable, to);
        to.text("`");
    }
}

pub(super) const fn write_type(ty: ColumnType, nullable: bool, to: &mut Message) {
    if nullable {
        to.text("Option<");
        ty.write(to);
        to.text(">");
    } else {
        ty.write(to);
    }
}

const fn same_fields(a: &[ColumnSpec], b: &[ColumnSpec]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        let same = a[i].hash == b[i].hash
            && a[i].ty.same(b[i].ty)
            && a[i].nullable == b[i].nullable
            && same_text(a[i].name, b[i].name);
        if !same {
            return false;
        }
        i += 1;
    }
    true
}

/// `==` on strings for `const` evaluation.
pub(super) const fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

impl std::fmt::Display for ColumnType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Message::new();
        self.write(&mut text);
        f.write_str(text.as_str())
    }
}

impl std::fmt::Display for ColumnSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Message::new();
        text.text(self.name);
        text.text(": ");
        write_type(self.ty, self.nullable, &mut text);
        f.write_str(text.as_str())
    }
}
