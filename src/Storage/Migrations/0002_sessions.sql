-- Sessions, their steps and their events (spec 3.4, with the tenant on every row).

CREATE SEQUENCE session_ids AS bigint;

-- What a session runs, decided before it starts. Sessions started from the same things share the row.
CREATE TABLE session_plans (
    tenant_id text NOT NULL,
    plan_digest text NOT NULL,
    plan json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, plan_digest)
);

-- The columns that a step of a plan gives to execution_steps; a create copies them inside the database.
CREATE TABLE session_plan_steps (
    tenant_id text NOT NULL,
    plan_digest text NOT NULL,
    step_number integer NOT NULL,
    name text NOT NULL,
    phase text NOT NULL,
    sandbox_profile text NOT NULL,
    blast_radius text NOT NULL,
    approval_policy text NOT NULL,
    command_payload json NOT NULL,
    rollback_payload json,
    PRIMARY KEY (tenant_id, plan_digest, step_number)
);

CREATE TABLE execution_sessions (
    session_id bigint PRIMARY KEY,
    tenant_id text NOT NULL,
    ticket_id text NOT NULL,
    runbook_id text NOT NULL,
    runbook_version integer NOT NULL,
    runbook_digest text NOT NULL,
    plan_digest text NOT NULL,
    validation_mode text NOT NULL,
    environment text NOT NULL,
    environment_profile text NOT NULL,
    sandbox_profile text NOT NULL,
    idempotency_key text,
    requested_by text NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL,
    reason text,
    live boolean NOT NULL,
    worker_id text,
    transport_channel text,
    current_step integer,
    -- The fence: an append names the sequence that it expects and fails when another wrote first.
    last_event_seq bigint NOT NULL CHECK (last_event_seq >= 0),
    -- Hash of the last event: the head of the session's chain.
    head_hash bytea NOT NULL,
    assignment_retry_count integer NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    updated_at timestamptz NOT NULL,
    deadline_at timestamptz
) WITH (fillfactor = 70);

-- Invariant I1: at most one live session per tenant and ticket.
CREATE UNIQUE INDEX execution_sessions_live_ticket ON execution_sessions (tenant_id, ticket_id) WHERE live;
CREATE INDEX execution_sessions_by_tenant ON execution_sessions (tenant_id, session_id DESC);
CREATE INDEX execution_sessions_by_ticket ON execution_sessions (tenant_id, ticket_id, session_id DESC);
CREATE INDEX execution_sessions_live ON execution_sessions (session_id) WHERE live;
-- No index holds a column that a running session changes, so that its updates stay within the page (HOT).

CREATE TABLE execution_steps (
    session_id bigint NOT NULL,
    step_number integer NOT NULL,
    tenant_id text NOT NULL,
    name text NOT NULL,
    phase text NOT NULL,
    sandbox_profile text NOT NULL,
    blast_radius text NOT NULL,
    approval_policy text NOT NULL,
    command_payload json NOT NULL,
    rollback_payload json,
    state text NOT NULL,
    reason text,
    outcome text,
    attempt integer NOT NULL,
    exit_code integer,
    execution_ms bigint,
    started_at timestamptz,
    completed_at timestamptz,
    credentials_used text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (session_id, step_number)
) WITH (fillfactor = 70);

-- Append-only. The payload is json, not jsonb: the exact text was hashed.
CREATE TABLE execution_events (
    session_id bigint NOT NULL,
    event_id bigint NOT NULL,
    tenant_id text NOT NULL,
    step_number integer,
    event_type text NOT NULL,
    payload json NOT NULL,
    actor text NOT NULL,
    worker_id text,
    trace_id text,
    created_at timestamptz NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (session_id, event_id)
);

DO $$
BEGIN
    -- Output chunks are the only big values; lz4 costs a fraction of the default's time.
    ALTER TABLE execution_events ALTER COLUMN payload SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL; -- a server built without lz4 keeps the default
END $$;

CREATE TABLE agent_worker_assignments (
    assignment_id text PRIMARY KEY,
    session_id bigint NOT NULL,
    tenant_id text NOT NULL,
    worker_id text NOT NULL,
    attempt integer NOT NULL,
    status text NOT NULL,
    assigned_at timestamptz NOT NULL,
    acked_at timestamptz,
    released_at timestamptz,
    failure_reason text
) WITH (fillfactor = 80);
CREATE INDEX agent_worker_assignments_by_session ON agent_worker_assignments (session_id);
CREATE INDEX agent_worker_assignments_open ON agent_worker_assignments (worker_id) WHERE status IN ('assigned', 'acked', 'active');

-- Marks of session commands name the event after which the answer is rebuilt; others keep the answer itself.
CREATE TABLE idempotency_keys (
    tenant_id text NOT NULL,
    key text NOT NULL,
    route text NOT NULL,
    body_digest text NOT NULL,
    status integer NOT NULL,
    session_id bigint,
    event_id bigint,
    body text,
    location text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);

CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    outcome text NOT NULL,
    ip text,
    trace_id text,
    detail text
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, audit_id DESC);

-- Notifications on their way out: ids and titles only (contract, Operations).
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    key text NOT NULL UNIQUE,
    event_type text NOT NULL,
    payload json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    dead_at timestamptz,
    last_error text
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE delivered_at IS NULL AND dead_at IS NULL;
