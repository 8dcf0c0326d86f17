//! Luck: uniform numbers keyed by seed, replication, entity and decision; nothing else makes random numbers.
//!
//! A number is a pure function of a 128-bit [`Key`] and a 64-bit counter. The key is hashed from
//! (kind of entity, its names, seed, replication); the counter packs what tells numbers of one key
//! apart, injectively: arrival day, ordinal within the day, pass, decision, draw. So no number depends
//! on how many were drawn before it, and adding, removing or reordering a source moves nobody else's.
//!
//! **The function.** Two widening multiplications, as in the finish of rapidhash (Nicolas De Carli, 2024,
//! after Wang Yi's wyhash): the counter, shifted by the first half of the key, times the second half;
//! then both halves of that product, each combined with a constant, multiplied and folded. Being
//! scalar multiplications of 64 × 64 → 128 bits it costs the same on every machine and needs no state.
//! A multiplier with a long run of equal bits mixes poorly; eight fixed zeros and eight fixed ones keep
//! every run in it to 7 bits, at no cost per number: see `multiplier`.
//!
//! **Evidence.** `tests/randomness.rs` checks, on counters packed as the funnel packs them:
//! uniformity, serial correlation between decisions, days, ordinals and replications, avalanche of
//! every counter and key bit, and repeated values against the birthday law. The same streams went through
//! SmallCrush of TestU01 and dieharder (see ARCHITECTURE.md).
//! **Cost.** `cargo bench --bench decision` measures it; ARCHITECTURE.md has the figures.

/// What a key belongs to. A new kind disturbs no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Kind {
    /// Leads of one channel and segment.
    Leads = 1,
    /// The number of leads that one channel and segment bring on a day.
    DayCount = 2,
    /// The factor by which one channel's rate varies from day to day.
    DayFactor = 3,
    /// A record of the open pipeline.
    OpenRecord = 4,
    /// An uncertain parameter.
    Parameter = 5,
    /// A lever of alignment.
    Lever = 6,
    /// A gate that accepted leads must pass to become opportunities.
    Gate = 56,
    /// The seats of a team or of a hire.
    Seat = 57,
    /// An order in which changes are made.
    Permutation = 9,
    /// A sample drawn again from the replications.
    Resample = 10,
    /// The rank of an observation among equal values of a forecast.
    Rank = 58,
}

/// What a number decides. A new decision disturbs no other; a number once given is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Decision {
    ArrivalTime = 0,
    Quality = 1,
    Readiness = 2,
    NurturingDelay = 3,
    Maturation = 4,
    Fading = 5,
    Qualification = 6,
    Leak = 7,
    Routing = 8,
    Expiry = 9,
    Contact = 10,
    Acceptance = 11,
    Reason = 12,
    Hold = 13,
    Recycling = 14,
    RecyclingDelay = 15,
    Opportunity = 16,
    /// Draw number: the closing stage.
    Outcome = 17,
    /// Draw number: the closing stage.
    StageDays = 18,
    DealSize = 19,
    Channel = 20,
    Segment = 21,
    Age = 22,
    DayCount = 23,
    DayFactor = 24,
    Parameter = 25,
    AdoptionFails = 26,
    ChampionLeaves = 27,
    TestEnds = 28,
    TestWins = 29,
    TestGain = 30,
    SdrHold = 40,
    /// Probability that a customer leaves at the end of a term, as the customer is.
    ChurnPropensity = 48,
    /// Numbered by term.
    Renewal = 49,
    /// Numbered by term.
    Expansion = 50,
    /// Numbered by referral of one customer.
    Referral = 51,
    /// Numbered by upsell to one customer.
    Upsell = 52,
    /// Beside the lead, the gate has a part in it: [`Key::uniform_with`].
    Gate = 56,
    LossReason = 57,
    /// Day: which holder of the seat; ordinal: the seat's rank.
    Attrition = 58,
    /// Likewise.
    HiringTime = 59,
    /// Draw number: the closing stage.
    AdvanceTime = 60,
    /// Draw number: the closing stage.
    LossTime = 61,
    /// Draw number: the closing stage.
    NoDecisionTime = 62,
}

