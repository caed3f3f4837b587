-- What the application may do with the tables; as the owner, after every flask db upgrade: psql -f postgresql-rights.sql
-- A table that was added has no rights until this is run: the application says so at once.

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO parindex_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO parindex_app;

-- The audit trail is read and added to. Its head (where the chain of seals stands) moves on with every entry.
REVOKE ALL ON audit_entry, audit_head, alembic_version FROM parindex_app;
GRANT SELECT, INSERT ON audit_entry TO parindex_app;
GRANT SELECT, UPDATE ON audit_head TO parindex_app;
GRANT SELECT ON alembic_version TO parindex_app;
