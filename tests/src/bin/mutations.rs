//! When is a mistake found? Breaks the wiring of the `flights` example in one place at a time, as
//! `tests/mutations/flights.txt` says, and counts what finds it: the compiler, `check`, a run, nothing.
//!
//! ```text
//! cargo run -p pipe-tests --bin mutations             # all of them
//! cargo run -p pipe-tests --bin mutations -- rename   # those whose description has this word
//! ```
//!
//! The mutants stand in `target/mutations` and are built in `target`, beside what is there.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One line of the list, see there.
struct Mutation<'a> {
    kind: &'a str,
    file: &'a str,
    from: &'a str,
    to: &'a str,
}

#[derive(Clone, Copy, PartialEq)]
enum Found {
    ByTheCompiler,
    ByCheck,
    InARun,
    Never,
}

impl Found {
    const ALL: [(Self, &'static str); 4] = [
        (Self::ByTheCompiler, "cargo check"),
        (Self::ByCheck, "check"),
        (Self::InARun, "run"),
        (Self::Never, "never"),
    ];

    fn words(self) -> &'static str {
        let found = Self::ALL.iter().find(|(found, _)| *found == self);
        found.map_or("", |(_, words)| words)
    }
}

fn main() -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let list = fs::read_to_string(root.join("tests/mutations/flights.txt"))?;
    let wanted = env::args().nth(1).unwrap_or_default();
    let mutations = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#') && line.contains(&wanted))
        .map(parse)
        .collect::<Result<Vec<_>>>()?;

    let example = Example::copy(&root)?;
    println!("building the example as it is");
    if let (found, message) = example.examine()?
        && found != Found::Never
    {
        return Err(format!("the example itself is broken: {message}").into());
    }
    let mut counts = [0; Found::ALL.len()];
    for mutation in &mutations {
        example.mutate(mutation)?;
        let (found, message) = example.examine()?;
        example.restore(mutation.file)?;
        let Mutation { kind, from, to, .. } = mutation;
        println!(
            "{:<12} {kind}: {from} -> {to}\n{:13}{message}",
            found.words(),
            ""
        );
        for (count, (kind, _)) in counts.iter_mut().zip(Found::ALL) {
            *count += u32::from(kind == found);
        }
    }
    println!("\n{} mutations, found by", mutations.len());
    for (count, (_, words)) in counts.iter().zip(Found::ALL) {
        println!("  {words:<12} {count}");
    }
    Ok(if counts[2] + counts[3] == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parse(line: &str) -> Result<Mutation<'_>> {
    let parts: Vec<&str> = line.split(" | ").collect();
    let [kind, file, from, to] = parts[..] else {
        return Err(format!("`{line}` is not `kind | file | from | to`").into());
    };
    Ok(Mutation {
        kind,
        file,
        from,
        to,
    })
}

/// A copy of the example in a workspace of its own.
struct Example {
    original: PathBuf,
    folder: PathBuf,
    target: PathBuf,
}

impl Example {
    fn copy(root: &Path) -> Result<Self> {
        let folder = root.join("target/mutations");
        let original = root.join("examples/src/bin/flights");
        fs::create_dir_all(folder.join("src"))?;
        fs::create_dir_all(folder.join("data"))?;
        for file in fs::read_dir(root.join("examples/data"))? {
            let file = file?;
            fs::copy(file.path(), folder.join("data").join(file.file_name()))?;
        }
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::write(folder.join("Cargo.toml"), manifest(root)?)?;
        let example = Self {
            original,
            folder,
            target: root.join("target"),
        };
        for file in fs::read_dir(&example.original)? {
            example.restore(&file?.file_name().to_string_lossy())?;
        }
        Ok(example)
    }

    fn mutate(&self, mutation: &Mutation) -> Result<()> {
        let file = mutation.file;
        let text = fs::read_to_string(self.original.join(file))?;
        let unescape = |text: &str| text.replace("\\n", "\n");
        let (anchor, from) = match mutation.from.split_once(" >> ") {
            Some((anchor, from)) => (Some(anchor), unescape(from)),
            None => (None, unescape(mutation.from)),
        };
        // A line that no longer fits the example would be counted as found.
        let once = |what: &str| match text.match_indices(what).collect::<Vec<_>>()[..] {
            [(at, _)] => Ok(at),
            _ => Err(format!("`{what}` is not in {file} exactly once")),
        };
        let at = match anchor {
            Some(anchor) => {
                let start = once(anchor)?;
                let behind = text[start..].find(&from);
                start + behind.ok_or_else(|| format!("`{from}` is not behind `{anchor}`"))?
            }
            None => once(&from)?,
        };
        let (before, rest) = text.split_at(at);
        let mutant = format!("{before}{}{}", unescape(mutation.to), &rest[from.len()..]);
        Ok(fs::write(self.folder.join("src").join(file), mutant)?)
    }

    fn restore(&self, file: &str) -> Result<()> {
        fs::copy(self.original.join(file), self.folder.join("src").join(file))?;
        Ok(())
    }

    /// What finds something wrong, and its first words.
    fn examine(&self) -> Result<(Found, String)> {
        let check = self.cargo("check")?;
        if !check.status.success() {
            return Ok((Found::ByTheCompiler, first_error(&check)));
        }
        let build = self.cargo("build")?;
        if !build.status.success() {
            return Err(first_error(&build).into());
        }
        let store = self.folder.join("checkpoints");
        if store.exists() {
            fs::remove_dir_all(&store)?;
        }
        for (verb, found) in [("check", Found::ByCheck), ("run", Found::InARun)] {
            let output = Command::new(self.target.join("debug/mutant"))
                .arg(verb)
                .arg("--store")
                .arg(&store)
                .output()?;
            if !output.status.success() {
                return Ok((found, first_error(&output)));
            }
        }
        Ok((Found::Never, String::new()))
    }

    fn cargo(&self, verb: &str) -> Result<Output> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args([verb, "--quiet", "--color", "never"]);
        // Build scripts look at what cargo says of this program: with it they would all run again.
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
            if name != "CARGO_HOME" {
                command.env_remove(name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        Ok(command.current_dir(&self.folder).output()?)
    }
}

/// The workspace's versions and profiles with the example as its only package.
fn manifest(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join("Cargo.toml"))?;
    let members = text
        .lines()
        .find(|line| line.starts_with("members = "))
        .unwrap_or_default();
    let path = |name: &str| format!("path = \"{}\"", root.join(name).display());
    let workspace = text
        .replace(members, "members = []")
        .replace("path = \"pipe-core\"", &path("pipe-core"))
        .replace("path = \"pipe-macros\"", &path("pipe-macros"));
    let package = fs::read_to_string(root.join("examples/Cargo.toml"))?
        .replace("pipe-examples", "mutant")
        .replace("[lints]\nworkspace = true\n", "");
    Ok(format!(
        "{workspace}\n{package}\n[[bin]]\nname = \"mutant\"\npath = \"src/main.rs\"\n"
    ))
}

/// The first line that says what is wrong.
fn first_error(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let errors = text.lines().filter(|line| line.starts_with("error"));
    let first = errors.clone().next().unwrap_or_default();
    let first = first.replace("error[E0080]: evaluation panicked: ", "");
    // Cargo's own last line is not one of them.
    let more = errors
        .filter(|line| !line.contains("could not compile"))
        .count();
    if more > 1 {
        format!("{first} (and {} more)", more - 1)
    } else {
        first
    }
}
