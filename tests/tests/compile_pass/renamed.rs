//! The library under another name: with `crate = path` (a crate of its own does that, without any
//! other way to the library), or with one line that gives it its name back.

mod by_alias {
    // In the root of a crate `extern crate renamed as pipe_core;` does the same for all of it.
    use pipe_core as renamed;

    use renamed::prelude::*;

    #[derive(Schema)]
    #[schema(crate = self::renamed)]
    struct Flight {
        distance: i64,
    }

    #[step(reads(distance: i64), crate = self::renamed)]
    fn far(flights: LazyFrame) -> LazyFrame {
        flights.filter(col("distance").gt(lit(1000)))
    }

    pipeline! {
        #![crate = renamed]

        fn trips(flights: Frame<Flight>) -> Frame<Flight> {
            let far = far(flights);
            far
        }
    }

    #[test]
    fn a_path_will_do() {
        let _: fn(Csv) -> Pipeline<TripsPipeline> = trips;
        let _ = Flight { distance: 0 };
    }
}

#[test]
fn the_crate_that_renamed_it_works() {
    use pipe_core::PipelineDef;
    use pipe_tests_renamed::by_option::DelaysPipeline;
    assert_eq!(DelaysPipeline::NAME, "delays");
}
