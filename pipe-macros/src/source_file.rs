//! The functions of the file that a macro is used in.
//!
//! A macro sees only its own tokens. To tell a user that a function of theirs lacks an attribute, it
//! looks the function up in the file. This serves messages only: where the file cannot be read (an
//! editor, a generated file) rustc reports the same mistake in its own words.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use proc_macro2::Span;
use syn::visit::{self, Visit};

/// Line of the function of that name in the file of `span`, if there is just one kind of it: none
/// with `#[step]` or `#[tracked]`.
pub(crate) fn unmarked_function(span: Span, name: &str) -> Option<usize> {
    if !proc_macro::is_available() {
        return None;
    }
    let path = span.unwrap().local_file()?;
    let functions = functions(path)?;
    let found = functions.get(name)?;
    if found.marked { None } else { Some(found.line) }
}

#[derive(Clone, Copy)]
struct Function {
    line: usize,
    marked: bool,
}

type Functions = HashMap<String, Function>;
type Cache = HashMap<PathBuf, (Option<SystemTime>, Option<Rc<Functions>>)>;

thread_local! {
    /// A file is parsed once for all macros in it.
    static FILES: RefCell<Cache> = RefCell::default();
}

fn functions(path: PathBuf) -> Option<Rc<Functions>> {
    let modified = std::fs::metadata(&path).ok()?.modified().ok();
    FILES.with_borrow_mut(|files| {
        if let Some((seen, functions)) = files.get(&path)
            && *seen == modified
        {
            return functions.clone();
        }
        let functions = std::fs::read_to_string(&path).ok().and_then(|text| read(&text));
        files.insert(path, (modified, functions.clone()));
        functions
    })
}

fn read(text: &str) -> Option<Rc<Functions>> {
    let file = syn::parse_file(text).ok()?;
    let mut find = Find { text, found: HashMap::new() };
    find.visit_file(&file);
    Some(Rc::new(find.found))
}

struct Find<'a> {
    text: &'a str,
    found: Functions,
}

impl Find<'_> {
    /// Spans have no lines here, so the text is searched; 0 where a macro hides the function.
    fn line(&self, name: &str) -> usize {
        let is_here = |line: &str| {
            line.split_once(&format!("fn {name}")).is_some_and(|(_, rest)| rest.starts_with(['(', '<']))
        };
        self.text.lines().position(is_here).map_or(0, |index| index + 1)
    }
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let marked = function.attrs.iter().any(|attribute| {
            attribute
                .path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "step" || last.ident == "tracked")
        });
        let name = crate::names::plain(&function.sig.ident);
        let line = self.line(&name);
        self.found.entry(name).or_insert(Function { line, marked }).marked |= marked;
        visit::visit_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_their_attributes() {
        let text = "#[step]\nfn a() {}\nfn b() {}\nmod m {\n #[pipe_core::tracked] fn c() {}\n fn d() {} }";
        let functions = read(text).expect("a file");
        let found = |name: &str| (functions[name].line, functions[name].marked);
        assert_eq!(found("a"), (2, true));
        assert_eq!(found("b"), (3, false));
        assert_eq!(found("c"), (5, true));
        assert_eq!(found("d"), (6, false));
    }
}
