//! What a run does and leaves behind, end to end, on small frames.

mod builder;
mod common;
mod contract;
mod damage;
mod failure;
mod keys;
mod shapes;
