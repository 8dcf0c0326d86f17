//! The random numbers of a twin: one sequential generator, and the draws made from it.

/// 1.5 · 2⁵²: a sum with it is rounded to a whole number, in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The wyrand generator: a counter, and one product of 64 × 64 → 128 bits per number.
///
/// - Source: Wang Yi, wyhash, <https://github.com/wangyi-fudan/wyhash>, release "final version 4".
#[derive(Clone, Copy)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one replication; nearby seeds give unrelated starts.
    pub fn new(seed: u64) -> Self {
        let mut stream = Self(seed);
        Self(stream.bits() ^ seed.rotate_left(32))
    }

    #[inline(always)]
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x2d35_8dcc_aa6c_78a5);
        let product = u128::from(self.0) * u128::from(self.0 ^ 0x8bb8_4b93_962e_acc9);
        (product >> 64) as u64 ^ product as u64
    }

    /// A uniform number in `(0, 1]`: never 0, so its logarithm is finite.
    #[inline(always)]
    pub fn uniform(&mut self) -> f64 {
        2.0 - f64::from_bits((self.bits() >> 12) | 1.0_f64.to_bits())
    }
}

/// Tables for `ln`, the normal law and the day's Poisson count.
pub struct Tables {
    /// `[leading bits of the mantissa]`: 1/c and ln c for a point c of that cell.
    ln: [(f64, f64); 1 << LN_BITS],
    /// `[layer]`: right edge, falling; the first belongs to the tail, the last is 0.
    edge: [f64; 257],
    /// `[layer]`: density at the edge.
    density: [f64; 257],
    /// `[count]`: P(draw ≤ count).
    cumulative: Vec<f64>,
    /// `[256 u]`: where the search for `u` may start.
    guide: [u32; 256],
}

const LN_BITS: u32 = 8;

impl Tables {
    /// - `mean_count` \[0 < mean ≤ 1e6\]
    pub fn new(mean_count: f64) -> Self {
        let (edge, density) = ziggurat();
        let cumulative = poisson(mean_count);
        Self {
            ln: std::array::from_fn(|i| {
                let c = 1.0 + (i as f64 + 0.5) / (1 << LN_BITS) as f64;
                (1.0 / c, c.ln())
            }),
            edge,
            density,
            guide: std::array::from_fn(|cell| {
                cumulative.partition_point(|&c| c <= cell as f64 / 256.0) as u32
            }),
            cumulative,
        }
    }

    /// `-ln x` for normal `x > 0`, error below 1e-14.
    #[inline(always)]
    pub fn neg_ln(&self, x: f64) -> f64 {
        let bits = x.to_bits();
        let (inverse, ln) = self.ln[(bits >> (52 - LN_BITS)) as usize % (1 << LN_BITS)];
        let m = f64::from_bits((bits & (u64::MAX >> 12)) | 1.0_f64.to_bits());
        let k = (bits >> 52) as i32 - 1023;
        let r = m * inverse - 1.0;
        let r2 = r * r;
        let p = r - r2 * (0.5 - r * (1.0 / 3.0) + r2 * 0.25);
        f64::from(k) * -std::f64::consts::LN_2 - ln - p
    }

    /// A draw of the unit exponential law.
    #[inline(always)]
    pub fn exponential(&self, stream: &mut Stream) -> f64 {
        self.neg_ln(stream.uniform())
    }

    /// A standard normal draw by the ziggurat with 256 layers.
    ///
    /// - Source: Marsaglia & Tsang 2000, doi:10.18637/jss.v005.i08.
    #[inline(always)]
    pub fn normal(&self, stream: &mut Stream) -> f64 {
        let bits = stream.bits();
        let layer = bits as usize & 0xff;
        let u = 2.0 * f64::from_bits((bits >> 12) | 1.0_f64.to_bits()) - 3.0;
        let x = u * self.edge[layer];
        if x.abs() < self.edge[layer + 1] {
            return x;
        }
        let (x, next) = self.beside(layer, x, *stream);
        *stream = next;
        x
    }

    /// The 1 % of draws that fall beside a layer's sure part.
    #[cold]
    #[inline(never)]
    fn beside(&self, layer: usize, x: f64, mut stream: Stream) -> (f64, Stream) {
        if layer == 0 {
            loop {
                let beyond = -stream.uniform().ln() / ZIGGURAT_RIGHT;
                if -2.0 * stream.uniform().ln() > beyond * beyond {
                    return ((ZIGGURAT_RIGHT + beyond).copysign(x), stream);
                }
            }
        }
        let (low, high) = (self.density[layer], self.density[layer + 1]);
        let x = if low + (high - low) * stream.uniform() < (-0.5 * x * x).exp() {
            x
        } else {
            self.normal(&mut stream)
        };
        (x, stream)
    }

    /// A Poisson draw by inversion.
    pub fn count(&self, stream: &mut Stream) -> usize {
        let bits = stream.bits();
        let u = f64::from_bits((bits >> 12) | 1.0_f64.to_bits()) - 1.0;
        let mut i = self.guide[(bits >> 56) as usize] as usize;
        while self.cumulative[i] <= u {
            i += 1;
        }
        i
    }
}

/// The whole part of `x` \[0 ≤ x < 2³²\]; a whole number itself may give the one below.
#[inline(always)]
pub fn whole(x: f64) -> usize {
    ((x - 0.5) + ROUND).to_bits() as u32 as usize
}

/// `exp(x)` for `|x| < 700`, relative error below 2e-12.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let r = x - (shifted - ROUND) * std::f64::consts::LN_2;
    let r2 = r * r;
    let a = 1.0 + r * 0.999_999_999_979_785_2;
    let b = 0.499_999_999_997_979_34 + r * 0.166_666_668_910_457_75;
    let c = 0.041_666_666_890_957 + r * 0.008_333_266_097_949_614;
    let d = 0.001_388_882_167_763_036_2 + r * 0.000_199_158_669_267_826_82;
    let p = (a + r2 * b) + (r2 * r2) * ((c + r2 * d) + (r2 * r2) * 2.487_616_402_262_597e-5);
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

const ZIGGURAT_RIGHT: f64 = 3.654_152_885_361_009;
const ZIGGURAT_AREA: f64 = 0.004_928_673_233_974_655;

/// Edges and densities of the layers.
fn ziggurat() -> ([f64; 257], [f64; 257]) {
    let f = |x: f64| (-0.5 * x * x).exp();
    let mut edge = [0.0; 257];
    edge[0] = ZIGGURAT_AREA / f(ZIGGURAT_RIGHT);
    edge[1] = ZIGGURAT_RIGHT;
    for i in 2..256 {
        edge[i] = (-2.0 * (ZIGGURAT_AREA / edge[i - 1] + f(edge[i - 1])).ln()).sqrt();
    }
    (edge, edge.map(f))
}

/// `[count]`: P(draw ≤ count); what is left out at the end is below 1e-30.
fn poisson(mean: f64) -> Vec<f64> {
    let last = (mean + 12.0 * mean.sqrt() + 40.0) as usize;
    let (mut ln_p, mut sum) = (-mean, (-mean).exp());
    let mut cumulative = vec![sum];
    for count in 1..last {
        ln_p += (mean / count as f64).ln();
        sum += ln_p.exp();
        cumulative.push(sum);
    }
    cumulative.push(f64::INFINITY);
    cumulative
}
