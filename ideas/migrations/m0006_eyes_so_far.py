from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T16:10:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "eyes of ideas that were shown before eyes were counted: the mean of a page of twenty"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl("UPDATE idea SET eyes = impressions * 0.18 WHERE impressions > 0")

    manager.add_raw(run)
    return manager
