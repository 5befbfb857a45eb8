from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T19:13:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "numbers for planners: keys, checks and the indexes of the orders"

STATEMENTS = """
ALTER TABLE age_group ADD UNIQUE (campaign, slug), ADD CHECK (population >= 0), ADD CHECK (oldest >= youngest);
DROP INDEX age_group_campaign;

ALTER TABLE residence DROP CONSTRAINT residence_pkey, ADD PRIMARY KEY (campaign, account);
DROP INDEX residence_campaign;
ALTER TABLE residence ADD CHECK (district IS NOT NULL OR age_group IS NOT NULL);

ALTER TABLE participant DROP CONSTRAINT participant_pkey, ADD PRIMARY KEY (campaign, account);
DROP INDEX participant_campaign;
ALTER TABLE participant ADD CHECK (weight > 0);

ALTER TABLE standing DROP CONSTRAINT standing_pkey, ADD PRIMARY KEY (campaign, kind, item),
    ADD CHECK (kind IN ('idea', 'cluster', 'theme'));
DROP INDEX standing_campaign;
CREATE INDEX standing_people ON standing (campaign, kind, people_first, item);
CREATE INDEX standing_exposure ON standing (campaign, kind, exposure_first, item);
CREATE INDEX standing_share ON standing (campaign, kind, share_first, item);
CREATE INDEX standing_split ON standing (campaign, kind, split_first, item);

ALTER TABLE wave_idea DROP CONSTRAINT wave_idea_pkey, ADD PRIMARY KEY (idea);
DROP INDEX wave_idea_idea;
DROP INDEX wave_idea_campaign;
CREATE INDEX wave_idea_wave ON wave_idea (campaign, wave);

ALTER TABLE figure DROP CONSTRAINT figure_pkey, ADD PRIMARY KEY (campaign, part, of, name),
    ADD CHECK (part IN ('all', 'principle', 'district', 'theme'));
DROP INDEX figure_campaign;

ALTER TABLE counted DROP CONSTRAINT counted_pkey, ADD PRIMARY KEY (campaign, kind);
DROP INDEX counted_campaign;
ALTER TABLE visit ADD CHECK (visits >= 0);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
