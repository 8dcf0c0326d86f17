//! Questions asked of forecasts: which change did it, and which value is best.

mod along;
mod attribution;
mod shapley;
mod sweep;

pub use along::Step;
pub use attribution::{Attribution, Coalitions, Interaction, Term};
pub use sweep::{Answer, Grid, Marginal, Point, Stop, Sweep};
