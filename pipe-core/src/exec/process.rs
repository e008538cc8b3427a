//! Steps in a process of their own, for code that leaks, crashes or blocks.
//!
//! The program is started again, with the same arguments, and comes to the same `run`: there it calls the one
//! step that it was started for, and ends. Inputs and results are files in the attempt's scratch folder,
//! the rest goes through the environment and the standard output.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::{NodeProblem, with_causes};
use super::{attempt, guarded};
use super::{panics, retry};
use crate::cancellation::Cancellation;
use crate::digest::Digest;
use crate::graph::{Graph, Node, NodeRef};
use crate::step::{Inputs, OutputKind, Parameters, StepContext, StepOutput};
use crate::store::{read_parquet, write_parquet};

/// The variable that tells a process which step it was started for.
const TASK: &str = "PIPE_STEP_PROCESS";

/// Begins the lines of the standard output that are for the process that started this one.
const SAYS: &str = "\u{1}pipe ";

/// How often it is looked whether the process has ended.
const TICK: Duration = Duration::from_millis(5);

/// What a process is started for.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    pipeline: String,
    node: String,
    /// Fingerprint of its step.
    step: String,
    run: String,
    attempt: u32,
    /// The folder with the inputs, and for the result.
    folder: PathBuf,
    inputs: Vec<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Frame,
    Value,
}

/// What a process says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    /// The step is called now: what comes before was said by the program on its way to it.
    Begins,
    /// The step tells something.
    Log(String),
    /// The result is in the folder.
    Done,
    /// The step returned an error.
    Failed {
        error: String,
        /// Whether the step's own rule lets it be tried again.
        again: bool,
    },
    Panicked(String),
    /// The program did not come to the step.
    Lost(String),
}

/// An error of a step that was returned in another process.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct Remote {
    error: String,
    /// Whether the step's own rule lets it be tried again.
    pub(super) again: bool,
}

