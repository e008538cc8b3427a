//! What is in NDJSON files.

use std::fmt;

use polars::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::facts::{self, Candidate};
use super::guess::Guess;
use super::{Found, SourceError};
use crate::source::diagnose::TextSource;
use crate::source::error::Position;
use crate::source::{Fault, NdJson, Source, SourceProblem, files, ndjson};

/// The shapes of all objects together, and the files read with the types that follow from them.
pub(super) fn found(source: &NdJson) -> Result<Found, SourceError> {
    let files = source.files()?;
    let mut shape = Shape::default();
    for file in &files {
        let io = |error| Fault::io(file, error);
        let mut records = ndjson::records(file).map_err(io)?;
        while let Some(batch) = records.next_batch().map_err(io)? {
            for (i, record) in batch.records.iter().enumerate() {
                let text = batch.record(i);
                let mut json = serde_json::Deserializer::from_slice(text);
                if Row(&mut shape)
                    .deserialize(&mut json)
                    .and_then(|()| json.end())
                    .is_err()
                {
                    let explained = ndjson::Reader.explain_record(text);
                    let problem = explained.map_or_else(
                        || SourceProblem::InvalidJson {
                            reason: "not a plain object".into(),
                        },
                        |(_, problem)| problem,
                    );
                    let line = Position::Line(record.line);
                    return Err(Fault::of(&file.display(), problem).at(line).into());
                }
            }
        }
    }
    if shape.fields.is_empty() {
        let problem = "no object in it has a key; help: check what has written it";
        let problem = SourceProblem::Other(problem.to_owned());
        return Err(SourceError::new(source.describe(), problem));
    }
    let candidates = shape.fields.into_iter().map(|(name, shape)| {
        let (dtype, notes) = shape.verdict(true);
        Candidate::new(name, dtype, notes)
    });
    facts::read(source, candidates.collect(), |targets| {
        let sources = files::scan_sources(&files);
        let sources = sources.map_err(|error| source.polars_error(error))?;
        Ok(ndjson::scan(sources, Some(targets)))
    })
}

/// The values seen at one place.
#[derive(Default)]
struct Shape {
    booleans: bool,
    numbers: Option<Numbers>,
    texts: Option<Guess>,
    items: Option<Box<Shape>>,
    objects: bool,
    /// In the order in which they came.
    fields: Vec<(PlSmallStr, Shape)>,
}

/// The numbers seen at one place.
#[derive(Clone, Copy, Default)]
struct Numbers {
    negative: bool,
    fractions: bool,
    integers: Width,
}

/// What holds all integers seen at one place.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    #[default]
    Signed,
    Unsigned,
    /// Nothing of 64 bits.
    More,
}

impl Shape {
    fn field(&mut self, name: &str) -> &mut Shape {
        let index = match self.fields.iter().position(|(known, _)| known == name) {
            Some(index) => index,
            None => {
                self.fields.push((name.into(), Shape::default()));
                self.fields.len() - 1
            }
        };
        &mut self.fields[index].1
    }

    /// The type. Only whole columns can be dates and times.
    fn verdict(self, top: bool) -> (DataType, Vec<String>) {
        let kinds = [
            (self.booleans, "booleans"),
            (self.numbers.is_some(), "numbers"),
            (self.texts.is_some(), "strings"),
            (self.items.is_some(), "lists"),
            (self.objects, "objects"),
        ];
        let kinds: Vec<&str> = kinds
            .iter()
            .filter(|(seen, _)| *seen)
            .map(|(_, kind)| *kind)
            .collect();
        let note = |note: &str| vec![note.to_owned()];
        match kinds[..] {
            [] => (
                DataType::String,
                note("no row has a value: nothing is known of its type"),
            ),
            [_, _, ..] => {
                let note = format!(
                    "{}: what is no string is taken as its JSON text",
                    kinds.join(", ")
                );
                (DataType::String, vec![note])
            }
            [_] if self.booleans => (DataType::Boolean, Vec::new()),
            [_] if self.objects => {
                let mut notes = Vec::new();
                let fields = self.fields.into_iter().map(|(name, shape)| {
                    let (dtype, inner) = shape.verdict(false);
                    notes.extend(inner.into_iter().map(|note| format!("`{name}`: {note}")));
                    Field::new(name, dtype)
                });
                (DataType::Struct(fields.collect()), notes)
            }
            [_] => match (self.numbers, self.items, self.texts) {
                (Some(numbers), ..) => numbers.verdict(),
                (_, Some(items), _) => {
                    let (dtype, notes) = items.verdict(false);
                    (DataType::List(Box::new(dtype)), notes)
                }
                (.., Some(texts)) if top => texts.verdict(),
                _ => (DataType::String, Vec::new()),
            },
        }
    }
}

impl Numbers {
    fn verdict(self) -> (DataType, Vec<String>) {
        match self.integers {
            _ if self.fractions => (DataType::Float64, Vec::new()),
            Width::Signed => (DataType::Int64, Vec::new()),
            Width::Unsigned if !self.negative => (DataType::UInt64, Vec::new()),
            Width::Unsigned | Width::More => {
                let note = "integers that do not fit in 64 bits; as `f64` they would lose digits";
                (DataType::String, vec![note.to_owned()])
            }
        }
    }
}

/// Takes an object into account, and nothing else.
struct Row<'a>(&'a mut Shape);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(Value(self.0.field(&key)))?;
        }
        Ok(())
    }
}

/// Takes any value into account.
struct Value<'a>(&'a mut Shape);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.0.booleans = true;
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.numbers.get_or_insert_default().negative |= value < 0;
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let numbers = self.0.numbers.get_or_insert_default();
        if i64::try_from(value).is_err() {
            numbers.integers = numbers.integers.max(Width::Unsigned);
        }
        Ok(())
    }

    /// Integers of more than 64 bits, too. `1e20` cannot be told from one; as a text, neither loses anything.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let numbers = self.0.numbers.get_or_insert_default();
        // Polars reads no integers of more than 128 bits.
        if (2_f64.powi(63)..2_f64.powi(128)).contains(&value.abs()) {
            numbers.integers = Width::More;
        } else {
            numbers.fractions = true;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.texts.get_or_insert_with(Guess::of_times).see(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let shape = self.0.items.get_or_insert_default();
        while items.next_element_seed(Value(shape))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.objects = true;
        Row(self.0).visit_map(map)
    }
}
