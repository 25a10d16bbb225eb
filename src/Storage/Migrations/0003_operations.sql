-- What is not a session: workers, approvals, runbooks, flags, subjects, and the embedded runtime's own tables.

CREATE TABLE agent_workers (
    worker_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    tenants text[] NOT NULL,
    registration json NOT NULL,
    certificate_key text NOT NULL,
    in_process boolean NOT NULL,
    state text NOT NULL,
    reason text,
    registered boolean NOT NULL,
    registered_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_bad_at timestamptz
);

CREATE TABLE approval_tasks (
    approval_id text COLLATE "C" PRIMARY KEY,
    tenant_id text NOT NULL,
    session_id bigint NOT NULL,
    ordinal integer NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    undecided boolean NOT NULL,
    digest text NOT NULL,
    escalated_from text,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    resolved_at timestamptz,
    task json NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX approval_tasks_inbox ON approval_tasks (tenant_id, expires_at, approval_id) WHERE undecided;
CREATE INDEX approval_tasks_by_time ON approval_tasks (tenant_id, requested_at DESC, approval_id DESC);
CREATE INDEX approval_tasks_by_session ON approval_tasks (session_id, ordinal);
CREATE INDEX approval_tasks_open ON approval_tasks (approval_id) WHERE undecided;
CREATE INDEX approval_tasks_successor ON approval_tasks (escalated_from) WHERE escalated_from IS NOT NULL;

CREATE TABLE runbooks (
    tenant_id text NOT NULL,
    runbook_id text COLLATE "C" NOT NULL,
    newest_version integer NOT NULL,
    PRIMARY KEY (tenant_id, runbook_id)
);

CREATE TABLE runbook_versions (
    tenant_id text NOT NULL,
    runbook_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    source text NOT NULL,
    content_type text NOT NULL,
    canonical json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (tenant_id, runbook_id, version)
);

-- An empty tenant is the global setting.
CREATE TABLE feature_flags (
    name text NOT NULL,
    tenant_id text NOT NULL,
    enabled boolean NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (name, tenant_id)
);

CREATE TABLE directory_subjects (
    tenant_id text NOT NULL,
    subject text NOT NULL,
    roles text[] NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject)
);

CREATE TABLE reminders (
    grain_type text NOT NULL,
    grain_key text NOT NULL,
    name text NOT NULL,
    start_at timestamptz NOT NULL,
    period interval NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (grain_type, grain_key, name)
);

CREATE TABLE grain_state (
    grain_type text NOT NULL,
    grain_key text NOT NULL,
    state_name text NOT NULL,
    payload bytea,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (grain_type, grain_key, state_name)
);
