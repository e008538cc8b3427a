//! What a run does and leaves behind, end to end, on small frames.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accept;
mod builder;
mod checkpoints;
mod common;
mod contract;
mod damage;
mod diff;
mod environment;
mod executor;
mod explain;
mod failure;
#[cfg(unix)]
mod faults;
mod files;
mod gc;
mod keys;
mod lock;
mod names;
mod plan;
mod shapes;
mod transfer;
mod verify;