/// Constants of rapidhash: odd, with as many ones as zeros in every byte.
const SECRET: [u64; 3] = [
    0x2d35_8dcc_aa6c_78a5,
    0x8bb8_4b93_962e_acc9,
    0x4b33_a62e_d433_d4a3,
];

/// Both halves of the product of `a` and `b`, folded into one.
#[inline(always)]
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// A multiplier fit for [`mix`] from any 64 bits: odd, no run of equal bits longer than 7; 48 bits are free.
///
/// About one in 200,000 random odd numbers has so long a run of equal bits, 16 and more, that 2^16 successive
/// numbers betray it.
#[inline(always)]
const fn multiplier(bits: u64) -> u64 {
    bits & 0xefef_efef_efef_efef | 0x0101_0101_0101_0101
}

/// 64 bits that depend on every bit of `x` and of `by`, a [`multiplier`].
#[inline(always)]
const fn mix(x: u64, by: u64) -> u64 {
    let product = x as u128 * by as u128;
    fold(
        product as u64 ^ SECRET[0],
        (product >> 64) as u64 ^ SECRET[1],
    )
}

/// An entity, named: the part of its key that no replication changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity([u64; 2]);

impl Entity {
    /// The entity of this kind with these names; their order matters. O(length of the names).
    pub fn new(kind: Kind, names: &[&str]) -> Self {
        let mut lanes = Self([0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03]);
        lanes = lanes.absorb(kind as u64);
        for name in names {
            lanes = lanes.absorb(name.len() as u64);
            for chunk in name.as_bytes().chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                lanes = lanes.absorb(u64::from_le_bytes(word));
            }
        }
        lanes
    }

    /// The entity's key in one replication under one seed.
    pub fn key(self, seed: u64, replication: u64) -> Key {
        self.absorb(seed).absorb(replication).into_key()
    }

    fn into_key(self) -> Key {
        let [shift, factor] = self.0;
        Key {
            shift,
            factor: multiplier(factor),
        }
    }

    fn absorb(self, word: u64) -> Self {
        let [a, b] = self.0;
        Self([
            mix(a ^ word, SECRET[2]),
            mix(b ^ word.rotate_left(32), multiplier(a)),
        ])
    }
}

/// All luck of one entity in one replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    shift: u64,
    /// A [`multiplier`].
    factor: u64,
}

impl Key {
    /// The 64 bits at `counter`.
    #[inline(always)]
    pub const fn bits(self, counter: u64) -> u64 {
        mix(counter ^ self.shift, self.factor)
    }

    /// The uniform number of one decision: one of the 2^52 midpoints of (0, 1), never 0 or 1.
    #[inline(always)]
    pub fn uniform(self, event: EventId, decision: Decision) -> f64 {
        self.uniform_draw(event, decision, 0)
    }

    /// The uniform number of a decision in which `other` has a part: another entity, another number.
    ///
    /// The bits of this key stand in the place of the counter, so that two events of one replication share a
    /// number with probability 2^-64.
    #[inline(always)]
    pub fn uniform_with(self, event: EventId, decision: Decision, other: Key) -> f64 {
        midpoint(other.bits(self.bits(event.0 | (decision as u64) << DRAW_BITS)))
    }

    /// Number `nth` \[0 to [`Key::LAST_NTH`]\] of the uniform numbers of a decision that is taken over
    /// and over, in whatever pass: the pass' place in the counter holds what the draw's cannot.
    #[inline(always)]
    pub fn uniform_nth(self, event: EventId, decision: Decision, nth: u32) -> f64 {
        let (high, low) = (
            u64::from(nth >> DRAW_BITS),
            u64::from(nth) & ((1 << DRAW_BITS) - 1),
        );
        let event = EventId(event.first_pass().0 | high << PASS_SHIFT);
        self.uniform_draw(event, decision, low)
    }

    /// The key of the lead that is number `nth` of those whom `event`, which has this key, brings in.
    ///
    /// Hashed like the key of a named entity, so that two leads of a replication share luck by an accident
    /// of 112 bits only.
    pub fn descendant(self, event: EventId, nth: u32) -> Key {
        let parent = Entity([self.shift, self.factor]);
        let child = parent.absorb(event.first_pass().0);
        child.absorb(u64::from(nth)).into_key()
    }

