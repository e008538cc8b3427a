//! What can be done with what is stored.

use std::path::Path;

use super::{Pipeline, PipelineDef};
use crate::exec::{
    self, AcceptError, AcceptReport, CheckpointDiff, Chosen, DiffError, DiffOptions, Explanation,
    LoadError, Mode, PlanError, SaveError, Saved, Selection, TransferError, TransferReport,
};
use crate::graph::UnknownNode;
use crate::storage::Location;
use crate::store::{self, Gc, GcReport, StoreError, Verified};

impl<D: PipelineDef> Pipeline<D> {
    /// Why a node would run or be reused: what changed since the nearest checkpoint of it, and of the
    /// nodes before it that run again. Runs and creates nothing.
    ///
    /// # Errors
    ///
    /// When there is no such node, or the sources or the store cannot be read.
    pub fn explain(&self, node: impl Into<D::Node>) -> Result<Explanation, LoadError> {
        let node = self.index_of(&node.into())?;
        let store = self.store_of_pipeline().map_err(PlanError::from)?;
        Ok(exec::explain(&self.graph, &store, node)?)
    }

    /// Holds every record and every byte of every stored file against each other, those of former nodes
    /// too. Reads no source, takes no lock and creates nothing.
    ///
    /// # Errors
    ///
    /// When the store cannot be read. What is wrong with what it holds is no error.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        store::verify(&self.store_of_pipeline()?, &self.node_names())
    }

    /// Declares the nearest sound checkpoints of these nodes good for the code, the parameters, the
    /// declared columns and the environment that are there now, after a refactoring. What comes after
    /// them is valid then by its content. All of them are accepted or none.
    ///
    /// # Errors
    ///
    /// When a node has no sound checkpoint, or one that was made from other data, held against other
    /// rules or has not the columns that are declared now; when there is no such node, the store is in
    /// use, or the sources or the store cannot be read.
    pub fn accept<N: Into<D::Node>>(
        &self,
        nodes: impl IntoIterator<Item = N>,
        mode: Mode,
    ) -> Result<AcceptReport, AcceptError> {
        let nodes = nodes.into_iter().map(|node| self.index_of(&node.into()));
        let nodes = Chosen::Nodes(nodes.collect::<Result<_, _>>()?);
        exec::accept(&self.graph, &self.store_of_pipeline()?, &nodes, mode)
    }

    /// The same for a node and every node after it that is not valid.
    ///
    /// # Errors
    ///
    /// As for [`Pipeline::accept`].
    pub fn accept_from(
        &self,
        node: impl Into<D::Node>,
        mode: Mode,
    ) -> Result<AcceptReport, AcceptError> {
        let nodes = Chosen::From(self.index_of(&node.into())?);
        exec::accept(&self.graph, &self.store_of_pipeline()?, &nodes, mode)
    }

    /// Removes old checkpoints, those of former nodes first of all, and what was left by runs that did
    /// not come to their end. Reads no source.
    ///
    /// # Errors
    ///
    /// When the store is in use, or cannot be read or written.
    pub fn gc(&self, gc: &Gc, mode: Mode) -> Result<GcReport, StoreError> {
        store::gc(&self.store_of_pipeline()?, &self.node_names(), gc, mode)
    }

    /// How two checkpoints of a node differ: in what they were made of, in their columns, and row by
    /// row. Neither is held in memory as a whole. Needs no sources: without them nobody knows which
    /// checkpoint is valid.
    ///
    /// # Errors
    ///
    /// When there is no such node, it does not have these checkpoints, one is damaged, or the rows
    /// cannot be matched as asked for.
    pub fn diff(
        &self,
        node: impl Into<D::Node>,
        options: &DiffOptions,
    ) -> Result<CheckpointDiff, DiffError> {
        let node = self.index_of(&node.into())?;
        exec::diff(&self.graph, &self.store_of_pipeline()?, node, options)
    }

    /// Writes the valid checkpoint of a node as one Parquet file, for tools that know nothing of checkpoints. A
    /// file that is there is replaced, as a whole.
    ///
    /// ```
    /// use pipe_core::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let pipeline = Pipeline::builder("saved")
    ///     .source("numbers", df!("n" => [1, 2, 3])?)
    ///     .step("large", pipe_core::steps::Filter::gt("n", 1))
    ///     .build()?
    ///     .store(folder.path());
    /// pipeline.run()?;
    /// let saved = pipeline.save("large", folder.path().join("large.parquet"))?;
    /// assert_eq!(saved.rows, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such node, its result is a value, it has no valid checkpoint, or the file cannot be
    /// written.
    pub fn save(
        &self,
        node: impl Into<D::Node>,
        path: impl AsRef<Path>,
    ) -> Result<Saved, SaveError> {
        let node = self.index_of(&node.into()).map_err(LoadError::from)?;
        let store = self.store_of_pipeline()?;
        exec::save(&self.graph, &store, node, path.as_ref())
    }

    /// Copies checkpoints of this pipeline into another store, from where another machine can
    /// [`import`](Self::import) them. What is there already is left alone.
    ///
    /// # Errors
    ///
    /// When a node is unknown, the other store is in use, or the sources or one of the stores cannot be
    /// read or written. A damaged checkpoint is no error: it is not copied, and the report says so.
    pub fn export(
        &self,
        to: impl Into<Location>,
        selection: &Selection,
    ) -> Result<TransferReport, TransferError> {
        self.all_are_known(selection)?;
        let (home, other) = (self.store_of_pipeline()?, self.store_at(&to.into())?);
        exec::transfer(&self.graph, &home, (&home, &other), selection)
    }

    /// Copies checkpoints of this pipeline from another store into its own. Every byte is held against
    /// its record on the way. What is there already is left alone.
    ///
    /// # Errors
    ///
    /// When a node is unknown, the store is in use, or the sources or one of the stores cannot be read
    /// or written. A damaged checkpoint is no error: it is not copied, and the report says so.
    pub fn import(
        &self,
        from: impl Into<Location>,
        selection: &Selection,
    ) -> Result<TransferReport, TransferError> {
        self.all_are_known(selection)?;
        let (home, other) = (self.store_of_pipeline()?, self.store_at(&from.into())?);
        exec::transfer(&self.graph, &home, (&other, &home), selection)
    }

    fn all_are_known(&self, selection: &Selection) -> Result<(), UnknownNode> {
        let mut named = selection.named().iter();
        named.try_for_each(|name| self.index_of_name(name).map(|_| ()))
    }

    fn node_names(&self) -> Vec<&str> {
        let nodes = self.graph.nodes.iter();
        nodes.map(|node| node.name.as_str()).collect()
    }
}
