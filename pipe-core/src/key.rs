//! Keys: when a checkpoint is valid.
