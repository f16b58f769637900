//! The laboratory of a page: trainings that are held, and pictures of them, behind questions and answers in JSON.
//!
//! Compiled to WebAssembly it stands in every report, where it trains and draws; [`boundary`] has the names that the page's
//! script calls. Compiled for the machine at hand it is a library like any other, by which tests compare both.
//!
//! ```
//! use lab::Lab;
//!
//! let mut lab = Lab::default();
//! let answer = lab.answer(r#"{"do": "set", "left": {"settings": {"widths": "10", "paradigms": "all", "steps": "500"}}}"#);
//! assert!(answer.contains(r#""command":"cargo run -p cli -- train --widths 10 --paradigms all --steps 500""#), "{answer}");
//! lab.answer(r#"{"do": "advance", "steps": 500}"#);
//! let answer = lab.answer(r#"{"do": "state"}"#);
//! assert!(answer.contains(r#""step":500"#), "{answer}");
//!
//! let answer = lab.answer(r#"{"do": "set", "left": {"settings": {"widths": "0"}}}"#);
//! assert_eq!(answer, r#"{"error":"width 0: must be from 1 to 1024 hidden units","setting":"widths"}"#);
//! ```

pub mod boundary;
mod lab;
mod request;
mod side;

pub use lab::Lab;
pub use request::{Act, Given, Request};
pub use side::Refusal;
