//! Every visibility, with schemas that are no more visible than what uses them.

mod private {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    struct Flight {
        distance: i64,
    }

    #[step]
    fn far(flights: Frame<Flight>) -> LazyFrame {
        flights.lazy().filter(col("distance").gt(lit(1000)))
    }

    pipeline! {
        fn trips(flights: Frame<Flight>) -> Frame<Flight> {
            let far = far(flights);
            far
        }
    }

    #[test]
    fn private() {
        let _: fn(Csv) -> Pipeline<TripsPipeline> = trips;
        let _ = Flight { distance: 0 };
    }
}

mod in_the_crate {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Flight {
        pub(crate) distance: i64,
    }

    #[tracked]
    pub(super) fn limit() -> Expr {
        lit(1000)
    }

    #[step(reads(distance: i64))]
    pub(crate) fn far(flights: LazyFrame) -> LazyFrame {
        flights.filter(col("distance").gt(limit()))
    }
}

mod elsewhere {
    use pipe_core::prelude::*;

    use super::in_the_crate::{Flight, far, limit};

    #[step(reads(distance: i64))]
    fn near(flights: LazyFrame) -> LazyFrame {
        flights.filter(col("distance").lt(limit()))
    }

    #[step(reads(distance: i64))]
    fn also_near(flights: LazyFrame) -> LazyFrame {
        flights.filter(col("distance").lt(super::in_the_crate::limit()))
    }

    pipeline! {
        pub(crate) fn trips(flights: Frame<Flight>) -> LazyFrame {
            let far = far(flights);
            let farther = super::in_the_crate::far(far);
            let near = near(farther);
            let nearer = also_near(near);
            nearer
        }
    }

    #[test]
    fn in_the_crate() {
        let _: fn(Csv) -> Pipeline<TripsPipeline> = trips;
        let _ = (Flight { distance: 0 }.distance, TripsNode::Far);
    }
}
