use polars::prelude::{Expr, lit};
use serde::Serialize;

use crate::step::{Code, ColumnName, Inputs, Parameters, Step, StepError, StepOutput};

/// Adds a column that is another one times a number. Integers times an integer stay integers, of
/// the same type.
#[derive(Clone, Debug)]
pub struct AddColumn {
    source: ColumnName,
    output: ColumnName,
    multiplier: Number,
}

/// An integer or a float. `3` and `3.0` are different parameters: an integer keeps the type of an
/// integer column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
}

impl Number {
    /// As an untyped literal, which takes the type of the column that it meets.
    pub(super) fn literal(self) -> Expr {
        match self {
            Self::Integer(value) => lit(value),
            Self::Float(value) => lit(value),
        }
    }
}

macro_rules! from {
    ($($rust:ty => $variant:ident),*) => {$(
        impl From<$rust> for Number {
            fn from(value: $rust) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! { i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer, u8 => Integer, u16 => Integer, u32 => Integer, f32 => Float, f64 => Float }

impl AddColumn {
    /// `output` = `source` · `multiplier`.
    pub fn new(
        source: impl Into<ColumnName>,
        output: impl Into<ColumnName>,
        multiplier: impl Into<Number>,
    ) -> Self {
        Self {
            source: source.into(),
            output: output.into(),
            multiplier: multiplier.into(),
        }
    }
}

impl Step for AddColumn {
    fn name(&self) -> &'static str {
        "add_column"
    }

    fn code(&self) -> Code {
        Code::by_hand("pipe_core::steps::AddColumn 1")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("source", &self.source)?;
        parameters.add("output", &self.output)?;
        parameters.add("multiplier", &self.multiplier)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let product = self.source.col() * self.multiplier.literal();
        Ok(inputs
            .only()?
            .with_column(product.alias(self.output.as_str()))
            .into())
    }
}
