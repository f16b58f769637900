//! The inner loops: products of matrices, sums, and a whole network of one hidden layer.
//!
//! What is added up is added in an order that the sizes alone decide. So a kernel gives the same bits for every kind
//! of scalar, lane by lane, and on every machine, whatever its vector registers hold. A sum of many terms goes by blocks,
//! so that its error does not grow with their number as it would if they were added one by one.

mod network;
mod pack;
mod product;
mod sum;
mod threads;
mod tiles;

pub use network::{Hidden, Samples, add_output_slopes, add_slopes, predict};
pub use pack::{array, load, map_row, store};
pub use product::{Products, add_product, add_product_transposed, add_transposed_product};
pub use sum::{add_row_sums, sum, sum_of_products, sum_of_squares, weighted_square};
pub use threads::{ENTRY, clear, in_threads};
