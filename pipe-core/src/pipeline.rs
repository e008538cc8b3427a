//! Pipelines as people hold them: where results are stored, run, plan, status, clear.

use std::any::type_name;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use polars::prelude::LazyFrame;

use crate::builder::Builder;
use crate::checkpoints::Checkpoints;
use crate::contract::NamedSchema;
use crate::environment::{Environment, Listed, Packages};
use crate::exec::{
    self, CheckError, Event, Kept, Listener, LoadError, Plan, PlanError, RunError, RunReport,
    Settings, Status,
};
use crate::graph::{Graph, UnknownNode};
use crate::lock::{self, LockError, Locked};
use crate::step::StepOutput;
use crate::storage::{Durability, Location};
use crate::store::{self, CheckpointFormat, ClearError, Compression, StoreError};

mod settings;
mod stored;
mod testing;

/// A pipeline with its sources and parameters bound: it can be planned, run and looked at.
///
/// `pipeline!` makes a function that returns one; [`Pipeline::builder`] makes one at run time.
pub struct Pipeline<D: PipelineDef = Dynamic> {
    graph: Arc<Graph>,
    store: Location,
    durability: Durability,
    format: CheckpointFormat,
    settings: Settings,
    listeners: Vec<Listener>,
    lock: lock::Place,
    outputs: &'static [Option<NamedSchema>],
    definition: PhantomData<fn() -> D>,
}

/// What the compiler knows of a pipeline. `pipeline!` implements it.
pub trait PipelineDef: 'static {
    /// The names of its nodes.
    type Node: NodeName;
    /// What it returns.
    type Output;
    /// Its name.
    const NAME: &'static str;
    /// The folder of the crate that defines it, where its contracts are locked.
    const CRATE_FOLDER: Option<&'static str> = None;
    /// What of the build is part of its keys.
    const ENVIRONMENT: Environment = Environment::Lockfile;
    /// The packages of the build.
    const PACKAGES: Packages = Packages(Listed::NotGiven);
    /// Which of its nodes are stored.
    const CHECKPOINTS: Checkpoints = Checkpoints::Every;
    /// The schemas that are declared for what it returns, in order.
    const OUTPUTS: &'static [Option<NamedSchema>] = &[];

    /// What it returns, of the results in the order in which it returns them; `None` if they are others
    /// than it says.
    fn output(results: Vec<StepOutput>) -> Option<Self::Output>;

    /// A copy of what it returns.
    fn copy(output: &Self::Output) -> Self::Output;
}

/// A name of a node.
pub trait NodeName {
    /// The binding's name.
    fn node_name(&self) -> &str;
}

/// A pipeline that is only known at run time.
#[derive(Clone, Copy, Debug)]
pub enum Dynamic {}

/// The name of a node that is only known at run time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(String);

impl PipelineDef for Dynamic {
    type Node = NodeId;
    /// The first output; all of them are there by [`Run::node`] and [`Run::value`].
    type Output = StepOutput;
    const NAME: &'static str = "dynamic";

    fn output(results: Vec<StepOutput>) -> Option<StepOutput> {
        results.into_iter().next()
    }

    fn copy(output: &StepOutput) -> StepOutput {
        output.clone()
    }
}

