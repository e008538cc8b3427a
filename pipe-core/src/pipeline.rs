//! stub
use crate::graph::Graph;
/// stub
pub struct Pipeline<D> { _g: Graph, _d: std::marker::PhantomData<D> }
/// stub
pub trait PipelineDef: 'static {
    /// stub
    type Node: NodeName;
    /// stub
    type Output;
    /// stub
    const NAME: &'static str;
}
/// stub
pub trait NodeName {
    /// stub
    fn node_name(&self) -> &str;
}
impl<D> Pipeline<D> {
    /// stub
    pub fn from_graph(graph: Graph) -> Self { Self { _g: graph, _d: std::marker::PhantomData } }
}
