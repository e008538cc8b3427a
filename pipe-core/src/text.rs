//! Sizes, ages and tables for people.

use std::fmt::{self, Formatter};

/// The first line of a text of several.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Left-aligned columns, two spaces apart; the last one is as wide as it is.
pub(crate) fn table<const N: usize>(
    f: &mut Formatter<'_>,
    rows: impl Iterator<Item = [String; N]>,
) -> fmt::Result {
    let rows: Vec<_> = rows.collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (&width, cell) in widths.iter().zip(row) {
            if width > 0 {
                line.extend([cell.as_str(), &" ".repeat(width + 2 - cell.chars().count())]);
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// `1.6 KB`.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1000.0;
    for unit in ["KB", "MB", "GB"] {
        // More is rounded to 1000.0.
        if size < 999.95 {
            return format!("{size:.1} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

/// `328,521`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `328,521 rows`, `1 row`.
pub(crate) fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// `0.21 s`, `42 s`, `5 min`.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 9.95 {
        format!("{seconds:.2} s")
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// `3 h ago`.
pub(crate) fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86400),
    }
}

/// A time in RFC 3339 without fractions of seconds: `2026-11-20T10:04:00Z`.
pub(crate) fn moment(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => format!("{time:.0}"),
        Err(_) => time.to_owned(),
    }
}

/// A type as people write it: `Vec<String>` of `alloc::vec::Vec<alloc::string::String>`.
pub(crate) fn type_without_paths(name: &str) -> String {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut written = String::new();
    let mut rest = name;
    while let Some(end) = rest.find(|c| !is_of_name(c)) {
        let (path, after) = rest.split_at(end);
        written += path.rsplit("::").next().unwrap_or(path);
        let mark = after.chars().next();
        written.extend(mark);
        rest = &after[mark.map_or(0, char::len_utf8)..];
    }
    written + rest.rsplit("::").next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_without_paths() {
        let written = |name: &str| type_without_paths(name);
        assert_eq!(written("u64"), "u64");
        assert_eq!(written("my_crate::models::Model"), "Model");
        assert_eq!(
            written("alloc::vec::Vec<(alloc::string::String, [core::option::Option<f64>; 2])>"),
            "Vec<(String, [Option<f64>; 2])>"
        );
    }

    #[test]
    fn sizes_and_ages_are_for_people() {
        assert_eq!(
            [size(12), size(1_600), size(2_500_000)],
            ["12 B", "1.6 KB", "2.5 MB"]
        );
        assert_eq!(
            [999, 1_000, 999_949, 999_960, 999_960_000, 999_960_000_000].map(size),
            ["999 B", "1.0 KB", "999.9 KB", "1.0 MB", "1.0 GB", "1.0 TB"]
        );
        assert_eq!(
            [age(5), age(61), age(7200), age(90_000)],
            ["5 s ago", "1 min ago", "2 h ago", "1 d ago"]
        );
        assert_eq!(
            [0.214, 42.4, 300.0, 9000.0].map(seconds),
            ["0.21 s", "42 s", "5 min", "2.5 h"]
        );
    }
}
