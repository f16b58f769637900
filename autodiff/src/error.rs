//! What can be wrong with a matrix or a handle that is given.

use std::fmt;

/// Why a matrix or a handle is refused. The second door, [`DynVar`](crate::DynVar), returns it; the first one, whose
/// shapes are types, panics with the same sentence where a handle is of another tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Two operands do not fit together.
    #[error("cannot {what} {} {joined} {}", Shape(*left), Shape(*right))]
    Operands {
        /// What was to be done: "multiply".
        what: &'static str,
        /// How the shapes are joined in the sentence: "by".
        joined: &'static str,
        /// Rows and columns of the first.
        left: [usize; 2],
        /// Rows and columns of the second.
        right: [usize; 2],
    },
    /// A matrix has another shape than it must have.
    #[error("{what} must be {}, and is {}", Shape(*expected), Shape(*found))]
    Expected {
        /// Which one: "the loss".
        what: &'static str,
        /// Rows and columns it must have.
        expected: [usize; 2],
        /// Rows and columns it has.
        found: [usize; 2],
    },
    /// There is no such entry.
    #[error("there is no entry {index} in {len}: it counts from 0")]
    Entry {
        /// What was asked for.
        index: usize,
        /// How many there are.
        len: usize,
    },
    /// The power 0 is a constant.
    #[error("the power 0 is a constant: a power is at least 1")]
    PowerOfZero,
    /// A node is of another tape.
    #[error("node {node} is of tape {of}, and was given to tape {to}: nodes of two tapes cannot meet")]
    OtherTape {
        /// The place of the node in the order of recording.
        node: usize,
        /// The number of its tape; tapes are counted as they are made.
        of: u64,
        /// The number of the tape it was given to.
        to: u64,
    },
    /// A node is from before its tape was cleared.
    #[error("node {node} is of record {of} of its tape, which was cleared since and holds record {to}: record it anew")]
    Cleared {
        /// The place of the node in the order of recording.
        node: usize,
        /// The number of the record it is of, from 0.
        of: u32,
        /// The number of the record that there is now.
        to: u32,
    },
    /// A node was recorded after the program was made.
    #[error("node {node} is not among the first {len}, of which the program was made: make it after recording")]
    Later {
        /// The place of the node in the order of recording.
        node: usize,
        /// How many nodes the program is made of.
        len: usize,
    },
    /// A node has no value of its own in a program.
    #[error(
        "node {node} has no value here, it became part of the operation that gives node {into}: name it to keep it"
    )]
    Fused {
        /// The place of the node in the order of recording.
        node: usize,
        /// The node whose operation it is part of.
        into: usize,
    },
    /// The result of an operation cannot be set.
    #[error("node {node} is the result of an operation: only parameters and inputs can be set")]
    Result {
        /// The place of the node in the order of recording.
        node: usize,
    },
    /// A tape or a program holds fewer than 2³² numbers.
    #[error("no room for {}: a tape holds fewer than 2³² numbers", Shape(*shape))]
    TooLarge {
        /// Rows and columns of what was to be recorded.
        shape: [usize; 2],
    },
}

/// A shape as it is written: 2×3.
struct Shape([usize; 2]);

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.0[0], self.0[1])
    }
}
