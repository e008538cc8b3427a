//! Constants that steps read: their values are part of the step's key.

#![allow(
    missing_docs,
    reason = "called by generated code only; the doc comments are for its authors"
)]

use std::time::Duration;

/// A constant by its path, and how to get its value as text.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    pub name: &'static str,
    pub value: fn() -> String,
}

/// A type whose values cannot change while the program runs, and have one text each. A `static` with
/// a counter or a lock inside is neither.
#[diagnostic::on_unimplemented(
    message = "the value of a `{Self}` cannot be part of a step's key: a change in it would go unnoticed",
    label = "not a plain value",
    note = "make it an argument of the step, or opt out with `untracked(NAME)`"
)]
pub trait ConstantValue {
    fn text(&self) -> String;
}

macro_rules! plain {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl ConstantValue for $ty {
            fn text(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}

plain! {
    bool, char, str, String, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
    Duration, chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::TimeDelta
}

#[diagnostic::do_not_recommend]
impl<T: ConstantValue + ?Sized> ConstantValue for &T {
    fn text(&self) -> String {
        (**self).text()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ConstantValue> ConstantValue for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(
            || "None".to_owned(),
            |value| format!("Some({})", value.text()),
        )
    }
}

#[diagnostic::do_not_recommend]
impl<T: ConstantValue> ConstantValue for [T] {
    fn text(&self) -> String {
        let items: Vec<_> = self.iter().map(ConstantValue::text).collect();
        format!("[{}]", items.join(", "))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ConstantValue, const N: usize> ConstantValue for [T; N] {
    fn text(&self) -> String {
        self[..].text()
    }
}

#[diagnostic::do_not_recommend]
impl<A: ConstantValue, B: ConstantValue> ConstantValue for (A, B) {
    fn text(&self) -> String {
        format!("({}, {})", self.0.text(), self.1.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant_value(value: &(impl ConstantValue + ?Sized)) -> String {
        value.text()
    }

    #[test]
    fn different_values_have_different_texts() {
        assert_eq!(constant_value(&1.0), "1.0");
        assert_eq!(constant_value("a\", \"b"), r#""a\", \"b""#);
        assert_eq!(constant_value(&["a", "b"]), r#"["a", "b"]"#);
        assert_eq!(
            constant_value(&[(Some(1), "x"), (None, "y")][..]),
            r#"[(Some(1), "x"), (None, "y")]"#
        );
    }
}
