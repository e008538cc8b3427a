//! Steps: what a pipeline's nodes run.

use std::collections::BTreeMap;

use std::future::Future;
use std::pin::Pin;

pub use crate::parameters::{Parameter, Parameters};

mod columns;
mod context;
mod convert;
mod inputs;
mod judged;
mod options;
mod output;
mod value;

pub use columns::{ColumnName, ColumnNames};
pub use context::StepContext;
pub use convert::{FromInput, IntoOutput, KnownOutput};
pub use inputs::Inputs;
pub use judged::{Judge, may_pass};
pub use options::{StepOptions, Where};
pub use output::{OutputKind, StepOutput};
pub use value::{Value, ValueKind, WrittenFile};

/// Any error that a step may fail with. `?` turns every error type into it, strings too.
pub type StepError = Box<dyn std::error::Error + Send + Sync>;

/// What an `async` step gives while it runs.
pub type StepFuture<'a> = Pin<Box<dyn Future<Output = Result<StepOutput, StepError>> + Send + 'a>>;

/// One transformation of frames and values.
///
/// `#[step]` on a function writes this implementation. For steps that are built at run time, write a
/// struct and let `#[step]` on the `impl` fill in [`Step::name`] and [`Step::code`]:
///
/// ```
/// use pipe_core::prelude::*;
///
/// struct Uppercase { column: String }
///
/// #[step]
/// impl Step for Uppercase {
///     fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
///         parameters.add("column", &self.column)
///     }
///
///     fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
///         let upper = col(&self.column).str().to_uppercase();
///         Ok(inputs.only()?.with_column(upper.name().suffix("_upper")).into())
///     }
/// }
/// ```
pub trait Step: Send + Sync {
    /// The step's name, for people.
    fn name(&self) -> &str;

    /// What identifies the code of this step. When it changes, checkpoints made with the old one are
    /// stale; so it has no default.
    fn code(&self) -> Code;

    /// Adds every value that the result depends on. When one changes, checkpoints made with the old
    /// one are stale.
    ///
    /// # Errors
    ///
    /// When a value cannot be serialised.
    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        let _ = parameters;
        Ok(())
    }

    /// How the step wants to be run: retries, timeout, resources, where.
    fn options(&self) -> StepOptions {
        StepOptions::default()
    }

    /// Whether it returns a frame or a value, and of which type.
    fn output(&self) -> OutputKind {
        OutputKind::Frame
    }

    /// The transformation. Lazy where it can be: neighbouring steps without a checkpoint between
    /// them then run as one query.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong in the step; the run reports it with the node's name.
    fn process(&self, inputs: Inputs) -> Result<StepOutput, StepError>;

    /// The transformation of a step whose [`StepOptions::place`] is [`Where::Async`]; the run then calls
    /// this, on its runtime, and not [`Step::process`].
    fn process_async(&self, inputs: Inputs) -> StepFuture<'_> {
        Box::pin(std::future::ready(self.process(inputs)))
    }
}

/// The identity of a step's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Digest of the function's tokens, or a hand-written identity.
    pub digest: String,
    /// `#[step(version = n)]`: counting it up reruns the step.
    pub version: u32,
    /// Digests of the `#[tracked]` functions that the step calls, by name.
    pub helpers: BTreeMap<String, String>,
    /// Values of the constants that the step and those functions read, by path.
    pub constants: BTreeMap<String, String>,
}

impl Code {
    /// Code that `#[step]` has not seen, identified by hand. Change `identity` whenever the result
    /// of the step changes.
    #[must_use]
    pub fn by_hand(identity: impl Into<String>) -> Self {
        Self {
            digest: identity.into(),
            version: 0,
            helpers: BTreeMap::new(),
            constants: BTreeMap::new(),
        }
    }
}
