//! The standard normal law: density, both tails and the quantile; and the complementary error function.

use super::elementary::{exp_sum, ln};

pub(super) const SQRT_2_PI: f64 = 2.506_628_274_631_000_5;
const INV_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;
/// Inside, Cody's central formula; outside, the tail formulas.
const CENTRAL: f64 = 0.67448975;

/// Density of the standard normal law. `x` \[any\]; relative error below 1e-15 throughout.
pub fn normal_pdf(x: f64) -> f64 {
    gaussian(x, 0.5) * INV_SQRT_2_PI
}

/// `exp(-factor * x²)`, the square taken in two parts so that nothing is lost for large `x`; `factor` is 1/2 or 1.
fn gaussian(x: f64, factor: f64) -> f64 {
    if !(x.abs() < 40.0) {
        return if x.is_nan() { x } else { 0.0 };
    }
    let x_hi = f64::from_bits(x.to_bits() & !0x7FF_FFFF);
    let square_hi = x_hi * x_hi;
    let square_lo = (x - x_hi) * (x + x_hi);
    exp_sum(-factor * square_hi, -factor * square_lo)
}

/// Distribution function of the standard normal law: P(Z ≤ x).
///
/// Relative error below 2e-15 in both tails; 0 below -38.6. Source: W. J. Cody, Math. Comp. 23 (1969) 631, as arranged in R.
pub fn normal_cdf(x: f64) -> f64 {
    normal_sf(-x)
}

/// Survival function of the standard normal law: P(Z > x), without loss in the upper tail. See [`normal_cdf`].
pub fn normal_sf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let y = x.abs();
    if y <= CENTRAL {
        return 0.5 - central(x);
    }
    let tail = gaussian(x, 0.5) * scaled_tail(y);
    if x > 0.0 { tail } else { 1.0 - tail }
}

/// Complementary error function `2/√π ∫ exp(-t²) dt` from `x` to infinity. Relative error below 2e-15; 0 above 27.3.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let y = x.abs() * std::f64::consts::SQRT_2;
    if y <= CENTRAL {
        return 1.0 - 2.0 * central(x * std::f64::consts::SQRT_2);
    }
    let tail = 2.0 * gaussian(x, 1.0) * scaled_tail(y);
    if x > 0.0 { tail } else { 2.0 - tail }
}

/// P(0 < Z ≤ x) for |x| ≤ 0.675.
fn central(x: f64) -> f64 {
    const A: [f64; 5] = [
        2.2352520354606839287,
        161.02823106855587881,
        1067.6894854603709582,
        18154.981253343561249,
        0.065682337918207449113,
    ];
    const B: [f64; 4] = [
        47.20258190468824187,
        976.09855173777669322,
        10260.932208618978205,
        45507.789335026729956,
    ];
    let square = x * x;
    let (mut num, mut den) = (A[4] * square, square);
    for i in 0..3 {
        num = (num + A[i]) * square;
        den = (den + B[i]) * square;
    }
    x * (num + A[3]) / (den + B[3])
}

/// P(Z > x) / exp(-x²/2) for x > 0.67.
fn scaled_tail(x: f64) -> f64 {
    const C: [f64; 9] = [
        0.39894151208813466764,
        8.8831497943883759412,
        93.506656132177855979,
        597.27027639480026226,
        2494.5375852903726711,
        6848.1904505362823326,
        11602.651437647350124,
        9842.7148383839780218,
        1.0765576773720192317e-8,
    ];
    const D: [f64; 8] = [
        22.266688044328115691,
        235.38790178262499861,
        1519.377599407554805,
        6485.558298266760755,
        18615.571640885098091,
        34900.952721145977266,
        38912.003286093271411,
        19685.429676859990727,
    ];
    const P: [f64; 6] = [
        0.21589853405795699,
        0.1274011611602473639,
        0.022235277870649807,
        0.001421619193227893466,
        2.9112874951168792e-5,
        0.02307344176494017303,
    ];
    const Q: [f64; 5] = [
        1.28426009614491121,
        0.468238212480865118,
        0.0659881378689285515,
        0.00378239633202758244,
        7.29751555083966205e-5,
    ];
    if x < 5.656_854_249_492_38 {
        let (mut num, mut den) = (C[8] * x, x);
        for i in 0..7 {
            num = (num + C[i]) * x;
            den = (den + D[i]) * x;
        }
        return (num + C[7]) / (den + D[7]);
    }
    let w = 1.0 / (x * x);
    let (mut num, mut den) = (P[5] * w, w);
    for i in 0..4 {
        num = (num + P[i]) * w;
        den = (den + Q[i]) * w;
    }
    (INV_SQRT_2_PI - w * (num + P[4]) / (den + Q[4])) / x
}

