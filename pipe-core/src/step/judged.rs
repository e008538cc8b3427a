//! Errors that a step's `retry(when = …)` has been asked about.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

use super::{StepError, StepOutput};

/// An error that is not worth another try. To people it is the error itself.
struct Permanent(StepError);

impl Display for Permanent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl Debug for Permanent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl Error for Permanent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What `Retry::when` is of a step that says `when = …`: the function has been asked in the step, where
/// the error still had its type.
#[must_use]
pub fn may_pass(error: &StepError) -> bool {
    !error.is::<Permanent>()
}

/// The result of a step whose errors are asked about.
pub struct Judge<T, E> {
    /// What becomes of results.
    pub into_output: fn(Result<T, E>) -> Result<StepOutput, StepError>,
    /// Whether an error is worth another try.
    pub when: fn(&E) -> bool,
}

impl<T, E> Judge<T, E> {
    /// The output, or the error with the verdict.
    ///
    /// # Errors
    ///
    /// Those of the step.
    pub fn output(&self, result: Result<T, E>) -> Result<StepOutput, StepError> {
        let may_pass = result.as_ref().err().is_none_or(self.when);
        let output = (self.into_output)(result);
        if may_pass {
            output
        } else {
            output.map_err(|error| Permanent(error).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{IntoOutput, Value};

    #[test]
    fn the_verdict_travels_with_the_error() {
        let judge = Judge::<_, String> {
            into_output: |result| Ok(Value::new(result?).into()),
            when: |error| error.contains("busy"),
        };
        assert!(judge.output(Ok(1)).is_ok_and(|out| out.value().is_some()));
        let busy = judge.output(Err("busy".into())).err();
        assert!(busy.is_some_and(|error| may_pass(&error)));
        let gone = judge.output(Err("gone".into())).err();
        let gone = gone.map(|error| (may_pass(&error), error.to_string()));
        assert_eq!(gone, Some((false, "gone".to_owned())));
    }

    #[test]
    fn causes_are_those_of_the_error() -> Result<(), StepError> {
        let judge = Judge {
            into_output: Result::<crate::polars::prelude::LazyFrame, std::io::Error>::into_output,
            when: |_| false,
        };
        let cause = std::io::Error::other("unplugged");
        let Err(error) = judge.output(Err(std::io::Error::other(cause))) else {
            return Err("an error gave an output".into());
        };
        assert_eq!(error.to_string(), "unplugged");
        Ok(())
    }
}
