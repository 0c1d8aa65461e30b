//! A slow disk, and one that fails.
