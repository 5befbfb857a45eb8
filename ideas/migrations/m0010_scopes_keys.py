from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T19:15:01:000000"
VERSION = "1.38.0"
DESCRIPTION = (
    "keys and checks of what moderators are limited to, of questions, of looks and of counting apart"
)

STATEMENTS = """
ALTER TABLE scope ADD CHECK (district IS NOT NULL OR theme IS NOT NULL);
CREATE UNIQUE INDEX scope_once ON scope (account, campaign, coalesce(district, 0), coalesce(theme, 0));
DROP INDEX scope_account;

ALTER TABLE question ADD CHECK (first < second), ADD CHECK (state IN ('waiting', 'same', 'different')),
    ADD CHECK ((state = 'waiting') = (answered IS NULL)), ADD CHECK ((state = 'waiting') = (account IS NULL));
CREATE UNIQUE INDEX question_pair ON question (first, second);
DROP INDEX question_first;
DROP INDEX question_campaign;
CREATE INDEX question_waiting ON question (campaign, worth, id) WHERE state = 'waiting';
DROP INDEX question_account;
CREATE INDEX question_answers ON question (account, answered) WHERE state <> 'waiting';

ALTER TABLE reason ADD CHECK (verdict IN ('', 'accept', 'decline', 'forward'));
CREATE UNIQUE INDEX reason_position ON reason (campaign, position);
DROP INDEX reason_campaign;

ALTER TABLE fit DROP CONSTRAINT fit_pkey, ADD PRIMARY KEY (idea);
DROP INDEX fit_idea;

ALTER TABLE seen DROP CONSTRAINT seen_pkey, ADD PRIMARY KEY (cluster, account);
DROP INDEX seen_cluster;

ALTER TABLE apart DROP CONSTRAINT apart_pkey, ADD PRIMARY KEY (cluster, idea, account);
DROP INDEX apart_cluster;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
