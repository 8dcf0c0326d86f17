//! The reps of a team that hold one lead each: who is free first.

use std::hint::select_unpredictable;

/// When each rep is free, and since when they are on the team.
///
/// Who was free first comes first; of those free since one instant, who joined first.
#[derive(Debug, Clone, Default)]
pub(super) struct Team {
    /// A tournament, `[node]`: whose turn comes first of the two below, nodes `2 * node` and `2 * node + 1`. The winner
    /// is node 1; the last nodes, as many as those before them, are the reps by rank and nobody's places after them.
    turns: Vec<Turn>,
    /// `[rank]`: the day on which a rep joined, ascending; infinity for nobody's places.
    joined: Vec<f64>,
    /// `[rank]`: when a rep leaves; empty where nobody does.
    leaves: Vec<f64>,
}

/// When those are free who are not on the team any more, and nobody's places.
const NEVER: f64 = f64::INFINITY;

/// One rep's time on the team.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stay {
    /// When productivity began to rise; minus infinity for those who are fully ramped.
    pub joined: f64,
    /// First and last moment at work \[days\].
    pub from: f64,
    pub until: f64,
}

impl Stay {
    /// From a day on, for good.
    pub fn for_good(joined: f64, from: f64) -> Self {
        Self {
            joined,
            from,
            until: f64::INFINITY,
        }
    }
}

/// A rep's turn: the time at which they are free, as an integer that sorts as the time does, and the rank.
#[derive(Debug, Clone, Copy)]
struct Turn {
    free: u64,
    rank: u32,
}

impl Turn {
    /// The first of two turns, `self` being that of the lower rank if `is_lower`. It is anybody's guess which, so
    /// there is no branch.
    #[inline(always)]
    fn first_of(self, is_lower: bool, other: Turn) -> Turn {
        let other_is_first = other.free < self.free + u64::from(!is_lower);
        Turn {
            free: select_unpredictable(other_is_first, other.free, self.free),
            rank: select_unpredictable(other_is_first, other.rank, self.rank),
        }
    }
}

