//! All SQL, and the transactions it runs in: written once, compiled for each database.
//!
//! The parent module supplies the dialect: [`Db`], [`BEGIN_WRITE`], [`BEGIN_READ`], [`ANNOUNCE`], [`CLOCK`], [`ID_TEXT`],
//! [`HAS_MIGRATIONS`], [`MIGRATOR`], [`Listener`] and [`durability`]. Only portable SQL stands here: `$1` placeholders,
//! RETURNING, ON CONFLICT, keyset paging; times, ids and JSON come from the program.

use super::{ANNOUNCE, BEGIN_READ, BEGIN_WRITE, CLOCK, Db, HAS_MIGRATIONS, ID_TEXT, Listener, MIGRATOR, durability};

mod acts;
mod batch;
mod connections;
mod database;
mod documents;
mod evidence;
mod exceptions;
mod facts;
mod feed;
mod group;
mod head_and_entries;
mod invitations;
mod outbox;
mod private;
mod read;
mod requests;
mod schema;
mod send;
mod session;
mod subtrees;
mod write;

pub use database::Database;

/// A connection of this database.
type Conn = <Db as sqlx::Database>::Connection;
