//! The functions of the files that a macro is used in.
//!
//! A macro sees only its own tokens. To tell a user that a function of theirs lacks an attribute, it
//! looks the function up in the source. It says so only where nothing else can be meant; in all other
//! cases, and where the file cannot be read (an editor, a generated file), rustc reports the same
//! mistake in its own words.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use proc_macro2::Span;
use syn::visit::{self, Visit};

use crate::names;

/// A function that has neither `#[step]` nor `#[tracked]`.
pub(crate) struct Unmarked {
    /// Where it is defined, not where it is called.
    name: String,
    line: usize,
    /// `None` for the file of the call.
    file: Option<PathBuf>,
}

impl Unmarked {
    /// `` `fn hours` is in line 5 of this file ``
    pub(crate) fn place(&self) -> String {
        let name = &self.name;
        let file = match &self.file {
            Some(file) => format!("`{}`", file.display()),
            None => "this file".to_owned(),
        };
        match self.line {
            // A macro hides it.
            0 => format!("`fn {name}` is in {file}"),
            line => format!("`fn {name}` is in line {line} of {file}"),
        }
    }
}

/// The function that a path in the user's code means, if it is certain that it is an unmarked one.
pub(crate) fn unmarked_function(path: &syn::Path) -> Option<Unmarked> {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|s| names::plain(&s.ident))
        .collect();
    let (name, modules) = segments.split_last()?;
    let here = path_of(path.segments.last()?.ident.span())?;
    let file = read_file(&here)?;
    let in_this_file = |line| Unmarked {
        name: name.clone(),
        line,
        file: None,
    };
    match (modules, file.imports.get(name).map(Vec::as_slice)) {
        ([], None) if file.unknown_globs => None,
        ([], None) => file.unmarked(name, None).map(in_this_file),
        ([], Some([imported])) => by_path(&here, &file, imported),
        ([], Some(_)) => None,
        _ => by_path(&here, &file, &segments),
    }
}

/// `units::hours`, where `mod units { … }` is in this file or `mod units;` has one of its own.
fn by_path(here: &Path, file: &File, segments: &[String]) -> Option<Unmarked> {
    let (name, modules) = segments.split_last()?;
    let (first, rest) = modules.split_first()?;
    let is_root = here
        .file_name()
        .is_some_and(|file| file == "lib.rs" || file == "main.rs");
    let from_root = match first.as_str() {
        first if first == "crate" || is_own_library(first) => rest,
        first if is_root && file.modules.contains(first) => modules,
        _ => &[],
    };
    match module_file(here, from_root) {
        Some(path) => {
            let line = read_file(&path)?.unmarked(name, None)?;
            Some(Unmarked {
                name: name.clone(),
                line,
                file: Some(path),
            })
        }
        None => file.unmarked(name, modules.last()).map(|line| Unmarked {
            name: name.clone(),
            line,
            file: None,
        }),
    }
}

/// The file of a module of this crate: `src/units.rs` for `crate::units`.
fn module_file(here: &Path, modules: &[String]) -> Option<PathBuf> {
    if modules.is_empty() {
        return None;
    }
    let is_root = |folder: &&Path| {
        ["lib.rs", "main.rs"]
            .iter()
            .any(|f| folder.join(f).is_file())
    };
    let mut module = here.ancestors().skip(1).find(is_root)?.to_owned();
    module.extend(modules);
    [module.with_extension("rs"), module.join("mod.rs")]
        .into_iter()
        .find(|path| path.is_file())
}

/// Whether a bare name is one of the user's own although a library has it, too: a function of this file
/// outside of inline modules, or an import from elsewhere than libraries.
pub(crate) fn is_own_name(ident: &syn::Ident) -> bool {
    let name = names::plain(ident);
    let Some(file) = path_of(ident.span()).and_then(|path| read_file(&path)) else {
        return false;
    };
    let functions = file.functions.get(&name).into_iter().flatten();
    let here = functions
        .into_iter()
        .any(|function| function.module.is_none());
    let imports = file.imports.get(&name).into_iter().flatten();
    here || imports.into_iter().any(|path| !is_library(&path[0]))
}

