-- Who may do what. Row-level security is the second wall between tenants; the first is the predicate of every query.

-- Facts are added, never changed: no UPDATE and no DELETE for anybody but the owner (hazard F06).
GRANT SELECT, INSERT ON execution_events, audit_log, session_plans, session_plan_steps, runbook_versions TO cavra_writer;
GRANT SELECT, INSERT, UPDATE ON execution_sessions, execution_steps, agent_worker_assignments, agent_workers, approval_tasks, runbooks TO cavra_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys, outbox, feature_flags, directory_subjects, reminders, grain_state TO cavra_writer;
GRANT USAGE, SELECT ON SEQUENCE session_ids TO cavra_writer;
GRANT SELECT ON schema_migrations TO cavra_writer, cavra_app;

GRANT SELECT ON execution_events, audit_log, session_plans, session_plan_steps, runbook_versions, execution_sessions, execution_steps,
    agent_worker_assignments, agent_workers, approval_tasks, runbooks, idempotency_keys, outbox, feature_flags, directory_subjects TO cavra_app;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'execution_sessions', 'execution_steps', 'execution_events', 'session_plans', 'session_plan_steps', 'agent_worker_assignments',
        'idempotency_keys', 'audit_log', 'outbox', 'approval_tasks', 'runbooks', 'runbook_versions', 'directory_subjects', 'feature_flags']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY all_tenants ON %I TO cavra_writer USING (true) WITH CHECK (true)', table_name);
        -- Unset, the setting is null or empty and no row is visible.
        EXECUTE format('CREATE POLICY one_tenant ON %I FOR SELECT TO cavra_app USING (tenant_id = current_setting(''app.tenant'', true))', table_name);
    END LOOP;
END $$;

CREATE POLICY global_flags ON feature_flags FOR SELECT TO cavra_app USING (tenant_id = '');

ALTER TABLE agent_workers ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_tenants ON agent_workers TO cavra_writer USING (true) WITH CHECK (true);
-- A worker without tenants serves all of them.
CREATE POLICY served_tenant ON agent_workers FOR SELECT TO cavra_app
    USING (tenants = '{}' OR current_setting('app.tenant', true) = ANY (tenants));
