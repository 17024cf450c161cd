//! The service under its clients: the honest, the confused, the slow and the hostile.
//!
//! Each test starts the built program at a free port. Those that need PostgreSQL or
//! Redis start one of their own, or say that they skip.

#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/redis.rs"]
mod redis;
#[path = "../support/service.rs"]
mod service;

mod cache;
mod command_line;
mod crowds;
mod fetching;
mod files;
mod floods;
mod http2;
mod items;
mod malformed;
mod names;
mod outages;
mod oversized;
mod shutdown;
mod slow;
mod vanishing;
mod work;
