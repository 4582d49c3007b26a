//! pgvigil
pub mod app;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod expose;
pub mod http;
pub mod library;
pub mod listing;
pub mod query;
pub mod settings;
pub mod target;
pub mod telemetry;
