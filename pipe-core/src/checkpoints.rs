//! Which results are stored.

use std::time::Duration;

/// Which results of a pipeline are stored, where nothing is said of a node itself.
///
/// In `pipeline!` it stands above the function, `#[checkpoint(auto, max_recompute = "30s")]`; at run time it is
/// given to [`Pipeline::checkpoints`](crate::Pipeline::checkpoints), on the command line as `--checkpoint auto`.
/// `#[checkpoint(true)]` or `#[checkpoint(false)]` above a `let` says it of that node, whatever holds for the
/// others. Rows that are put aside need a checkpoint to be put beside: their nodes are stored in any case.
///
/// What is stored already is used whatever is said here, and it is no part of keys. What is not stored is part of the
/// queries of those that read it, and not looked at by itself: nulls that its contract rules out are found where
/// something after it is stored or returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoints {
    /// All of them: a run that failed goes on where it was.
    #[default]
    Every,
    /// None.
    None,
    /// What the pipeline returns, and besides what is worth it, by what computing and storing took before in
    /// this store: where storing takes less than a twentieth of what it saves, or less than to compute the
    /// result again for each node that reads it; and as much as is needed so that a failure loses no more
    /// than this. A result of which nothing is known yet is stored.
    ///
    /// `plan` says which are stored, and why.
    Auto {
        /// How much work a failure may lose.
        max_recompute: Duration,
    },
}

impl Checkpoints {
    /// Work of half a minute may be lost.
    pub const AUTO: Self = Self::Auto {
        max_recompute: Duration::from_secs(30),
    };
}
