//! From an answer's rows to the page: rows become samples ([`sample`]; [`reading`] says how a cell is read), samples lines ([`text`]), the lines of one metric a chunk
//! ([`chunk`]), the chunks of one answer a block in the store ([`store`]), and all blocks the page ([`page`]). What comes as a table with
//! names of its own goes through [`answer`] first, and how a name becomes a label says [`spelling`].
//! How much text an answer may take, [`budget`] counts.
//!
//! Of a ranked query all rows are gathered ([`ranked`]): their totals become increases ([`baseline`]), and those become the counters of the members and of
//! the remainder ([`rank`]; [`movement`] is what goes in and comes out).

pub mod answer;
pub mod baseline;
pub mod budget;
pub mod chunk;
pub mod movement;
pub mod page;
pub mod rank;
pub mod ranked;
pub mod reading;
pub mod sample;
pub mod spelling;
pub mod store;
pub mod text;
