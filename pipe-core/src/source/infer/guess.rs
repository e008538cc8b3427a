//! What type the texts of a column may have.

use std::collections::BTreeMap;

use polars::prelude::{DataType, TimeUnit, TimeZone};

/// Words that stand for "no value" in many files.
const PLACEHOLDERS: [&str; 14] = [
    "NA", "N/A", "n/a", "na", "#N/A", "NULL", "Null", "null", "None", "none", "nil", "\\N", "-",
    "?",
];

/// The types that texts may have, the narrowest first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Unsigned,
    Float,
    Date,
    Time,
    Datetime,
    Instant,
}

const KINDS: [Kind; 8] = [
    Kind::Boolean,
    Kind::Integer,
    Kind::Unsigned,
    Kind::Float,
    Kind::Date,
    Kind::Time,
    Kind::Datetime,
    Kind::Instant,
];

/// Looks at the texts of one column, one after the other.
#[derive(Clone)]
pub(super) struct Guess {
    /// The kinds that every text so far has had.
    possible: Vec<Kind>,
    texts: u64,
    /// The first number that begins with a zero: it may be a code.
    code: Option<String>,
    /// Whether there are numbers that are no integers.
    fractions: bool,
    /// Whether there are times finer than a microsecond.
    nanoseconds: bool,
    placeholders: BTreeMap<&'static str, u64>,
}

impl Guess {
    /// For texts that may be anything.
    pub(super) fn new() -> Self {
        Self::among(&KINDS)
    }

    /// For texts of which only dates and times are not what they are.
    pub(super) fn of_times() -> Self {
        Self::among(&KINDS[4..])
    }

    fn among(kinds: &[Kind]) -> Self {
        Self {
            possible: kinds.to_vec(),
            texts: 0,
            code: None,
            fractions: false,
            nanoseconds: false,
            placeholders: BTreeMap::new(),
        }
    }

    /// Takes a text that is not null into account.
    pub(super) fn see(&mut self, text: &str) {
        if self.possible.is_empty() {
            self.texts += 1;
            return;
        }
        if let Some(word) = PLACEHOLDERS.iter().find(|word| **word == text) {
            *self.placeholders.entry(word).or_default() += 1;
            return;
        }
        self.texts += 1;
        // Polars' reader skips spaces before a number.
        let text = text.trim_start();
        let nanoseconds = &mut self.nanoseconds;
        self.possible.retain(|kind| kind.takes(text, nanoseconds));
        if self.possible.contains(&Kind::Float) {
            let digits = text.trim_start_matches(['+', '-']);
            let integer = digits.bytes().all(|byte| byte.is_ascii_digit());
            self.fractions |= !integer;
            if integer && digits.len() > 1 && digits.starts_with('0') && self.code.is_none() {
                self.code = Some(text.to_owned());
            }
        }
    }

    /// The type, and what there is to say about it.
    pub(super) fn verdict(self) -> (DataType, Vec<String>) {
        if self.texts == 0 && self.placeholders.is_empty() {
            let note = "no row has a value: nothing is known of its type";
            return (DataType::String, vec![note.to_owned()]);
        }
        let first = self.possible.first().copied();
        let (dtype, mut notes) = match first.filter(|_| self.texts > 0) {
            None => (DataType::String, Vec::new()),
            Some(Kind::Boolean) => (DataType::Boolean, Vec::new()),
            Some(Kind::Integer | Kind::Unsigned) if self.code.is_some() => {
                let code = self.code.unwrap_or_default();
                let note = format!(
                    "digits, but with leading zeros such as `{code}`: a number would lose them"
                );
                (DataType::String, vec![note])
            }
            Some(Kind::Integer) => (DataType::Int64, Vec::new()),
            Some(Kind::Unsigned) => (DataType::UInt64, Vec::new()),
            Some(Kind::Float) if !self.fractions => {
                let note = "integers that do not fit in 64 bits; as `f64` they would lose digits";
                (DataType::String, vec![note.to_owned()])
            }
            Some(Kind::Float) => (DataType::Float64, Vec::new()),
            Some(Kind::Date) => (DataType::Date, Vec::new()),
            Some(Kind::Time) => (DataType::Time, Vec::new()),
            Some(Kind::Datetime) => (datetime(self.nanoseconds, None), Vec::new()),
            Some(Kind::Instant) => (datetime(self.nanoseconds, Some(TimeZone::UTC)), Vec::new()),
        };
        if self.placeholders.is_empty() || dtype == DataType::String {
            return (dtype, notes);
        }
        let words: Vec<&str> = self.placeholders.keys().copied().collect();
        let count: u64 = self.placeholders.values().sum();
        notes.push(format!(
            "`{}` but for {} in {count} row{}: if that means that there is no value, give `--null-values {}`",
            crate::schema::describe_dtype(&dtype),
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            if count == 1 { "" } else { "s" },
            words.join(","),
        ));
        (DataType::String, notes)
    }
}

