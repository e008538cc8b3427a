//! The build as part of keys: one for all nodes of a pipeline.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::parts::STORE_FORMAT;
use crate::digest::Digest;
use crate::environment::{Build, Environment, Listed};

const POLARS: &str = "polars";
const LIBRARY: &str = env!("CARGO_PKG_NAME");
/// The name of the digest of the packages among the versions.
const PACKAGES: &str = "packages";
/// In its place, where nobody knows the packages.
const NOT_KNOWN: &str = "not known";
/// Packages that a reason names.
const NAMED: usize = 3;

/// What results depend on beside the pipeline, by name. Nodes share it.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentPart(Arc<Versions>);

#[derive(Debug)]
struct Versions {
    by_name: BTreeMap<String, String>,
    digest: String,
}

impl EnvironmentPart {
    fn of(build: Build) -> Self {
        let mut versions = BTreeMap::from([("store format".to_owned(), STORE_FORMAT.to_string())]);
        if build.environment != Environment::None {
            versions.insert(POLARS.to_owned(), polars::VERSION.to_owned());
            versions.insert(LIBRARY.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        }
        if build.environment == Environment::Lockfile {
            let packages = match build.packages.0 {
                Listed::As(list) => digest_of(list),
                Listed::NotFound | Listed::NotGiven => NOT_KNOWN.to_owned(),
            };
            versions.insert(PACKAGES.to_owned(), packages);
        }
        versions.into()
    }

    pub(super) fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The digest of the packages, where they count.
    pub(super) fn packages(&self) -> Option<&str> {
        self.0.by_name.get(PACKAGES).map(String::as_str)
    }

    /// How it differs from another, in words.
    pub(super) fn differences(&self, old: &Self, find: &FindPackages) -> Vec<String> {
        let (was, is) = (&old.0.by_name, &self.0.by_name);
        let (mut changes, mut told) = (Vec::new(), Vec::new());
        for (name, old, new) in super::differences::changed(was, is) {
            if name == PACKAGES {
                continue;
            }
            changes.push(match (old, new) {
                (Some(old), Some(new)) => format!("environment: {name} {old} -> {new}"),
                (_, Some(_)) => format!("environment: {name} counts now"),
                (_, None) => format!("environment: {name} does not count any more"),
            });
            if let (Some(old), Some(new)) = (old, new) {
                told.push((name, old, new));
            }
        }
        match (old.packages(), self.packages()) {
            (was, is) if was == is => {}
            (None, _) => changes.push("environment: packages count now".to_owned()),
            (_, None) => changes.push("environment: packages do not count any more".to_owned()),
            (Some(was), Some(is)) => {
                let lists = find(was).zip(find(is));
                let words = lists.map_or_else(
                    || "packages changed".to_owned(),
                    |(old, new)| upgrades(&old, &new, &told),
                );
                changes.extend((!words.is_empty()).then_some(words));
            }
        }
        changes
    }
}

impl From<BTreeMap<String, String>> for EnvironmentPart {
    fn from(by_name: BTreeMap<String, String>) -> Self {
        let mut digest = Digest::new("environment");
        for (name, version) in &by_name {
            digest.part(name).part(version);
        }
        let digest = digest.finish();
        Self(Arc::new(Versions { by_name, digest }))
    }
}

impl PartialEq for EnvironmentPart {
    fn eq(&self, other: &Self) -> bool {
        self.0.by_name == other.0.by_name
    }
}

impl Serialize for EnvironmentPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.by_name.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EnvironmentPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self::from)
    }
}

/// The digest that a list of packages is known by.
pub(crate) fn digest_of(packages: &str) -> String {
    Digest::new("packages").part(packages).finish()
}

/// Finds the list of packages of a digest, where it was kept.
pub(crate) type FindPackages<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The build of this program.
pub(super) struct Current {
    pub(super) part: EnvironmentPart,
    build: Build,
    /// How others differ from this one, by their digest: all nodes of a pipeline have mostly one.
    said: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Current {
    pub(super) fn of(build: Build) -> Self {
        Self {
            part: EnvironmentPart::of(build),
            build,
            said: Mutex::default(),
        }
    }

    /// The list of packages that is part of the keys, by its digest.
    pub(super) fn packages(&self) -> Option<(&str, &'static str)> {
        match (self.part.packages(), self.build.packages.0) {
            (Some(digest), Listed::As(list)) => Some((digest, list)),
            _ => None,
        }
    }

    /// What to tell the user where the packages should count and nobody knows them.
    pub(super) fn warning(&self, pipeline: &str) -> Option<String> {
        let counts = self.build.environment == Environment::Lockfile;
        let (why, help) = match self.build.packages.0 {
            Listed::NotFound => (
                "no Cargo.lock was found when it was compiled",
                "build it where its Cargo.lock is, or say that only Polars counts: `#[environment(polars)]` in `pipeline!`, `.environment(Environment::Polars)` on a builder",
            ),
            Listed::NotGiven => (
                "nobody has listed them",
                "hand them to the builder, `.packages(pipe_core::packages!())`, or say that only Polars counts, `.environment(Environment::Polars)`",
            ),
            Listed::As(_) => return None,
        };
        counts.then(|| format!("the packages that pipeline `{pipeline}` was built with are not known, an upgrade of one would go unnoticed: {why}; help: {help}"))
    }

    /// How the build differs from another, in words.
    pub(super) fn differences(&self, old: &EnvironmentPart, find: &FindPackages) -> Vec<String> {
        if old.digest() == self.part.digest() {
            return Vec::new();
        }
        let own = |digest: &str| {
            let (known, list) = self.packages()?;
            (known == digest).then(|| list.to_owned())
        };
        // Finding and comparing the lists takes longer than all the rest.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let words = said.entry(old.digest().to_owned()).or_insert_with(|| {
            let find = |digest: &str| own(digest).or_else(|| find(digest));
            self.part.differences(old, &find)
        });
        words.clone()
    }
}

