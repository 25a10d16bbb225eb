-- Two roles do the daily work; neither owns anything.
--   cavra_writer  commits what grains decide, for every tenant
--   cavra_app     reads on behalf of one tenant, the one named in app.tenant
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['cavra_writer', 'cavra_app'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I LOGIN', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- roles belong to the whole server; another database's migration made it this moment
        END;
        -- A configured login acts as these roles (options=-c role=...).
        IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO cavra_writer, cavra_app;
