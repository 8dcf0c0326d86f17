//! Random numbers of a twin: one fast sequential generator and the draws made from it.

/// The wyrand generator: a counter, one 64 × 64 → 128 bit product per draw.
///
/// - Source: Wang Yi, wyhash, <https://github.com/wangyi-fudan/wyhash>, release "final version 4".
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of one replication; nearby seeds give unrelated starts.
    pub fn new(seed: u64) -> Self {
        let mut stream = Self { state: seed };
        let high = stream.next();
        stream.state = high ^ seed.rotate_left(32);
        stream.state = stream.next();
        stream
    }

    #[inline(always)]
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x2d35_8dcc_aa6c_78a5);
        let product = u128::from(self.state) * u128::from(self.state ^ 0x8bb8_4b93_962e_acc9);
        (product >> 64) as u64 ^ product as u64
    }

    #[inline(always)]
    pub fn fill(&mut self, raw: &mut [u64]) {
        for slot in raw {
            *slot = self.next();
        }
    }
}

const ONE: u64 = 1.0_f64.to_bits();

/// A uniform number in `[1, 2)` from the top 52 bits.
#[inline(always)]
pub fn one_to_two(raw: u64) -> f64 {
    f64::from_bits((raw >> 12) | ONE)
}

/// A uniform number in `(0, 1]` from the top 52 bits; never 0, so its logarithm is finite.
#[inline(always)]
pub fn open_zero(raw: u64) -> f64 {
    2.0 - one_to_two(raw)
}

/// The uniform number in `[0, 2³²)` that decides a coin, from the low 32 bits.
#[inline(always)]
pub fn coin(raw: u64) -> u64 {
    raw & 0xffff_ffff
}

/// The bound below which [`coin`] falls with `probability`, to 2⁻³³.
pub const fn below(probability: f64) -> u64 {
    (probability * 4_294_967_296.0 + 0.5) as u64
}

/// `flag` if `coin < bound`, else 0, without a comparison: SSE2 has none for 64-bit integers.
///
/// - `flag` is a power of two, at most 2³⁰
#[inline(always)]
pub fn flag_if_below(coin: u64, bound: u64, flag: u64) -> u64 {
    (coin.wrapping_sub(bound) >> 33) & flag
}

/// `-ln(x)` for normal `x > 0`, absolute error below 2e-12, in a form the compiler vectorises.
///
/// `x = 2^k m` with `m` in `[√½, √2)`, then `ln m = 2 artanh((m-1)/(m+1))` by a degree-4
/// Chebyshev fit in the square of the argument.
#[inline(always)]
pub fn neg_ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const TWO_52: u64 = 4_503_599_627_370_496.0_f64.to_bits();
    let shifted = x.to_bits().wrapping_add(ONE.wrapping_sub(SQRT_HALF));
    let k = f64::from_bits((shifted >> 52) | TWO_52) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let z2 = z * z;
    let low = 2.000_000_000_008_359_5 + z * 0.666_666_652_474_875_2;
    let high = 0.400_003_846_723_751_9 + z * 0.285_350_510_378_163_1;
    let p = low + z2 * (high + z2 * 0.236_163_590_991_459_87);
    k * -std::f64::consts::LN_2 - s * p
}

/// `exp(x)` for `|x| < 700`, relative error below 2e-12, in a form the compiler vectorises.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let r = x - (shifted - ROUND) * std::f64::consts::LN_2;
    let r2 = r * r;
    let r4 = r2 * r2;
    let a = 1.0 + r * 0.999_999_999_979_785_2;
    let b = 0.499_999_999_997_979_34 + r * 0.166_666_668_910_457_75;
    let c = 0.041_666_666_890_957 + r * 0.008_333_266_097_949_614;
    let d = 0.001_388_882_167_763_036_2 + r * 0.000_199_158_669_267_826_82;
    let p = (a + r2 * b) + r4 * ((c + r2 * d) + r4 * 2.487_616_402_262_597e-5);
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Standard normal draws by the ziggurat with 256 layers.
///
/// - Source: Marsaglia & Tsang 2000, doi:10.18637/jss.v005.i08; Doornik 2005 for the layout.
pub struct Ziggurat {
    /// `[layer]`: right edge, falling; the first belongs to the tail, the last is 0.
    edge: [f64; 257],
    /// `[layer]`: density at the edge.
    density: [f64; 257],
}

