-- Two roles and the database of an installation; once, as a superuser: psql -f postgresql-roles.sql
-- The owner changes tables (flask db upgrade) and removes old audit entries; the application works with rows alone.
-- Passwords: \password parindex_owner, \password parindex_app.

CREATE ROLE parindex_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE ROLE parindex_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE parindex OWNER parindex_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE parindex FROM PUBLIC;
GRANT CONNECT ON DATABASE parindex TO parindex_app;

\connect parindex
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO parindex_owner;
GRANT USAGE ON SCHEMA public TO parindex_app;