    /// The largest number of a decision that is taken over and over.
    pub const LAST_NTH: u32 = (1 << (DRAW_BITS + PASS_BITS)) - 1;

    /// The uniform number of draw number `draw` \[0 to 127\] of one decision.
    #[inline(always)]
    pub fn uniform_draw(self, event: EventId, decision: Decision, draw: u64) -> f64 {
        midpoint(self.bits(event.0 | (decision as u64) << DRAW_BITS | draw))
    }
}

/// The midpoint of one of 2^52 equal parts of (0, 1), by the top 52 bits: exact, as is 1 less it.
#[inline(always)]
fn midpoint(bits: u64) -> f64 {
    const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;
    f64::from_bits(bits >> 12 | 1.0f64.to_bits()) - BELOW_ONE
}

const DRAW_BITS: u32 = 7;
const DECISION_BITS: u32 = 7;
const PASS_BITS: u32 = 6;
const ORDINAL_BITS: u32 = 24;
const DAY_BITS: u32 = 20;
const PASS_SHIFT: u32 = DRAW_BITS + DECISION_BITS;
const ORDINAL_SHIFT: u32 = PASS_SHIFT + PASS_BITS;
const DAY_SHIFT: u32 = ORDINAL_SHIFT + ORDINAL_BITS;
const _: () = assert!(DAY_SHIFT + DAY_BITS == 64);

/// The counter without decision and draw: (day, ordinal, pass), packed injectively.
///
/// Day in -2^19 .. 2^19, ordinal below 2^24, pass below 2^6; the scenario's limits keep within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u64);

impl EventId {
    /// The largest number of leads that one source can bring on one day.
    pub const MAX_PER_DAY: u32 = 1 << ORDINAL_BITS;
    /// The largest number of passes of one lead.
    pub const MAX_PASSES: u32 = 1 << PASS_BITS;

    /// The first pass of the lead that is number `ordinal` of its source on `day`.
    #[inline(always)]
    pub const fn new(day: i32, ordinal: u32) -> Self {
        let day = (day + (1 << (DAY_BITS - 1))) as u64;
        Self(day << DAY_SHIFT | (ordinal as u64) << ORDINAL_SHIFT)
    }

    /// The same lead in its next pass.
    pub const fn next_pass(self) -> Self {
        Self(self.0 + (1 << PASS_SHIFT))
    }

    /// Pass number, 0 for the first.
    pub const fn pass(self) -> u32 {
        (self.0 >> PASS_SHIFT) as u32 & (Self::MAX_PASSES - 1)
    }

    /// The same lead in its first pass: what names it.
    pub const fn first_pass(self) -> Self {
        Self(self.0 & !((Self::MAX_PASSES as u64 - 1) << PASS_SHIFT))
    }

    /// Day of arrival.
    pub const fn day(self) -> i32 {
        (self.0 >> DAY_SHIFT) as i32 - (1 << (DAY_BITS - 1))
    }

    /// Number within its source and day.
    pub const fn ordinal(self) -> u32 {
        (self.0 >> ORDINAL_SHIFT) as u32 & (Self::MAX_PER_DAY - 1)
    }
}

/// The uniform number in (0, 1) that parameter draw number `draw` gives to the doubt at `path`.
///
/// The one place where parameters get their luck: another sampling plan replaces this function.
pub fn parameter_uniform(seed: u64, draw: u64, path: &str) -> f64 {
    let key = Entity::new(Kind::Parameter, &[path]).key(seed, draw);
    key.uniform(EventId::new(0, 0), Decision::Parameter)
}

/// The uniform number in (0, 1) that moves place number `place` of permutation number `permutation`.
pub fn permutation_uniform(seed: u64, permutation: u64, place: u64) -> f64 {
    let key = Entity::new(Kind::Permutation, &[]).key(seed, permutation);
    midpoint(key.bits(place))
}

/// The uniform number in (0, 1) that ranks observation number `nth` among equal values of its forecast.
pub fn rank_uniform(seed: u64, nth: u64) -> f64 {
    let key = Entity::new(Kind::Rank, &[]).key(seed, 0);
    midpoint(key.bits(nth))
}

