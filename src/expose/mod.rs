//! From an answer's rows to the page: rows become samples ([`sample`]), samples lines ([`text`]), the lines of one metric a chunk
//! ([`chunk`]), the chunks of one answer a block in the store ([`store`]), and all blocks the page ([`page`]). What comes as a table with
//! names of its own goes through [`answer`] first, and how a name becomes a label says [`spelling`].
//! Which cells are numbers, [`cell`] knows, and [`budget`] how much text an answer may take.

pub mod answer;
pub mod budget;
pub mod cell;
pub mod chunk;
pub mod page;
pub mod sample;
pub mod spelling;
pub mod store;
pub mod text;
