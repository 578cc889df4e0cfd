-- The jobs of the logs in two statements: the measure of `m20261124_130100_logs_to_jobs`, which may take twice as long.
--
-- It makes the same jobs, the same links and the before-images of both, and can do nothing else: not stop and go on, not run
-- beside an application, not set a log aside that fits nothing.

BEGIN;

WITH made AS (
INSERT INTO jobs (
    id, event_id, user_id, type, status, priority, payload, scheduled_for, orchestrator_id, started_at, completed_at,
    result, attempts, last_error, metadata, created_at, updated_at
)
SELECT
    'job_log-' || lpad(to_hex(log.id), 8, '0'),
    log.event_id,
    coalesce(users.id, log.owner),
    CASE WHEN log.kind IN ('HTTP_REQUEST', 'TOOL_ACTION') THEN log.kind ELSE 'SCRIPT' END,
    CASE log.outcome WHEN 'lost' THEN 'failed' ELSE log.outcome END,
    1,
    jsonb_strip_nulls(
        jsonb_build_object('executionLogId', log.id, 'input', jsonb_build_object(), 'workflowId', log.workflow_id)
    ),
    log.start_time,
    NULL,
    log.start_time,
    log.ended,
    CASE WHEN log.outcome <> 'running' THEN jsonb_strip_nulls(jsonb_build_object(
        'output', log.output,
        'exitCode', CASE log.outcome WHEN 'completed' THEN 0 WHEN 'failed' THEN 1 END,
        'error', CASE log.outcome WHEN 'lost' THEN 'no outcome of the run was recorded' ELSE log.error END
    )) END,
    CASE
        WHEN log.outcome IN ('failed', 'lost') THEN least(log.retries, 2147483646) + 1
        ELSE log.retries
    END,
    CASE
        WHEN log.outcome IN ('failed', 'cancelled') THEN log.error
        WHEN log.outcome = 'lost' THEN 'no outcome of the run was recorded'
    END,
    jsonb_strip_nulls(jsonb_build_object(
        'eventName', log.name,
        'triggeredBy', CASE WHEN log.workflow_id IS NOT NULL THEN 'workflow' END,
        'logId', log.id,
        'workflowId', log.workflow_id,
        'origin', 'migration'
    )),
    log.start_time,
    coalesce(log.ended, log.start_time)
FROM (
    SELECT
        outcomes.*,
        CASE outcome
            WHEN 'running' THEN NULL
            WHEN 'lost' THEN coalesce(
                end_time,
                start_time + duration * interval '1 millisecond',
                start_time + timeout * interval '1 second'
            )
            ELSE coalesce(end_time, start_time + duration * interval '1 millisecond', start_time)
        END AS ended
    FROM (
        SELECT
            runs.*,
            CASE
                WHEN status = 'SUCCESS' THEN 'completed'
                WHEN status IN ('FAILURE', 'TIMEOUT', 'PARTIAL') THEN 'failed'
                WHEN status = 'PAUSED' THEN 'cancelled'
                WHEN end_time IS NULL AND extract(epoch FROM (now() AT TIME ZONE 'UTC') - start_time) < timeout + 3600
                    THEN 'running'
                ELSE 'lost'
            END AS outcome
        FROM (
            SELECT
                logs.id, logs.event_id, logs.workflow_id, logs.user_id, logs.status, logs.output, logs.error,
                logs.start_time, logs.end_time, logs.duration,
                coalesce(logs.retries, 0) AS retries,
                coalesce(logs.event_type, events.type) AS kind,
                coalesce(logs.event_name, events.name) AS name,
                events.user_id AS owner,
                CAST(events.timeout_value AS bigint) * CASE events.timeout_unit
                    WHEN 'SECONDS' THEN 1
                    WHEN 'MINUTES' THEN 60
                    WHEN 'HOURS' THEN 3600
                    ELSE 86400
                END AS timeout
            FROM logs
            JOIN events ON events.id = logs.event_id
            WHERE logs.job_id IS NULL
        ) AS runs
    ) AS outcomes
) AS log
LEFT JOIN users ON users.id = log.user_id
RETURNING id, md5((jobs.*)::text) AS mark
)
INSERT INTO seawright_data_images (run, step, table_name, kind, columns, row_count, rows)
SELECT
    0, 'floor', 'jobs', 'insert', '[]', count(*),
    json_agg(json_build_array(json_build_array(id), NULL, mark))
FROM made;

WITH changed AS (
    UPDATE logs
    SET job_id = 'job_log-' || lpad(to_hex(id), 8, '0')
    WHERE job_id IS NULL
    RETURNING id, job_id
)
INSERT INTO seawright_data_images (run, step, table_name, kind, columns, row_count, rows)
SELECT
    0, 'floor', 'logs', 'update', '["job_id"]', count(*),
    json_agg(json_build_array(json_build_array(CAST(id AS text)), json_build_array(NULL), json_build_array(job_id)))
FROM changed;

COMMIT;
