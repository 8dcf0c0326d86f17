//! Placeholder until the laws land.
/// A law.
#[derive(Debug, Clone, PartialEq)]
pub struct Law;
impl Law {
    /// Quantile.
    pub fn quantile(&self, u: f64) -> f64 {
        u
    }
}
