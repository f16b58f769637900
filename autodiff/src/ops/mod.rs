//! The calculus: one operation a file, with its forward rule, its backward rule, its cost, its kinks, its derivative
//! as a formula, and its rows in the gradient-check table.
//!
//! Derivatives have the shape of what is differentiated by. With Ȳ for ∂ℓ/∂Y, the rules on a page:
//!
//! | operation | value | adds to the derivatives |
//! |---|---|---|
//! | [`+`](sum) | Y = A + B | Ā += Ȳ, B̄ += Ȳ |
//! | [`-`](difference) | Y = A − B | Ā += Ȳ, B̄ −= Ȳ |
//! | [`*`](product) | Y = A·B | Ā += Ȳ·Bᵀ, B̄ += Aᵀ·Ȳ |
//! | [`* number`](scale) | Y = c·A | Ā += c·Ȳ |
//! | [`scale_by`] | Y = s·A, s a 1×1 node | Ā += s·Ȳ, s̄ += Σᵢⱼ Aᵢⱼ·Ȳᵢⱼ |
//! | [`component_mul`] | Y = A∘B | Ā += B∘Ȳ, B̄ += A∘Ȳ |
//! | [`component_div`] | Y = A⊘B | Ā += Ȳ⊘B, B̄ −= Ȳ∘Y⊘B |
//! | [`transpose`] | Y = Aᵀ | Ā += Ȳᵀ |
//! | [`add_to_columns`] | Y = A + b·1ᵀ | Ā += Ȳ, b̄ += Ȳ·1 |
//! | [`sum`](total) | y = Σᵢⱼ Aᵢⱼ | Ā += ȳ·1·1ᵀ |
//! | [`norm_squared`] | y = Σᵢⱼ Aᵢⱼ² | Ā += 2ȳ·A |
//! | [`relu`], [`leaky_relu`], [`gelu`], [`tanh`], [`sigmoid`], [`erf`], [`exp`], [`ln`], [`sin`], [`cos`], [`sqrt`], [`powi`] | Y = f(A), entry by entry | Ā += f′(A)∘Ȳ |
//! | [`weighted_square`] | y = Σⱼ mⱼ·Σₖ (Pₖⱼ − Tₖⱼ)² | with Gₖⱼ = 2mⱼ·(Pₖⱼ − Tₖⱼ): P̄ += ȳ·G, T̄ −= ȳ·G, m̄ⱼ += ȳ·Σₖ (Pₖⱼ − Tₖⱼ)² |
//! | [`logistic`] | y = Σⱼ mⱼ·(ln(1 + e^zⱼ) − tⱼ·zⱼ) | z̄ += ȳ·m∘(σ(z) − t), t̄ −= ȳ·m∘z, m̄ⱼ += ȳ·(ln(1 + e^zⱼ) − tⱼ·zⱼ) |
//! | [`cross_entropy`] | y = −Σⱼ mⱼ·Σₖ Tₖⱼ·ln softmax(zⱼ)ₖ | Z̄ₖⱼ += ȳ·mⱼ·(softmax(zⱼ)ₖ − Tₖⱼ) where Σₖ Tₖⱼ = 1; see there |
//!
//! # Fusion
//!
//! A program is made of these, and where rules find them in what was recorded, of larger ones, which nobody records; the
//! rules and what they keep are on one page, `src/fuse.rs`.
//!
//! | operation | value | adds to the derivatives |
//! |---|---|---|
//! | [`dense`] | Y = f(A·B + b·1ᵀ), f entry by entry | with D = f′(A·B + b·1ᵀ)∘Ȳ: Ā += D·Bᵀ, B̄ += Aᵀ·D, b̄ += D·1 |
//! | [`relu_network`] | p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ | see there |
//! | [`relu_network_error`] | y = Σⱼ mⱼ·(pⱼ − tⱼ)² of that p | see there |

pub mod add_to_columns;
pub mod component_div;
pub mod component_mul;
pub mod cos;
pub mod cross_entropy;
pub mod dense;
pub mod difference;
pub(crate) mod elementwise;
pub mod erf;
pub mod exp;
pub mod gelu;
pub mod leaky_relu;
pub mod ln;
pub mod logistic;
pub mod norm_squared;
pub mod powi;
pub mod product;
pub mod relu;
pub mod relu_network;
pub mod relu_network_error;
pub mod scale;
pub mod scale_by;
pub mod sigmoid;
pub mod sin;
pub mod sqrt;
pub mod sum;
#[cfg(test)]
mod table;
pub mod tanh;
pub mod total;
pub mod transpose;
pub mod weighted_square;
