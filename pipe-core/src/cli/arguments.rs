//! A pipeline's inputs and parameters as flags.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::source::{Source, SourceError, from_path};

/// One argument of a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct ArgumentSpec {
    /// Its name: `dep_delay` is the flag `--dep-delay`.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its type, as written.
    pub ty: &'static str,
    /// Whether it is a frame, given as a path.
    pub is_source: bool,
    /// The default, as written.
    pub default: Option<&'static str>,
}

/// The values given on a command line, by argument name.
#[derive(Debug, Default)]
pub struct Arguments {
    given: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// What is wrong with the arguments of a pipeline.
#[derive(Debug, Default, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct ArgumentError {
    problems: Vec<String>,
}

impl Arguments {
    /// Values by argument name.
    #[must_use]
    pub fn new(given: BTreeMap<String, String>) -> Self {
        Self { given, problems: Vec::new() }
    }

    /// Takes a value: the given text read as JSON (`60`, `true`, `["a"]`), or else as a string.
    /// `None` if it is missing or of another type, which [`Arguments::finish`] reports.
    pub fn value<T: DeserializeOwned>(
        &mut self,
        name: &str,
        default: Option<impl FnOnce() -> T>,
    ) -> Option<T> {
        let Some(text) = self.given.remove(name) else {
            return match default {
                Some(default) => Some(default()),
                None => self.problem(format!("argument {} is missing", flag(name))),
            };
        };
        let read = serde_json::from_str(&text);
        let as_text = || serde_json::from_value(serde_json::Value::String(text.clone()));
        match read.or_else(|error| as_text().map_err(|_| error)) {
            Ok(value) => Some(value),
            Err(error) => self.problem(format!(
                "{} {text}: not a `{}` ({error})",
                flag(name),
                std::any::type_name::<T>()
            )),
        }
    }

    /// Takes a source: the given path read with the options of the default one, or by its extension.
    /// `None` if it is missing or cannot be a source, which [`Arguments::finish`] reports.
    pub fn source(
        &mut self,
        name: &str,
        default: Option<impl FnOnce() -> Result<Arc<dyn Source>, SourceError>>,
    ) -> Option<Arc<dyn Source>> {
        let default = default.map(|default| default());
        let source = match (self.given.remove(name), default) {
            (Some(path), Some(Ok(default))) => match default.at(Path::new(&path)) {
                Some(source) => Ok(source),
                None => from_path(Path::new(&path)),
            },
            (Some(path), _) => from_path(Path::new(&path)),
            (None, Some(default)) => default,
            (None, None) => return self.problem(format!("argument {} is missing", flag(name))),
        };
        match source {
            Ok(source) => Some(source),
            Err(error) => self.problem(format!("{}: {error}", flag(name))),
        }
    }

    /// Whether everything was there.
    ///
    /// # Errors
    ///
    /// Every argument that is missing or wrong.
    pub fn finish(&mut self) -> Result<(), ArgumentError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(ArgumentError { problems: std::mem::take(&mut self.problems) })
        }
    }

    fn problem<T>(&mut self, problem: String) -> Option<T> {
        self.problems.push(problem);
        None
    }
}

/// `dep_delay` → `--dep-delay`
fn flag(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(given: &[(&str, &str)]) -> Arguments {
        Arguments::new(given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn values_are_json_or_text() {
        let mut given = arguments(&[("a", "60"), ("b", "abc"), ("c", "60"), ("d", "[1, 2]")]);
        assert_eq!(given.value::<f64>("a", None::<fn() -> f64>), Some(60.0));
        assert_eq!(given.value::<String>("b", None::<fn() -> String>), Some("abc".into()));
        assert_eq!(given.value::<String>("c", None::<fn() -> String>), Some("60".into()));
        assert_eq!(given.value::<Vec<u8>>("d", None::<fn() -> Vec<u8>>), Some(vec![1, 2]));
        assert_eq!(given.value("e", Some(|| 7)), Some(7));
        assert!(given.finish().is_ok());
    }

    #[test]
    fn every_problem_is_reported() {
        let mut given = arguments(&[("dep_delay", "late"), ("flights", "flights.doc")]);
        assert_eq!(given.value::<f64>("dep_delay", None::<fn() -> f64>), None);
        assert_eq!(given.value::<f64>("scale", None::<fn() -> f64>), None);
        assert!(given.source("flights", None::<fn() -> _>).is_none());
        let error = given.finish().expect_err("three problems").to_string();
        assert!(error.contains("--dep-delay late: not a `f64`"), "{error}");
        assert!(error.contains("argument --scale is missing"), "{error}");
        assert!(error.contains("--flights: flights.doc: unknown file format"), "{error}");
    }
}
