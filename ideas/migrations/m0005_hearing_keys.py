from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T16:05:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "hearing back: keys, checks and indexes that Piccolo has no words for"

STATEMENTS = """
-- What was told before letters existed is settled.
UPDATE notice SET due = NULL;
CREATE UNIQUE INDEX notice_once ON notice (event, account) WHERE event IS NOT NULL;
CREATE INDEX notice_due ON notice (due) WHERE due IS NOT NULL;
ALTER TABLE follow DROP CONSTRAINT follow_pkey, ADD PRIMARY KEY (idea, account);
DROP INDEX follow_idea;
ALTER TABLE preference ADD CHECK (often IN ('now', 'daily', 'weekly', 'never'));
ALTER TABLE letter ADD CHECK (state IN ('waiting', 'sent', 'failed', 'kept'));
CREATE INDEX letter_waiting ON letter (due, id) WHERE state = 'waiting';
CREATE UNIQUE INDEX report_once ON report (account, idea, coalesce(comment, 0));
CREATE INDEX report_open ON report (idea) WHERE closed IS NULL;
ALTER TABLE report ADD CHECK (reason IN ('insult', 'personal', 'spam', 'offtopic', 'other')),
    ADD CHECK (outcome IN ('hidden', 'kept')), ADD CHECK ((closed IS NULL) = (outcome IS NULL));
ALTER TABLE idea ADD CHECK (hidden_by IN ('moderator', 'block'));
ALTER TABLE comment ADD CHECK (hidden_by IN ('moderator', 'block'));
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
