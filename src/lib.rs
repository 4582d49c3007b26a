pub mod diagnostic;
pub mod expose;
pub mod query;