/// How two lists of packages differ: the first few, and how many there are besides. What follows from
/// a change that was told is left out: Polars is twenty packages of one version.
fn upgrades(old: &str, new: &str, told: &[(&str, &str, &str)]) -> String {
    let (old, new) = (by_name(old), by_name(new));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let none = BTreeSet::new();
    let mut changes = Vec::new();
    for name in names {
        let was = old.get(name).unwrap_or(&none);
        let is = new.get(name).unwrap_or(&none);
        let gone: Vec<_> = was.difference(is).copied().collect();
        let come: Vec<_> = is.difference(was).copied().collect();
        let (gone, come) = (gone.join(" and "), come.join(" and "));
        let follows = told.iter().any(|&(of, old, new)| {
            family(of) == family(name) && (old, new) == (gone.as_str(), come.as_str())
        });
        if follows {
            continue;
        }
        match (gone.as_str(), come.as_str()) {
            ("", "") => {}
            ("", come) => changes.push(format!("{name} {come} is new")),
            (gone, "") => changes.push(format!("{name} {gone} is gone")),
            (gone, come) => changes.push(format!("{name} {gone} -> {come}")),
        }
    }
    let noun = if changes.len() == 1 {
        "package"
    } else {
        "packages"
    };
    let others = changes.len().saturating_sub(NAMED);
    changes.truncate(NAMED);
    let list = changes.join(", ");
    match others {
        _ if list.is_empty() => String::new(),
        0 => format!("{noun} {list}"),
        1 => format!("{noun} {list} and 1 other"),
        _ => format!("{noun} {list} and {others} others"),
    }
}

/// The versions of each package of a list.
fn by_name(list: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in list.lines() {
        let (name, version) = line.split_once(' ').unwrap_or((line, ""));
        packages.entry(name).or_default().insert(version);
    }
    packages
}

/// `polars` of `polars-core`
fn family(name: &str) -> &str {
    name.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Packages;

    const OLD: &str = "aho-corasick 1.1.3\nbase 1.0.0\nold 0.1.0\npolars 0.55.1\npolars-core 0.55.1\nregex 1.10.0\nregex 2.0.0\nserde 1.0.0\n";
    const NEW: &str = "aho-corasick 1.1.4\nbase 1.0.0\nnew 0.1.0\npolars 0.55.2\npolars-core 0.55.2\nregex 1.11.0\nregex 2.0.0\nserde 1.0.1\n";

    #[test]
    fn upgrades_are_named_and_counted() {
        let polars = [("polars", "0.55.1", "0.55.2")];
        assert_eq!(
            upgrades(OLD, NEW, &polars),
            "packages aho-corasick 1.1.3 -> 1.1.4, new 0.1.0 is new, old 0.1.0 is gone and 2 others"
        );
        assert_eq!(
            upgrades(
                "polars-core 1\nregex 1.10.0\n",
                "polars-core 1\nregex 1.11.0\n",
                &[]
            ),
            "package regex 1.10.0 -> 1.11.0"
        );
        assert_eq!(
            upgrades("polars-core 0.55.1\n", "polars-core 0.55.2\n", &polars),
            ""
        );
    }

    fn current(environment: Environment, packages: Option<&'static str>) -> Current {
        let packages = Packages::found(packages);
        Current::of(Build {
            environment,
            packages,
        })
    }

    #[test]
    fn the_environment_says_how_it_changed() {
        let old = current(Environment::Lockfile, Some(OLD)).part;
        let differences = |environment, packages, find: &FindPackages| {
            current(environment, packages).differences(&old, find)
        };
        let kept = |digest: &str| (digest == digest_of(OLD)).then(|| OLD.to_owned());
        let lost = |_: &str| None;
        assert!(differences(Environment::Lockfile, Some(OLD), &lost).is_empty());
        assert_eq!(
            differences(Environment::Lockfile, Some("base 1.0.0\n"), &kept)[0],
            "packages aho-corasick 1.1.3 is gone, old 0.1.0 is gone, polars 0.55.1 is gone and 3 others"
        );
        assert_eq!(
            differences(Environment::Lockfile, Some(NEW), &lost),
            ["packages changed"]
        );
        assert_eq!(
            differences(Environment::Lockfile, None, &kept),
            ["packages changed"]
        );
        assert_eq!(
            differences(Environment::Polars, Some(NEW), &kept),
            ["environment: packages do not count any more"]
        );
        assert_eq!(differences(Environment::None, Some(NEW), &kept).len(), 3);
    }

    #[test]
    fn where_packages_are_not_known_there_is_a_warning_if_they_count() {
        let warning = |environment, packages| current(environment, packages).warning("p");
        assert!(warning(Environment::Lockfile, None).is_some());
        assert!(warning(Environment::Lockfile, Some(OLD)).is_none());
        assert!(warning(Environment::Polars, None).is_none());
        assert!(warning(Environment::None, None).is_none());
    }
}
