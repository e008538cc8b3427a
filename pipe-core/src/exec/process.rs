//! Steps in a process of their own, for code that leaks, crashes or blocks.
//!
//! The program is started again, with the same arguments, and comes to the same `run`: there it calls the one
//! step that it was started for, and ends. Inputs, results and what came of it are files in the attempt's
//! scratch folder, the rest goes through the environment and the standard output.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
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

/// The file with what came of it.
const ANSWER: &str = "answer.json";

/// Begins the lines of the standard output that are for the process that started this one.
const SAYS: &str = "\u{1}pipe ";

/// How often it is looked whether the process has ended.
const TICK: Duration = Duration::from_millis(5);

/// How long to wait for the rest of what it said, once it has ended: a process that it started may hold its
/// output open for as long as it likes.
const REST: Duration = Duration::from_secs(1);

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

/// What a process says while it is at work.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    /// The step is called now: what comes before was said by the program on its way to it.
    Begins,
    /// The step tells something.
    Log(String),
}

/// What came of it. It is in a file: others may hold the process's output open after its end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The result is in the folder.
    Done,
    /// The step returned an error.
    Failed {
        error: String,
        /// Whether it may be tried again.
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
    /// Whether it may be tried again.
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
    let (listens, all_was_heard) = channel::<()>();
    let (stdout, of_node) = (child.stdout.take(), context.clone());
    let listen = move || {
        if let Some(stdout) = stdout {
            listen(stdout, &of_node, &mut io::stdout());
        }
        drop(listens);
    };
    let listener = std::thread::Builder::new().name("pipe-listener".to_owned());
    if let Err(error) = listener.spawn(listen) {
        let _ = child.kill().and_then(|()| child.wait());
        return Err(no_process(error));
    }
    let status = wait(&mut child, context);
    let lost = |error| NodeProblem::Process(format!("it cannot be waited for: {error}"));
    let status = status.map_err(lost)?;
    // Nothing is sent: it ends as the listener does, or because it takes too long.
    let _ = all_was_heard.recv_timeout(REST);
    let answer = fs::read(folder.join(ANSWER)).ok();
    // One that was not written to its end is none.
    match answer.and_then(|json| serde_json::from_slice(&json).ok()) {
        Some(Answer::Done) if status.success() => read(folder, "result", node.step.output()),
        Some(Answer::Failed { error, again }) => {
            Err(NodeProblem::Step(Box::new(Remote { error, again })))
        }
        Some(Answer::Panicked(panic)) => Err(NodeProblem::Panic(panic)),
        Some(Answer::Lost(why)) => Err(NodeProblem::Process(why)),
        Some(Answer::Done) | None => Err(NodeProblem::Process(ended(status))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn no_process(error: io::Error) -> NodeProblem {
    NodeProblem::Process(format!("it cannot be started: {error}"))
}

fn unreadable(path: &Path, error: impl Display) -> NodeProblem {
    NodeProblem::Process(format!("{} cannot be read: {error}", path.display()))
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

/// Passes on what a process says: to the run, or as it is to the output.
fn listen(stdout: impl io::Read, context: &StepContext, out: &mut impl Write) {
    let mut stdout = BufReader::new(stdout);
    let mut begun = false;
    // What is for this process begins a line of its own: an empty one before it is no output.
    let mut empty = false;
    // It may be any bytes.
    let mut line = Vec::new();
    while let Ok(1..) = stdout.read_until(b'\n', &mut line) {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let says = text.strip_prefix(SAYS.as_bytes());
        // Nobody reads the output if writing fails.
        if std::mem::replace(&mut empty, text.is_empty()) && says.is_none() && begun {
            let _ = out.write_all(b"\n");
        }
        match says.map(serde_json::from_slice) {
            Some(Ok(Says::Begins)) => begun = true,
            Some(Ok(Says::Log(message))) => context.log(message),
            Some(Err(_)) | None if begun && !empty => {
                let _ = out.write_all(&line).and_then(|()| out.flush());
            }
            Some(Err(_)) | None => {}
        }
        line.clear();
    }
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
            let json = attempt::stored_as(&value)?;
            let path = file(folder, name, Kind::Value);
            let unwritten = |error| {
                NodeProblem::Process(format!("{} cannot be written: {error}", path.display()))
            };
            fs::write(&path, json).map_err(unwritten)?;
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
            let path = file(folder, name, Kind::Value);
            let json = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            let value = kind.read(&json);
            Ok(StepOutput::Value(
                value.map_err(|error| unreadable(&path, error))?,
            ))
        }
    }
}

/// In a process that was started for a step of this pipeline: calls it, and ends. In others nothing.
pub(crate) fn serve(graph: &Graph, cancellation: &Cancellation) {
    let Some(task) = env::var(TASK).ok() else {
        return;
    };
    let answered = match serde_json::from_str::<Task>(&task) {
        Ok(task) if task.pipeline != graph.name => return,
        Ok(task) => {
            let answer = serde_json::to_vec(&answer(graph, &task, cancellation));
            let answer = answer.map_err(io::Error::from);
            answer.and_then(|json| fs::write(task.folder.join(ANSWER), json))
        }
        Err(error) => Err(error.into()),
    };
    let code = match answered {
        Ok(()) => 0,
        Err(error) => {
            // Nobody reads it if this fails.
            let _ = writeln!(io::stderr(), "the step's process cannot answer: {error}");
            1
        }
    };
    std::process::exit(code);
}

fn answer(graph: &Graph, task: &Task, cancellation: &Cancellation) -> Answer {
    panics::watch();
    let Some(node) = graph.node(&task.node) else {
        return Answer::Lost(format!("the pipeline has no node `{}` there", task.node));
    };
    let node = &graph.nodes[node];
    if node.inputs.len() != task.inputs.len() || fingerprint(node) != task.step {
        return Answer::Lost(format!(
            "the program built node `{}` with other parameters there; what it is built of must be the same every time",
            task.node
        ));
    }
    let run = || {
        let inputs = inputs(graph, node, task)?;
        // Ctrl-C reaches this process as well.
        let cancellations = [cancellation.clone(), Cancellation::new()];
        let tell = |message| say(&Says::Log(message));
        let context = StepContext::new(&task.node, &task.run, task.attempt, cancellations, tell);
        say(&Says::Begins);
        let output = attempt::call(node, Inputs::new(inputs).with_context(context))?;
        write(&task.folder, "result", output)
    };
    match run() {
        Ok(_) => Answer::Done,
        Err(NodeProblem::Panic(panic)) => Answer::Panicked(panic),
        Err(problem) => {
            let rule = retry::rule(node, &node.step.options());
            let again = match (&problem, rule.and_then(|rule| rule.when)) {
                (NodeProblem::Step(error), Some(when)) => when(error),
                _ => problem.may_pass(),
            };
            let error = with_causes(&problem);
            Answer::Failed { error, again }
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a process logs. What it prints goes to `out`.
    fn heard(out: &mut impl Write) -> Vec<String> {
        let logged = Arc::new(Mutex::new(Vec::new()));
        let log = logged.clone();
        let say = move |message| {
            if let Ok(mut log) = log.lock() {
                log.push(message);
            }
        };
        let cancellations = [Cancellation::new(), Cancellation::new()];
        let context = StepContext::new("node", "run", 1, cancellations, say);
        let said = b"on the way\n\n\x01pipe \"begins\"\n\xff printed\n\n\x01pipe {\"log\":\"well\"}\nand\n\nlast";
        listen(said.as_slice(), &context, out);
        logged.lock().map(|log| log.clone()).unwrap_or_default()
    }

    #[test]
    fn what_is_printed_may_be_any_bytes() {
        let mut out = Vec::new();
        assert_eq!(heard(&mut out), ["well"]);
        assert_eq!(out, b"\xff printed\nand\n\nlast");
    }

    #[test]
    fn a_process_is_heard_if_nobody_reads_what_it_prints() {
        // There is no room in it.
        assert_eq!(heard(&mut [].as_mut_slice()), ["well"]);
    }
}
