//! The rules that the source code keeps about itself. They need no server.

// What a test expects, it may say so.
#![allow(clippy::expect_used)]

mod circles;
mod imports;
mod map;
mod modules;
mod names;