impl NodeName for NodeId {
    fn node_name(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for NodeId {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

impl Pipeline {
    /// Builds a pipeline at run time.
    pub fn builder(name: impl AsRef<str>) -> Builder {
        Builder::new(name.as_ref())
    }
}

impl<D: PipelineDef> Pipeline<D> {
    #[doc(hidden)]
    #[must_use]
    pub fn from_graph(mut graph: Graph) -> Self {
        crate::rules::attach(&mut graph);
        Self {
            graph: Arc::new(graph),
            store: Location::from("./checkpoints"),
            durability: Durability::default(),
            format: CheckpointFormat::default(),
            settings: Settings::default(),
            listeners: Vec::new(),
            lock: lock::Place::of_crate(D::CRATE_FOLDER),
            outputs: D::OUTPUTS,
            definition: PhantomData,
        }
    }

    /// Where checkpoints and run logs are kept: a folder, a URL, or a [`Storage`](crate::storage::Storage)
    /// of your own; `./checkpoints` unless told otherwise.
    #[must_use]
    pub fn store(mut self, location: impl Into<Location>) -> Self {
        self.store = location.into();
        self
    }

    /// What a commit in a folder survives; the end of the process unless told otherwise. Other storages
    /// have their own durability.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How the data of checkpoints are compressed from now on; LZ4 unless told otherwise.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.format = self.format.compression(compression);
        self
    }

    /// How the data of checkpoints are written from now on.
    #[must_use]
    pub fn checkpoint_format(mut self, format: CheckpointFormat) -> Self {
        self.format = format;
        self
    }

    /// Calls `listener` with everything that happens in a run, in order.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// Where the contracts are locked; `contracts.lock` beside the `Cargo.toml` of the crate that
    /// defines the pipeline unless told otherwise.
    #[must_use]
    pub fn lock_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.lock = lock::Place::Given(path.into());
        self
    }

    /// Runs what the outputs need and no valid checkpoint has.
    ///
    /// In a process that was started for one step of this pipeline (`#[step(process)]`) it calls that
    /// step and ends the process.
    ///
    /// # Errors
    ///
    /// When sources cannot be read, the store is in use or broken, or a node fails. Nodes that do
    /// not need the failed one have run, and their checkpoints are there for the next run.
    pub fn run(&self) -> Result<Run<D>, RunError> {
        exec::serve(&self.graph, &self.settings.cancellation);
        let store = self.store_of_pipeline()?;
        let done = exec::run(&self.graph, &store, &self.settings, &self.listeners)?;
        let count = done.outputs.len();
        let results = done.outputs;
        let output = D::output(results).ok_or_else(|| RunError::Outputs {
            pipeline: self.graph.name.clone(),
            count,
        })?;
        Ok(Run {
            output,
            store,
            nodes: done.nodes,
            report: done.report,
        })
    }

    /// What a run would do, and why. Runs and creates nothing.
    ///
    /// # Errors
    ///
    /// When the sources or the store cannot be read.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        exec::plan(
            &self.graph,
            &self.store_of_pipeline()?,
            self.settings.resume,
        )
    }

    /// What is stored of every node, and whether it is still valid. Creates nothing.
    ///
    /// # Errors
    ///
    /// When the sources or the store cannot be read.
    pub fn status(&self) -> Result<Status, PlanError> {
        exec::status(&self.graph, &self.store_of_pipeline()?)
    }

    /// The stored result of a node, lazily; `None` if there is no valid one. Runs and creates nothing.
    ///
    /// # Errors
    ///
    /// When there is no such node, its result is a value, or the sources or the store cannot be read.
    pub fn stored(&self, node: impl Into<D::Node>) -> Result<Option<LazyFrame>, LoadError> {
        let node = node.into();
        match self.stored_result(&node)? {
            Some(StepOutput::Value(value)) => Err(LoadError::IsValue {
                node: node.node_name().to_owned(),
                found: value.kind().type_name(),
            }),
            found => Ok(found.and_then(StepOutput::frame)),
        }
    }

    /// The same for a node whose result is a value of type `T`.
    ///
    /// # Errors
    ///
    /// As for [`Pipeline::stored`], and when it is of another type.
    pub fn stored_value<T: Send + Sync + 'static>(
        &self,
        node: impl Into<D::Node>,
    ) -> Result<Option<Arc<T>>, LoadError> {
        let node = node.into();
        let Some(stored) = self.stored_result(&node)? else {
            return Ok(None);
        };
        let found = match &stored {
            StepOutput::Frame(_) | StepOutput::Rows(_) => "LazyFrame",
            StepOutput::Value(value) => value.kind().type_name(),
        };
        let value = stored.value().and_then(|value| value.get());
        value.map(Some).ok_or_else(|| LoadError::OtherType {
            node: node.node_name().to_owned(),
            found,
            wanted: type_name::<T>(),
        })
    }

    pub(crate) fn stored_result(&self, node: &D::Node) -> Result<Option<StepOutput>, LoadError> {
        let node = self.index_of(node)?;
        let store = self.store_of_pipeline().map_err(PlanError::from)?;
        exec::stored(&self.graph, &store, node)
    }

    /// The rows that were put aside because they break rules, of a node's valid checkpoint: all their
    /// columns, their numbers in the frame, counted from 1, and what they break. `None` if there are
    /// none. Runs and creates nothing.
    ///
    /// # Errors
    ///
    /// When there is no such node, or the sources or the store cannot be read.
    pub fn quarantined(&self, node: impl Into<D::Node>) -> Result<Option<LazyFrame>, LoadError> {
        let index = self.index_of(&node.into())?;
        let store = self.store_of_pipeline().map_err(PlanError::from)?;
        exec::quarantined(&self.graph, &store, index)
    }

    /// Runs every step on empty frames and holds the results against the contracts. Reads no data
    /// but the schemas of inputs that have none declared. Holds what the pipeline takes and gives
    /// against `contracts.lock`, if it is there and has the pipeline.
    ///
    /// # Errors
    ///
    /// All differences between what the contracts say and what the steps do, and all changes to what
    /// was locked.
    pub fn check(&self) -> Result<(), CheckError> {
        self.check_and_compare().map(|_| ())
    }

    /// Says besides whether there was anything to compare.
    pub(crate) fn check_and_compare(&self) -> Result<lock::Compared, CheckError> {
        let checked = exec::check(&self.graph);
        match lock::compare(&self.lock, &self.graph, self.outputs) {
            Ok(compared) => checked.map(|()| compared),
            Err(error) => Err(CheckError {
                lock: Some(Box::new(error)),
                ..checked.err().unwrap_or_default()
            }),
        }
    }

    /// Writes what the pipeline takes and gives into `contracts.lock`; other pipelines in it stay.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, is no lock file, or nobody has said where it is.
    pub fn lock(&self) -> Result<Locked, LockError> {
        lock::lock(&self.lock, &self.graph, self.outputs)
    }

    /// Takes another pipeline, which is gone, out of `contracts.lock`.
    pub(crate) fn unlock(&self, pipeline: &str) -> Result<PathBuf, LockError> {
        lock::remove(&self.lock, &self.graph, pipeline)
    }

    /// Removes the checkpoints of one node. Returns the names of the nodes that had any.
    ///
    /// # Errors
    ///
    /// When there is no such node, the store is in use, or files cannot be removed.
    pub fn clear(&self, node: impl Into<D::Node>) -> Result<Vec<String>, ClearError> {
        let node = self.index_of(&node.into())?;
        store::clear(&self.store_of_pipeline()?, &self.names_of(&[node]))
    }

    /// Removes the checkpoints of a node and of every node that needs it. Returns the names of the
    /// nodes that had any.
    ///
    /// # Errors
    ///
    /// When there is no such node, the store is in use, or files cannot be removed.
    pub fn clear_from(&self, node: impl Into<D::Node>) -> Result<Vec<String>, ClearError> {
        let node = self.index_of(&node.into())?;
        store::clear(
            &self.store_of_pipeline()?,
            &self.names_of(&self.graph.downstream(node)),
        )
    }

    /// Removes every checkpoint of the pipeline, those of former nodes too. Returns the names of the
    /// nodes that had any.
    ///
    /// # Errors
    ///
    /// When the store is in use, or files cannot be removed.
    pub fn clear_all(&self) -> Result<Vec<String>, ClearError> {
        store::clear_all(&self.store_of_pipeline()?)
    }

    /// The pipeline as data.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The place given to [`Pipeline::store`].
    #[must_use]
    pub fn store_location(&self) -> &Location {
        &self.store
    }

    /// The same pipeline with other types for its nodes and its output.
    pub(crate) fn seen_as<E: PipelineDef>(self) -> Pipeline<E> {
        Pipeline {
            graph: self.graph,
            store: self.store,
            durability: self.durability,
            format: self.format,
            settings: self.settings,
            listeners: self.listeners,
            lock: self.lock,
            outputs: self.outputs,
            definition: PhantomData,
        }
    }

    fn store_of_pipeline(&self) -> Result<store::Store, StoreError> {
        self.store_at(&self.store)
    }

    fn store_at(&self, location: &Location) -> Result<store::Store, StoreError> {
        store::Store::open(location, self.durability, self.format, &self.graph.name)
    }

    fn index_of(&self, node: &D::Node) -> Result<usize, UnknownNode> {
        self.index_of_name(node.node_name())
    }

    fn index_of_name(&self, name: &str) -> Result<usize, UnknownNode> {
        self.graph.node(name).ok_or_else(|| UnknownNode {
            pipeline: self.graph.name.clone(),
            node: name.to_owned(),
            nodes: self
                .graph
                .nodes
                .iter()
                .map(|node| node.name.clone())
                .collect(),
        })
    }

    fn names_of(&self, nodes: &[usize]) -> Vec<String> {
        nodes
            .iter()
            .map(|&node| self.graph.nodes[node].name.clone())
            .collect()
    }
}

