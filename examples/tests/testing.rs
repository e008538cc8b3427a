//! How a project tests its steps and pipelines: a step as the function it is, a pipeline on a few rows, a
//! service that fails, comes back late, or hangs.

use std::time::Duration;

use pipe_core::prelude::*;
use pipe_core::testing::{
    Failures, Recorder, TestClock, TestStore, assert_frames_equal, assert_resumes, assert_runs_once,
};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// What comes in.
#[derive(Schema)]
struct Order {
    currency: String,
    amount: f64,
    paid: bool,
}

/// What a service knows.
#[derive(Schema)]
struct Rate {
    currency: String,
    per_euro: f64,
}

/// What goes out.
#[derive(Debug, Schema)]
struct Turnover {
    currency: String,
    euros: f64,
}

/// Drops orders that nobody has paid.
#[step]
fn keep_paid(orders: Frame<Order>) -> Frame<Order> {
    orders.lazy().filter(col("paid")).into()
}

/// Asks a service for the rates of the day. (Here it is a table, as it must not fail by itself.)
#[step(retry(attempts = 3, base = "10s", jitter = 0.0), timeout = "30s")]
fn fetch_rates(orders: Frame<Order>) -> Result<Frame<Rate>, StepError> {
    let wanted = orders
        .lazy()
        .select([col("currency")])
        .unique(None, UniqueKeepStrategy::Any);
    let rates = df!("currency" => ["CHF", "EUR", "USD"], "per_euro" => [0.5, 1.0, 2.0])?;
    let on = [col("currency")];
    Ok(rates
        .lazy()
        .semi_join(wanted, on[0].clone(), on[0].clone())
        .into())
}

/// What came in of each currency, in euros.
#[step]
fn sum_up(orders: Frame<Order>, rates: Frame<Rate>) -> Frame<Turnover> {
    let on = [col("currency")];
    orders
        .lazy()
        .join(rates.lazy(), on.clone(), on, JoinArgs::new(JoinType::Inner))
        .group_by([col("currency")])
        .agg([(col("amount") / col("per_euro")).sum().alias("euros")])
        .sort(["currency"], SortMultipleOptions::default())
        .into()
}

pipeline! {
    /// What was earned, in euros.
    fn turnover(orders: Frame<Order>) -> Frame<Turnover> {
        let paid = keep_paid(orders);
        let rates = fetch_rates(paid);
        let sums = sum_up(paid, rates);
        sums
    }
}

fn orders() -> Vec<Order> {
    let order = |currency: &str, amount, paid| Order {
        currency: currency.to_owned(),
        amount,
        paid,
    };
    vec![
        order("EUR", 1.0, true),
        order("USD", 3.0, true),
        order("EUR", 10.0, true),
        order("CHF", 7.0, false),
        order("USD", 1.0, true),
        order("EUR", 100.0, false),
        order("USD", 0.0, true),
        order("EUR", 4.0, true),
        order("CHF", 5.0, false),
        order("USD", 2.0, true),
    ]
}

/// A step is a plain function.
#[test]
fn a_step() -> Tested {
    let orders = Frame::from_rows(orders())?;
    let rates = vec![Rate {
        currency: "EUR".into(),
        per_euro: 0.5,
    }];
    let sums = sum_up(orders, Frame::from_rows(rates)?);
    assert_frames_equal(sums, df!("currency" => ["EUR"], "euros" => [230.0])?);
    Ok(())
}

/// Every step does to the columns what its contract says; no data are needed for that.
#[test]
fn contracts_hold() -> Tested {
    Ok(TurnoverPipeline::check()?)
}

/// A pipeline takes rows where it takes a file, and its store goes away with the test.
#[test]
fn a_pipeline_on_ten_rows() -> Tested {
    let store = TestStore::new();
    let run = turnover(orders()).store(&store).run()?;
    assert_frames_equal(
        run.output(),
        df!("currency" => ["EUR", "USD"], "euros" => [15.0, 3.0])?,
    );
    assert_eq!(run.report().ran(), ["paid", "rates", "sums"]);
    Ok(())
}

/// The service is down twice. Nobody waits for the retries, but the clock says how long it would have been.
#[test]
fn a_service_that_comes_back() -> Tested {
    let (store, clock, told) = (TestStore::new(), TestClock::new(), Recorder::new());
    turnover(orders())
        .store(&store)
        .clock(&clock)
        .record(&told)
        .inject(Failures::new().at("rates", 1..=2, "503 service unavailable"))
        .run()?;
    assert_eq!(told.errors("rates"), ["503 service unavailable"; 2]);
    assert_eq!(clock.waited(), Duration::from_secs(10 + 20));
    Ok(())
}

/// The service is down for good: the run fails, and the next one goes on from there.
#[test]
fn a_service_that_is_down() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let pipeline = turnover(orders()).store(&store).clock(&clock);
    let down = Failures::new().at("rates", .., "503 service unavailable");
    let Err(error) = pipeline.clone().inject(down).run() else {
        panic!("the service is down");
    };
    let message = error.to_string();
    assert!(
        message.contains("failed after 3 attempts: 503"),
        "{message}"
    );
    assert_eq!(error.report().ok_or("it ran")?.ran(), ["paid"]);

    assert_eq!(pipeline.run()?.report().ran(), ["rates", "sums"]);
    Ok(())
}

/// The service does not answer: the timeout ends the attempt, and the next one is answered.
#[test]
fn a_service_that_hangs() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let run = turnover(orders())
        .store(&store)
        .clock(&clock)
        .inject(Failures::new().hang_at("rates", 1))
        .run()?;
    assert_eq!(run.report().nodes[1].attempts, 2);
    assert_eq!(clock.waited(), Duration::from_secs(30 + 10));
    Ok(())
}

/// Wherever it fails, it resumes to the same result, and runs nothing again that was stored.
#[test]
fn it_resumes() {
    assert_resumes(&turnover(orders()));
}

/// A second run has nothing to do.
#[test]
fn it_runs_once() {
    let store = TestStore::new();
    assert_runs_once(&turnover(orders()).store(&store));
}
