//! What runs again after a change, and what does not: the same pipeline in several versions, as it
//! would look after an edit, over one store.

use std::fs;
use std::path::PathBuf;

use pipe_core::{Action, Outcome, Pipeline, PipelineDef};
use tempfile::TempDir;

/// The pipeline as it was first written.
mod original {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Order {
        pub region: String,
        pub price: Option<f64>,
        pub qty: i64,
    }

    #[tracked]
    fn doubled(value: Expr) -> Expr {
        value * lit(2.0)
    }

    #[step(non_null(price))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    #[step(reads(price: f64, qty: i64), adds(total: f64))]
    fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
        orders.with_column((col("price") * col("qty") * lit(factor)).alias("total"))
    }

    #[step(reads(price: f64), adds(double: f64))]
    fn double(orders: LazyFrame) -> LazyFrame {
        orders.with_column(doubled(col("price")).alias("double"))
    }

    #[step(reads(total: f64))]
    fn large(orders: LazyFrame) -> LazyFrame {
        orders.filter(col("total").gt(lit(10.0)))
    }

    pipeline! {
        /// Two branches of one input.
        pub(crate) fn orders(orders: Frame<Order>, factor: f64) -> (LazyFrame, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total);
            let double = double(clean);
            (large, double)
        }
    }
}

/// Comments, documentation, formatting, lints, visibility, the order of items and of bindings, and
/// the retries are different; the code is the same.
mod tidied {
    use pipe_core::prelude::*;

    /// One order.
    #[derive(Schema)]
    pub(crate) struct Order {
        /// Where it went.
        pub region: String,
        pub price: Option<f64>,
        pub qty: i64,
    }

    pipeline! {
        pub(crate) fn orders(orders: Frame<Order>, factor: f64) -> (LazyFrame, LazyFrame) {
            let clean = clean(orders);
            let double = double(clean);
            #[retry(attempts = 3)]
            let total = total(clean, factor = factor);
            let large = large(total);
            (large, double)
        }
    }

    /// Keeps large orders.
    #[rustfmt::skip]
    #[step(reads(total: f64))]
    pub(crate) fn large(
        orders: LazyFrame, // all of them
    ) -> LazyFrame {
        /* What is large? */
        orders
            .filter(col("total").gt(lit(10.0),),)
    }

    #[rustfmt::skip]
    #[step(retry(attempts = 2), reads(price: f64, qty: i64), adds(total: f64))]
    #[allow(clippy::let_and_return)]
    fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
        orders.with_column((col("price")   *   col("qty") * lit(factor)).alias("total"))
    }

    #[step(reads(price: f64), adds(double: f64))]
    fn double(orders: LazyFrame) -> LazyFrame {
        orders.with_column(doubled(col("price")).alias("double"))
    }

    #[step(non_null(price))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    /// Twice as much.
    #[tracked]
    pub(super) fn doubled(value: Expr) -> Expr {
        value * lit(2.0) // two
    }
}

/// The body of `total` is another one, and so is the helper of `double`.
mod edited {
    use pipe_core::prelude::*;

    pub(crate) use super::original::Order;

    #[tracked]
    fn doubled(value: Expr) -> Expr {
        value.clone() + value
    }

    #[step(non_null(price))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    #[step(reads(price: f64, qty: i64), adds(total: f64))]
    fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
        orders.with_column((col("qty") * col("price") * lit(factor)).alias("total"))
    }

    #[step(reads(price: f64), adds(double: f64))]
    fn double(orders: LazyFrame) -> LazyFrame {
        orders.with_column(doubled(col("price")).alias("double"))
    }

    #[step(reads(total: f64))]
    fn large(orders: LazyFrame) -> LazyFrame {
        orders.filter(col("total").gt(lit(10.0)))
    }

    pipeline! {
        pub(crate) fn orders(orders: Frame<Order>, factor: f64) -> (LazyFrame, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total);
            let double = double(clean);
            (large, double)
        }
    }
}

/// A constant outside of the step, and one that a helper reads, before and after an edit.
mod constants {
    macro_rules! version {
        ($name:ident, $limit:literal, $factor:literal) => {
            pub(crate) mod $name {
                use pipe_core::prelude::*;

                const LIMIT: i64 = $limit;
                const FACTOR: i64 = $factor;

                #[tracked]
                fn scaled(value: Expr) -> Expr {
                    value * lit(FACTOR)
                }

                #[step(reads(qty: i64))]
                fn large(orders: LazyFrame) -> LazyFrame {
                    orders.filter(col("qty").gt(lit(LIMIT)))
                }

                #[step(replaces(qty: i64))]
                fn packed(orders: LazyFrame) -> LazyFrame {
                    orders.with_column(scaled(col("qty")))
                }

                pipeline! {
                    pub(crate) fn orders(orders: Frame<super::super::original::Order>) -> LazyFrame {
                        let large = large(orders);
                        let packed = packed(large);
                        packed
                    }
                }
            }
        };
    }
    version!(before, 3, 12);
    version!(other_limit, 2, 12);
    version!(other_factor, 3, 10);
}

