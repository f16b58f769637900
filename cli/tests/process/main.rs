//! The program as its users meet it: a process, its output and its files.

mod backprop;
mod bad_input;
mod compare;
mod documents;
mod faults;
mod features;
mod findings;
mod lab;
mod limits;
mod networks;
mod ownership;
mod place;
mod replacement;
mod resume;
mod sweep;
mod train;
mod verify;
mod waiting;
