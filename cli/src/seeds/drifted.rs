//! Cronium's database as it probably was on 14 July 2025: the legacy one, on which files had been run by hand for a
//! week (docs: the facts, section 1.10). 27 tables: five of those that the migration was to make were there already,
//! with other types and names, and one had been renamed.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, TransactionTrait as _};
use seawright::seed::{SeedOptions, SeedProfile, Seeded};

use super::Legacy;

/// Makes the drifted database over the legacy one.
#[derive(Clone, Copy, Debug)]
pub struct Drifted(Legacy);

impl Drifted {
    /// Over that one.
    pub fn over(legacy: Legacy) -> Self {
        Self(legacy)
    }
}

/// The tables that were made by hand. Of the words in capitals each database has its own.
const TABLES: [&str; 5] = [
    "CREATE TABLE tool_action_logs (id SERIAL, event_id INTEGER CONSTRAINT tool_action_logs_event_id_fkey REFERENCES events(id), \
     tool_type VARCHAR(50) NOT NULL, action_type VARCHAR(50) NOT NULL, action_id VARCHAR(100) NOT NULL, parameters JSONB, \
     result JSONB, status VARCHAR(20) NOT NULL, execution_time INTEGER, error_message TEXT, \
     created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE tool_action_templates (id SERIAL, \
     user_id VARCHAR(255) CONSTRAINT tool_action_templates_user_id_fkey REFERENCES users(id) ON DELETE CASCADE, \
     name VARCHAR(255) NOT NULL, description TEXT, tool_type VARCHAR(50) NOT NULL, action_id VARCHAR(100) NOT NULL, \
     parameters JSONB NOT NULL, is_system_template BOOLEAN NOT NULL DEFAULT false, \
     created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE tool_audit_logs (id SERIAL, user_id TEXT NOT NULL, \
     tool_id INTEGER CONSTRAINT tool_audit_logs_tool_id_fkey REFERENCES tool_credentials(id) ON DELETE SET NULL, \
     action TEXT NOT NULL, action_details JSONB, ip_address TEXT, user_agent TEXT, success BOOLEAN NOT NULL DEFAULT true, \
     error_message TEXT, created_at MOMENT DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE tool_rate_limits (id SERIAL, user_id TEXT NOT NULL, tool_type TEXT NOT NULL, window_start MOMENT NOT NULL, \
     request_count INTEGER NOT NULL DEFAULT 0, last_request MOMENT, created_at MOMENT DEFAULT CURRENT_TIMESTAMP, \
     updated_at MOMENT DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE user_tool_quotas (id SERIAL, user_id TEXT NOT NULL, tool_type TEXT, daily_limit INTEGER, hourly_limit INTEGER, \
     burst_limit INTEGER, tier TEXT DEFAULT 'free', custom_limits JSONB, created_at MOMENT DEFAULT CURRENT_TIMESTAMP, \
     updated_at MOMENT DEFAULT CURRENT_TIMESTAMP)",
];

const COLUMNS: [&str; 4] = [
    "ALTER TABLE events ADD COLUMN tool_action_config JSONB",
    "ALTER TABLE tool_credentials ADD COLUMN encrypted BOOLEAN DEFAULT false",
    "ALTER TABLE tool_credentials ADD COLUMN encryption_metadata JSONB",
    "CREATE INDEX idx_tool_credentials_encrypted ON tool_credentials (encrypted)",
];

/// Unique indexes where the history has unique constraints, and indexes that it does not know.
const INDEXES: [&str; 17] = [
    "CREATE INDEX idx_tool_action_logs_created_at ON tool_action_logs (created_at)",
    "CREATE INDEX idx_tool_action_logs_event_id ON tool_action_logs (event_id)",
    "CREATE INDEX idx_tool_action_logs_status ON tool_action_logs (status)",
    "CREATE INDEX idx_tool_action_logs_tool_type ON tool_action_logs (tool_type)",
    "CREATE INDEX idx_tool_action_templates_action_id ON tool_action_templates (action_id)",
    "CREATE INDEX idx_tool_action_templates_system ON tool_action_templates (is_system_template)",
    "CREATE INDEX idx_tool_action_templates_tool_action ON tool_action_templates (tool_type, action_id)",
    "CREATE INDEX idx_tool_action_templates_tool_type ON tool_action_templates (tool_type)",
    "CREATE INDEX idx_tool_action_templates_user_id ON tool_action_templates (user_id)",
    "CREATE INDEX idx_tool_audit_logs_action ON tool_audit_logs (action)",
    "CREATE INDEX idx_tool_audit_logs_created_at ON tool_audit_logs (created_at DESC)",
    "CREATE INDEX idx_tool_audit_logs_tool_id ON tool_audit_logs (tool_id)",
    "CREATE INDEX idx_tool_audit_logs_user_id ON tool_audit_logs (user_id)",
    "CREATE INDEX idx_tool_audit_logs_user_tool ON tool_audit_logs (user_id, tool_id)",
    "CREATE UNIQUE INDEX idx_tool_rate_limits_user_tool_window ON tool_rate_limits (user_id, tool_type, window_start)",
    "CREATE INDEX idx_tool_rate_limits_window_start ON tool_rate_limits (window_start)",
    "CREATE UNIQUE INDEX idx_user_tool_quotas_user_tool ON user_tool_quotas (user_id, tool_type)",
];

