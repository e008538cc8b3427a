//! The executor: what goes wrong, and what must not go on at the same time.

mod attempts;
mod batches;
mod clock;
mod limits;
mod memory;
mod stopping;
mod task;
