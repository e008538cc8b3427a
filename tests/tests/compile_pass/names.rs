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
        call
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

#[test]
fn names_are_free() {
    let _: fn(Csv, Csv, String, f64, f64, f64, f64) -> Pipeline<GivenPipeline> = given;
    let _: fn(Csv) -> Pipeline<PipelinePipeline> = pipeline;
    let _: fn(Csv) -> Pipeline<AnotherPipeline> = another;
    let nodes = [
        GivenNode::Inputs,
        GivenNode::Loop,
        GivenNode::Self_,
        GivenNode::_3,
        GivenNode::Call,
    ];
    assert_eq!(nodes.len(), 5);
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
