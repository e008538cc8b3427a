//! A source that can be changed, steps that count how often they run, and the pipelines of both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pipe_core::contract::{Flow, NamedSchema};
use pipe_core::graph::{Graph, Input, Node, NodeOptions, NodeRef};
use pipe_core::rules::NodeRules;
use pipe_core::source::{
    FileIdentity, KnownFiles, Source, SourceError, SourceIdentity, SourceProblem,
};
use pipe_core::testing::TestStore;
use pipe_core::{
    Code, Dynamic, Inputs, Outcome, Parameters, Pipeline, Retry, RunError, RunReport, Step,
    StepError, StepOptions, StepOutput,
};
use polars::prelude::*;

pub(crate) type Anything = Box<dyn std::error::Error>;
pub(crate) type Tested = Result<(), Anything>;

/// A frame that can be replaced, and counts how often it was opened.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) frame: Mutex<DataFrame>,
    pub(crate) version: AtomicUsize,
    pub(crate) opened: AtomicUsize,
    pub(crate) lost: Mutex<bool>,
}

impl Table {
    pub(crate) fn of(frame: DataFrame) -> Arc<Self> {
        Arc::new(Self {
            frame: Mutex::new(frame),
            ..Self::default()
        })
    }

    pub(crate) fn numbers(values: &[i64]) -> Arc<Self> {
        Self::of(numbers(values))
    }

    pub(crate) fn replace(&self, frame: DataFrame) {
        *self.frame.lock().unwrap() = frame;
        self.version.fetch_add(1, Ordering::Relaxed);
    }
}

pub(crate) fn numbers(values: &[i64]) -> DataFrame {
    df!("n" => values).unwrap()
}

impl Source for Table {
    fn describe(&self) -> String {
        "numbers.csv".into()
    }

    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        if *self.lost.lock().unwrap() {
            return Err(SourceError::new(
                "numbers.csv",
                SourceProblem::UnknownFormat,
            ));
        }
        let frame = self.frame.lock().unwrap().clone().lazy();
        Ok(match schema {
            Some(schema) => frame.select(
                schema
                    .columns
                    .iter()
                    .map(|c| col(c.name))
                    .collect::<Vec<_>>(),
            ),
            None => frame,
        })
    }

    fn identity(&self, _: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        let digest = format!("version {}", self.version.load(Ordering::Relaxed));
        let file = FileIdentity {
            path: "numbers.csv".into(),
            digest: digest.clone(),
        };
        Ok(SourceIdentity {
            digest,
            files: vec![file],
        })
    }

    fn diagnose(&self, _: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        error
            .to_string()
            .contains("BLAME THE SOURCE")
            .then(|| SourceError::new("numbers.csv, line 3", SourceProblem::UnknownFormat))
    }
}

type Body = dyn Fn(Vec<LazyFrame>) -> Result<LazyFrame, StepError> + Send + Sync;

/// A step whose every property a test can set.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) code: Code,
    pub(crate) parameters: BTreeMap<&'static str, f64>,
    pub(crate) retry: Option<Retry>,
    pub(crate) body: Arc<Body>,
    pub(crate) calls: Arc<AtomicUsize>,
}