/// The bits of `t` as an integer that sorts as [`f64::total_cmp`] does.
#[inline(always)]
fn sortable(t: f64) -> u64 {
    let bits = t.to_bits();
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

/// The inverse of [`sortable`].
#[inline(always)]
fn time(sortable: u64) -> f64 {
    f64::from_bits(sortable ^ ((!sortable as i64 >> 63) as u64 | 1 << 63))
}

impl Team {
    /// Puts reps to work for their stays. O(n log n).
    pub fn reset(&mut self, mut stays: Vec<Stay>) {
        stays.sort_by(|a, b| a.joined.total_cmp(&b.joined));
        self.joined.clear();
        self.joined.extend(stays.iter().map(|stay| stay.joined));
        self.leaves.clear();
        if stays.iter().any(|stay| stay.until < f64::INFINITY) {
            self.leaves.extend(stays.iter().map(|stay| stay.until));
        }
        let n_places = stays.len().next_power_of_two();
        self.joined.resize(n_places, NEVER);
        let free = stays.iter().map(|stay| stay.from);
        let free = free.chain(std::iter::repeat(NEVER)).map(sortable);
        let places = (0..n_places as u32).zip(free);
        self.turns.clear();
        self.turns.resize(n_places, Turn { free: 0, rank: 0 });
        self.turns
            .extend(places.map(|(rank, free)| Turn { free, rank }));
        for node in (1..n_places).rev() {
            self.turns[node] = self.turns[2 * node].first_of(true, self.turns[2 * node + 1]);
        }
    }

    /// When the first rep is free; infinity if there is none.
    #[inline(always)]
    pub fn first_free(&self) -> f64 {
        self.turns.get(1).map_or(NEVER, |first| time(first.free))
    }

    /// The first rep to be free takes a lead: held until `end`, given the day on which they joined. Where nobody is
    /// left, that must be [`NEVER`]. O(log n).
    #[inline(always)]
    pub fn hold_first_until(&mut self, end: impl FnOnce(f64) -> f64) {
        let Some(&Turn { rank, .. }) = self.turns.get(1) else {
            return;
        };
        let end = end(self.joined[rank as usize]);
        debug_assert!(self.first_free() < NEVER || end == NEVER);
        let mut first = Turn {
            free: sortable(end),
            rank,
        };
        let mut node = self.turns.len() / 2 + rank as usize;
        self.turns[node] = first;
        while node > 1 {
            first = first.first_of(node.is_multiple_of(2), self.turns[node ^ 1]);
            node /= 2;
            self.turns[node] = first;
        }
    }

    /// Whether the first rep to be free has left by `t`; forgets them if so.
    #[inline(always)]
    pub fn first_has_left(&mut self, t: f64) -> bool {
        if self.leaves.is_empty() {
            return false;
        }
        let has_left = self.turns.get(1).is_some_and(|first| {
            let leaves = self.leaves.get(first.rank as usize);
            leaves.is_some_and(|&leaves| leaves <= t)
        });
        if has_left {
            self.dismiss_first();
        }
        has_left
    }

    /// Lets the first rep to be free go for good: they are never free again.
    pub fn dismiss_first(&mut self) {
        self.hold_first_until(|_| NEVER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_integers() {
        let times = [
            f64::NEG_INFINITY,
            -900.0,
            -0.5,
            0.0,
            1e-300,
            0.5,
            548.0,
            f64::INFINITY,
        ];
        for pair in times.windows(2) {
            assert!(sortable(pair[0]) < sortable(pair[1]));
        }
        assert!(times.iter().all(|&t| time(sortable(t)) == t));
    }

    #[test]
    fn of_those_free_at_once_who_joined_first_comes_first() {
        let mut team = Team::default();
        assert_eq!(team.first_free(), f64::INFINITY);
        let stays = [(7.0, 9.0), (3.0, 9.0), (5.0, 8.0)];
        let stays = stays.map(|(joined, from)| Stay::for_good(joined, from));
        team.reset(stays.to_vec());
        let mut joined = Vec::new();
        for _ in 0..4 {
            team.hold_first_until(|day| {
                joined.push(day);
                20.0
            });
        }
        assert_eq!(joined, [5.0, 3.0, 7.0, 3.0]);
        team.dismiss_first();
        assert_eq!(team.first_free(), 20.0);
    }

    /// Teams of many sizes, holds that often end at the same time, and reps who go.
    #[test]
    fn turns_come_as_from_a_sorted_list() {
        for n in [1, 2, 3, 9, 64, 180] {
            let stays = (0..n).map(|rep| Stay::for_good(f64::from(rep), f64::from(rep * 7 % 5)));
            let mut sorted: Vec<(f64, f64)> = stays.clone().map(|s| (s.from, s.joined)).collect();
            let mut team = Team::default();
            team.reset(stays.collect());
            for step in 0..600 {
                sorted.sort_unstable_by(|a, b| a.partial_cmp(b).expect("no time is NaN"));
                let first = sorted.first_mut();
                let free = first.as_ref().map_or(f64::INFINITY, |(free, _)| *free);
                assert_eq!(team.first_free(), free, "{n} reps, step {step}");
                if step % 5 == 4 {
                    team.dismiss_first();
                    sorted = sorted.split_off(sorted.len().min(1));
                } else if let Some((free, rep)) = first {
                    let end = *free + f64::from(step * step % 11);
                    team.hold_first_until(|joined| {
                        assert_eq!(joined, *rep, "{n} reps, step {step}");
                        end
                    });
                    *free = end;
                }
            }
        }
    }

    #[test]
    fn a_rep_who_has_left_is_forgotten() {
        let mut team = Team::default();
        let short = Stay {
            until: 4.0,
            ..Stay::for_good(1.0, 1.0)
        };
        team.reset(vec![Stay::for_good(2.0, 2.0), short]);
        assert!(!team.first_has_left(3.9) && team.first_free() == 1.0);
        assert!(team.first_has_left(4.0) && team.first_free() == 2.0);
        assert!(!team.first_has_left(4.0));
    }
}
