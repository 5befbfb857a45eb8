from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T13:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what Piccolo has no words for: composite keys, checks, generated columns, partial indexes"

STATEMENTS = """
CREATE UNIQUE INDEX account_email ON account (email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX account_source ON account (source) WHERE source IS NOT NULL;
ALTER TABLE account ADD CHECK (role IN ('citizen', 'moderator', 'planner', 'admin')),
    ADD CHECK (email = lower(email)), ADD CHECK (length(name) > 0);
CREATE UNIQUE INDEX session_hash ON session (hash);
CREATE INDEX session_expires ON session (expires);
ALTER TABLE session ADD CHECK (kind IN ('browser', 'token'));

ALTER TABLE stage ADD CHECK (closes > opens);
ALTER TABLE principle ADD UNIQUE (campaign, slug);
ALTER TABLE district ADD UNIQUE (campaign, slug);
ALTER TABLE office ADD UNIQUE (campaign, slug);

ALTER TABLE idea ADD CHECK (length(title) >= 1), ADD CHECK (length(text) <= 20000),
    ADD CHECK (status IN ('submitted', 'study', 'accepted', 'declined', 'standard', 'done')),
    ADD CHECK (votes >= 0 AND votes_against >= 0 AND comments >= 0),
    ADD CHECK (tagged IN ('model', 'moderator'));
ALTER TABLE idea ADD support integer GENERATED ALWAYS AS (votes + imported_votes) STORED;
ALTER TABLE idea ADD search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('russian', replace(title, 'ё', 'е')), 'A')
    || setweight(to_tsvector('russian', replace(left(text, 20000), 'ё', 'е')), 'B')) STORED;
CREATE UNIQUE INDEX idea_source ON idea (campaign, source) WHERE source IS NOT NULL;
CREATE INDEX idea_search ON idea USING gin (search);
CREATE INDEX idea_new ON idea (campaign, created DESC, id DESC) WHERE hidden IS NULL;
CREATE INDEX idea_top ON idea (campaign, support DESC, id DESC) WHERE hidden IS NULL;
CREATE INDEX idea_fair ON idea (campaign, fair, id) WHERE hidden IS NULL;
DROP INDEX idea_campaign;

ALTER TABLE embedding DROP CONSTRAINT embedding_pkey, ADD PRIMARY KEY (idea, version);
DROP INDEX embedding_idea;
ALTER TABLE embedding ADD text_of timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN embedding.text_of IS 'when the encoded text was written: created or edited of the idea';
CREATE INDEX embedding_nearest ON embedding USING hnsw (vector vector_cosine_ops);

ALTER TABLE vote DROP CONSTRAINT vote_pkey, ADD PRIMARY KEY (idea, account), ADD CHECK (value IN (-1, 1));
DROP INDEX vote_idea;
ALTER TABLE comment ADD CHECK (side IN ('for', 'against', 'question')),
    ADD CHECK (length(text) BETWEEN 1 AND 4000);

ALTER TABLE tag DROP CONSTRAINT tag_pkey, ADD PRIMARY KEY (idea, principle),
    ADD CHECK (source IN ('model', 'moderator')), ADD CHECK (probability BETWEEN 0 AND 1);
DROP INDEX tag_idea;

ALTER TABLE link ADD CHECK (first < second), ADD CHECK (kind IN ('must', 'cannot')), ADD UNIQUE (first, second);
DROP INDEX link_first;

ALTER TABLE cluster ADD CHECK (state IN ('open', 'accepted', 'declined', 'forwarded'));
ALTER TABLE cluster ADD votes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN cluster.votes IS 'votes of its members when supporters were last counted';
CREATE INDEX cluster_queue ON cluster (campaign, supporters DESC, id DESC) WHERE retired IS NULL;
ALTER TABLE decision ADD CHECK (verdict IN ('accept', 'decline', 'forward')), ADD CHECK (length(reason) > 0);
CREATE UNIQUE INDEX decision_standing ON decision (cluster) WHERE undone IS NULL AND cluster IS NOT NULL;
ALTER TABLE ruling DROP CONSTRAINT ruling_pkey, ADD PRIMARY KEY (decision, idea);
DROP INDEX ruling_decision;

ALTER TABLE ledger DROP CONSTRAINT ledger_pkey, ADD PRIMARY KEY (idea, id);
DROP INDEX ledger_idea;
DROP INDEX ledger_account;
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

CREATE INDEX notice_unread ON notice (account, id) WHERE read IS NULL;
CREATE UNIQUE INDEX model_version ON model (campaign, kind, version);
CREATE UNIQUE INDEX model_active ON model (campaign, kind) WHERE active;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
