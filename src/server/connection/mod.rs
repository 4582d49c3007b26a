//! The I/O edge: what performs the actions of the seats, and tells them what happens.

//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`driver`] | hands events to the seats and performs their actions |
//! | [`hears`], [`logins`] | what a connection reports, and what follows from a login |
//! | [`task`] | one connection |
//! | [`remains`] | backends whose connections are closed |
//! | [`told`] | what people are told of the seats |

pub mod driver;
pub mod hears;
pub mod logins;
pub mod remains;
pub mod task;
pub mod told;
