//! Names that the generated code uses itself, keywords, and one name for many things.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Words {
    r#type: String,
    r#match: Option<i64>,
    graph: f64,
    call: f64,
    #[column(name = "Order ID")]
    order_id: i64,
    #[column(name = "with \"quotes\" and `ticks`")]
    quoted: bool,
}

#[step(reads(r#type: String, "Order ID": i64), adds(r#fn: f64))]
fn r#loop(inputs: LazyFrame, r#type: f64) -> LazyFrame {
    inputs
        .filter(col("Order ID").gt(lit(0)).and(col("type").is_not_null()))
        .with_column(lit(r#type).alias("fn"))
}

#[step]
fn inputs(frame: LazyFrame, parameters: f64, call: f64, value: f64, partial: f64) -> LazyFrame {
    let _ = (parameters, call, value, partial);
    frame
}

#[step]
fn parameters(inputs: LazyFrame, given: String) -> LazyFrame {
    let _ = given;
    inputs
}

#[step(passes(call), reads(value.graph: float, call.graph: f64))]
fn call(call: LazyFrame, value: LazyFrame) -> LazyFrame {
    call.join(
        value,
        [col("graph")],
        [col("graph")],
        JoinArgs::new(JoinType::Semi),
    )
}

#[step]
fn graph(graph: LazyFrame) -> LazyFrame {
    graph
}

#[step(passes(type), reads(type.graph: f64, r#fn.graph: f64))]
fn keywords(r#type: LazyFrame, r#fn: LazyFrame) -> LazyFrame {
    let keys = [col("graph")];
    r#type.join(r#fn, &keys, &keys, JoinArgs::new(JoinType::Semi))
}

#[step]
fn _2(node: LazyFrame) -> LazyFrame {
    node
}

const GIVEN: &str = "given";

pipeline! {
    /// Every name that could be in the way.
    fn given(
        graph: Frame<Words>,
        node: Frame<Words>,
        given: String = GIVEN.to_owned(),
        result: f64 = 1.0,
        input_0: f64 = 2.0,
        columns_of_inputs: f64 = 3.0,
        r#type: f64 = 4.0,
    ) -> LazyFrame {
        let inputs = inputs(graph, result, input_0, columns_of_inputs, result + 1.0);
        let parameters = parameters(inputs, given);
        let r#loop = r#loop(parameters, r#type = r#type);
        let self_ = _2(r#loop);
        let _3 = self::graph(self_);
        let call = call(_3, node);
        let keywords = keywords(call, node);
        keywords
    }

    /// Two pipelines in one macro, one of them without parameters.
    fn pipeline(frame: LazyFrame) -> LazyFrame {
        let graph = graph(frame);
        graph
    }
}

pipeline! {
    fn another(frame: LazyFrame) -> LazyFrame {
        #[checkpoint(false)]
        #[retry(attempts = 2, base = "10ms", factor = 1)]
        let pipeline = graph(frame);
        pipeline
    }
}

/// What the generated code calls its own is no name for what the user's code means.
mod constants {
    use pipe_core::polars::prelude::PlSmallStr;
    use pipe_core::prelude::*;

    const OUTPUT: &str = "total";
    const RESULT: &str = "price";
    const INTO_RESULT: i64 = 2;
    const FIELDS: i64 = 3;
    const BODY: &str = "body";
    const ON_ERROR: &str = "on_error";
    const SCHEMA_0: i64 = 4;
    const ARGUMENT_0: i64 = 5;
    const TYPE_0: i64 = 6;

    #[derive(Schema)]
    #[schema(rule(more = col("price").gt(lit(FIELDS + min_of_price()))))]
    pub(super) struct Price {
        #[column(min = 0)]
        price: i64,
        #[column(unit = "ms")]
        at: chrono::NaiveDateTime,
    }

    fn min_of_price() -> i64 {
        1
    }

    #[tracked]
    fn column_1_of_the_body() -> i64 {
        ARGUMENT_0 + SCHEMA_0 + TYPE_0
    }

    #[step(adds(total: i64))]
    pub(super) fn frame(prices: LazyFrame) -> LazyFrame {
        let _: PlSmallStr = BODY.into();
        prices.with_column(
            (col(RESULT) * lit(INTO_RESULT) + lit(column_1_of_the_body())).alias(OUTPUT),
        )
    }

    #[step]
    pub(super) fn typed(prices: Frame<Price>) -> Frame<Price> {
        prices.lazy().filter(col("price").gt(lit(SCHEMA_0))).into()
    }

    #[step]
    pub(super) fn value(prices: LazyFrame) -> PolarsResult<usize> {
        let columns = [col(RESULT).alias(OUTPUT)];
        let prices = prices.filter(col(RESULT).gt(lit(INTO_RESULT)));
        Ok(prices.select(columns).collect()?.height())
    }

    #[step(rows, on_error = skip)]
    pub(super) fn row(price: Price) -> Result<Price, String> {
        if price.price == FIELDS {
            Err(format!("{OUTPUT} {ON_ERROR}"))
        } else {
            Ok(price)
        }
    }

    pipeline! {
        fn prices(prices: Frame<Price>) -> (Frame<Price>, LazyFrame, usize) {
            let typed = typed(prices);
            let row = row(typed);
            let frame = frame(row);
            let value = value(frame);
            (row, frame, value)
        }
    }

    #[test]
    fn constants_are_the_users_own() {
        PricesPipeline::check().expect("steps that keep their contracts");
    }
}

pipeline! {
    /// An argument with the name of its pipeline.
    fn graphs(graphs: LazyFrame, rate: f64) -> LazyFrame {
        let given = inputs(graphs, rate, rate, 1.0, 1.0);
        given
    }

    #[expect(non_snake_case, reason = "what is said of lints holds")]
    fn camelCase(frame: LazyFrame) -> LazyFrame {
        let graph = graph(frame);
        graph
    }
}

#[test]
fn names_are_free() {
    let _: fn(Csv, Csv, String, f64, f64, f64, f64) -> Pipeline<GivenPipeline> = given;
    let _: fn(Csv) -> Pipeline<PipelinePipeline> = pipeline;
    let _: fn(Csv) -> Pipeline<AnotherPipeline> = another;
    let _: fn(Csv) -> Pipeline<CamelCasePipeline> = camelCase;
    let frame = df!("a" => [1]).expect("a frame");
    GraphsPipeline::check(frame, 1.0).expect("a step that does nothing");
    let nodes = [
        GivenNode::Inputs,
        GivenNode::Loop,
        GivenNode::Self_,
        GivenNode::_3,
        GivenNode::Call,
        GivenNode::Keywords,
    ];
    assert_eq!(nodes.len(), 6);
    assert_eq!(Words::COLUMNS[0].name, "type");
    let _ = Words {
        r#type: String::new(),
        r#match: None,
        graph: 0.0,
        call: 0.0,
        order_id: 0,
        quoted: true,
    };
}
