"""The one Piccolo app: every table and the one chain of migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="ideas",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(modules=["ideas.tables"]),
    migration_dependencies=[],
    commands=[],
)
