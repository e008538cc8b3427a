//! What users do, a module for each: one program, as each one that links Polars takes 300 MB and seconds.

mod check;
mod checkpoint_pipeline;
mod environment;
mod interrupt;
mod pattern_names;
mod processes;
mod rows;
mod rules;
mod secrets;
mod tracking;
mod values;
