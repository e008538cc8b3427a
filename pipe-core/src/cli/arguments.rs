//! A pipeline's inputs and parameters as flags.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::LazyFrame;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::NamedSchema;
use crate::secret::Secret;
use crate::source::{KnownFiles, Source, SourceError, SourceIdentity, SourceProblem, from_path};

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
    /// Whether nobody is to see its value.
    pub is_secret: bool,
}

/// The flags that every pipeline has, whatever its arguments are called.
pub(super) const RESERVED: [&str; 30] = [
    "all",
    "by",
    "checkpoint",
    "color",
    "compression",
    "delete",
    "dry-run",
    "durability",
    "fail-fast",
    "format",
    "from",
    "help",
    "jobs",
    "json",
    "keep",
    "limit",
    "lock-file",
    "max-bytes",
    "memory",
    "name",
    "no-resume",
    "null-values",
    "older-than",
    "quarantine",
    "quiet",
    "remove",
    "rows",
    "separator",
    "store",
    "verbose",
];

/// Makes the default of an argument that is a source.
pub(super) type MakeSource = fn() -> Result<Arc<dyn Source>, SourceError>;

/// The values given on a command line, by argument name.
#[derive(Default)]
pub struct Arguments {
    given: BTreeMap<String, String>,
    specs: &'static [ArgumentSpec],
    sources_are_needed: bool,
    problems: Vec<String>,
}

/// What is wrong with the arguments of a pipeline.
#[derive(Debug, Default, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct ArgumentError {
    problems: Vec<String>,
}

impl ArgumentError {
    /// What is wrong, one argument each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Arguments {
    /// Values by argument name.
    #[must_use]
    pub fn new(given: BTreeMap<String, String>) -> Self {
        Self {
            given,
            specs: &[],
            sources_are_needed: true,
            problems: Vec::new(),
        }
    }

    /// The arguments' types as they are written, for messages.
    #[must_use]
    pub(super) fn described_by(mut self, specs: &'static [ArgumentSpec]) -> Self {
        self.specs = specs;
        self
    }

    /// Sources may be missing: nothing is going to be read.
    #[must_use]
    pub(super) fn sources_are_optional(mut self) -> Self {
        self.sources_are_needed = false;
        self
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
                None => self.missing(name),
            };
        };
        match read(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                let (flag, ty) = (flag(name), self.type_of::<T>(name));
                self.problem(format!("{flag} {text}: not a `{ty}` ({error})"))
            }
        }
    }

    /// Takes a secret: the given text, or what is in the environment variable or the file that it
    /// names with `env:NAME` or `file:PATH`. No problem repeats it.
    pub(crate) fn secret<T: DeserializeOwned>(
        &mut self,
        name: &str,
        default: Option<fn() -> Secret<T>>,
    ) -> Option<Secret<T>> {
        let Some(text) = self.given.remove(name) else {
            return match default {
                Some(default) => Some(default()),
                None => self.missing(name),
            };
        };
        let flag = flag(name);
        let text = match hidden(&text) {
            Ok(text) => text,
            Err(problem) => return self.problem(format!("{flag} {problem}")),
        };
        // Text first: a password may look like JSON.
        let value = in_text(&text).or_else(|_| serde_json::from_str(&text));
        match value {
            Ok(value) => Some(Secret::new(value)),
            Err(_) => {
                let ty = self.type_of::<T>(name);
                self.problem(format!("{flag}: not a `{ty}`; its value is not shown"))
            }
        }
    }

    /// Takes a source: the given path read with the options of the default one, or by its extension.
    /// `None` if it is missing or cannot be a source, which [`Arguments::finish`] reports.
    pub fn source(&mut self, name: &str, default: Option<MakeSource>) -> Option<Arc<dyn Source>> {
        let default = default.map(|default| default());
        let source = match (self.given.remove(name), default) {
            (Some(path), Some(Ok(default))) => match default.at(Path::new(&path)) {
                Some(source) => Ok(source),
                None => from_path(Path::new(&path)),
            },
            (Some(path), _) => from_path(Path::new(&path)),
            (None, Some(default)) => default,
            (None, None) if self.sources_are_needed => return self.missing(name),
            (None, None) => Ok(Arc::new(NotGiven { flag: flag(name) }) as Arc<dyn Source>),
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
            Err(ArgumentError {
                problems: std::mem::take(&mut self.problems),
            })
        }
    }

    /// The type of an argument as it is written.
    fn type_of<T>(&self, name: &str) -> &'static str {
        let spec = self.specs.iter().find(|spec| spec.name == name);
        spec.map_or(std::any::type_name::<T>(), |spec| spec.ty)
    }

    fn missing<T>(&mut self, name: &str) -> Option<T> {
        self.problem(format!("argument {} is missing", flag(name)))
    }

    fn problem<T>(&mut self, problem: String) -> Option<T> {
        self.problems.push(problem);
        None
    }
}

impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets.
        let names: Vec<_> = self.given.keys().collect();
        f.debug_struct("Arguments")
            .field("given", &names)
            .finish_non_exhaustive()
    }
}

/// The secret that a text is or names.
fn hidden(text: &str) -> Result<String, String> {
    if let Some(name) = text.strip_prefix("env:") {
        return std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => {
                format!("env:{name}: there is no environment variable of this name")
            }
            std::env::VarError::NotUnicode(_) => {
                format!("env:{name}: the environment variable is not UTF-8")
            }
        });
    }
    if let Some(path) = text.strip_prefix("file:") {
        let content = std::fs::read_to_string(path)
            .map_err(|error| format!("file:{path}: cannot be read: {error}"))?;
        // Editors and `echo` end the last line.
        let line = content.strip_suffix('\n').unwrap_or(&content);
        return Ok(line.strip_suffix('\r').unwrap_or(line).to_owned());
    }
    Ok(text.to_owned())
}

/// Text that is no JSON of type `T` is a string.
fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            serde_json::from_value(value).or_else(|error| in_text(text).map_err(|_| error))
        }
        Err(_) => in_text(text),
    }
}

fn in_text<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_value(Value::String(text.to_owned()))
}

/// `dep_delay` → `--dep-delay`
fn flag(name: &str) -> String {
    format!("--{}", long(name))
}

/// The flag of an argument, without dashes: `dep_delay` → `dep-delay`; `store` → `arg-store`,
/// because `--store` is taken.
pub(super) fn long(name: &str) -> String {
    let flag = name.replace('_', "-");
    if RESERVED.contains(&flag.as_str()) {
        format!("arg-{flag}")
    } else {
        flag
    }
}

/// A source that was not given, where none is read.
struct NotGiven {
    flag: String,
}

impl NotGiven {
    fn error(&self) -> SourceError {
        let problem = "not given; help: give its path".to_owned();
        SourceError::new(&self.flag, SourceProblem::Other(problem))
    }
}

impl Source for NotGiven {
    fn describe(&self) -> String {
        self.flag.clone()
    }

    fn open(&self, _: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        Err(self.error())
    }

    fn identity(&self, _: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        Err(self.error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(given: &[(&str, &str)]) -> Arguments {
        Arguments::new(
            given
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn values_are_json_or_text() {
        let mut given = arguments(&[("a", "60"), ("b", "abc"), ("c", "60"), ("d", "[1, 2]")]);
        assert_eq!(given.value::<f64>("a", None::<fn() -> f64>), Some(60.0));
        assert_eq!(
            given.value::<String>("b", None::<fn() -> String>),
            Some("abc".into())
        );
        assert_eq!(
            given.value::<String>("c", None::<fn() -> String>),
            Some("60".into())
        );
        assert_eq!(
            given.value::<Vec<u8>>("d", None::<fn() -> Vec<u8>>),
            Some(vec![1, 2])
        );
        assert_eq!(given.value("e", Some(|| 7)), Some(7));
        assert!(given.finish().is_ok());
    }

    #[test]
    fn a_flag_that_is_taken_gets_a_prefix() {
        assert_eq!(flag("dep_delay"), "--dep-delay");
        assert_eq!(flag("store"), "--arg-store");
        assert_eq!(flag("no_resume"), "--arg-no-resume");
    }

    #[test]
    fn sources_can_be_optional() {
        let mut given = arguments(&[]).sources_are_optional();
        let source = given.source("flights", None);
        assert_eq!(
            source.map(|source| source.describe()),
            Some("--flights".into())
        );
        assert!(given.finish().is_ok());
    }

    #[test]
    fn every_problem_is_reported() {
        let mut given = arguments(&[("dep_delay", "late"), ("flights", "flights.doc")]);
        assert_eq!(given.value::<f64>("dep_delay", None::<fn() -> f64>), None);
        assert_eq!(given.value::<f64>("scale", None::<fn() -> f64>), None);
        assert!(given.source("flights", None).is_none());
        let error = given.finish().expect_err("three problems").to_string();
        assert!(
            error.contains(
                "--dep-delay late: not a `f64` (invalid type: string \"late\", expected f64)"
            ),
            "{error}"
        );
        assert!(error.contains("argument --scale is missing"), "{error}");
        assert!(
            error.contains("--flights: flights.doc: unknown file format"),
            "{error}"
        );
    }
}
