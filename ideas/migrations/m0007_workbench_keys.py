from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T16:40:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "the workbench: keys and checks, the audit log's chain, an index of the ledger's order"

STATEMENTS = """
ALTER TABLE claim DROP CONSTRAINT claim_pkey, ADD PRIMARY KEY (cluster);
DROP INDEX claim_cluster;
ALTER TABLE claim ADD CHECK (until > taken);

ALTER TABLE closing DROP CONSTRAINT closing_pkey, ADD PRIMARY KEY (decision, cluster);
DROP INDEX closing_decision;
DROP INDEX closing_cluster;
CREATE UNIQUE INDEX closing_standing ON closing (cluster) WHERE undone IS NULL;

ALTER TABLE bulk_row DROP CONSTRAINT bulk_row_pkey, ADD PRIMARY KEY (bulk, idea);
DROP INDEX bulk_row_bulk;
ALTER TABLE bulk_row ADD CHECK (state IN ('waiting', 'done', 'failed')), ADD CHECK ((state = 'failed') = (why <> ''));
CREATE INDEX bulk_row_left ON bulk_row (bulk, idea) WHERE state <> 'done';

ALTER TABLE proposal ADD CHECK (state IN ('waiting', 'accepted', 'kept')),
    ADD CHECK ((state = 'waiting') = (answered IS NULL));
CREATE UNIQUE INDEX proposal_once ON proposal (decided, idea) WHERE state <> 'accepted';
DROP INDEX proposal_decided;
CREATE INDEX proposal_waiting ON proposal (campaign, id) WHERE state = 'waiting';

CREATE INDEX cluster_event_lineage ON cluster_event (cluster, id);
DROP INDEX cluster_event_cluster;

-- What is hashed: the fields of a row, each on a line of its own; within the data, line breaks are escaped by JSON.
CREATE FUNCTION audit_text(a audit) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(E'\\n', a.chain, a.id, coalesce(a.account, 0), a.kind, a.subject, a.data,
        to_char(a.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) $$;
-- Rows of one chain wait for each other until their transactions end. Deeds of the team are few, and votes make none.
CREATE FUNCTION audit_is_chained() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7302, NEW.chain::int);
    -- Under the lock, so that numbers ascend along the chain.
    NEW.id := nextval('audit_id_seq');
    NEW.previous := coalesce((SELECT hash FROM audit WHERE chain = NEW.chain ORDER BY id DESC LIMIT 1), '');
    NEW.hash := sha256(NEW.previous || convert_to(audit_text(NEW), 'UTF8'));
    RETURN NEW;
END $$;
CREATE TRIGGER chained BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_chained();
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_is_append_only();
ALTER TABLE audit ALTER previous DROP DEFAULT, ALTER hash DROP DEFAULT;
CREATE UNIQUE INDEX audit_chain ON audit (chain, id);
CREATE INDEX audit_subject ON audit (subject);
CREATE INDEX audit_kind ON audit (kind, id);

-- The order of the ledger for the job that seals it; next to nothing to keep up, as rows come in that order.
CREATE INDEX ledger_order ON ledger USING brin (id) WITH (pages_per_range = 16, autosummarize = on);
CREATE UNIQUE INDEX seal_upto ON seal (upto);
CREATE UNIQUE INDEX seal_pending ON seal ((hash IS NULL)) WHERE hash IS NULL;
CREATE FUNCTION seal_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.hash IS NOT NULL THEN RAISE EXCEPTION 'a seal is final'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER final BEFORE UPDATE OR DELETE ON seal FOR EACH ROW EXECUTE FUNCTION seal_is_final();
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
