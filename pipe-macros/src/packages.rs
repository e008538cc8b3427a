//! The packages of the build, from its lock file.
//!
//! All that the package reaches over `dependencies` count, itself excepted: its code is seen otherwise.
//! A lock file does not tell which of them are for tests or for other systems, so some count that are
//! in no program: an upgrade of one reruns more than it must, and nothing goes unnoticed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use proc_macro2::TokenStream;
use quote::quote;

/// `Option<&'static str>`: the packages that the crate being compiled depends on, `name version` of
/// each in lines, in order.
pub(crate) fn locked() -> TokenStream {
    match of_this_crate() {
        Some(Locked { list, file }) => {
            let file = file.to_string_lossy();
            // So that a change of the file is a change of the crate.
            quote! {{
                const _: &[u8] = ::core::include_bytes!(#file);
                ::core::option::Option::Some(#list)
            }}
        }
        None => quote!(::core::option::Option::None),
    }
}

#[derive(Clone)]
struct Locked {
    list: Rc<str>,
    file: PathBuf,
}

fn of_this_crate() -> Option<Locked> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    let name = std::env::var("CARGO_PKG_NAME").ok()?;
    let version = std::env::var("CARGO_PKG_VERSION").ok()?;
    candidates(&folder).into_iter().find_map(|file| {
        let list = in_file(&file, &name, &version)?;
        Some(Locked { list, file })
    })
}

/// The lock files in a folder and those above it, nearest first. Those that came with a downloaded
/// package are not of this build.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in folder.ancestors() {
        let file = folder.join("Cargo.lock");
        if file.is_file() {
            files.push(file);
        }
        // Cargo marks what it has unpacked (registry, git) or what was vendored.
        let marks = [".cargo-ok", ".cargo-checksum.json"];
        if marks.iter().any(|mark| folder.join(mark).is_file()) {
            files.clear();
        }
    }
    files
}

type Cache = HashMap<PathBuf, (Option<SystemTime>, Option<Rc<str>>)>;

thread_local! {
    /// A file is parsed once for all pipelines of a crate.
    static FILES: RefCell<Cache> = RefCell::default();
}

fn in_file(file: &Path, name: &str, version: &str) -> Option<Rc<str>> {
    let modified = std::fs::metadata(file).ok()?.modified().ok();
    FILES.with_borrow_mut(|files| {
        if let Some((seen, list)) = files.get(file)
            && *seen == modified
        {
            return list.clone();
        }
        let text = std::fs::read_to_string(file).ok();
        let list = text.and_then(|text| reachable(&text, name, version));
        let list = list.map(Rc::from);
        files.insert(file.to_owned(), (modified, list.clone()));
        list
    })
}

/// One `[[package]]` of a lock file.
#[derive(Default)]
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    source: Option<&'a str>,
    dependencies: Vec<&'a str>,
}

impl<'a> Package<'a> {
    /// The packages of a lock file. Cargo has read and written it before any macro runs, always in the
    /// same form, one item a line; a parser of all of TOML would cost each compilation 20 ms.
    fn all_of(lock: &'a str) -> Vec<Self> {
        let mut packages: Vec<Self> = Vec::new();
        for line in lock.lines() {
            if line == "[[package]]" {
                packages.push(Self::default());
                continue;
            }
            let Some(package) = packages.last_mut() else {
                continue;
            };
            let value = |key: &str| {
                let rest = line.strip_prefix(key)?.strip_prefix(" = \"")?;
                rest.strip_suffix('"')
            };
            if let Some(name) = value("name") {
                package.name = name;
            } else if let Some(version) = value("version") {
                package.version = version;
            } else if let Some(source) = value("source") {
                package.source = Some(source);
            } else if let Some(dependency) = line.strip_prefix(" \"") {
                let end = |c| c == '"' || c == ',';
                package.dependencies.push(dependency.trim_end_matches(end));
            }
        }
        packages
    }

    /// Whether `name`, `name version` or `name version (source)` means this one.
    fn is(&self, dependency: &str) -> bool {
        let mut words = dependency.splitn(3, ' ');
        let source = |word: &str| {
            let source = word.trim_start_matches('(').trim_end_matches(')');
            self.source.is_some_and(|own| own == source)
        };
        words.next() == Some(self.name)
            && words.next().is_none_or(|version| version == self.version)
            && words.next().is_none_or(source)
    }

    /// `name version`, and the revision where the version says little.
    fn line(&self) -> String {
        let git = self.source.filter(|source| source.starts_with("git+"));
        match git.and_then(|source| source.rsplit_once('#')) {
            Some((_, revision)) => format!("{} {} ({revision})\n", self.name, self.version),
            None => format!("{} {}\n", self.name, self.version),
        }
    }
}

