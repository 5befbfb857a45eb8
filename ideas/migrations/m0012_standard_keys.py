from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T19:40:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "commitments and the standard: keys, checks, and that a signed version stays as it was signed"

STATEMENTS = """
CREATE UNIQUE INDEX commitment_once ON commitment (cluster);
DROP INDEX commitment_cluster;
CREATE INDEX commitment_due ON commitment (campaign, due, id);
DROP INDEX commitment_campaign;
ALTER TABLE commitment ADD CHECK (status IN ('planned', 'underway', 'done', 'dropped')),
    ADD CHECK ((status = 'dropped') = (reason <> ''));
CREATE UNIQUE INDEX milestone_place ON milestone (commitment, position);
DROP INDEX milestone_commitment;
CREATE UNIQUE INDEX commitment_update_once ON commitment_update (commitment, key) WHERE key IS NOT NULL;

CREATE INDEX clause_place ON clause (standard, principle, position, id) WHERE removed IS NULL;
DROP INDEX clause_standard;
CREATE UNIQUE INDEX clause_text_once ON clause_text (clause, revision);
DROP INDEX clause_text_clause;
ALTER TABLE clause_draft DROP CONSTRAINT clause_draft_pkey, ADD PRIMARY KEY (clause, account);
DROP INDEX clause_draft_clause;
ALTER TABLE clause_cluster DROP CONSTRAINT clause_cluster_pkey, ADD PRIMARY KEY (clause, cluster);
DROP INDEX clause_cluster_clause;

CREATE UNIQUE INDEX standard_version_number ON standard_version (standard, number);
CREATE UNIQUE INDEX standard_version_revision ON standard_version (standard, revision);
DROP INDEX standard_version_standard;
ALTER TABLE standard_version ADD CHECK (signer <> ''), ADD CHECK ((published IS NULL) = (published_by IS NULL));
ALTER TABLE citation DROP CONSTRAINT citation_pkey, ADD PRIMARY KEY (version, clause, idea);
DROP INDEX citation_version;
CREATE FUNCTION version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.published IS NOT NULL
        OR (OLD.standard, OLD.number, OLD.revision, OLD.content, OLD.signer, OLD.post, OLD.account, OLD.signed)
        IS DISTINCT FROM (NEW.standard, NEW.number, NEW.revision, NEW.content, NEW.signer, NEW.post, NEW.account,
            NEW.signed) THEN RAISE EXCEPTION 'a signed version stays as it was signed'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER final BEFORE UPDATE OR DELETE ON standard_version FOR EACH ROW EXECUTE FUNCTION version_is_final();
CREATE FUNCTION citation_is_final() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what a signed version cites stays'; END $$;
CREATE TRIGGER final BEFORE UPDATE OR DELETE ON citation FOR EACH ROW EXECUTE FUNCTION citation_is_final();

CREATE UNIQUE INDEX pledge_code_once ON pledge_code (standard, office);
CREATE UNIQUE INDEX pledge_code_known ON pledge_code (standard, code);
DROP INDEX pledge_code_standard;
CREATE UNIQUE INDEX pledge_once ON pledge (standard, office, lower(name)) WHERE withdrawn IS NULL;
CREATE INDEX pledge_listed ON pledge (standard, office, id) WHERE withdrawn IS NULL;
DROP INDEX pledge_standard;
ALTER TABLE pledge ADD CHECK ((withdrawn IS NULL) = (reason = ''));

ALTER TABLE campaign_report ADD CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    ADD CHECK (percent BETWEEN 0 AND 100);
CREATE UNIQUE INDEX report_file_once ON report_file (report, format);
DROP INDEX report_file_report;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