const ORDERS: &str = "region,price,qty\nnorth,1.5,10\nsouth,,3\neast,2.0,4\n";

/// A folder with the input and the store.
struct Workplace(TempDir);

impl Workplace {
    fn new() -> Self {
        let workplace = Self(tempfile::tempdir().expect("a folder"));
        workplace.write(ORDERS);
        workplace
    }

    fn input(&self) -> PathBuf {
        self.0.path().join("orders.csv")
    }

    fn write(&self, text: &str) {
        fs::write(self.input(), text).expect("a file");
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("store")
    }

    /// Runs the pipeline. Every node by name, with what became of it: `+` ran, `=` was reused, `.`
    /// was not needed.
    fn run<D: PipelineDef>(&self, pipeline: Pipeline<D>) -> String {
        let run = pipeline.store(self.store()).run().expect("a run");
        let mut nodes: Vec<_> = run
            .report()
            .nodes
            .iter()
            .map(|node| match node.outcome {
                Outcome::Ran => (&node.name, '+'),
                Outcome::Reused => (&node.name, '='),
                Outcome::Skipped => (&node.name, '.'),
                other => panic!("{} is {other:?}", node.name),
            })
            .collect();
        nodes.sort();
        let nodes: Vec<_> = nodes
            .into_iter()
            .map(|(name, mark)| format!("{mark}{name}"))
            .collect();
        nodes.join(" ")
    }

    /// Why nodes would run.
    fn reasons<D: PipelineDef>(&self, pipeline: Pipeline<D>) -> Vec<String> {
        let plan = pipeline.store(self.store()).plan().expect("a plan");
        plan.nodes
            .iter()
            .filter(|node| matches!(node.action, Action::Run | Action::Maybe))
            .map(|node| format!("{}: {}", node.name, node.reason))
            .collect()
    }
}

const COLD: &str = "+clean +double +large +total";
const WARM: &str = ".clean =double =large .total";

#[test]
fn the_second_run_reuses_the_results_and_looks_at_nothing_else() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    assert_eq!(work.run(original::orders(work.input(), 1.0)), WARM);
}

#[test]
fn comments_formatting_order_and_retries_rerun_nothing() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    assert_eq!(work.run(tidied::orders(work.input(), 1.0)), WARM);
}

#[test]
fn an_edited_body_and_an_edited_helper_rerun_their_steps() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    assert_eq!(
        work.reasons(edited::orders(work.input(), 1.0)),
        [
            "total: code of total changed",
            "large: input total runs again",
            "double: helper doubled changed",
        ]
    );
    // The edits change no value, so `large` is spared.
    assert_eq!(
        work.run(edited::orders(work.input(), 1.0)),
        "=clean +double =large +total"
    );
    // The results of the old code are still there.
    assert_eq!(work.run(original::orders(work.input(), 1.0)), WARM);
}

#[test]
fn the_values_of_constants_count() {
    use constants::{before, other_factor, other_limit};

    let work = Workplace::new();
    assert_eq!(work.run(before::orders(work.input())), "+large +packed");
    assert_eq!(
        work.reasons(other_limit::orders(work.input()))[0],
        "large: constant LIMIT: 3 -> 2"
    );
    assert_eq!(
        work.reasons(other_factor::orders(work.input())),
        ["packed: constant FACTOR: 12 -> 10"]
    );
    assert_eq!(
        work.run(other_factor::orders(work.input())),
        "=large +packed"
    );
    assert_eq!(work.run(before::orders(work.input())), ".large =packed");
}

#[test]
fn a_parameter_reruns_its_step_and_what_needs_it() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    assert_eq!(
        work.reasons(original::orders(work.input(), 2.0))[0],
        "total: parameter factor: 1.0 -> 2.0"
    );
    assert_eq!(
        work.run(original::orders(work.input(), 2.0)),
        "=clean =double +large +total"
    );
}

#[test]
fn an_input_file_reruns_what_its_content_reaches() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    // The same bytes, written again.
    work.write(ORDERS);
    assert_eq!(work.run(original::orders(work.input(), 1.0)), WARM);
    // A row that `clean` drops: everything after it is spared.
    work.write(&format!("{ORDERS}west,,7\n"));
    let reasons = work.reasons(original::orders(work.input(), 1.0));
    assert!(
        reasons[0].starts_with("clean: input orders changed: "),
        "{reasons:?}"
    );
    assert_eq!(
        work.run(original::orders(work.input(), 1.0)),
        "+clean =double =large =total"
    );
    // A row that it keeps.
    work.write(&format!("{ORDERS}west,9.0,7\n"));
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
}

#[test]
fn moving_an_input_file_reruns_nothing() {
    let work = Workplace::new();
    assert_eq!(work.run(original::orders(work.input(), 1.0)), COLD);
    let elsewhere = work.0.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    fs::rename(work.input(), elsewhere.join("orders.csv")).expect("a move");
    assert_eq!(
        work.run(original::orders(elsewhere.join("orders.csv"), 1.0)),
        WARM
    );
}
