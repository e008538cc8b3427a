//! A public pipeline over a private schema.

mod private {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    struct Flight {
        carrier: String,
    }

    #[step]
    fn newest(flights: LazyFrame) -> LazyFrame {
        flights.reverse()
    }

    pipeline! {
        pub fn delays(flights: Frame<Flight>) -> Frame<Flight> {
            let newest = newest(flights);
            newest
        }
    }
}

fn main() {}