impl Act {
    pub(crate) fn new(
        name: &'static str,
        body: impl Fn(Vec<LazyFrame>) -> Result<LazyFrame, StepError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            code: Code::by_hand(name),
            parameters: BTreeMap::new(),
            retry: None,
            body: Arc::new(body),
            calls: Arc::default(),
        }
    }

    /// Adds a number to column `n`, and has it as a parameter.
    pub(crate) fn plus(number: i64) -> Self {
        let plus = Self::new("plus", move |frames| {
            Ok(only(frames)?.with_column(col("n") + lit(number)))
        });
        plus.with("number", number as f64)
    }

    pub(crate) fn with(mut self, parameter: &'static str, value: f64) -> Self {
        self.parameters.insert(parameter, value);
        self
    }

    pub(crate) fn retries(mut self, attempts: u32) -> Self {
        self.retry = Some(Retry {
            base: std::time::Duration::ZERO,
            ..Retry::new(attempts)
        });
        self
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

pub(crate) fn only(frames: Vec<LazyFrame>) -> Result<LazyFrame, StepError> {
    frames.into_iter().next().ok_or_else(|| "no frame".into())
}

impl Step for Act {
    fn name(&self) -> &str {
        self.name
    }

    fn code(&self) -> Code {
        self.code.clone()
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        self.parameters
            .iter()
            .try_for_each(|(name, value)| parameters.add(name, value))
    }

    fn options(&self) -> StepOptions {
        StepOptions {
            retry: self.retry,
            ..StepOptions::default()
        }
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut frames = Vec::new();
        while let Ok(frame) = inputs.next_frame() {
            frames.push(frame);
        }
        (self.body)(frames).map(StepOutput::Frame)
    }
}

/// A store of the pipeline `test`.
pub(crate) struct Scratch(TestStore);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(TestStore::new())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The files of a node with this extension.
    pub(crate) fn files(&self, node: &str, extension: &str) -> Vec<PathBuf> {
        self.0.files("test", node, extension)
    }

    pub(crate) fn only_file(&self, node: &str, extension: &str) -> PathBuf {
        let files = self.files(node, extension);
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// Writes a record with one field changed, as whole as it was.
pub(crate) fn set_in_record(path: &Path, field: &str, value: serde_json::Value) -> Tested {
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let fields = record.as_object_mut().ok_or("a record is an object")?;
    let is_sealed = fields.remove("check").is_some();
    fields.insert(field.to_owned(), value);
    let mut text = serde_json::to_string_pretty(&record)?;
    if is_sealed {
        let body = text
            .strip_suffix("\n}")
            .ok_or("an object ends with a brace")?;
        let mut digest = blake3::Hasher::new();
        for part in ["record", body] {
            digest.update(&(part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        text = format!("{body},\n  \"check\": \"{}\"\n}}", digest.finalize());
    }
    Ok(std::fs::write(path, text)?)
}

/// A pipeline with input `numbers`; nodes are `(name, step, inputs)`, the last is the output.
pub(crate) fn pipeline(
    scratch: &Scratch,
    table: &Arc<Table>,
    nodes: &[(&str, &Act, &[&str])],
) -> Pipeline {
    let mut builder = Pipeline::builder("test")
        .packages(pipe_core::packages!())
        .input("numbers", table.clone());
    for (name, step, inputs) in nodes {
        builder = builder.step_on(*name, (*step).clone(), *inputs);
    }
    builder.build().unwrap().store(scratch.path())
}

/// A pipeline as the macros build it: one node with a promise over one declared input.
pub(crate) fn promised(
    scratch: &Scratch,
    table: &Arc<Table>,
    schema: Option<NamedSchema>,
    step: &Act,
    promise: Flow,
) -> Pipeline {
    promised_with(
        scratch,
        table,
        schema,
        step,
        promise,
        NodeOptions::default(),
    )
}

pub(crate) fn promised_with(
    scratch: &Scratch,
    table: &Arc<Table>,
    schema: Option<NamedSchema>,
    step: &Act,
    promise: Flow,
    options: NodeOptions,
) -> Pipeline {
    Pipeline::<Dynamic>::from_graph(Graph {
        name: "test".into(),
        inputs: vec![Input {
            name: "numbers".into(),
            source: table.clone(),
            schema,
            rules: NodeRules::default(),
        }],
        nodes: vec![Node {
            name: "made".into(),
            step: Arc::new(step.clone()),
            inputs: vec![NodeRef::Input(0)],
            options,
            promise: Some(promise),
            place: Some("src/lib.rs:7:5"),
            rules: NodeRules::default(),
        }],
        outputs: vec![NodeRef::Node(0)],
        build: pipe_core::Build::default(),
        checkpoints: pipe_core::Checkpoints::default(),
    })
    .store(scratch.path())
}

/// `name: outcome (reason)` of every node.
pub(crate) fn told(report: &RunReport) -> Vec<String> {
    report
        .nodes
        .iter()
        .map(|n| format!("{}: {:?} ({})", n.name, n.outcome, n.reason))
        .collect()
}

pub(crate) fn outcomes(report: &RunReport) -> Vec<Outcome> {
    report.nodes.iter().map(|node| node.outcome).collect()
}

/// The report of a run in which nodes failed, and what they failed of.
pub(crate) fn failed<D: pipe_core::PipelineDef>(
    run: Result<pipe_core::Run<D>, RunError>,
) -> (RunReport, Vec<String>) {
    match run {
        Err(RunError::Failed { report, failures }) => {
            (*report, failures.iter().map(ToString::to_string).collect())
        }
        other => panic!("no node failed: {other:?}"),
    }
}

pub(crate) fn ints(frame: impl Into<StepOutput>, column: &str) -> Vec<Option<i64>> {
    let frame = frame.into().collect().unwrap();
    frame
        .column(column)
        .unwrap()
        .i64()
        .unwrap()
        .iter()
        .collect()
}
