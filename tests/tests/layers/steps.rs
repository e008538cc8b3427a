//! How steps are stored that make more, or less, than a layer.
