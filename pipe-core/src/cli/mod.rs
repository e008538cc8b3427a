//! The command line of every pipeline binary.

use crate::pipeline::{Pipeline, PipelineDef};

mod arguments;

pub use arguments::{ArgumentError, ArgumentSpec, Arguments};

/// A pipeline that can be run from the command line.
pub trait CommandLine: PipelineDef + Sized {
    /// What the pipeline does.
    const DOC: &'static str;
    /// Its arguments, in order.
    const ARGUMENTS: &'static [ArgumentSpec];

    /// The pipeline with its arguments taken from the command line.
    ///
    /// # Errors
    ///
    /// When an argument is missing or cannot be read as its type; all of them at once.
    fn from_arguments(given: &mut Arguments) -> Result<Pipeline<Self>, ArgumentError>;
}

/// stub
pub fn main<P: CommandLine>() -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
