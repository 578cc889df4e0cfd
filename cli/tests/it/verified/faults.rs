//! Single faults, put into a migrated database, and what must be found of each.

use entity::vault::{Place, Vault, VaultKey};

use crate::support::KEY;

/// A fault: what is done to the database, the checks that then fail, and what is said of the row.
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) sql: Vec<String>,
    pub(super) fail: &'static [&'static str],
    pub(super) says: &'static [&'static str],
}

fn fault(what: &'static str, sql: &[&str], fail: &'static [&'static str], says: &'static [&'static str]) -> Fault {
    Fault {
        what,
        sql: sql.iter().map(|sql| (*sql).to_owned()).collect(),
        fail,
        says,
    }
}

fn sealed(place: Place, owner: &str, secret: &str) -> String {
    let vault = Vault::new(VaultKey::parse(KEY).unwrap());
    vault.seal(&place.of(owner), secret).unwrap().into_stored()
}

/// The user of the first credential, who owns what the faults put in.
const OWNER: &str = "(SELECT user_id FROM tool_credentials WHERE id = 1)";

pub(super) fn faults(owner: &str, is_postgres: bool) -> Vec<Fault> {
    let mut faults = vec![
        // The schema.
        fault(
            "an index is gone",
            &["DROP INDEX idx_jobs_queue_poll"],
            &["schema:jobs"],
            &["idx_jobs_queue_poll", "missing"],
        ),
        fault(
            "an index has its name and another column",
            &[
                "DROP INDEX idx_jobs_event_id",
                "CREATE INDEX idx_jobs_event_id ON jobs (user_id)",
            ],
            &["schema:jobs"],
            &["idx_jobs_event_id", "different"],
        ),
        fault(
            "a column too many",
            &["ALTER TABLE webhooks ADD COLUMN extra text"],
            &["schema:webhooks"],
            &["webhooks.extra"],
        ),
        fault(
            "a table too many",
            &["CREATE TABLE leftover (id integer PRIMARY KEY)"],
            &["schema:(others)"],
            &["leftover"],
        ),
        // Enumerations.
        fault(
            "no type of connection",
            &["UPDATE workflow_connections SET connection_type = 'SOMETIMES' WHERE id = 1"],
            &["values:workflow_connections.connection_type", "workflows:graph"],
            &["workflow_connections 1", "SOMETIMES"],
        ),
        fault(
            "no status of a log",
            &["UPDATE logs SET status = 'DONE' WHERE id = 7"],
            &["values:logs.status"],
            &["logs 7", "DONE"],
        ),
        fault(
            "no priority",
            &["UPDATE jobs SET priority = 9 WHERE id = 'job_evt-00000001'"],
            &["values:jobs.priority"],
            &["job_evt-00000001", "9"],
        ),
        fault(
            "no role",
            &["UPDATE users SET role = 'KING' WHERE id = (SELECT min(id) FROM users)"],
            &["values:users.role"],
            &["KING"],
        ),
        // Jobs and logs.
        fault(
            "an event without an entry",
            &[
                "DELETE FROM jobs WHERE id = 'job_evt-00000003'",
                "INSERT INTO jobs (id, event_id, user_id, type, status, payload) SELECT 'job_abcdefghijkl', event_id, user_id, type, status, payload FROM jobs WHERE id = 'job_evt-00000004'",
            ],
            &["jobs:of-events"],
            &["events 3"],
        ),
        fault(
            "an entry of another event",
            &["UPDATE jobs SET event_id = 4 WHERE id = 'job_evt-00000003'"],
            &["jobs:of-events"],
            &["events 3"],
        ),
        fault(
            "a finished log without a job",
            &["UPDATE logs SET job_id = NULL WHERE id = 7"],
            &["jobs:of-runs"],
            &["logs 7"],
        ),
        fault(
            "a log linked to another event's job",
            &[
                "UPDATE logs SET job_id = (SELECT j.id FROM jobs j JOIN logs l ON l.id = 7 WHERE j.event_id <> l.event_id ORDER BY j.id LIMIT 1) WHERE id = 7",
            ],
            &["jobs:own-event"],
            &["logs 7"],
        ),
        fault(
            "a log linked to another run's job of its event",
            &[
                "UPDATE logs SET job_id = (SELECT min(o.job_id) FROM logs o JOIN logs l ON l.id = 9 WHERE o.event_id = l.event_id AND o.status = l.status AND o.id <> 9) WHERE id = 9",
            ],
            &["jobs:own-run"],
            &["logs 9"],
        ),
        fault(
            "a job out of step with its log",
            &[
                "UPDATE jobs SET status = CASE status WHEN 'completed' THEN 'failed' ELSE 'completed' END WHERE id = 'job_log-00000007'",
            ],
            &["jobs:in-step"],
            &["logs 7"],
        ),
        fault(
            "a job without its log",
            &[
                "DELETE FROM logs WHERE id = 7",
                "INSERT INTO logs (event_id, job_id, status) SELECT event_id, id, 'SUCCESS' FROM jobs WHERE id = (SELECT min(id) FROM jobs WHERE id LIKE 'job_evt-%')",
            ],
            &["jobs:have-logs"],
            &["job_log-00000007", "there is no log 7"],
        ),
        fault(
            "an identifier of another form",
            &[
                "INSERT INTO jobs (id, event_id, user_id, type, status, payload) SELECT '42', event_id, user_id, type, status, payload FROM jobs WHERE id = 'job_evt-00000004'",
            ],
            &["jobs:identifiers"],
            &["jobs 42"],
        ),
        fault(
            "a script of the old executor",
            &["UPDATE events SET tags = '[]' WHERE id = (SELECT min(id) FROM events WHERE type = 'BASH')"],
            &["jobs:runtime-api"],
            &["events "],
        ),
        // Workflows.
        fault(
            "a cycle",
            &[
                "INSERT INTO workflow_connections (workflow_id, source_node_id, target_node_id) SELECT workflow_id, target_node_id, source_node_id FROM workflow_connections WHERE id = 1",
            ],
            &["workflows:graph"],
            &["closes a cycle over older connections"],
        ),
        fault(
            "a connection to another workflow's node",
            &[
                "UPDATE workflow_connections SET target_node_id = (SELECT min(id) FROM workflow_nodes WHERE workflow_id = 2) WHERE id = 1",
            ],
            &["workflows:graph"],
            &["workflow_connections 1", "belongs to the workflow 2"],
        ),
        fault(
            "an active workflow without a node",
            &[
                "INSERT INTO workflows (user_id, name, trigger_type, status) SELECT user_id, 'Empty', 'MANUAL', 'ACTIVE' FROM workflows WHERE id = 1",
            ],
            &["workflows:nodes"],
            &["Empty"],
        ),
        fault(
            "a webhook without a key",
            &["UPDATE workflows SET webhook_key = NULL WHERE id = 2"],
            &["workflows:trigger"],
            &["workflows 2"],
        ),
        // Runs.
        fault(
            "totals that do not add up",
            &["UPDATE workflow_executions SET total_events = 6 WHERE id = 2"],
            &["executions:totals"],
            &["workflow_executions 2"],
        ),
        fault(
            "a node too few",
            &["UPDATE workflow_executions SET total_events = 4, successful_events = 4 WHERE id = 2"],
            &["executions:nodes"],
            &["workflow_executions 2"],
        ),
        fault(
            "a row of another workflow's node",
            &[
                "UPDATE workflow_execution_events SET node_id = (SELECT min(n.id) FROM workflow_nodes n JOIN workflow_executions r ON r.id = 2 WHERE n.workflow_id <> r.workflow_id) WHERE id = (SELECT min(id) FROM workflow_execution_events WHERE workflow_execution_id = 2)",
            ],
            &["executions:own-nodes"],
            &["workflow_execution_events "],
        ),
        fault(
            "a failure that is none",
            &["UPDATE workflow_executions SET status = 'FAILURE' WHERE id = 2"],
            &["executions:verdict"],
            &["workflow_executions 2"],
        ),
        fault(
            "an end before the end",
            &["UPDATE workflow_executions SET completed_at = '2020-01-01 00:00:00' WHERE id = 2"],
            &["executions:end"],
            &["workflow_executions 2", "2020-01-01"],
        ),
        fault(
            "no end",
            &["UPDATE workflow_executions SET completed_at = NULL WHERE id = 7"],
            &["executions:end"],
            &["workflow_executions 7"],
        ),
        fault(
            "shorter than a node",
            &["UPDATE workflow_executions SET total_duration = 1 WHERE id = 2"],
            &["executions:duration"],
            &["workflow_executions 2"],
        ),
        fault(
            "a node that goes on",
            &[
                "UPDATE workflow_execution_events SET status = 'RUNNING' WHERE id = (SELECT min(id) FROM workflow_execution_events WHERE workflow_execution_id = 3 AND status = 'FAILURE')",
            ],
            &["executions:open-nodes"],
            &["workflow_executions 3"],
        ),
        // What follows an event.
        fault(
            "an action that runs its own event",
            &["INSERT INTO conditional_actions (type, success_event_id, target_event_id) VALUES ('SCRIPT', 5, 5)"],
            &["follow-ups:graph"],
            &["it runs the event"],
        ),
        fault(
            "an action that follows nothing",
            &["INSERT INTO conditional_actions (type) VALUES ('NONE')"],
            &["follow-ups:parent"],
            &["conditional_actions "],
        ),
        // Secrets.
        fault(
            "a credential in clear",
            &["UPDATE tool_credentials SET credentials = '{\"webhookUrl\": \"hunter2\"}' WHERE id = 1"],
            &["secrets:tool_credentials"],
            &["tool_credentials 1", "in clear"],
        ),
        fault(
            "a credential that looks sealed",
            &["UPDATE tool_credentials SET credentials = 'v1:test:hunter2' WHERE id = 1"],
            &["secrets:tool_credentials"],
            &["tool_credentials 1"],
        ),
        fault(
            "another user's credential",
            &[&format!(
                "UPDATE tool_credentials SET credentials = '{}' WHERE id = 1",
                sealed(Place::ToolCredentials, "somebody else", "hunter2")
            )],
            &["secrets:tool_credentials"],
            &["tool_credentials 1", "does not authenticate"],
        ),
        fault(
            "a flag that lies",
            &["UPDATE tool_credentials SET encrypted = false WHERE id = 1"],
            &["secrets:told"],
            &["tool_credentials 1"],
        ),
        fault(
            "a token in clear",
            &[&token(&sealed(Place::OauthAccessToken, owner, "open"), "hunter2")],
            &["secrets:oauth_tokens"],
            &["oauth_tokens 1", "`refresh_token`: it is in clear"],
        ),
        fault(
            "a verifier in clear",
            &[&format!(
                "INSERT INTO oauth_states (state, user_id, tool_id, provider_id, redirect_uri, code_verifier, expires_at) VALUES ('s', {OWNER}, 1, 'slack', 'x', 'hunter2', '2026-01-01 00:00:00')"
            )],
            &["secrets:oauth_states"],
            &["oauth_states 1", "in clear"],
        ),
        fault(
            "a webhook's secret in clear",
            &[&format!(
                "INSERT INTO webhooks (user_id, name, url, key, secret, events, created_at, updated_at) VALUES ({OWNER}, 'w', 'x', 'k', 'hunter2', '[]', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
            )],
            &["secrets:webhooks"],
            &["webhooks 1", "in clear"],
        ),
        // The account of rows.
        fault(
            "a row is lost",
            &["DELETE FROM user_variables WHERE id = (SELECT max(id) FROM user_variables)"],
            &["rows:kept"],
            &["user_variables", "1 missing"],
        ),
        fault(
            "a session that nobody archived",
            &[
                "DELETE FROM seawright_data_rows WHERE source_table = 'sessions' AND row_key = (SELECT min(row_key) FROM seawright_data_rows WHERE source_table = 'sessions')",
            ],
            &["rows:accounted"],
            &["sessions", "1 unaccounted for"],
        ),
        fault(
            "a connection that is neither there nor in quarantine",
            &["DELETE FROM seawright_data_rows WHERE source_table = 'workflow_connections' AND row_key = '21'"],
            &["rows:accounted"],
            &["workflow_connections", "1 unaccounted for"],
        ),
        fault(
            "a template that did not arrive",
            &[
                "UPDATE tool_action_templates SET id = -1 WHERE id = (SELECT min(id) FROM tool_action_templates WHERE name LIKE '[Migrated]%')",
            ],
            &["rows:templates"],
            &["target_key"],
        ),
        fault(
            "an action that did not arrive",
            &["UPDATE conditional_actions SET id = -1 WHERE id = (SELECT min(id) FROM conditional_actions)"],
            &["rows:conditional_events"],
            &["target_key"],
        ),
        fault(
            "a step that is not proven",
            &["UPDATE seawright_data_steps SET state = 'done' WHERE step LIKE '%runtime_api'"],
            &["rows:proven"],
            &["m20261124_130000_runtime_api", "not proven"],
        ),
    ];
    if is_postgres {
        faults.extend([
            fault(
                "a sequence behind",
                &["SELECT setval('logs_id_seq', 5)"],
                &["sequences:logs.id"],
                &["logs 729", "would be 6"],
            ),
            fault(
                "a type changed",
                &["ALTER TABLE jobs ALTER COLUMN last_error TYPE varchar(2000)"],
                &["schema:jobs"],
                &["jobs.last_error", "different"],
            ),
            fault(
                "a column that may be NULL",
                &["ALTER TABLE jobs ALTER COLUMN payload DROP NOT NULL"],
                &["schema:jobs"],
                &["jobs.payload"],
            ),
            fault(
                "a key is gone and a row refers to nothing",
                &[
                    "ALTER TABLE tool_audit_logs DROP CONSTRAINT tool_audit_logs_user_id_users_id_fk",
                    "INSERT INTO tool_audit_logs (user_id, action, success) VALUES ('nobody', 'credential.read', true)",
                ],
                &["schema:tool_audit_logs", "references:tool_audit_logs.user_id"],
                &["nobody"],
            ),
        ]);
    } else {
        faults.extend([
            fault(
                "a sequence behind",
                &["UPDATE sqlite_sequence SET seq = 5 WHERE name = 'logs'"],
                &["sequences:logs.id"],
                &["logs 729", "would be 6"],
            ),
            fault(
                "a row refers to nothing",
                &[
                    "PRAGMA foreign_keys = 0",
                    "INSERT INTO tool_audit_logs (user_id, action, success) VALUES ('nobody', 'credential.read', true)",
                ],
                &["references:tool_audit_logs.user_id"],
                &["nobody"],
            ),
        ]);
    }
    faults
}

fn token(access: &str, refresh: &str) -> String {
    format!(
        "INSERT INTO oauth_tokens (user_id, tool_id, provider_id, access_token, refresh_token) VALUES ({OWNER}, 1, 'slack', '{access}', '{refresh}')"
    )
}
