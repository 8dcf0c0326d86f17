//! The page of `backtest`.

use super::Backtested;

/// The page of `backtest`.
pub fn backtest_page(_found: &Backtested) -> String {
    String::new()
}
