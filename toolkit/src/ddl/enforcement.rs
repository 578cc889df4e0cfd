//! Enforcement of foreign keys on SQLite, switched off for as long as tables are rebuilt.

use std::{
    future::Future as _,
    task::{Context, Waker},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::runtime::Handle;

/// A pragma belongs to one connection, and a pool hands out any.
pub(crate) const ONE_CONNECTION: &str = "enforcement of foreign keys could not be switched off for the step, without which the rebuild of a table \
    would delete the rows that refer to it: give a pool of one connection (ConnectOptions::max_connections(1)), as \
    seawright::history::connect does. Nothing was sent";

const ON: &str = "PRAGMA foreign_keys = ON";

/// Whether foreign keys are enforced on that connection.
pub(crate) async fn is_enforced<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let asked = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_keys");
    let row = db.query_one_raw(asked).await?;
    let enforced: i32 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(enforced != 0)
}

/// Has foreign keys not enforced on a connection until its end. Dropped before that, since whoever waited for the change has
/// ceased to, it has them enforced again all the same.
#[derive(Debug)]
pub(crate) struct Unenforced {
    db: DatabaseConnection,
    is_due: bool,
}

impl Unenforced {
    /// Switches it off, where it is on.
    pub(crate) async fn begin(db: &DatabaseConnection) -> Result<Self, DbErr> {
        // It is due before it is sent: an answer that nobody hears changes nothing about what was done.
        let unenforced = Self {
            db: db.clone(),
            is_due: is_enforced(db).await?,
        };
        if unenforced.is_due {
            db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
        }
        Ok(unenforced)
    }

    /// Switches it on again, where it was on.
    pub(crate) async fn end(mut self) -> Result<(), DbErr> {
        if self.is_due {
            self.db.execute_unprepared(ON).await?;
            self.is_due = false;
        }
        Ok(())
    }
}

impl Drop for Unenforced {
    fn drop(&mut self) {
        // Without a runtime nobody can use the connection any more.
        let Some(runtime) = Some(self.is_due).filter(|due| *due).and(Handle::try_current().ok()) else {
            return;
        };
        let db = self.db.clone();
        let mut on = Box::pin(async move { db.execute_unprepared(ON).await.map(drop) });
        // Asked once here, it stands first in the queue for the connection, before anybody who comes after this.
        if on.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            runtime.spawn(on);
        }
    }
}
