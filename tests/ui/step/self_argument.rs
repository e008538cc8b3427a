//! A method is no step.

use pipe_core::prelude::*;

struct Flights;

impl Flights {
    #[step]
    fn newest(self, flights: LazyFrame) -> LazyFrame {
        flights.reverse()
    }
}

fn main() {}
