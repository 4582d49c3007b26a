//! The work on a server: which queries are due, and how one is run. It knows nothing of connections.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`watched`] | the configuration of the work, which a reload replaces |
//! | [`job`] | a query that becomes due |
//! | [`schedule`], [`late`] | which jobs are due (pure) |
//! | [`agenda`] | everything there is to do; [`choose`] answers the seats' questions, [`trips`] and [`logins`] handle what the seats report |
//! | [`trip`], [`hanging`] | what a seat is doing, and which logins hang |
//! | [`facts`], [`members`] | what is known about a server; [`reading`] asks the [`questions`], and [`absent`] remembers what could not be read |
//! | [`grants`] | which statements grant what was denied |
//! | [`locked`] | where a login would wait for a lock |
//! | [`ranks`] | what is remembered of ranked queries between their runs |
//! | [`plan`], [`trust`], [`copied`], [`run`] | how a query is run, or why it is skipped; [`schemas`] tells where a table is that is named without a schema |

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
pub mod ranks;
pub mod reading;
pub mod run;
pub mod schedule;
pub mod schemas;
pub mod trip;
pub mod trips;
pub mod trust;
pub mod watched;
