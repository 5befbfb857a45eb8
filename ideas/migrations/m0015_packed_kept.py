from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T22:41:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "packed campaigns are kept as they are; totals that are summed from them are counted no more"

STATEMENTS = """
-- Arrays hardly shrink, and unpacking them would take longer than reading them.
ALTER TABLE counted ALTER COLUMN content SET STORAGE EXTERNAL;
DELETE FROM figure WHERE name IN ('of_status', 'of_state');
-- So that those who had numbers before get theirs packed, too.
UPDATE counted SET mark = '' WHERE kind = 'ranking';
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