/// Quantile of the standard normal law: the `x` with P(Z ≤ x) = `u`.
///
/// - `u` \[probability\]; infinite at 0 and 1, NaN outside and for NaN
/// - Relative error about 1e-15 (absolute near `u` = 1/2), down to `u` = 1e-300. For the upper tail far out, use
///   `-normal_quantile(q)` with the survival probability `q`.
/// - Source: M. J. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477.
pub fn normal_quantile(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &CENTRE_NUM, &CENTRE_DEN);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    if !(tail > 0.0) {
        return if tail == 0.0 {
            f64::INFINITY.copysign(q)
        } else {
            f64::NAN
        };
    }
    let r = (-ln(tail)).sqrt();
    let size = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE_NUM, &MIDDLE_DEN)
    } else {
        ratio(r - 5.0, &FAR_NUM, &FAR_DEN)
    };
    if q < 0.0 { -size } else { size }
}

/// The ratio of two polynomials, coefficients from the constant upwards.
#[inline]
fn ratio(x: f64, num: &[f64; 8], den: &[f64; 8]) -> f64 {
    let value = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &c| sum * x + c);
    value(num) / value(den)
}

const CENTRE_NUM: [f64; 8] = [
    3.387132872796366608,
    133.14166789178437745,
    1971.5909503065514427,
    13731.693765509461125,
    45921.953931549871457,
    67265.770927008700853,
    33430.575583588128105,
    2509.0809287301226727,
];
const CENTRE_DEN: [f64; 8] = [
    1.0,
    42.313330701600911252,
    687.1870074920579083,
    5394.1960214247511077,
    21213.794301586595867,
    39307.89580009271061,
    28729.085735721942674,
    5226.495278852545925,
];
const MIDDLE_NUM: [f64; 8] = [
    1.42343711074968357734,
    4.6303378461565452959,
    5.7694972214606914055,
    3.64784832476320460504,
    1.27045825245236838258,
    0.24178072517745061177,
    0.0227238449892691845833,
    7.7454501427834140764e-4,
];
const MIDDLE_DEN: [f64; 8] = [
    1.0,
    2.05319162663775882187,
    1.6763848301838038494,
    0.68976733498510000455,
    0.14810397642748007459,
    0.0151986665636164571966,
    5.475938084995344946e-4,
    1.05075007164441684324e-9,
];
const FAR_NUM: [f64; 8] = [
    6.6579046435011037772,
    5.4637849111641143699,
    1.7848265399172913358,
    0.29656057182850489123,
    0.026532189526576123093,
    0.0012426609473880784386,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
];
const FAR_DEN: [f64; 8] = [
    1.0,
    0.59983220655588793769,
    0.13692988092273580531,
    0.0148753612908506148525,
    7.868691311456132591e-4,
    1.8463183175100546818e-5,
    1.4215117583164458887e-7,
    2.04426310338993978564e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: f64 = 4e-15;

    #[track_caller]
    fn assert_close(ours: f64, reference: f64) {
        assert!(
            (ours - reference).abs() <= TOLERANCE * reference.abs(),
            "{ours:e}, reference {reference:e}"
        );
    }

    /// References: mpmath, 40 digits.
    #[test]
    fn distribution_function_matches_reference() {
        for (x, p) in [
            (-20.0, 2.7536241186062337e-89),
            (-8.3, 5.20556974489025402e-17),
            (-5.7, 5.99037140106352819e-9),
            (-3.0, 0.00134989803163009453),
            (-0.7, 0.241963652223073029),
            (-0.5, 0.308537538725986896),
            (1e-5, 0.500003989422803948),
            (0.3, 0.617911422188952633),
            (2.0, 0.977249868051820793),
            (6.0, 0.999999999013412355),
        ] {
            assert_close(normal_cdf(x), p);
            assert_close(normal_sf(-x), p);
        }
        assert_eq!(
            (normal_cdf(f64::NEG_INFINITY), normal_cdf(f64::INFINITY)),
            (0.0, 1.0)
        );
        assert!(normal_cdf(f64::NAN).is_nan() && normal_pdf(f64::NAN).is_nan());
    }

    #[test]
    fn complementary_error_function_matches_reference() {
        for (x, value) in [
            (-3.0, 1.99997790950300141),
            (0.1, 0.887537083981715102),
            (0.48, 0.497250329305235121),
            (0.9, 0.20309178757716786),
            (3.7, 1.67151057909145975e-7),
            (5.0, 1.53745979442803485e-12),
            (12.0, 1.35626116920590421e-64),
            (26.0, 5.66319240885614285e-296),
        ] {
            assert_close(erfc(x), value);
        }
    }

    #[test]
    fn quantile_matches_reference() {
        for (u, z) in [
            (1e-300, -37.0470962993611992),
            (1e-100, -21.2734535609653243),
            (1e-20, -9.26234008979840758),
            (1e-9, -5.99780701500768686),
            (0.001, -3.09023230616781354),
            (0.07, -1.47579102817917069),
            (0.08, -1.40507156030963254),
            (0.3, -0.524400512708040816),
            (0.45, -0.125661346855074006),
        ] {
            assert_close(normal_quantile(u), z);
        }
        assert_eq!(
            (normal_quantile(0.0), normal_quantile(1.0)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
        assert!(
            [-0.1, 1.1, f64::NAN]
                .iter()
                .all(|u| normal_quantile(*u).is_nan())
        );
    }
}
