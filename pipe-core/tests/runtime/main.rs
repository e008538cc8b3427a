//! What a run does and leaves behind, end to end, on small frames.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod builder;
mod common;
mod contract;
mod damage;
mod environment;
mod failure;
#[cfg(unix)]
mod faults;
mod files;
mod keys;
mod lock;
mod names;
mod shapes;