/// The packages that one reaches, in lines; `None` if it is not in this lock file.
fn reachable(lock: &str, name: &str, version: &str) -> Option<String> {
    let packages = Package::all_of(lock);
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, package) in packages.iter().enumerate() {
        by_name.entry(package.name).or_default().push(i);
    }
    let of_name = |name: &str| by_name.get(name).map_or(&[][..], Vec::as_slice);
    let own = |&i: &usize| packages[i].version == version && packages[i].source.is_none();
    let root = of_name(name).iter().copied().find(own)?;
    let mut reached = vec![false; packages.len()];
    reached[root] = true;
    let mut todo = vec![root];
    while let Some(package) = todo.pop() {
        for dependency in &packages[package].dependencies {
            let name = dependency.split(' ').next().unwrap_or_default();
            for &i in of_name(name) {
                if !reached[i] && packages[i].is(dependency) {
                    reached[i] = true;
                    todo.push(i);
                }
            }
        }
    }
    let others = packages
        .iter()
        .enumerate()
        .filter(|&(i, _)| reached[i] && i != root);
    let lines: BTreeSet<String> = others.map(|(_, package)| package.line()).collect();
    Some(lines.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "helpers",
 "regex 1.11.0",
 "twice 1.0.0 (git+https://example.com/twice?branch=main#0a1b2c)",
]

[[package]]
name = "helpers"
version = "0.2.0"
dependencies = [
 "app",
 "memchr",
]

[[package]]
name = "memchr"
version = "2.7.0"
source = "registry+https://example.com/index"
checksum = "00"

[[package]]
name = "regex"
version = "1.10.0"
source = "registry+https://example.com/index"

[[package]]
name = "regex"
version = "1.11.0"
source = "registry+https://example.com/index"

[[package]]
name = "twice"
version = "1.0.0"
source = "git+https://example.com/twice?branch=main#0a1b2c"

[[package]]
name = "twice"
version = "1.0.0"
source = "registry+https://example.com/index"
dependencies = [
 "unused",
]

[[package]]
name = "unused"
version = "3.0.0"
"#;

    #[test]
    fn what_a_package_reaches_counts_and_nothing_else() {
        assert_eq!(
            reachable(LOCK, "app", "0.1.0").as_deref(),
            Some("helpers 0.2.0\nmemchr 2.7.0\nregex 1.11.0\ntwice 1.0.0 (0a1b2c)\n")
        );
        assert_eq!(reachable(LOCK, "unused", "3.0.0").as_deref(), Some(""));
    }

    #[test]
    fn the_lock_file_that_cargo_writes_is_understood() {
        let list = of_this_crate()
            .expect("the lock file of the workspace")
            .list;
        let names: Vec<_> = list
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        for name in ["blake3", "syn", "unicode-ident"] {
            assert!(names.contains(&name), "{list}");
        }
        assert!(!names.contains(&"polars"), "{list}");
    }

    #[test]
    fn a_lock_file_of_others_says_nothing() {
        assert_eq!(reachable(LOCK, "app", "0.2.0"), None);
        // A package of that name from elsewhere.
        assert_eq!(reachable(LOCK, "memchr", "2.7.0"), None);
        assert_eq!(reachable("version = 4\n", "app", "0.1.0"), None);
        assert_eq!(reachable("<<<<<<<", "app", "0.1.0"), None);
    }

    #[test]
    fn the_lock_files_of_downloaded_packages_are_not_looked_at() -> std::io::Result<()> {
        let root = std::env::temp_dir().join(format!("pipe-macros-{}", std::process::id()));
        let inner = root.join("vendor/app/src");
        std::fs::create_dir_all(&inner)?;
        std::fs::write(root.join("Cargo.lock"), "")?;
        std::fs::write(root.join("vendor/app/Cargo.lock"), "")?;
        let of_root = root.join("Cargo.lock");
        let found = |inner: &Path| {
            let inside = candidates(inner).into_iter();
            inside
                .filter(|file| file.starts_with(&root))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found(&inner),
            [root.join("vendor/app/Cargo.lock"), of_root.clone()]
        );
        std::fs::write(root.join("vendor/app/.cargo-checksum.json"), "{}")?;
        assert_eq!(found(&inner), [of_root]);
        std::fs::write(root.join(".cargo-ok"), "")?;
        assert!(found(&inner).is_empty());
        std::fs::remove_dir_all(&root)
    }
}
