//! A quantile function as polynomials on a grid that follows the bits of a floating-point number.
//!
//! With `v = min(u, 1 - u)`, every octave of `v` is cut into 32 cells, so exponent and top mantissa bits are the index and
//! the rest is the place within the cell. Each cell holds the quintic that meets the exact quantile, its slope and its
//! curvature at both ends. A cell that misses the exact quantile in its middle is cut into 16, and those again, up to three
//! times; what still misses, and the far tails, use the exact quantile.

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
/// Largest error accepted, relative to the value or to the change across the cell.
const TOLERANCE: f64 = 2e-10;

/// Pieces into which a cell is cut that is not accurate enough, and how often that may be repeated.
const PIECES: usize = 16;
const MAX_DEPTH: u32 = 3;
/// Bound on the memory of one table: about 230 kB.
const MAX_BLOCKS: usize = 300;

/// Coefficients from the constant upwards, in the place within the cell [0, 1). If the first is NaN, the second is the
/// number of the block of finer cells, or NaN: use the exact quantile.
type Cell = [f64; 6];
const EXACT: Cell = [f64::NAN; 6];

/// A law's quantile function in 72 kB, more if it is rough.
#[derive(Debug)]
pub(super) struct QuantileTable {
    cells: Box<[Cell; 2 * CELLS_PER_SIDE]>,
    blocks: Vec<[Cell; PIECES]>,
    law: Law,
    is_logarithmic: bool,
}

/// Equal laws have equal tables.
impl PartialEq for QuantileTable {
    fn eq(&self, other: &Self) -> bool {
        self.law == other.law
    }
}

impl QuantileTable {
    /// Tabulates a law that is smooth but for some places; about 3,000 exact quantiles, more if it is rough.
    pub(super) fn new(law: Law) -> QuantileTable {
        let low = law.family().point(Tail::Lower(1e-4));
        let is_logarithmic = law.support().0 >= 0.0
            && low < 1e-17 * law.family().point(Tail::Lower(0.5))
            && low < 1e-17;
        let mut cells = Box::new([EXACT; 2 * CELLS_PER_SIDE]);
        let mut blocks = Vec::new();
        for (side, cells) in cells.chunks_mut(CELLS_PER_SIDE).enumerate() {
            let mut builder = Builder {
                family: law.family(),
                is_logarithmic,
                is_lower: side == 0,
                blocks: &mut blocks,
            };
            let mut left = builder.node(place(0));
            for (i, cell) in cells.iter_mut().enumerate().take(CELLS_PER_SIDE - 1) {
                let right = builder.node(place(i + 1));
                *cell = builder.cell(left, right, 0);
                left = right;
            }
            cells[CELLS_PER_SIDE - 1] = [left.value, 0.0, 0.0, 0.0, 0.0, 0.0];
            join(cells, side == 0);
        }
        QuantileTable {
            cells,
            blocks,
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
            let place = f64::from_bits(place_bits) - 1.0;
            let cell = &self.cells[side * CELLS_PER_SIDE + index];
            let value = polynomial(cell, place);
            return if value.is_nan() {
                self.finer(u, cell, place)
            } else {
                value
            };
        }
        self.exact(u)
    }

    /// The value in a cell that has been cut into pieces.
    #[inline(never)]
    fn finer(&self, u: f64, cell: &Cell, place: f64) -> f64 {
        let (mut cell, mut place) = (cell, place);
        while cell[0].is_nan() {
            if cell[1].is_nan() {
                return self.exact(u);
            }
            place *= PIECES as f64;
            let piece = (place as usize).min(PIECES - 1);
            place -= piece as f64;
            cell = &self.blocks[cell[1] as usize][piece];
        }
        polynomial(cell, place)
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

/// Builds the cells of one side.
struct Builder<'a> {
    family: &'a dyn Family,
    is_logarithmic: bool,
    is_lower: bool,
    blocks: &'a mut Vec<[Cell; PIECES]>,
}

impl Builder<'_> {
    fn node(&self, v: f64) -> Node {
        let tail = if self.is_lower {
            Tail::Lower(v)
        } else {
            Tail::Upper(v)
        };
        Node::new(self.family, self.is_logarithmic, tail, v)
    }

    /// Where a polynomial is compared with the exact quantile; a law that may jump is not trusted with one place.
    fn checks(&self) -> &'static [f64] {
        if self.family.is_continuous() {
            &[0.5]
        } else {
            &[0.5, 0.17, 0.83]
        }
    }

    fn is_accurate(&self, fitted: &Cell, start: f64, width: f64, place: f64) -> bool {
        let exact = self.node(start + place * width).value;
        let error = (polynomial(fitted, place) - exact).abs();
        let scale = if self.is_logarithmic {
            1.0
        } else {
            exact.abs().max(fitted[1].abs())
        };
        error <= TOLERANCE * scale
    }

    /// The cell between two nodes: a polynomial if it is accurate in the middle, else a block of finer cells.
    fn cell(&mut self, left: Node, right: Node, depth: u32) -> Cell {
        if left.value == right.value {
            return [left.value, 0.0, 0.0, 0.0, 0.0, 0.0];
        }
        let width = right.v - left.v;
        let fitted = hermite(
            left,
            right,
            if self.is_lower { width } else { -width },
            width,
        );
        if self
            .checks()
            .iter()
            .all(|place| self.is_accurate(&fitted, left.v, width, *place))
        {
            return fitted;
        }
        if depth == MAX_DEPTH || self.blocks.len() >= MAX_BLOCKS {
            return EXACT;
        }
        let number = self.blocks.len();
        self.blocks.push([EXACT; PIECES]);
        let mut block = [EXACT; PIECES];
        let mut start = left;
        for (i, piece) in block.iter_mut().enumerate() {
            let end = if i + 1 == PIECES {
                right
            } else {
                self.node(left.v + width * (i + 1) as f64 / PIECES as f64)
            };
            *piece = self.cell(start, end, depth + 1);
            start = end;
        }
        join(&mut block, self.is_lower);
        self.blocks[number] = block;
        [f64::NAN, number as f64, 0.0, 0.0, 0.0, 0.0]
    }
}

/// The `v` at which cell `index` starts.
fn place(index: usize) -> f64 {
    f64::from_bits((FIRST_INDEX + index as u64) << INDEX_SHIFT)
}

/// The quantile (or its logarithm) at one probability, with its first two derivatives.
#[derive(Clone, Copy)]
struct Node {
    v: f64,
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Node {
    fn new(family: &dyn Family, is_logarithmic: bool, tail: Tail, v: f64) -> Node {
        let x = family.point(tail);
        let density = family.density(x);
        // Without density the law stands on a single value for a while.
        let slope = if density > 0.0 { 1.0 / density } else { 0.0 };
        let curvature = -family.log_density_slope(x) * slope * slope;
        if is_logarithmic {
            let ratio = slope / x;
            Node {
                v,
                value: math::ln(x),
                slope: ratio,
                curvature: curvature / x - ratio * ratio,
            }
        } else {
            Node {
                v,
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
        let overshoots = if is_rising {
            end > *start
        } else {
            end < *start
        };
        if overshoots {
            *start = end;
        }
    }
}
