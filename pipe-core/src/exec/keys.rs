//! The keys of a pipeline over a store.

use super::error::PlanError;
use crate::graph::Graph;
use crate::key::Keys;
use crate::source::KnownFiles;
use crate::store::Store;

/// The keys, for looking only: nothing is created.
pub(super) fn keys(
    graph: &Graph,
    _store: &Store,
    known: &mut dyn KnownFiles,
) -> Result<Keys, PlanError> {
    Keys::of(graph, known).map_err(|why| PlanError::unkeyed(graph, why))
}