impl Ziggurat {
    const RIGHT: f64 = 3.654_152_885_361_009;
    const AREA: f64 = 0.004_928_673_233_974_655;

    pub fn new() -> Self {
        let f = |x: f64| (-0.5 * x * x).exp();
        let mut edge = [0.0; 257];
        edge[0] = Self::AREA / f(Self::RIGHT);
        edge[1] = Self::RIGHT;
        for i in 2..256 {
            edge[i] = (-2.0 * (Self::AREA / edge[i - 1] + f(edge[i - 1])).ln()).sqrt();
        }
        Self {
            edge,
            density: edge.map(f),
        }
    }

    #[inline(always)]
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        let raw = stream.next();
        let layer = (raw & 0xff) as usize;
        let u = 2.0 * one_to_two(raw) - 3.0;
        let x = u * self.edge[layer];
        if x.abs() < self.edge[layer + 1] {
            return x;
        }
        self.settle(layer, x, stream)
    }

    /// The 1 % of draws that fall beside a layer's sure part.
    #[cold]
    #[inline(never)]
    fn settle(&self, layer: usize, x: f64, stream: &mut Stream) -> f64 {
        if layer == 0 {
            return Self::tail(stream).copysign(x);
        }
        let (low, high) = (self.density[layer], self.density[layer + 1]);
        let height = low + (high - low) * (open_zero(stream.next()));
        if height < (-0.5 * x * x).exp() {
            x
        } else {
            self.draw_again(stream)
        }
    }

    fn draw_again(&self, stream: &mut Stream) -> f64 {
        self.draw(stream)
    }

    fn tail(stream: &mut Stream) -> f64 {
        loop {
            let beyond = -open_zero(stream.next()).ln() / Self::RIGHT;
            let limit = -open_zero(stream.next()).ln();
            if 2.0 * limit > beyond * beyond {
                return Self::RIGHT + beyond;
            }
        }
    }
}

/// Poisson draws by inversion: the cumulative probabilities and a guide into them.
pub struct Poisson {
    pub mean: f64,
    first: usize,
    /// `[count - first]`: P(draw ≤ count).
    cumulative: Vec<f64>,
    /// `[256 u]`: where the search for `u` may start.
    guide: [u32; 256],
}

impl Poisson {
    /// - `mean` \[0 < mean ≤ 1e6\]; the counts left out have a probability below 1e-30
    pub fn new(mean: f64) -> Self {
        let half_width = 12.0 * mean.sqrt() + 40.0;
        let first = (mean - half_width).max(0.0) as usize;
        let last = (mean + half_width) as usize;
        let mode = mean as usize;
        let mut weight = vec![1.0; last - first + 1];
        for count in (first..mode).rev() {
            weight[count - first] = weight[count + 1 - first] * (count + 1) as f64 / mean;
        }
        for count in mode + 1..=last {
            weight[count - first] = weight[count - 1 - first] * mean / count as f64;
        }
        let total: f64 = weight.iter().sum();
        let cumulative: Vec<f64> = weight
            .iter()
            .scan(0.0, |sum, w| {
                *sum += w / total;
                Some(*sum)
            })
            .collect();
        let guide = std::array::from_fn(|cell| {
            let u = cell as f64 / 256.0;
            cumulative.partition_point(|&c| c <= u) as u32
        });
        Self {
            mean,
            first,
            cumulative,
            guide,
        }
    }

    pub fn draw(&self, stream: &mut Stream) -> usize {
        let raw = stream.next();
        let u = one_to_two(raw) - 1.0;
        let mut i = self.guide[(raw >> 56) as usize] as usize;
        while i + 1 < self.cumulative.len() && self.cumulative[i] <= u {
            i += 1;
        }
        self.first + i
    }
}