/// How often each of `n` things is drawn in resample number `resample`: `n` draws with replacement.
pub fn resample(seed: u64, resample: u64, n: usize, times: &mut Vec<f64>) {
    let key = Entity::new(Kind::Resample, &[]).key(seed, resample);
    times.clear();
    times.resize(n, 0.0);
    for place in 0..n {
        let drawn = (midpoint(key.bits(place as u64)) * n as f64) as usize;
        times[drawn.min(n - 1)] += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_id_unpacks_what_it_packs() {
        for day in [-(1 << 19), -900, -1, 0, 1, 547, (1 << 19) - 1] {
            for ordinal in [0, 1, 77, EventId::MAX_PER_DAY - 1] {
                let id = EventId::new(day, ordinal);
                let third = id.next_pass().next_pass();
                assert_eq!((id.day(), id.ordinal(), id.pass()), (day, ordinal, 0));
                assert_eq!(
                    (third.day(), third.ordinal(), third.pass()),
                    (day, ordinal, 2)
                );
                assert_eq!(third.first_pass(), id);
            }
        }
    }

    /// The longest run of ones in `bits`.
    fn longest_run(mut bits: u64) -> u32 {
        let mut length = 0;
        while bits != 0 {
            bits &= bits << 1;
            length += 1;
        }
        length
    }

    #[test]
    fn multipliers_are_odd_and_have_no_long_runs() {
        for bits in [
            0,
            1,
            u64::MAX,
            1 << 63,
            0x0101_0101_0101_0101,
            0x1010_1010_1010_1010,
            0xffff_0000_ffff_0000,
        ] {
            let by = multiplier(bits);
            assert_eq!(by & 1, 1);
            assert!(longest_run(by) <= 7 && longest_run(!by) <= 7, "{by:016x}");
        }
        let key = Entity::new(Kind::Leads, &["web"]).key(1, 0);
        assert_eq!(key.factor, multiplier(key.factor));
    }

    /// Children, and their children, of all kinds of parents: no two have a key, or the number of a decision, in common.
    /// Of so many numbers of 52 bits two are equal with probability 2e-6; their mean is that of uniform ones.
    #[test]
    fn descendants_have_luck_of_their_own() {
        let parents = [("web", 0), ("web", 1), ("fair", 0)];
        let parents = parents.map(|(name, run)| Entity::new(Kind::Leads, &[name]).key(1, run));
        let ids = (-3..3).flat_map(|day| (0..20).map(move |n| EventId::new(day, n)));
        let children = |parents: &[Key]| -> Vec<Key> {
            let named = parents
                .iter()
                .flat_map(|key| ids.clone().map(|id| (*key, id)));
            named
                .flat_map(|(key, id)| (0..5).map(move |nth| key.descendant(id, nth)))
                .collect()
        };
        let mut all = children(&parents);
        let first = EventId::new(0, 0);
        let grandchildren = all
            .iter()
            .flat_map(|key| (0..50).map(|nth| key.descendant(first, nth)));
        let grandchildren: Vec<Key> = grandchildren.collect();
        all.extend(grandchildren);
        let luck = |key: &Key| key.uniform(first, Decision::Quality);
        let mut numbers: Vec<f64> = all.iter().map(luck).collect();
        let n = numbers.len() as f64;
        let z = (numbers.iter().sum::<f64>() / n - 0.5) * (12.0 * n).sqrt();
        assert!(z.abs() <= 4.0, "{z}");
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        assert_eq!(numbers.len(), all.len());
        let passes = parents[0].descendant(first.next_pass(), 3);
        assert_eq!(passes, parents[0].descendant(first, 3));
    }

    #[test]
    fn names_do_not_run_together() {
        let a = Entity::new(Kind::Leads, &["ab", "c"]);
        assert_ne!(a, Entity::new(Kind::Leads, &["a", "bc"]));
        assert_ne!(a, Entity::new(Kind::DayCount, &["ab", "c"]));
        assert_ne!(a, Entity::new(Kind::Leads, &["ab\0", "c"]));
    }
}
