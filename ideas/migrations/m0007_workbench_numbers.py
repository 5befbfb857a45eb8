from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T16:40:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "numbers of the audit log without gaps: the chain's trigger alone gives them"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl("ALTER TABLE audit ALTER id DROP DEFAULT")

    manager.add_raw(run)
    return manager
