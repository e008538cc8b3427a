//! A graph as text, as a Mermaid flowchart, and in Graphviz' language.

use std::fmt::{self, Display, Formatter, Write};

use super::{Graph, NodeRef};
use crate::step::OutputKind;
use crate::text::{table, type_without_paths};

impl Graph {
    /// One line per input and node, in the order in which they can run: `step  rated  add_ratio(departed)`;
    /// where the result is a value, with its type.
    #[must_use]
    pub fn text(&self) -> impl Display + '_ {
        fmt::from_fn(|f| write_text(self, f))
    }

    /// A [Mermaid](https://mermaid.js.org) flowchart. Outputs have a thick border, nodes that are
    /// not stored a dashed one; values are round.
    #[must_use]
    pub fn mermaid(&self) -> impl Display + '_ {
        fmt::from_fn(|f| write_mermaid(self, f))
    }

    /// A [Graphviz](https://graphviz.org) digraph. Outputs have a thick border, nodes that are not
    /// stored a dashed one; values are round.
    #[must_use]
    pub fn dot(&self) -> impl Display + '_ {
        fmt::from_fn(|f| write_dot(self, f))
    }

    fn is_output(&self, frame: NodeRef) -> bool {
        self.outputs.contains(&frame)
    }

    fn inputs_and_ids(&self) -> impl Iterator<Item = (NodeRef, &super::Input)> {
        let inputs = self.inputs.iter().enumerate();
        inputs.map(|(i, input)| (NodeRef::Input(i), input))
    }

    fn nodes_and_ids(&self) -> impl Iterator<Item = (NodeRef, &super::Node)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.map(|(i, node)| (NodeRef::Node(i), node))
    }

    /// From where to where.
    fn edges(&self) -> impl Iterator<Item = (NodeRef, NodeRef)> {
        self.nodes_and_ids()
            .flat_map(|(id, node)| node.inputs.iter().map(move |&input| (input, id)))
    }
}

fn write_text(graph: &Graph, f: &mut Formatter<'_>) -> fmt::Result {
    let inputs = graph.inputs_and_ids().map(|(id, input)| {
        let source = match input.schema {
            Some(schema) => format!("{} as {}", input.source.describe(), schema.name),
            None => input.source.describe(),
        };
        let note = if graph.is_output(id) { "output" } else { "" };
        ["input".into(), input.name.clone(), source, note.into()]
    });
    let nodes = graph.nodes_and_ids().map(|(id, node)| {
        let inputs: Vec<_> = node.inputs.iter().map(|&i| graph.name_of(i)).collect();
        let call = format!("{}({})", node.step.name(), inputs.join(", "));
        let value = match node.step.output() {
            OutputKind::Frame => None,
            OutputKind::Value(kind) => Some(type_without_paths(kind.type_name())),
        };
        let output = graph.is_output(id).then(|| "output".to_owned());
        let plan = (!node.options.checkpoint).then(|| "no checkpoint".to_owned());
        let notes: Vec<_> = value.into_iter().chain(output).chain(plan).collect();
        ["step".into(), node.name.clone(), call, notes.join(", ")]
    });
    writeln!(f, "{}", graph.name)?;
    table(f, inputs.chain(nodes))
}

fn write_mermaid(graph: &Graph, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "flowchart TD")?;
    for (id, input) in graph.inputs_and_ids() {
        let (name, source) = (mermaid(&input.name), mermaid(&input.source.describe()));
        writeln!(f, "    {}[(\"{name}<br/>{source}\")]", Id(id))?;
    }
    for (id, node) in graph.nodes_and_ids() {
        let (name, step) = (mermaid(&node.name), mermaid(node.step.name()));
        let (open, close) = match node.step.output() {
            OutputKind::Frame => ("[", "]"),
            OutputKind::Value(_) => ("([", "])"),
        };
        writeln!(f, "    {}{open}\"{name}<br/>{step}\"{close}", Id(id))?;
    }
    for (from, to) in graph.edges() {
        writeln!(f, "    {} --> {}", Id(from), Id(to))?;
    }
    for (id, _) in graph.nodes_and_ids().filter(|(_, n)| !n.options.checkpoint) {
        writeln!(f, "    style {} stroke-dasharray: 5 5", Id(id))?;
    }
    for &output in &graph.outputs {
        writeln!(f, "    style {} stroke-width: 3px", Id(output))?;
    }
    Ok(())
}

fn write_dot(graph: &Graph, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "digraph \"{}\" {{", dot(&graph.name))?;
    for (id, input) in graph.inputs_and_ids() {
        let (name, source) = (dot(&input.name), dot(&input.source.describe()));
        let width = if graph.is_output(id) {
            ", penwidth=3"
        } else {
            ""
        };
        let label = format_args!("{name}\\n{source}");
        writeln!(
            f,
            "    {} [shape=cylinder, label=\"{label}\"{width}];",
            Id(id)
        )?;
    }
    for (id, node) in graph.nodes_and_ids() {
        let (name, step) = (dot(&node.name), dot(node.step.name()));
        let width = if graph.is_output(id) {
            ", penwidth=3"
        } else {
            ""
        };
        let is_value = matches!(node.step.output(), OutputKind::Value(_));
        let style = match (is_value, node.options.checkpoint) {
            (false, true) => "",
            (false, false) => ", style=dashed",
            (true, true) => ", style=rounded",
            (true, false) => ", style=\"rounded,dashed\"",
        };
        let label = format_args!("{name}\\n{step}");
        writeln!(
            f,
            "    {} [shape=box, label=\"{label}\"{width}{style}];",
            Id(id)
        )?;
    }
    for (from, to) in graph.edges() {
        writeln!(f, "    {} -> {};", Id(from), Id(to))?;
    }
    writeln!(f, "}}")
}

