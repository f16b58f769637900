//! The names that a page calls: it asks where to put a question, puts it there, and reads the answer.
//!
//! A panic ends an instance; what it said can be read before another instance is made.
#![expect(unsafe_code, reason = "exporting a name counts as unsafe")]

use std::cell::RefCell;
use std::panic;

use crate::Lab;

thread_local! {
    static LAB: RefCell<Lab> = RefCell::default();
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for a question of so many bytes of JSON in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn question(length: usize) -> *mut u8 {
    QUESTION.with_borrow_mut(|question| {
        question.clear();
        question.resize(length, 0);
        question.as_mut_ptr()
    })
}

/// Answers the question; returns how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn ask() -> usize {
    panic::set_hook(Box::new(|info| ANSWER.set(info.to_string().into_bytes())));
    let question = QUESTION.with_borrow(|question| String::from_utf8_lossy(question).into_owned());
    let answer = LAB.with_borrow_mut(|lab| lab.answer(&question)).into_bytes();
    let length = answer.len();
    ANSWER.set(answer);
    length
}

/// Where the answer stands, or after a trap what the panic said.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(Vec::as_ptr)
}

/// How many bytes stand there.
#[unsafe(no_mangle)]
pub extern "C" fn answered() -> usize {
    ANSWER.with_borrow(Vec::len)
}
