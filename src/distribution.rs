//! Placeholder until the laws land.
/// A law.
#[derive(Debug, Clone, PartialEq)]
pub struct Law;
