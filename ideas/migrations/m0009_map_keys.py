from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T19:18:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "keys of the map"

STATEMENTS = """
ALTER TABLE spot DROP CONSTRAINT spot_pkey, ADD PRIMARY KEY (idea);
DROP INDEX spot_idea;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
