//! The I/O edge: performs the actions of the seats, and tells them what happens.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`driver`] | hands events to the seats and performs their actions |
//! | [`hears`], [`logins`] | handles what a connection reports, and the outcome of a login |
//! | [`task`] | one connection |
//! | [`remains`] | backends whose connections are closed |
//! | [`told`] | what the status page and the log say about the seats |

pub mod driver;
pub mod hears;
pub mod logins;
pub mod remains;
pub mod task;
pub mod told;
