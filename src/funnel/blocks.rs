//! Time blocks: who reaches a stage in a later block, and when it is their turn.
//!
//! The whole horizon is one block unless what happens in a run acts back on it (recycling, a pool of
//! hours, trust, targeting that needs verdicts); then a block is a day, and what happened up to its
//! start is what its decisions see.

/// Who waits for a later block, by the block of their next event.
#[derive(Debug, Clone)]
pub(super) struct Calendar<T> {
    first_day: i32,
    per_day: u32,
    /// The block that runs; nothing can be put before the one after it.
    now: usize,
    /// `[block]`
    blocks: Vec<Vec<T>>,
}

impl<T> Default for Calendar<T> {
    fn default() -> Self {
        Self {
            first_day: 0,
            per_day: 0,
            now: 0,
            blocks: Vec::new(),
        }
    }
}

impl<T> Calendar<T> {
    /// Empties the calendar for `n_blocks` blocks from `first_day` on, of which a day has `per_day`.
    pub fn reset(&mut self, first_day: i32, n_blocks: usize, per_day: u32) {
        self.first_day = first_day;
        self.per_day = per_day;
        self.now = 0;
        self.blocks.iter_mut().for_each(Vec::clear);
        self.blocks.resize_with(n_blocks, Vec::new);
    }

    /// Number of the block that begins a day, from the first day on.
    fn first_of(&self, day: i32) -> usize {
        (day - self.first_day) as usize * self.per_day as usize
    }

    /// Takes someone until the block of their time `t`, or until the next one if that block has begun.
    pub fn put(&mut self, t: f64, who: T) {
        let midnight = t.floor();
        let part = (t - midnight) * f64::from(self.per_day);
        let block = self.first_of(midnight as i32) + part as usize;
        self.blocks[block.max(self.now + 1)].push(who);
    }

    /// Takes someone until day 0, before which this may be done only.
    pub fn put_on_day_0(&mut self, who: T) {
        let block = self.first_of(0);
        self.blocks[block].push(who);
    }

    /// Whether a block follows the one that runs.
    pub fn has_next(&self) -> bool {
        self.now + 1 < self.blocks.len()
    }

    /// Starts block number `nth` of `day` and hands over who waits for it; give the emptied list back with
    /// `finish`.
    pub fn start(&mut self, day: i32, nth: u32) -> Vec<T> {
        self.now = self.first_of(day) + nth as usize;
        std::mem::take(&mut self.blocks[self.now])
    }

    /// Takes back the list of the running block, to use its memory again.
    pub fn finish(&mut self, mut due: Vec<T>) {
        due.clear();
        self.blocks[self.now] = due;
    }
}