impl<D: PipelineDef> Clone for Pipeline<D> {
    fn clone(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            store: self.store.clone(),
            durability: self.durability,
            format: self.format,
            settings: self.settings.clone(),
            listeners: self.listeners.clone(),
            lock: self.lock.clone(),
            outputs: self.outputs,
            definition: PhantomData,
        }
    }
}

impl<D: PipelineDef> std::fmt::Debug for Pipeline<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("name", &self.graph.name)
            .field("store", &self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A run that succeeded.
pub struct Run<D: PipelineDef = Dynamic> {
    output: D::Output,
    store: store::Store,
    /// By name, in the order of the graph.
    nodes: Vec<(String, Kept)>,
    report: RunReport,
}

impl<D: PipelineDef> Run<D> {
    /// What the pipeline returns. Lazy: stored results are read when it is collected.
    #[must_use]
    pub fn output(&self) -> D::Output {
        D::copy(&self.output)
    }

    /// The frame of a node, if the run has it: of a node that is returned, that was stored, or whose
    /// checkpoint was used.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<LazyFrame> {
        self.result(name)?.frame()
    }

    /// The same for a node whose result is a value of type `T`.
    #[must_use]
    pub fn value<T: Send + Sync + 'static>(&self, name: &str) -> Option<Arc<T>> {
        self.result(name)?.value()?.get()
    }

    /// What a node gave, frame or value.
    pub(crate) fn result(&self, name: &str) -> Option<StepOutput> {
        let (_, kept) = self.nodes.iter().find(|(node, _)| node == name)?;
        kept.load(&self.store).ok()
    }

    /// What happened.
    #[must_use]
    pub fn report(&self) -> &RunReport {
        &self.report
    }
}

impl<D: PipelineDef> std::fmt::Debug for Run<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
