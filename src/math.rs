//! Elementary and special functions with the same bits on every platform: only `+ - * /`, `sqrt` and bit operations.
//!
//! The standard library hands `exp`, `ln`, `powf` and the like to the platform's C library, whose last bits differ between
//! systems. A simulation that promises the same answer everywhere cannot use them; it uses these.

#![allow(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "`!(x > 0.0)` is how a guard stops NaN too"
)]
#![allow(
    clippy::excessive_precision,
    reason = "coefficients stand as published"
)]

mod elementary;
mod normal;
mod special;

pub use elementary::{cos, exp, exp_m1, ln, ln_1p, logistic, logit, pow, sin};
pub use normal::{erfc, normal_cdf, normal_pdf, normal_quantile, normal_sf};
pub use special::{
    IncompleteBeta, IncompleteGamma, Tails, beta_inc, digamma, gamma_p, gamma_q, ln_gamma,
    ln_gamma_1p,
};

/// The square root. IEEE 754 rounds it correctly, so every platform agrees.
#[inline]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}
