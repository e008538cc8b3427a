//! stub
/// stub
#[derive(Debug)]
pub struct Memory;
