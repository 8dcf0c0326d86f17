//! A quantile function as polynomials on a grid that follows the bits of a floating-point number.
//!
//! With `v = min(u, 1 - u)`, every octave of `v` is cut into 32 cells, so exponent and top mantissa bits are the index and
//! the rest is the place within the cell. Each cell holds the quintic that meets the exact quantile, its slope and its
//! curvature at both ends. Cells that miss the exact quantile in the middle, and the far tails, use the exact quantile.

use super::Law;
use super::family::Family;
use super::solve::Tail;
use crate::math;

const CELL_BITS: u32 = 5;
const CELLS_PER_OCTAVE: usize = 1 << CELL_BITS;
/// Down to 2^-25; beyond, about one draw in 17 million, the exact quantile.
const OCTAVES: usize = 24;
/// The last cell of a side stands for v = 1/2 alone.
const CELLS_PER_SIDE: usize = OCTAVES * CELLS_PER_OCTAVE + 1;
const INDEX_SHIFT: u32 = 52 - CELL_BITS;
/// Index bits of the smallest tabulated `v`.
const FIRST_INDEX: u64 = (1023 - 1 - OCTAVES as u64) << CELL_BITS;
/// Largest error accepted, relative to the value and to the change across the cell.
const TOLERANCE: f64 = 2e-10;

/// Coefficients from the constant upwards, in the place within the cell [0, 1). A NaN first: use the exact quantile.
type Cell = [f64; 6];

/// A law's quantile function in 72 kB.
#[derive(Debug)]
pub(super) struct QuantileTable {
    cells: Box<[Cell; 2 * CELLS_PER_SIDE]>,
    law: Law,
    is_logarithmic: bool,
}

impl QuantileTable {
    /// Tabulates a continuous law; about 3,000 exact quantiles.
    pub(super) fn new(law: Law) -> QuantileTable {
        let low = law.family().point(Tail::Lower(1e-4));
        let is_logarithmic = law.support().0 >= 0.0
            && low < 1e-17 * law.family().point(Tail::Lower(0.5))
            && low < 1e-17;
        let mut cells = Box::new([[f64::NAN; 6]; 2 * CELLS_PER_SIDE]);
        let node = |tail| Node::new(law.family(), is_logarithmic, tail);
        for (side, cells) in cells.chunks_mut(CELLS_PER_SIDE).enumerate() {
            let tail = |v: f64| {
                if side == 0 {
                    Tail::Lower(v)
                } else {
                    Tail::Upper(v)
                }
            };
            let mut left = node(tail(place(0)));
            for (i, cell) in cells.iter_mut().enumerate().take(CELLS_PER_SIDE - 1) {
                let right = node(tail(place(i + 1)));
                let width = place(i + 1) - place(i);
                let fitted = hermite(left, right, if side == 0 { width } else { -width }, width);
                let exact = node(tail(place(i) + 0.5 * width)).value;
                let error = (polynomial(&fitted, 0.5) - exact).abs();
                let scale = if is_logarithmic {
                    1.0
                } else {
                    exact.abs().max(fitted[1].abs())
                };
                if error <= TOLERANCE * scale {
                    *cell = fitted;
                }
                left = right;
            }
            cells[CELLS_PER_SIDE - 1] = [left.value, 0.0, 0.0, 0.0, 0.0, 0.0];
            join(cells, side == 0);
        }
        QuantileTable {
            cells,
            law,
            is_logarithmic,
        }
    }

    pub(super) fn law(&self) -> &Law {
        &self.law
    }

    /// Whether [`Self::quantile`] is the logarithm of the law's.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.is_logarithmic
    }

    #[inline(always)]
    pub(super) fn quantile(&self, u: f64) -> f64 {
        let mirrored = 1.0 - u;
        let side = usize::from(u > mirrored);
        let v = if u > mirrored { mirrored } else { u };
        let bits = v.to_bits();
        let index = (bits >> INDEX_SHIFT).wrapping_sub(FIRST_INDEX) as usize;
        if index < CELLS_PER_SIDE {
            let place_bits = (bits << CELL_BITS) & ((1 << 52) - 1) | 1.0f64.to_bits();
            let value = polynomial(
                &self.cells[side * CELLS_PER_SIDE + index],
                f64::from_bits(place_bits) - 1.0,
            );
            if value == value {
                return value;
            }
        }
        self.exact(u)
    }

    #[cold]
    #[inline(never)]
    fn exact(&self, u: f64) -> f64 {
        let quantile = self.law.quantile(u);
        if self.is_logarithmic {
            math::ln(quantile)
        } else {
            quantile
        }
    }
}

/// The `v` at which cell `index` starts.
fn place(index: usize) -> f64 {
    f64::from_bits((FIRST_INDEX + index as u64) << INDEX_SHIFT)
}

/// The quantile (or its logarithm) at one probability, with its first two derivatives.
#[derive(Clone, Copy)]
struct Node {
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Node {
    fn new(family: &dyn Family, is_logarithmic: bool, tail: Tail) -> Node {
        let x = family.point(tail);
        let slope = 1.0 / family.density(x);
        let curvature = -family.log_density_slope(x) * slope * slope;
        if is_logarithmic {
            let ratio = slope / x;
            Node {
                value: math::ln(x),
                slope: ratio,
                curvature: curvature / x - ratio * ratio,
            }
        } else {
            Node {
                value: x,
                slope,
                curvature,
            }
        }
    }
}

/// The quintic through two nodes; `step` is the change of `u` across the cell, negative on the upper side.
fn hermite(left: Node, right: Node, step: f64, width: f64) -> Cell {
    let rise = right.value - left.value;
    let (d0, d1) = (left.slope * step, right.slope * step);
    let (s0, s1) = (
        left.curvature * width * width,
        right.curvature * width * width,
    );
    [
        left.value,
        d0,
        0.5 * s0,
        10.0 * rise - 6.0 * d0 - 4.0 * d1 - 1.5 * s0 + 0.5 * s1,
        -15.0 * rise + 8.0 * d0 + 7.0 * d1 + 1.5 * s0 - s1,
        6.0 * rise - 3.0 * d0 - 3.0 * d1 - 0.5 * s0 + 0.5 * s1,
    ]
}

/// One addition last, so that rounding keeps the order of neighbouring values.
#[inline(always)]
fn polynomial(c: &Cell, t: f64) -> f64 {
    let t2 = t * t;
    c[0] + t * ((c[1] + c[2] * t) + t2 * ((c[3] + c[4] * t) + t2 * c[5]))
}

/// Moves the start of a cell by the rounding error by which the cell before overshoots it.
fn join(cells: &mut [Cell], is_rising: bool) {
    const LAST_PLACE: f64 = 1.0 - f64::EPSILON;
    for i in 1..cells.len() {
        let end = polynomial(&cells[i - 1], LAST_PLACE);
        let start = &mut cells[i][0];
        // A NaN on either side leaves things as they are.
        if if is_rising {
            end > *start
        } else {
            end < *start
        } {
            *start = end;
        }
    }
}
