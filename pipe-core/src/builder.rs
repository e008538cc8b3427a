//! Pipelines that are only known at run time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::checkpoints::Checkpoints;
use crate::contract::distance;
use crate::environment::{Build, Environment, Packages};
use crate::graph::{Graph, Input, Node, NodeOptions, NodeRef};
use crate::pipeline::Pipeline;
use crate::rules::{NodeRules, Policy};
use crate::schema::FrameSchema;
use crate::source::{IntoSource, Source, SourceError};
use crate::step::Step;

/// Builds a [`Pipeline`] from steps that are made at run time.
///
/// Mistakes are collected and reported together by [`Builder::build`].
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::steps::{AddColumn, DropNulls, Filter};
///
/// let pipeline = Pipeline::builder("features")
///     .packages(pipe_core::packages!())
///     .source("data", Csv::new("data.csv"))
///     .step("drop_nulls", DropNulls::all())
///     .step("add_feature", AddColumn::new("value", "feature1", 3))
///     .step("filter_data", Filter::gt("feature1", 10))
///     .build()?;
/// # Ok::<(), pipe_core::BuildError>(())
/// ```
#[must_use = "a builder does nothing until `.build()`"]
pub struct Builder {
    name: String,
    inputs: Vec<Input>,
    nodes: Vec<Node>,
    outputs: Option<Vec<String>>,
    /// Inputs and steps by their names in lower case: two that differ in case only would be one folder on
    /// many file systems.
    by_name: HashMap<String, NodeRef>,
    /// The frame that was added last.
    last: Option<NodeRef>,
    /// The frames for whose bad rows there is a policy.
    policies: Vec<NodeRef>,
    build: Build,
    mistakes: Vec<BuildMistake>,
}

/// Everything that is wrong with a pipeline that was built at run time.
#[derive(Debug, thiserror::Error)]
#[error(
    "pipeline `{pipeline}` cannot be built:\n{}",
    crate::exec::lines(mistakes)
)]
pub struct BuildError {
    /// The pipeline's name.
    pub pipeline: String,
    /// What is wrong, in the order in which it was added.
    pub mistakes: Vec<BuildMistake>,
}

