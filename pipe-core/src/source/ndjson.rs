//! stub
use super::{Source, SourceError, SourceIdentity, KnownFiles};
use crate::contract::NamedSchema;
use polars::prelude::LazyFrame;
use std::path::{Path, PathBuf};

/// stub
#[derive(Clone, Debug)]
pub struct NdJson { path: PathBuf }

impl NdJson {
    /// stub
    pub fn new(path: impl AsRef<Path>) -> Self { Self { path: path.as_ref().into() } }
    /// stub
    #[must_use]
    pub fn separator(self, _: char) -> Self { self }
}
impl Source for NdJson {
    fn describe(&self) -> String { self.path.display().to_string() }
    fn open(&self, _: Option<NamedSchema>) -> Result<LazyFrame, SourceError> { todo!() }
    fn identity(&self, _: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> { todo!() }
}
impl<S> super::IntoSource<S> for NdJson {
    fn into_source(self) -> Result<std::sync::Arc<dyn Source>, SourceError> { Ok(std::sync::Arc::new(self)) }
}
