//! Names of columns as arguments of steps.

use serde::Serialize;

/// The name of a column, as an argument of a step.
///
/// In the step's contract the argument's name stands for the column:
/// `#[step(reads(source: f64), adds(output: f64))]`. `pipeline!` wants a string literal for it, so
/// that the compiler knows the column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ColumnName(String);

impl ColumnName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The column as an expression.
    pub fn col(&self) -> polars::prelude::Expr {
        crate::engine::column(self.as_str())
    }
}

impl<T: Into<String>> From<T> for ColumnName {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

impl std::fmt::Display for ColumnName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of several columns, as an argument of a step.
///
/// In the step's contract the argument's name stands for each of the columns:
/// `#[step(reads(parts: numeric), adds(total: f64))]`. `pipeline!` wants an array of string literals for
/// it, so that the compiler knows the columns: `sum_of(orders, ["net", "tax"], "total")`.
///
/// ```
/// use pipe_core::prelude::*;
///
/// #[step(reads(parts: numeric), adds(total: f64))]
/// fn sum_of(df: LazyFrame, parts: ColumnNames, total: ColumnName) -> LazyFrame {
///     let sum = parts.iter().map(col).fold(lit(0.0), |sum, part| sum + part);
///     df.with_column(sum.alias(total.as_str()))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ColumnNames(Vec<String>);

impl ColumnNames {
    /// The names, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator + Clone {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns as a selector, as by `cols(&names)`, but names are never patterns.
    #[must_use]
    pub fn cols(&self) -> polars::prelude::Selector {
        polars::prelude::by_name(self, true, false)
    }
}

impl<T: Into<String>> FromIterator<T> for ColumnNames {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for ColumnNames {
    fn from(names: [T; N]) -> Self {
        names.into_iter().collect()
    }
}

impl<T: Into<String>> From<Vec<T>> for ColumnNames {
    fn from(names: Vec<T>) -> Self {
        names.into_iter().collect()
    }
}

impl IntoIterator for ColumnNames {
    type Item = String;
    type IntoIter = std::vec::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ColumnNames {
    type Item = &'a str;
    type IntoIter = std::iter::Map<std::slice::Iter<'a, String>, fn(&'a String) -> &'a str>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{Parameters, StepError};

    #[test]
    fn names_of_columns_are_a_list() -> Result<(), StepError> {
        let names = ColumnNames::from(["net", "tax"]);
        let mut parameters = Parameters::default();
        parameters.add("parts", &names)?;
        assert_eq!(parameters.values()["parts"].to_string(), r#"["net","tax"]"#);
        assert_eq!(
            serde_json::from_str::<ColumnNames>(r#"["net", "tax"]"#)?,
            names
        );
        assert!(serde_json::from_str::<ColumnNames>(r#""net""#).is_err());
        assert_eq!((names.len(), names.is_empty()), (2, false));
        assert!(names.iter().eq(&names));
        assert!((&names).into_iter().eq(names.clone()));
        Ok(())
    }
}