/// Something wrong with a pipeline that was built at run time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildMistake {
    /// A source cannot be made of what was given.
    #[error("source `{name}`: {error}")]
    Source {
        /// The source's name.
        name: String,
        /// What is wrong with it.
        error: SourceError,
    },
    /// Two sources or steps have one name.
    #[error(
        "the name `{name}` is used twice; a step's name names its checkpoint, give each its own"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A name that cannot name a folder.
    #[error(
        "`{name}` cannot be a name: names are folders in the store; use letters, digits, `_` and `-`, a letter or `_` first, at most 100 bytes"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A name that no source and no earlier step has.
    #[error("`{wanted}`, an input of `{of}`, is no source and no earlier step{}", hint(nearest.as_deref()))]
    Unknown {
        /// The name that was asked for.
        wanted: String,
        /// What asked for it.
        of: String,
        /// The name that was likely meant.
        nearest: Option<String>,
    },
    /// A step for which it is not clear what it works on.
    #[error("step `{step}` has no input: {why}")]
    NoInput {
        /// The step's name.
        step: String,
        /// Why that is so.
        why: &'static str,
    },
    /// Nothing that could be returned.
    #[error("there is nothing to return: add a source")]
    Empty,
    /// An option that no step was added for.
    #[error("`.checkpoint(…)` is for the step just added, but there is none yet")]
    OptionWithoutStep,
    /// An option that neither a source nor a step was added for.
    #[error("`{option}` is for the source or step just added, but there is none yet")]
    OptionOfNothing {
        /// The option.
        option: &'static str,
    },
    /// A policy for rows that can break nothing.
    #[error(
        "`.invalid(…)` on `{name}`, which has no rules that its rows could break; say whose rules it has with `.rules_of::<S>()`"
    )]
    NoRules {
        /// The source or step.
        name: String,
    },
    /// Rows are to be put aside beside a checkpoint that is not there.
    #[error(
        "the rows of step `{name}` that break rules cannot be put aside: it has no checkpoint to put them beside; leave `.checkpoint(false)` out, or keep them with `.invalid(Policy::Warn)`"
    )]
    NoQuarantine {
        /// The step.
        name: String,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl Builder {
    pub(crate) fn new(name: &str) -> Self {
        let mut builder = Self {
            name: name.to_owned(),
            inputs: Vec::new(),
            nodes: Vec::new(),
            outputs: None,
            by_name: HashMap::new(),
            last: None,
            policies: Vec::new(),
            build: Build::default(),
            mistakes: Vec::new(),
        };
        builder.check_name(name);
        builder
    }

    /// Adds an input: a file, a frame, rows.
    pub fn source(mut self, name: impl Into<String>, source: impl IntoSource<()>) -> Self {
        let name = name.into();
        match source.into_source() {
            Ok(source) => self.input(name, source),
            Err(error) => {
                self.mistakes.push(BuildMistake::Source { name, error });
                self
            }
        }
    }

    /// Adds an input that is a [`Source`] already.
    pub fn input(mut self, name: impl Into<String>, source: Arc<dyn Source>) -> Self {
        let name = name.into();
        self.check_new(&name, NodeRef::Input(self.inputs.len()));
        self.inputs.push(Input {
            name,
            source,
            schema: None,
            rules: NodeRules::default(),
        });
        self.last = Some(NodeRef::Input(self.inputs.len() - 1));
        self
    }

    /// Holds the rows of the source or step just added against the rules of a schema. A source is
    /// held against its columns, too.
    pub fn rules_of<S: FrameSchema>(mut self) -> Self {
        match self.last {
            Some(NodeRef::Input(i)) => self.inputs[i].schema = Some(S::SCHEMA),
            Some(NodeRef::Node(i)) => self.nodes[i].rules.add(S::SCHEMA),
            None => self.option_of_nothing(".rules_of::<S>()"),
        }
        self
    }

    /// What happens to rows of the source or step just added that break a rule; without this the run
    /// fails there.
    pub fn invalid(mut self, policy: Policy) -> Self {
        match self.last {
            Some(frame) => {
                self.policies.push(frame);
                match frame {
                    NodeRef::Input(i) => self.inputs[i].rules.policy = policy,
                    NodeRef::Node(i) => self.nodes[i].rules.policy = policy,
                }
            }
            None => self.option_of_nothing(".invalid(…)"),
        }
        self
    }

    /// An option of a source or step before there is one; a refused source has been told of.
    fn option_of_nothing(&mut self, option: &'static str) {
        let refused = |mistake: &BuildMistake| matches!(mistake, BuildMistake::Source { .. });
        if !self.mistakes.iter().any(refused) {
            self.mistakes.push(BuildMistake::OptionOfNothing { option });
        }
    }

    /// Adds a step on the result of the step before it, or on the only input.
    pub fn step(mut self, name: impl Into<String>, step: impl Step + 'static) -> Self {
        let name = name.into();
        let input = match (self.nodes.len(), self.inputs.len()) {
            (0, 0) => Err("there is no source yet"),
            (0, 1) => Ok(NodeRef::Input(0)),
            (0, _) => Err("there are several sources; say which with `.step_on(…)`"),
            (steps, _) => Ok(NodeRef::Node(steps - 1)),
        };
        let inputs = match input {
            Ok(input) => vec![input],
            Err(why) => {
                // A pipeline whose source was refused has been told so already.
                if !self
                    .mistakes
                    .iter()
                    .any(|m| matches!(m, BuildMistake::Source { .. }))
                {
                    self.mistakes.push(BuildMistake::NoInput {
                        step: name.clone(),
                        why,
                    });
                }
                Vec::new()
            }
        };
        self.add(name, step, inputs)
    }

    /// Adds a step on the named inputs and results of earlier steps, in the order of the step's
    /// arguments.
    pub fn step_on<I: AsRef<str>>(
        mut self,
        name: impl Into<String>,
        step: impl Step + 'static,
        inputs: impl IntoIterator<Item = I>,
    ) -> Self {
        let name = name.into();
        let inputs: Vec<_> = inputs.into_iter().collect();
        if inputs.is_empty() {
            let why = "its list of inputs is empty";
            self.mistakes.push(BuildMistake::NoInput {
                step: name.clone(),
                why,
            });
        }
        let inputs = inputs
            .iter()
            .filter_map(|input| self.resolve(input.as_ref(), &name))
            .collect();
        self.add(name, step, inputs)
    }

    /// Whether the result of the step just added is stored; it is unless told otherwise.
    ///
    /// A step without a checkpoint runs as one query with each of the steps that use it, once for
    /// each; nulls that its contract rules out are found only where something is stored or returned.
    pub fn checkpoint(mut self, checkpoint: bool) -> Self {
        match self.nodes.last_mut() {
            Some(node) => {
                node.options.checkpoint = checkpoint;
                node.options.checkpoint_is_given = true;
            }
            None => self.mistakes.push(BuildMistake::OptionWithoutStep),
        }
        self
    }

    /// What the pipeline returns; the result of the last step unless told otherwise.
    pub fn outputs<I: Into<String>>(mut self, outputs: impl IntoIterator<Item = I>) -> Self {
        self.outputs = Some(outputs.into_iter().map(Into::into).collect());
        self
    }

    /// What of the build is part of keys; [`Environment::Lockfile`] unless told otherwise, which wants
    /// [`Builder::packages`].
    pub fn environment(mut self, environment: Environment) -> Self {
        self.build.environment = environment;
        self
    }

    /// The packages of the build, `.packages(pipe_core::packages!())`: an upgrade of one then reruns
    /// the pipeline.
    pub fn packages(mut self, packages: Packages) -> Self {
        self.build.packages = packages;
        self
    }

    /// The pipeline.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn build(mut self) -> Result<Pipeline, BuildError> {
        let outputs = match self.outputs.take().filter(|outputs| !outputs.is_empty()) {
            Some(names) => names
                .iter()
                .filter_map(|name| self.resolve(name, "the outputs"))
                .collect(),
            None => self.default_output().into_iter().collect(),
        };
        self.check_policies();
        if self.mistakes.is_empty() {
            let Self {
                name,
                inputs,
                nodes,
                build,
                ..
            } = self;
            Ok(Pipeline::from_graph(Graph {
                name,
                inputs,
                nodes,
                outputs,
                build,
                checkpoints: Checkpoints::default(),
            }))
        } else {
            Err(BuildError {
                pipeline: self.name,
                mistakes: self.mistakes,
            })
        }
    }

    /// Policies where there is nothing to break, or no place for what is put aside.
    fn check_policies(&mut self) {
        for &frame in &self.policies {
            let (name, has_rules, policy, stored) = match frame {
                NodeRef::Input(i) => {
                    let input = &self.inputs[i];
                    let rules = input.schema.is_some_and(|schema| !schema.rules.is_empty());
                    (&input.name, rules, input.rules.policy, true)
                }
                NodeRef::Node(i) => {
                    let node = &self.nodes[i];
                    let (rules, stored) = (!node.rules.is_empty(), node.options.checkpoint);
                    (&node.name, rules, node.rules.policy, stored)
                }
            };
            let name = name.clone();
            if !has_rules {
                self.mistakes.push(BuildMistake::NoRules { name });
            } else if policy == Policy::Quarantine && !stored {
                self.mistakes.push(BuildMistake::NoQuarantine { name });
            }
        }
    }

    fn default_output(&mut self) -> Option<NodeRef> {
        let output = match (self.nodes.len(), self.inputs.len()) {
            (0, 0) => None,
            (0, inputs) => Some(NodeRef::Input(inputs - 1)),
            (steps, _) => Some(NodeRef::Node(steps - 1)),
        };
        if output.is_none() && self.mistakes.is_empty() {
            self.mistakes.push(BuildMistake::Empty);
        }
        output
    }

    fn add(mut self, name: String, step: impl Step + 'static, inputs: Vec<NodeRef>) -> Self {
        self.check_new(&name, NodeRef::Node(self.nodes.len()));
        self.nodes.push(Node {
            name,
            step: Arc::new(step),
            inputs,
            options: NodeOptions::default(),
            promise: None,
            place: None,
            rules: NodeRules::default(),
        });
        self.last = Some(NodeRef::Node(self.nodes.len() - 1));
        self
    }

    fn check_new(&mut self, name: &str, frame: NodeRef) {
        self.check_name(name);
        match self.by_name.entry(name.to_ascii_lowercase()) {
            Entry::Occupied(_) => self.mistakes.push(BuildMistake::Duplicate {
                name: name.to_owned(),
            }),
            Entry::Vacant(entry) => {
                entry.insert(frame);
            }
        }
    }

    fn check_name(&mut self, name: &str) {
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let goes_on = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !(starts && goes_on && name.len() <= 100) {
            self.mistakes.push(BuildMistake::Name {
                name: name.to_owned(),
            });
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        inputs.chain(self.nodes.iter().map(|node| node.name.as_str()))
    }

    fn resolve(&mut self, wanted: &str, of: &str) -> Option<NodeRef> {
        let found = self.by_name.get(&wanted.to_ascii_lowercase()).copied();
        let found = found.filter(|&frame| match frame {
            NodeRef::Input(i) => self.inputs[i].name == wanted,
            NodeRef::Node(i) => self.nodes[i].name == wanted,
        });
        if found.is_none() {
            let nearest = nearest(wanted, self.names());
            let (wanted, of) = (wanted.to_owned(), of.to_owned());
            self.mistakes.push(BuildMistake::Unknown {
                wanted,
                of,
                nearest,
            });
        }
        found
    }
}

/// The name that was likely meant.
pub(crate) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    names
        .into_iter()
        .map(|name| (distance(wanted, name), name))
        .filter(|&(distance, _)| distance != usize::MAX)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name.to_owned())
}