/// Whether this file has a function or constant of that name.
pub(crate) fn is_defined_here(ident: &syn::Ident) -> bool {
    let name = names::plain(ident);
    let file = path_of(ident.span()).and_then(|path| read_file(&path));
    file.is_some_and(|file| file.functions.contains_key(&name) || file.constants.contains(&name))
}

/// Whether a crate is one whose version is part of every key.
pub(crate) fn is_library(name: &str) -> bool {
    ["std", "core", "alloc", "polars", "pipe_core"].contains(&name)
}

/// Whether a path that begins so is one of the user's own package.
fn is_own_root(name: &str, file: &File) -> bool {
    let is_relative = ["crate", "self", "super"].contains(&name);
    is_relative || file.modules.contains(name) || is_own_library(name)
}

/// Whether a crate is the library of the package that is being compiled, which its binaries use.
fn is_own_library(name: &str) -> bool {
    let package = std::env::var("CARGO_PKG_NAME").map(|package| package.replace('-', "_"));
    package.is_ok_and(|package| package == name) && !is_library(name)
}

/// Whether a bare name is imported from a library whose version is part of every key.
pub(crate) fn is_foreign(ident: &syn::Ident) -> bool {
    let file = path_of(ident.span()).and_then(|path| read_file(&path));
    let imports = file
        .as_ref()
        .and_then(|file| file.imports.get(&names::plain(ident)));
    imports.is_some_and(|imports| imports.iter().all(|path| is_library(&path[0])))
}

/// Whether the first segment of a path is a module of the user's own package, or its library.
pub(crate) fn is_own_module(ident: &syn::Ident) -> bool {
    let name = names::plain(ident);
    let Some(file) = path_of(ident.span()).and_then(|path| read_file(&path)) else {
        return false;
    };
    let imports = file.imports.get(&name).into_iter().flatten();
    let imported = imports.into_iter().any(|path| is_own_root(&path[0], &file));
    imported || is_own_root(&name, &file)
}

/// The file that a token stands in, if it can be found.
pub(crate) fn path_of(span: Span) -> Option<PathBuf> {
    if proc_macro::is_available() {
        span.unwrap().local_file()
    } else {
        None
    }
}

/// What is in a file, as far as names of functions go.
#[derive(Default)]
struct File {
    functions: HashMap<String, Vec<Function>>,
    /// Every name that a `use` brings, with the paths it stands for.
    imports: HashMap<String, Vec<Vec<String>>>,
    modules: HashSet<String>,
    /// Constants and statics.
    constants: HashSet<String>,
    /// Whether a `use …::*` may bring any name.
    unknown_globs: bool,
}

struct Function {
    /// The inline module around it.
    module: Option<String>,
    line: usize,
    /// The last words of its attributes.
    attributes: Vec<String>,
}

impl File {
    /// Line of the function of that name, in an inline module of that name if one is given; `None`
    /// if there is none, or if one of them is marked.
    fn unmarked(&self, name: &str, module: Option<&String>) -> Option<usize> {
        let functions = self.functions.get(name)?;
        let mut meant = functions
            .iter()
            .filter(|f| module.is_none() || f.module.as_ref() == module)
            .peekable();
        let line = meant.peek()?.line;
        meant
            .all(|function| !self.is_marked(function))
            .then_some(line)
    }

    /// Whether a function has one of our attributes, perhaps under the name that a `use` gives it.
    fn is_marked(&self, function: &Function) -> bool {
        let marks = |name: &String| name == "step" || name == "tracked";
        function.attributes.iter().any(|name| {
            let imports = self.imports.get(name).into_iter().flatten();
            marks(name) || imports.filter_map(|path| path.last()).any(marks)
        })
    }
}

type Cache = HashMap<PathBuf, (Option<SystemTime>, Option<Rc<File>>)>;

thread_local! {
    /// A file is parsed once for all macros in it.
    static FILES: RefCell<Cache> = RefCell::default();
}

fn read_file(path: &Path) -> Option<Rc<File>> {
    let modified = std::fs::metadata(path).ok()?.modified().ok();
    FILES.with_borrow_mut(|files| {
        if let Some((seen, file)) = files.get(path)
            && *seen == modified
        {
            return file.clone();
        }
        let file = std::fs::read_to_string(path)
            .ok()
            .and_then(|text| read(&text))
            .map(Rc::new);
        files.insert(path.to_owned(), (modified, file.clone()));
        file
    })
}