fn datetime(nanoseconds: bool, zone: Option<TimeZone>) -> DataType {
    let unit = if nanoseconds {
        TimeUnit::Nanoseconds
    } else {
        TimeUnit::Microseconds
    };
    DataType::Datetime(unit, zone)
}

impl Kind {
    /// Whether a text can be read as this kind.
    fn takes(self, text: &str, nanoseconds: &mut bool) -> bool {
        use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

        let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
        match self {
            Self::Boolean => text == "true" || text == "false",
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Unsigned => text.parse::<u64>().is_ok(),
            Self::Float => text.parse::<f64>().is_ok(),
            // chrono would take spaces and signs.
            _ if !starts_with_digit => false,
            Self::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
            Self::Time => NaiveTime::parse_from_str(text, "%H:%M:%S%.f").is_ok(),
            Self::Datetime | Self::Instant => {
                let text = text.replacen(' ', "T", 1);
                let fraction = if self == Self::Datetime {
                    let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f");
                    time.map(|time| time.nanosecond())
                } else {
                    let time = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z");
                    time.map(|time| time.nanosecond())
                };
                *nanoseconds |= fraction.is_ok_and(|fraction| fraction % 1000 != 0);
                fraction.is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(texts: &[&str]) -> (String, Vec<String>) {
        let mut guess = Guess::new();
        for text in texts {
            guess.see(text);
        }
        let (dtype, notes) = guess.verdict();
        (crate::schema::describe_dtype(&dtype), notes)
    }

    #[test]
    fn a_type_is_that_of_every_text() {
        for (texts, ty) in [
            (&["true", "false"][..], "bool"),
            (&["true", "1"], "String"),
            (&["0", "-7", "12"], "i64"),
            (&["0", "18446744073709551615"], "u64"),
            (&["1", "2.5", "1e3"], "f64"),
            (&["1", "nan"], "f64"),
            (&["2013-01-31"], "NaiveDate"),
            (&["2013-02-30"], "String"),
            (&["17:30:00", "17:30:00.25"], "NaiveTime"),
            (
                &["2013-01-31T17:30:00", "2013-01-31 17:30:00.5"],
                "NaiveDateTime",
            ),
            (&["2013-01-31T17:30:00.123456789"], "NaiveDateTime in ns"),
            (
                &["2013-01-31T17:30:00Z", "2013-01-31T17:30:00+01:00"],
                "DateTime<Utc>",
            ),
            (&["2013-01-31T17:30:00Z", "2013-01-31T17:30:00"], "String"),
            (&["2013-01-31", "soon"], "String"),
            (&[" 1", " 2"], "i64"),
        ] {
            assert_eq!(guess(texts), (ty.to_owned(), Vec::new()), "{texts:?}");
        }
    }

    #[test]
    fn what_is_doubtful_is_text_with_a_note() {
        for (texts, note) in [
            (&[][..], "no row has a value"),
            (&["00501", "10001"], "leading zeros such as `00501`"),
            (&["99999999999999999999"], "do not fit in 64 bits"),
            (&["-1", "18446744073709551615"], "do not fit in 64 bits"),
            (&["1", "NA", "2", "NA"], "`i64` but for `NA` in 2 rows"),
            (&["2013-01-31", "-", "NULL"], "`--null-values -,NULL`"),
        ] {
            let (ty, notes) = guess(texts);
            assert_eq!((ty.as_str(), notes.len()), ("String", 1), "{texts:?}");
            assert!(notes[0].contains(note), "{notes:?}");
        }
        assert_eq!(guess(&["NA", "x"]), ("String".to_owned(), Vec::new()));
        assert_eq!(
            guess(&["0", "0.5", "007.0"]),
            ("f64".to_owned(), Vec::new())
        );
    }
}
