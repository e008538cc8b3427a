//! A server, and stores on it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use pipe_core::object_store::aws::AmazonS3Builder;
use pipe_core::object_store::{BackoffConfig, RetryConfig};
use pipe_core::prelude::*;
use pipe_core::storage::{ObjectStorage, StorageError};
use pipe_core::{Event, Outcome, RunError};
use pipe_tests::orders::OrdersPipeline;
use tempfile::TempDir;

pub(crate) type Tested = Result<(), Box<dyn std::error::Error>>;

pub(crate) const URL: &str = "s3://bucket/some/prefix";

/// A process that ends with the test.
pub(crate) struct Process {
    child: Child,
    /// Open as long as the process is to go on.
    input: Option<ChildStdin>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
        let input = child.stdin.take();
        Self { child, input }
    }

    /// Stops it, whatever it is doing: `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it has ended");
    }

    /// Waits for a line of what it prints.
    fn line(output: Option<impl std::io::Read>) -> String {
        let mut line = String::new();
        let output = output.expect("a pipe");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it says something");
        line.trim().to_owned()
    }

    pub(crate) fn first_line(&mut self) -> String {
        Self::line(self.child.stdout.take())
    }

    /// Waits until it says this among its messages; they are read from then on when it has ended.
    pub(crate) fn wait_for(&mut self, line: &str) {
        use std::io::Read;
        let errors = self.child.stderr.as_mut().expect("a pipe");
        let mut said = Vec::new();
        let mut byte = [0];
        while !said.ends_with(format!("{line}\n").as_bytes()) {
            let count = errors.read(&mut byte).expect("messages");
            let so_far = String::from_utf8_lossy(&said);
            assert!(count > 0, "it ended without {line:?}: {so_far}");
            said.push(byte[0]);
        }
    }

    /// Lets it go on to its end.
    pub(crate) fn finish(mut self) -> Output {
        drop(self.input.take());
        let (out, err) = (self.child.stdout.take(), self.child.stderr.take());
        let read = |pipe: Option<Box<dyn std::io::Read>>| {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut bytes).expect("output");
            }
            bytes
        };
        let stderr = read(err.map(|pipe| Box::new(pipe) as _));
        let stdout = read(out.map(|pipe| Box::new(pipe) as _));
        let status = self.child.wait().expect("it has ended");
        Output {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with one bucket, and folders for the caches of machines.
pub(crate) struct Server {
    process: Process,
    pub(crate) endpoint: String,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// A server that does not answer the first conditional requests.
    pub(crate) fn that_loses(answers: usize) -> Self {
        Self::with(&[("LOSE_ANSWERS", answers)])
    }

    /// A server that ends with the request of this number, done and not answered.
    pub(crate) fn that_ends_at(request: usize) -> Self {
        Self::with(&[("END_AT", request)])
    }

    fn with(faults: &[(&str, usize)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("store/bucket")).expect("a bucket");
        let (process, endpoint) = Self::over(&folder.path().join("store"), faults);
        Self {
            process,
            endpoint,
            folder,
        }
    }

    fn over(folder: &Path, faults: &[(&str, usize)]) -> (Process, String) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_s3_server"));
        let faults = faults.iter().map(|(name, value)| (name, value.to_string()));
        server.arg(folder).envs(faults);
        let mut process = Process::start(server.stdout(Stdio::piped()));
        let endpoint = process.first_line();
        assert!(endpoint.starts_with("http://"), "{endpoint}");
        (process, endpoint)
    }

    pub(crate) fn stop(&mut self) {
        self.process.kill();
    }

    /// Whether it has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        let ended = self.process.child.try_wait();
        ended.expect("a process").is_some()
    }

    /// The same store behind another address.
    pub(crate) fn start_again(&mut self) {
        (self.process, self.endpoint) = Self::over(&self.folder.path().join("store"), &[]);
    }

    /// The folder in which a machine of this name has its cache.
    pub(crate) fn cache(&self, machine: &str) -> PathBuf {
        self.folder.path().join(format!("cache of {machine}"))
    }

    /// The file in which the server has an object of the store.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        let root = self.folder.path().join("store/bucket/some/prefix");
        root.join(path)
    }

    pub(crate) fn client(&self) -> AmazonS3Builder {
        AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_allow_http(true)
            .with_access_key_id("key")
            .with_secret_access_key("secret")
            .with_retry(retries())
    }

    /// The store as a machine sees it.
    pub(crate) fn storage(&self, machine: &str) -> Result<ObjectStorage, StorageError> {
        let storage = ObjectStorage::s3(self.client(), URL)?;
        Ok(storage.cache(self.cache(machine)))
    }

    /// A program that reaches the store by its environment.
    pub(crate) fn program(&self, path: &str, machine: &str) -> Command {
        let mut program = Command::new(path);
        program
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_MAX_ATTEMPTS", "2")
            .env("PIPE_CACHE", self.cache(machine))
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
            .env_remove("RUST_LOG");
        program
    }

    /// The command line of the pipeline, on this store.
    pub(crate) fn command_line(&self, machine: &str, verb: &str) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_orders"), machine);
        command.args([verb, "--store", URL, "--orders"]).arg(data());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The names of all objects below a folder of the store.
    pub(crate) fn objects(&self, folder: &str) -> Vec<String> {
        names(&self.file(folder))
    }
}

/// The names of all files of a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("a text")
        })
        .collect();
    names.sort();
    names
}

/// Tries again at once, and not often.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(10),
            base: 2.0,
        },
        max_retries: 3,
        ..RetryConfig::default()
    }
}

/// A clock on which all leases of now are over.
pub(crate) fn later() -> SystemTime {
    SystemTime::now() + Duration::from_hours(1)
}

/// The orders; one of them has no price.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/object_storage/orders.csv")
}

pub(crate) fn orders() -> Pipeline<OrdersPipeline> {
    pipe_tests::orders::orders(data(), 1.0)
}

/// What became of each node.
pub(crate) fn outcomes(pipeline: &Pipeline<OrdersPipeline>) -> Result<Vec<Outcome>, RunError> {
    let run = pipeline.run()?;
    assert!(
        run.output().collect().expect("a result").equals(&result()),
        "another result"
    );
    Ok(run.report().nodes.iter().map(|node| node.outcome).collect())
}

/// What the orders come to.
pub(crate) fn result() -> DataFrame {
    df!("region" => ["north", "south"], "total" => [34.0, 6.0]).expect("a frame")
}

/// The damage that a run tells of.
pub(crate) fn warnings(
    pipeline: Pipeline<OrdersPipeline>,
) -> (Pipeline<OrdersPipeline>, std::sync::mpsc::Receiver<String>) {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let pipeline = pipeline.on_event(move |event| {
        let text = match event {
            Event::CheckpointCorrupt { node, problem } => format!("{node}: {problem}"),
            Event::Warning { message } => message.clone(),
            _ => return,
        };
        let tell = tell.lock().expect("nobody panicked");
        tell.send(text).expect("somebody listens");
    });
    (pipeline, told)
}
