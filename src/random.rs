//! Streams keyed by (seed, replication, kind of entity, name); nothing else makes random numbers.

/// The uniform number in (0, 1) that parameter draw number `draw` gives to the doubt at `path`.
///
/// The one place where parameters get their luck: another sampling plan replaces this function.
pub fn parameter_uniform(_seed: u64, _draw: u64, _path: &str) -> f64 {
    0.5
}
