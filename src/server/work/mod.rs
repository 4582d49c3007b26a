//! What there is to do on a server: which queries are due, and how one is run. Knows no connections.

//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`watched`] | the configuration of the work, which a reload replaces |
//! | [`job`] | a query as something that is due |
//! | [`schedule`], [`late`] | which jobs are due (pure) |
//! | [`agenda`] | all that there is to do; [`choose`] is what the seats ask of it, [`trips`] and [`logins`] what they tell it |
//! | [`trip`], [`hanging`] | what is under way in a seat, and which logins hang |
//! | [`facts`], [`members`] | what is true of a server; [`reading`] asks the [`questions`], and [`absent`] remembers what could not be read |
//! | [`grants`] | which statements grant what was denied |
//! | [`locked`] | where a login would wait for a lock |
//! | [`plan`], [`trust`], [`copied`], [`run`] | how a query is run, or why it is not |

pub mod absent;
pub mod agenda;
pub mod choose;
pub mod copied;
pub mod facts;
pub mod grants;
pub mod hanging;
pub mod job;
pub mod late;
pub mod locked;
pub mod logins;
pub mod members;
pub mod plan;
pub mod questions;
pub mod reading;
pub mod run;
pub mod schedule;
pub mod trip;
pub mod trips;
pub mod trust;
pub mod watched;
