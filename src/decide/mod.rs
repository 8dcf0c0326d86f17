//! Questions asked of forecasts: which change did it, which value is best, what could go wrong.

mod along;
mod attribution;
mod risks;
mod shapley;
mod sweep;

pub use along::Step;
pub use attribution::{Attribution, Coalitions, Interaction, Term};
pub use risks::{Risks, Shift};
pub use sweep::{Answer, Grid, Marginal, Point, Stop, Sweep};
