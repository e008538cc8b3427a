//! Stores in object storage: S3, spoken with a server that the tests start.

mod common;
mod faults;
mod lease;
mod pipeline;
mod promises;
