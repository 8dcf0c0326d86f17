//! Questions asked of forecasts: which change did it.

mod along;
mod attribution;
mod shapley;

pub use along::Step;
pub use attribution::{Attribution, Coalitions, Interaction, Term};
