//! Schemas, steps and pipelines in a function's body, over its local types.

#[test]
fn a_pipeline_in_a_function() {
    use pipe_core::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Schema)]
    struct Flight {
        carrier: String,
        distance: i64,
    }

    #[derive(Clone, Serialize, Deserialize)]
    enum Direction {
        Up,
        Down,
    }

    #[tracked]
    fn far(limit: i64) -> Expr {
        col("distance").gt(lit(limit))
    }

    #[step(reads(distance: integer))]
    fn sorted(flights: LazyFrame, direction: Direction, limit: i64) -> LazyFrame {
        let descending = matches!(direction, Direction::Down);
        let order = SortMultipleOptions::default().with_order_descending(descending);
        flights.filter(far(limit)).sort(["distance"], order)
    }

    pipeline! {
        fn trips(
            flights: Frame<Flight>,
            direction: Direction = Direction::Up,
        ) -> (Frame<Flight>, LazyFrame) {
            let first = sorted(flights, direction, 100 + 2 * 3);
            let second = sorted(first, limit = 7, direction = direction);
            (first, second)
        }
    }

    let build: fn(Csv, Direction) -> Pipeline<TripsPipeline> = trips;
    let _ = (
        build,
        Flight {
            carrier: String::new(),
            distance: 0,
        },
        Direction::Up,
        TripsNode::First,
    );
}
