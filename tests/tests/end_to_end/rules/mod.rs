//! Wrong data against right types: what becomes of rows that break the rules of their schema.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod columns;
mod common;
mod matrix;
mod nodes;
mod resume;
mod scale;
