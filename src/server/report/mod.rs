//! Reports the work: to the store, the status board and the log.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`publisher`] | publishes for one server: answers to the store, status to the board, changes to the log |
//! | [`answer`] | the samples of a query, ready for the page |
//! | [`status`] | the status board |
//! | [`fault`], [`skip`] | what can go wrong, and why a query does not run |
//! | [`quota`] | how many lines about a server go to the log |
//! | [`part`] | a part of the facts about a server, and why it is missing |

pub mod answer;
pub mod fault;
pub mod part;
pub mod publisher;
pub mod quota;
pub mod skip;
pub mod status;