fn read(text: &str) -> Option<File> {
    let file = syn::parse_file(text).ok()?;
    let mut find = Find {
        text,
        module: None,
        file: File::default(),
    };
    find.visit_file(&file);
    Some(find.file)
}

struct Find<'a> {
    text: &'a str,
    module: Option<String>,
    file: File,
}

impl Find<'_> {
    /// Spans have no lines here, so the text is searched; 0 where a macro hides the function.
    fn line(&self, name: &str) -> usize {
        let is_here = |line: &str| {
            line.split_once(&format!("fn {name}"))
                .is_some_and(|(_, rest)| rest.starts_with(['(', '<']))
        };
        self.text
            .lines()
            .position(is_here)
            .map_or(0, |index| index + 1)
    }

    fn import(&mut self, tree: &syn::UseTree, path: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.push(names::plain(&tree.ident));
                self.import(&tree.tree, path);
                path.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path);
                }
            }
            syn::UseTree::Glob(_) => {
                // Preludes have no steps; `super` of an inline module is in the same file.
                let prelude = path.last().is_some_and(|last| last == "prelude");
                let inside = self.module.is_some() && path[..] == ["super"];
                self.file.unknown_globs |= !prelude && !inside;
            }
            syn::UseTree::Name(name) => self.note(names::plain(&name.ident), &name.ident, path),
            syn::UseTree::Rename(renamed) => {
                self.note(names::plain(&renamed.rename), &renamed.ident, path);
            }
        }
    }

    fn note(&mut self, name: String, ident: &syn::Ident, path: &[String]) {
        let path = path.iter().cloned().chain([names::plain(ident)]).collect();
        self.file.imports.entry(name).or_default().push(path);
    }
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let paths = function.attrs.iter().map(syn::Attribute::path);
        let last_words = paths.filter_map(|path| path.segments.last());
        let name = names::plain(&function.sig.ident);
        let function_ = Function {
            module: self.module.clone(),
            line: self.line(&name),
            attributes: last_words.map(|word| names::plain(&word.ident)).collect(),
        };
        self.file.functions.entry(name).or_default().push(function_);
        visit::visit_item_fn(self, function);
    }

    fn visit_item_const(&mut self, constant: &'ast syn::ItemConst) {
        self.file.constants.insert(names::plain(&constant.ident));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.file.constants.insert(names::plain(&item.ident));
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = names::plain(&module.ident);
        self.file.modules.insert(name.clone());
        let outer = self.module.replace(name);
        visit::visit_item_mod(self, module);
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_their_attributes() {
        let text = "#[step]\nfn a() {}\nfn b() {}\nmod m {\n #[pipe_core::tracked] fn c() {}\n fn d() {} }";
        let file = read(text).expect("a file");
        assert_eq!(file.unmarked("a", None), None);
        assert_eq!(file.unmarked("b", None), Some(3));
        assert_eq!(file.unmarked("c", Some(&"m".to_owned())), None);
        assert_eq!(file.unmarked("d", Some(&"m".to_owned())), Some(6));
        assert_eq!(file.unmarked("b", Some(&"m".to_owned())), None);
    }

    #[test]
    fn imports_are_found() {
        let text = "use a::{b, c as d};\nuse polars::prelude::*;\nmod m { use super::*; }";
        let file = read(text).expect("a file");
        assert_eq!(file.imports["b"], [["a", "b"]]);
        assert_eq!(file.imports["d"], [["a", "c"]]);
        assert!(!file.unknown_globs);
        assert!(read("use crate::steps::*;").expect("a file").unknown_globs);
    }

    #[test]
    fn attributes_may_be_imported_under_another_name() {
        let text = "#[pipe_step]\nfn a() {}\n#[other]\nfn b() {}\nuse pipe_core::{step as pipe_step, Frame as other};";
        let file = read(text).expect("a file");
        assert_eq!(file.unmarked("a", None), None);
        assert_eq!(file.unmarked("b", None), Some(4));
    }
}
