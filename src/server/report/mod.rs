//! What is said of the work: to the store, the board and the log.

//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`publisher`] | the voice of one server: answers to the store, how it goes to the board, changes to the log |
//! | [`answer`] | the samples of a query, ready for the page |
//! | [`status`] | the board |
//! | [`fault`], [`skip`] | what can go wrong, and why a query does not run |
//! | [`part`] | a part of what is known of a server, and why it is not |

pub mod answer;
pub mod fault;
pub mod part;
pub mod publisher;
pub mod skip;
pub mod status;
