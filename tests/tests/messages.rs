//! Every message has one shape: what is wrong, with the names in backticks; what there is; `help:` with
//! the edit. And one mistake is one error: what follows from it is not reported.

use std::fs;
use std::path::{Path, PathBuf};

/// The cases: the program, and the compiler's output for it.
fn cases() -> Vec<(PathBuf, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let folders = fs::read_dir(folder).expect("the folder of the cases");
    let files = folders.flat_map(|folder| fs::read_dir(folder.expect("a folder").path()));
    let files = files.flatten().map(|file| file.expect("a file").path());
    let programs = files.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let read = |path: &Path| fs::read_to_string(path).expect("a readable file");
    programs
        .map(|path| {
            let output = read(&path.with_extension("stderr"));
            (path.clone(), read(&path), output)
        })
        .collect()
}

/// The errors of an output, each with its notes.
fn errors(output: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = output.match_indices("error").map(|(at, _)| at).collect();
    starts.retain(|&at| at == 0 || output[..at].ends_with('\n'));
    let ends = starts.iter().skip(1).copied().chain([output.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &output[start..end])
        .collect()
}

/// What this library says; `None` for what rustc says on its own.
fn own(error: &str) -> Option<&str> {
    let message = error.strip_prefix("error[E0080]: evaluation panicked: ")?;
    let place = message
        .lines()
        .find(|line| line.trim_start().starts_with("--> "))?;
    message.split_once(place).map(|(text, _)| text)
}

/// Asserts that nothing was found wrong, and shows all that was.
fn assert_none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn cases_say_what_they_test() {
    let silent = cases().into_iter().filter(|(_, program, _)| {
        let first = program.lines().next().unwrap_or_default();
        !first.starts_with("//! ") || !first.ends_with('.')
    });
    assert_none(
        &silent
            .map(|(path, ..)| path.display().to_string())
            .collect::<Vec<_>>(),
    );
}

/// How many mistakes a case makes: one, unless its first line ends with `(3 mistakes).`
fn mistakes(program: &str) -> usize {
    let first = program.lines().next().unwrap_or_default();
    let said = first
        .rsplit_once('(')
        .and_then(|(_, end)| end.strip_suffix(" mistakes)."));
    said.map_or(1, |said| said.parse().expect("a number of mistakes"))
}

#[test]
fn one_mistake_is_one_error() {
    let mut cases = cases();
    cases.retain(|(_, program, output)| errors(output).len() != mistakes(program));
    let wrong = cases.iter().map(|(path, program, output)| {
        let (mistakes, errors) = (mistakes(program), errors(output).len());
        format!("{}: {mistakes} mistakes, {errors} errors", path.display())
    });
    assert_none(&wrong.collect::<Vec<_>>());
}

#[test]
fn messages_have_one_shape() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, _, output) in &cases {
        for message in errors(output).into_iter().filter_map(own) {
            seen += 1;
            let mut lines = message.lines().map(str::trim_start);
            let headline = lines.next().unwrap_or_default();
            let mut complain =
                |what: &str| wrong.push(format!("{}: {what}: {headline}", path.display()));
            if message.matches('`').count() < 2 {
                complain("neither names nor code in backticks");
            }
            if headline.starts_with(char::is_uppercase) || headline.ends_with('.') {
                complain("not in lower case, or with a full stop");
            }
            if !lines.any(|line| line.starts_with("help: ")) {
                complain("no help");
            }
        }
        // What generated code consists of is nobody's business.
        for word in ["__pipe", "__OUTCOME", "__CALL", "$crate"] {
            if output.contains(word) {
                wrong.push(format!("{}: names `{word}`", path.display()));
            }
        }
    }
    assert!(seen > 100, "only {seen} messages");
    assert_none(&wrong);
}
