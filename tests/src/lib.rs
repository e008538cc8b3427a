//! Holds the tests in `tests/`, and the programs of the documentation as doctests.

#[cfg(unix)]
pub mod killed;
pub mod orders;

#[cfg(doctest)]
#[doc = include_str!("../../docs/tour.md")]
struct Tour;

pub mod library;
