//! The page of `fit`: each thing that was learned, as a chart and its numbers.

use crate::history::{Fit, History};

/// The page of `fit`.
pub fn fit_page(_history: &History, _fit: &Fit) -> String {
    String::new()
}
