from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T16:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "keys and checks of what people write: Piccolo runs plain statements before those of its own"

STATEMENTS = """
CREATE UNIQUE INDEX idea_submission ON idea (author, submission) WHERE submission IS NOT NULL;

ALTER TABLE addition DROP CONSTRAINT addition_pkey, ADD PRIMARY KEY (idea, number),
    ADD CHECK (number BETWEEN 1 AND 5), ADD CHECK (length(text) BETWEEN 1 AND 4000);
DROP INDEX addition_idea;

CREATE UNIQUE INDEX draft_of_person ON draft (account, campaign) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX draft_parked ON draft (parked) WHERE parked IS NOT NULL;
DROP INDEX draft_account;
CREATE INDEX draft_saved ON draft (saved);
ALTER TABLE draft ADD CHECK ((account IS NULL) = (parked IS NOT NULL)),
    ADD CHECK (length(title) <= 1000 AND length(text) <= 20000 AND length(rest) <= 20000);

ALTER TABLE photo ADD CHECK (num_nonnulls(idea, draft) = 1), ADD CHECK (place BETWEEN 1 AND 3);
CREATE UNIQUE INDEX photo_of_idea ON photo (idea, place) WHERE idea IS NOT NULL;
CREATE UNIQUE INDEX photo_of_draft ON photo (draft, place) WHERE draft IS NOT NULL;
DROP INDEX photo_idea;
DROP INDEX photo_draft;
ALTER TABLE photo ALTER content SET STORAGE EXTERNAL, ALTER small SET STORAGE EXTERNAL;

ALTER TABLE choice ADD CHECK (answer IN ('same', 'different')), ADD CHECK (answer = 'same' OR idea IS NOT NULL),
    ADD CHECK (idea IS DISTINCT FROM other);
CREATE UNIQUE INDEX choice_pair ON choice (idea, other) WHERE idea IS NOT NULL;
CREATE UNIQUE INDEX choice_instead ON choice (account, other) WHERE idea IS NULL;
DROP INDEX choice_idea;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