/// Rows, those that cannot go along among them: of a user that was deleted, and with an action that is too long.
const ROWS: [(&str, u64, &str); 4] = [
    (
        "tool_action_logs",
        2,
        "INSERT INTO tool_action_logs (event_id, tool_type, action_type, action_id, status, execution_time, created_at) \
         SELECT id, 'SLACK', 'create', 'slack.send-message', 'SUCCESS', 120, '2025-07-10 08:00:00' FROM events WHERE id <= 2 ORDER BY id",
    ),
    (
        "tool_audit_logs",
        4,
        "INSERT INTO tool_audit_logs (user_id, tool_id, action, ip_address, created_at) VALUES \
         (FIRST_USER, 1, 'credential.create', '10.0.0.1', '2025-07-10 08:00:00.123456+02:00'), \
         (FIRST_USER, NULL, 'credential.read', NULL, NULL), \
         ('deleted-user', 1, 'credential.delete', '10.0.0.2', '2025-07-11 23:30:00+00:00'), \
         (FIRST_USER, 1, 'credential.test', 'an address of more letters than the column of the history has room for', '2025-07-12 09:00:00-05:00')",
    ),
    (
        "tool_rate_limits",
        2,
        "INSERT INTO tool_rate_limits (user_id, tool_type, window_start, request_count) VALUES \
         (FIRST_USER, 'SLACK', '2025-07-10 10:00:00+02:00', 3), ('deleted-user', 'SLACK', '2025-07-10 10:00:00+00:00', 1)",
    ),
    (
        "user_tool_quotas",
        3,
        "INSERT INTO user_tool_quotas (user_id, tool_type, daily_limit, tier) VALUES \
         (FIRST_USER, 'SLACK', 100, 'pro'), (FIRST_USER, 'EMAIL', NULL, NULL), ('deleted-user', 'EMAIL', 10, 'free')",
    ),
];

/// The columns of the renamed table's foreign keys, and the tables that they refer to.
const REFERENCES: [(&str, &str); 6] = [
    ("always_event_id", "events"),
    ("condition_event_id", "events"),
    ("fail_event_id", "events"),
    ("success_event_id", "events"),
    ("target_event_id", "events"),
    ("tool_id", "tool_credentials"),
];

/// A statement in a database's own words.
fn spoken(sql: &str, backend: DbBackend) -> String {
    let (serial, moment, datetime, json) = if backend == DbBackend::Postgres {
        ("serial PRIMARY KEY", "timestamptz", "timestamp", "jsonb")
    } else {
        (
            "integer PRIMARY KEY AUTOINCREMENT",
            "timestamp_with_timezone_text",
            "datetime_text",
            "jsonb_text",
        )
    };
    sql.replace("SERIAL", serial)
        .replace("MOMENT", moment)
        .replace("DATETIME", datetime)
        .replace("JSONB", json)
        .replace("FIRST_USER", "(SELECT min(id) FROM users)")
}

#[async_trait]
impl SeedProfile for Drifted {
    fn name(&self) -> &'static str {
        "drifted"
    }

    fn about(&self) -> &'static str {
        "The legacy database after a week of changes by hand: 27 tables, some with other types, and rows that fit nowhere."
    }

    async fn seed(&self, db: &DatabaseConnection, options: SeedOptions) -> Result<Seeded, DbErr> {
        let mut seeded = self.0.seed(db, options).await?;
        let backend = db.get_database_backend();
        let transaction = db.begin().await?;
        let run = async |sql: &str| transaction.execute_unprepared(&spoken(sql, backend)).await.map(|_| ());
        run("ALTER TABLE conditional_events RENAME TO conditional_actions").await?;
        if backend == DbBackend::Postgres {
            run("ALTER INDEX conditional_events_pkey RENAME TO conditional_actions_pkey").await?;
            run("ALTER SEQUENCE conditional_events_id_seq RENAME TO conditional_actions_id_seq").await?;
            for (column, table) in REFERENCES {
                let name = |of: &str| format!("{of}_{column}_{table}_id_fk");
                run(&format!(
                    "ALTER TABLE conditional_actions RENAME CONSTRAINT {} TO {}",
                    name("conditional_events"),
                    name("conditional_actions")
                ))
                .await?;
            }
        }
        for sql in TABLES.iter().chain(&COLUMNS).chain(&INDEXES) {
            run(sql).await?;
        }
        for (table, rows, sql) in ROWS {
            run(sql).await?;
            seeded.tables.push((table.to_owned(), rows));
        }
        transaction.commit().await?;
        for (table, _) in &mut seeded.tables {
            if table == "conditional_events" {
                "conditional_actions".clone_into(table);
            }
        }
        Ok(seeded)
    }
}