/// What a frame is called in a diagram: names may be words of its language (`end`, `graph`).
struct Id(NodeRef);

impl Display for Id {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            NodeRef::Input(i) => write!(f, "input{i}"),
            NodeRef::Node(i) => write!(f, "node{i}"),
        }
    }
}

/// Text inside quotes in Mermaid, whose escapes are entities that start with `#`.
fn mermaid(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "#{};", u32::from(char));
            }
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

/// Text inside quotes in Graphviz' language.
fn dot(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' | '\\' => escaped.extend(['\\', char]),
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::checkpoints::Checkpoints;
    use crate::graph::{Input, Node, NodeOptions};
    use crate::rules::NodeRules;
    use crate::source::{Csv, Source};
    use crate::step::{Code, Inputs, Step, StepError, StepOutput, Value, ValueKind};

    struct Named(&'static str);

    /// Gives a list of texts.
    struct Listing;

    impl Step for Listing {
        fn name(&self) -> &'static str {
            "list"
        }
        fn code(&self) -> Code {
            Code::by_hand("list")
        }
        fn output(&self) -> OutputKind {
            OutputKind::Value(ValueKind::of::<Vec<String>>())
        }
        fn process(&self, _: Inputs) -> Result<StepOutput, StepError> {
            Ok(Value::new(Vec::<String>::new()).into())
        }
    }

    impl Step for Named {
        fn name(&self) -> &str {
            self.0
        }
        fn code(&self) -> Code {
            Code::by_hand(self.0)
        }
        fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
            inputs.next_output()
        }
    }

    fn node(name: &str, step: &'static str, inputs: &[NodeRef]) -> Node {
        Node {
            name: name.into(),
            step: Arc::new(Named(step)),
            inputs: inputs.to_vec(),
            options: NodeOptions::default(),
            promise: None,
            place: None,
            rules: NodeRules::default(),
        }
    }

    fn input(name: &str, path: &str) -> Input {
        let source: Arc<dyn Source> = Arc::new(Csv::new(path));
        Input {
            name: name.into(),
            source,
            schema: None,
            rules: NodeRules::default(),
        }
    }

    fn diamond() -> Graph {
        let (left, right) = (NodeRef::Node(0), NodeRef::Node(1));
        let mut nodes = vec![
            node("left", "keep", &[NodeRef::Input(0)]),
            node("right", "drop", &[NodeRef::Input(0)]),
            node("both", "join", &[left, right]),
        ];
        nodes[1].options.checkpoint = false;
        Graph {
            name: "diamond".into(),
            inputs: vec![input("orders", "orders.csv")],
            nodes,
            outputs: vec![NodeRef::Node(2)],
            checkpoints: Checkpoints::default(),
            build: crate::Build::default(),
        }
    }

    #[test]
    fn text_has_one_line_per_frame() {
        assert_eq!(
            diamond().text().to_string(),
            "diamond
input  orders  orders.csv
step   left    keep(orders)
step   right   drop(orders)       no checkpoint
step   both    join(left, right)  output
"
        );
    }

    #[test]
    fn mermaid_is_a_flowchart() {
        assert_eq!(
            diamond().mermaid().to_string(),
            r#"flowchart TD
    input0[("orders<br/>orders.csv")]
    node0["left<br/>keep"]
    node1["right<br/>drop"]
    node2["both<br/>join"]
    input0 --> node0
    input0 --> node1
    node0 --> node2
    node1 --> node2
    style node1 stroke-dasharray: 5 5
    style node2 stroke-width: 3px
"#
        );
    }

    #[test]
    fn dot_is_a_digraph() {
        assert_eq!(
            diamond().dot().to_string(),
            r#"digraph "diamond" {
    input0 [shape=cylinder, label="orders\norders.csv"];
    node0 [shape=box, label="left\nkeep"];
    node1 [shape=box, label="right\ndrop", style=dashed];
    node2 [shape=box, label="both\njoin", penwidth=3];
    input0 -> node0;
    input0 -> node1;
    node0 -> node2;
    node1 -> node2;
}
"#
        );
    }

    #[test]
    fn values_are_told_from_frames() {
        let mut graph = diamond();
        for (i, node) in graph.nodes[1..].iter_mut().enumerate() {
            node.step = Arc::new(Listing);
            node.inputs.truncate(2 - i);
        }
        let text = graph.text().to_string();
        assert!(
            text.contains("list(orders)  Vec<String>, no checkpoint"),
            "{text}"
        );
        assert!(text.contains("list(left)    Vec<String>, output"), "{text}");
        let mermaid = graph.mermaid().to_string();
        assert!(mermaid.contains("node0[\"left<br/>keep\"]"), "{mermaid}");
        assert!(mermaid.contains("node2([\"both<br/>list\"])"), "{mermaid}");
        let dot = graph.dot().to_string();
        assert!(
            dot.contains("label=\"right\\nlist\", style=\"rounded,dashed\"]"),
            "{dot}"
        );
        assert!(dot.contains("penwidth=3, style=rounded]"), "{dot}");
    }

    #[test]
    fn names_are_escaped() {
        let mut graph = diamond();
        graph.inputs = vec![input("end", "a \"b\" <c>\\d.csv")];
        let mermaid = graph.mermaid().to_string();
        assert!(
            mermaid.contains(r#"input0[("end<br/>a #34;b#34; #60;c#62;#92;d.csv")]"#),
            "{mermaid}"
        );
        let dot = graph.dot().to_string();
        assert!(dot.contains(r#"label="end\na \"b\" <c>\\d.csv""#), "{dot}");
    }
}
