//! Read connections: as many as there are threads that read at one moment.
//!
//! A connection leaves the pool for one read or one read scope and comes back without a transaction,
//! whatever happened in between. Used by every read.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::open::Location;
use crate::error::Error;

/// How many idle connections are kept.
const IDLE: usize = 8;

/// The pool.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    location: Location,
}

impl Pool {
    /// A pool without connections: each is opened when it is first needed.
    pub(super) fn new(location: Location) -> Self {
        Self { idle: Mutex::new(Vec::with_capacity(IDLE)), location }
    }

    /// A connection of one's own.
    pub(super) fn take(&self) -> Result<Pooled<'_>, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.location.reader()?,
        };
        Ok(Pooled { pool: self, connection: Some(connection) })
    }
}

/// A connection that goes back when it is dropped.
#[derive(Debug)]
pub(super) struct Pooled<'p> {
    pool: &'p Pool,
    /// There until it is dropped.
    connection: Option<Connection>,
}

impl Pooled<'_> {
    /// The connection.
    pub(super) fn get(&self) -> Result<&Connection, Error> {
        self.connection.as_ref().ok_or_else(super::error::unanswered)
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // A read that failed or panicked may have left its transaction; one that cannot be ended
        // ends with its connection.
        if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
            return;
        }
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}
