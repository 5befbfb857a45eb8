from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T20:11:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "exports and webhooks: keys and checks"

STATEMENTS = """
ALTER TABLE disclosure ADD CHECK (smallest BETWEEN 1 AND 100), ADD CHECK (length(key) = 32);

ALTER TABLE export ADD CHECK (way IN ('job', 'stream', 'open')),
    ADD CHECK (format IN ('csv', 'xlsx', 'jsonl', 'parquet')),
    ADD CHECK (state IN ('waiting', 'running', 'ready', 'failed', 'stopped', 'expired'));
CREATE INDEX export_latest ON export (campaign, what, format, id) WHERE way = 'open' AND state = 'ready';
CREATE INDEX export_expiry ON export (expires) WHERE expires IS NOT NULL AND state <> 'expired';

ALTER TABLE export_chunk DROP CONSTRAINT export_chunk_pkey, ADD PRIMARY KEY (export, number);
DROP INDEX export_chunk_export;
-- Chunks are read whole and written once: not worth compressing.
ALTER TABLE export_chunk ALTER content SET STORAGE EXTERNAL;

ALTER TABLE webhook ADD CHECK (address ~ '^https?://');
ALTER TABLE delivery ADD CHECK (state IN ('waiting', 'sent', 'failed'));
CREATE UNIQUE INDEX delivery_once ON delivery (webhook, event);
DROP INDEX delivery_webhook;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
