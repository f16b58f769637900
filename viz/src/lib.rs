//! Numbers in, SVG out: the pictures of how small ReLU networks learn.
//!
//! A figure is a function from plain data to a [`Figure`](figures::Figure): a picture that states its point in its title,
//! describes itself for those who cannot see it, and brings its numbers as a table. The same SVG text stands alone in a
//! file and inline in a page, where [`palette::css`] lets it follow the page's light or dark scheme. The same data give the
//! same bytes.
//!
//! [`findings`] computes each fact about a study once. Underneath, [`svg`] writes elements, [`scale`] maps numbers to pixels and chooses ticks, [`text`] knows how wide words
//! are, [`palette`] gives each role its colour, and [`plot`] draws axes and marks.
//!
//! ```
//! use nn::data::{Data, Function};
//! use nn::network::Network;
//! use nn::settings::Paradigm;
//! use nn::study::{Outcome, Run, State};
//! use nn::trainer::Errors;
//!
//! let data = Data::generate(Function::Piecewise, 20, 0.1, 1);
//! // A run of two saved states: a network of two units, before and after its elbows moved.
//! let state = |step, b1: &[f64]| {
//!     let network = Network::bent_line(&[1.0, -1.0], b1, &[1.5, 0.5], -0.5);
//!     let losses = [network.mse(&data.x, &data.y), network.mse(&data.x_test, &data.y_test)];
//!     let [train, test] = losses.map(|loss| Errors { loss, accuracy: None });
//!     State { step, minibatch_loss: None, train, test, network, trained: None }
//! };
//! let run = Run {
//!     index: 0,
//!     architecture: nn::architecture::Architecture::bent_line(2),
//!     width: 2,
//!     paradigm: Paradigm::All,
//!     seed: 0,
//!     states: vec![state(0, &[-0.5, 0.25]), state(1000, &[-0.75, 0.5])],
//!     outcome: Outcome::Finished,
//!     seconds: 0.01,
//!     events: Vec::new(),
//!     ridge_path: Vec::new(),
//! };
//!
//! let figure = viz::figures::elbows::side_by_side("elbows", &data, &[&run]);
//! assert_eq!(figure.document.title(), "Width 2: all layers, all 2 elbows move");
//! assert!(figure.svg().starts_with("<svg class=\"figure\""));
//! let (headers, rows) = figure.table();
//! assert_eq!(headers, ["trained", "step", "unit", "elbow", "slope change"]);
//! assert_eq!(rows[0], ["all layers", "0", "0", "0.5", "1.5"]);
//! ```

pub mod chart;
pub mod dates;
pub mod figures;
pub mod findings;
pub mod palette;
pub mod plot;
pub mod report;
pub mod scale;
pub mod svg;
pub mod text;

/// The examples of CONTRIBUTING.md.
#[cfg(doctest)]
#[doc = include_str!("../../CONTRIBUTING.md")]
mod contributing {}
