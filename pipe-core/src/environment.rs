//! The build that a pipeline runs in, as far as it is part of keys.

/// What keys say of the build beside the pipeline's own code: when that changes, its nodes run again.
///
/// In `pipeline!` it stands above the function, `#[environment(polars)]`; at run time it is given to
/// [`Builder::environment`](crate::Builder::environment).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// Polars, this library, and every package that the pipeline's own depends on, directly or not,
    /// each in the version that `Cargo.lock` has: whatever a step calls is seen when it is upgraded.
    #[default]
    Lockfile,
    /// The versions of Polars and of this library.
    Polars,
    /// Neither: only the format of the store counts.
    None,
}

/// The packages of a build.
///
/// `pipeline!` finds them by itself; for pipelines that are built at run time, [`packages!`](crate::packages) lists them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packages(pub(crate) Listed);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Listed {
    /// `name version` of each, in lines, in order.
    As(&'static str),
    /// There was no lock file when the program was compiled.
    NotFound,
    /// Nobody has listed them.
    #[default]
    NotGiven,
}

impl Packages {
    /// What was found in a lock file, if there was one.
    #[doc(hidden)]
    #[must_use]
    pub const fn found(list: Option<&'static str>) -> Self {
        Self(match list {
            Some(list) => Listed::As(list),
            None => Listed::NotFound,
        })
    }
}

/// The build that a pipeline was compiled in, and what of it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// What of it is part of keys.
    pub environment: Environment,
    /// The packages that it consists of.
    pub packages: Packages,
}

/// The packages that the crate of this line depends on, as its `Cargo.lock` has them, for
/// [`Builder::packages`](crate::Builder::packages).
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::steps::DropNulls;
///
/// let pipeline = Pipeline::builder("features")
///     .packages(pipe_core::packages!())
///     .source("data", Csv::new("data.csv"))
///     .step("drop_nulls", DropNulls::all())
///     .build()?;
/// # Ok::<(), pipe_core::BuildError>(())
/// ```
#[macro_export]
macro_rules! packages {
    () => {
        $crate::Packages::found($crate::__private::locked_packages!())
    };
}
