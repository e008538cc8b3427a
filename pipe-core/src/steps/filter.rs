use serde::Serialize;

use super::Number;
use crate::step::{Code, ColumnName, Inputs, Parameters, Step, StepError, StepOutput};

/// Keeps the rows whose value in a column compares so to a number. Nulls are not kept.
#[derive(Clone, Debug)]
pub struct Filter {
    column: ColumnName,
    comparison: Comparison,
    threshold: Number,
}

#[derive(Clone, Copy, Debug, Serialize)]
enum Comparison {
    #[serde(rename = ">")]
    Gt,
    #[serde(rename = ">=")]
    Ge,
    #[serde(rename = "<")]
    Lt,
    #[serde(rename = "<=")]
    Le,
    #[serde(rename = "==")]
    Eq,
}

macro_rules! comparisons {
    ($($method:ident $variant:ident $symbol:literal),*) => {$(
        #[doc = concat!("Keeps rows with `column ", $symbol, " threshold`.")]
        pub fn $method(column: impl Into<ColumnName>, threshold: impl Into<Number>) -> Self {
            Self {
                column: column.into(),
                comparison: Comparison::$variant,
                threshold: threshold.into(),
            }
        }
    )*};
}

impl Filter {
    comparisons! { gt Gt ">", ge Ge ">=", lt Lt "<", le Le "<=", eq Eq "==" }
}

impl Step for Filter {
    fn name(&self) -> &'static str {
        "filter"
    }

    fn code(&self) -> Code {
        Code::by_hand("pipe_core::steps::Filter 1")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("column", &self.column)?;
        parameters.add("comparison", &self.comparison)?;
        parameters.add("threshold", &self.threshold)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let (column, threshold) = (self.column.col(), self.threshold.literal());
        let keep = match self.comparison {
            Comparison::Gt => column.gt(threshold),
            Comparison::Ge => column.gt_eq(threshold),
            Comparison::Lt => column.lt(threshold),
            Comparison::Le => column.lt_eq(threshold),
            Comparison::Eq => column.eq(threshold),
        };
        Ok(inputs.only()?.filter(keep).into())
    }
}
