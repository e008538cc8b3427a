//! stub
/// A file and the digest of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// The path as the user wrote it, or as the glob found it.
    pub path: String,
    /// The digest of its content.
    pub digest: String,
}
/// stub
#[derive(Debug)]
pub struct Files;
