//! A sweep as a chart: a line with its band for one key, a heat map for two.
use super::super::Swept;
use super::super::files::Unwritable;
use super::Charts;

impl Charts {
    pub fn write_sweep(&self, _swept: &Swept) -> Result<(), Unwritable> {
        Ok(())
    }
}