/// Calls a node's step in a process of its own.
pub(super) fn call(
    pipeline: &str,
    node: &Node,
    inputs: Vec<StepOutput>,
    context: &StepContext,
    arguments: Option<&[OsString]>,
) -> Result<StepOutput, NodeProblem> {
    let folder = context.scratch().map_err(no_process)?;
    let inputs = inputs.into_iter().enumerate();
    let inputs = inputs.map(|(i, input)| write(folder, &format!("input{i}"), input));
    let task = Task {
        pipeline: pipeline.to_owned(),
        node: node.name.clone(),
        step: fingerprint(node),
        run: context.run().to_owned(),
        attempt: context.attempt(),
        folder: folder.to_owned(),
        inputs: inputs.collect::<Result<_, _>>()?,
    };
    let task = serde_json::to_string(&task).map_err(io::Error::from);
    let task = task.map_err(no_process)?;
    let program = env::current_exe().map_err(no_process)?;
    let own: Vec<OsString>;
    let arguments = match arguments {
        Some(arguments) => arguments,
        None => {
            own = env::args_os().skip(1).collect();
            &own
        }
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env(TASK, task)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(no_process)?;
    let stdout = child.stdout.take();
    let (answer, status) = std::thread::scope(|scope| {
        let listener = scope.spawn(|| stdout.and_then(|stdout| listen(stdout, context)));
        let status = wait(&mut child, context);
        (listener.join().ok().flatten(), status)
    });
    let status = status.map_err(no_process)?;
    match answer {
        Some(Says::Done) if status.success() => read(folder, "result", node.step.output()),
        Some(Says::Failed { error, again }) => {
            Err(NodeProblem::Step(Box::new(Remote { error, again })))
        }
        Some(Says::Panicked(panic)) => Err(NodeProblem::Panic(panic)),
        Some(Says::Lost(why)) => Err(NodeProblem::Process(why)),
        _ => Err(NodeProblem::Process(ended(status))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn no_process(error: io::Error) -> NodeProblem {
    NodeProblem::Process(format!("it cannot be started: {error}"))
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("it was killed by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("it ended with exit code {code} before it had a result"),
        None => "it ended before it had a result".to_owned(),
    }
}

/// Waits for the end of a process; kills it when nobody waits for the attempt any more.
fn wait(child: &mut Child, context: &StepContext) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if context.is_withdrawn() {
            child.kill()?;
            return child.wait();
        }
        std::thread::sleep(TICK);
    }
}

/// Passes on what a process says; its last word is the answer.
fn listen(stdout: impl io::Read, context: &StepContext) -> Option<Says> {
    let mut answer = None;
    let mut begun = false;
    // What is for this process begins a line of its own: an empty one before it is no output.
    let mut empty = false;
    for line in BufReader::new(stdout).lines() {
        let Ok(line) = line else { break };
        let says = line.strip_prefix(SAYS);
        if std::mem::replace(&mut empty, line.is_empty()) && says.is_none() && begun {
            println!();
        }
        match says.map(serde_json::from_str) {
            Some(Ok(Says::Begins)) => begun = true,
            Some(Ok(Says::Log(message))) => context.log(message),
            Some(Ok(says)) => answer = Some(says),
            Some(Err(_)) | None if begun && !empty => println!("{line}"),
            Some(Err(_)) | None => {}
        }
    }
    answer
}

fn file(folder: &Path, name: &str, kind: Kind) -> PathBuf {
    folder.join(match kind {
        Kind::Frame => format!("{name}.parquet"),
        Kind::Value => format!("{name}.json"),
    })
}

/// Writes something for the other process.
fn write(folder: &Path, name: &str, output: StepOutput) -> Result<Kind, NodeProblem> {
    match output {
        StepOutput::Frame(frame) => {
            let path = file(folder, name, Kind::Frame);
            let written = guarded::guarded(|| write_parquet(&path, frame))?;
            written.map_err(NodeProblem::Query)?;
            Ok(Kind::Frame)
        }
        // The account of the rows would stay behind: the macro lets no row step have a process.
        StepOutput::Rows(rows) => write(folder, name, StepOutput::Frame(rows.into_plan())),
        StepOutput::Value(value) => {
            let json = attempt::stored_as(&value).map_err(NodeProblem::Step)?;
            fs::write(file(folder, name, Kind::Value), json).map_err(no_process)?;
            Ok(Kind::Value)
        }
    }
}

/// Reads what the other process has written.
fn read(folder: &Path, name: &str, kind: OutputKind) -> Result<StepOutput, NodeProblem> {
    match kind {
        OutputKind::Frame => {
            let frame = read_parquet(file(folder, name, Kind::Frame));
            Ok(StepOutput::Frame(frame.map_err(NodeProblem::Query)?))
        }
        OutputKind::Value(kind) => {
            let json = fs::read(file(folder, name, Kind::Value)).map_err(no_process)?;
            let value = kind.read(&json).map_err(io::Error::from);
            Ok(StepOutput::Value(value.map_err(no_process)?))
        }
    }
}

/// In a process that was started for a step of this pipeline: calls it, and ends. In others nothing.
pub(crate) fn serve(graph: &Graph) {
    let Some(task) = env::var(TASK).ok() else {
        return;
    };
    let says = match serde_json::from_str::<Task>(&task) {
        Ok(task) if task.pipeline != graph.name => return,
        Ok(task) => answer(graph, &task),
        Err(error) => Says::Lost(format!("{TASK} cannot be read: {error}")),
    };
    say(&says);
    std::process::exit(0);
}

fn answer(graph: &Graph, task: &Task) -> Says {
    panics::watch();
    let Some(node) = graph.node(&task.node) else {
        return Says::Lost(format!("the pipeline has no node `{}` there", task.node));
    };
    let node = &graph.nodes[node];
    if node.inputs.len() != task.inputs.len() || fingerprint(node) != task.step {
        return Says::Lost(format!(
            "the program built node `{}` with other parameters there; what it is built of must be the same every time",
            task.node
        ));
    }
    let run = || {
        let inputs = inputs(graph, node, task)?;
        let cancellations = [Cancellation::new(), Cancellation::new()];
        let tell = |message| say(&Says::Log(message));
        let context = StepContext::new(&task.node, &task.run, task.attempt, cancellations, tell);
        say(&Says::Begins);
        let output = attempt::call(node, Inputs::new(inputs).with_context(context))?;
        write(&task.folder, "result", output)
    };
    match run() {
        Ok(_) => Says::Done,
        Err(NodeProblem::Panic(panic)) => Says::Panicked(panic),
        Err(problem) => {
            let rule = retry::rule(node, &node.step.options());
            let again = match (&problem, rule.and_then(|rule| rule.when)) {
                (NodeProblem::Step(error), Some(when)) => when(error),
                _ => true,
            };
            let error = with_causes(&problem);
            Says::Failed { error, again }
        }
    }
}

/// The inputs that were handed over.
fn inputs(graph: &Graph, node: &Node, task: &Task) -> Result<Vec<StepOutput>, NodeProblem> {
    let kinds = node.inputs.iter().map(|&input| match input {
        NodeRef::Input(_) => OutputKind::Frame,
        NodeRef::Node(i) => graph.nodes[i].step.output(),
    });
    let inputs = kinds.enumerate();
    inputs
        .map(|(i, kind)| read(&task.folder, &format!("input{i}"), kind))
        .collect()
}

/// What a step is, as far as its result depends on it: the program may be built of what is random.
fn fingerprint(node: &Node) -> String {
    let mut digest = Digest::new("step process");
    digest.part(node.step.name()).part(node.step.code().digest);
    let mut parameters = Parameters::default();
    if node.step.parameters(&mut parameters).is_ok() {
        for (name, value) in parameters.values() {
            digest.part(name).part(value.to_string());
        }
    }
    digest.finish()
}

/// Tells the process that started this one.
fn say(says: &Says) {
    if let Ok(json) = serde_json::to_string(says) {
        let mut stdout = io::stdout().lock();
        // In a line of its own, whatever was printed before. Nobody listens if this fails.
        let _ = writeln!(stdout, "\n{SAYS}{json}").and_then(|()| stdout.flush());
    }
}
