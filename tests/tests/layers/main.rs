//! Checkpoints that are layers on others: whatever a pipeline does, what is stored as layers is what would
//! have been stored as a whole, and what comes out without any checkpoint.

mod cases;
mod damage;
mod equivalence;
#[cfg(unix)]
mod killed;
mod operations;
mod settings;
mod steps;
