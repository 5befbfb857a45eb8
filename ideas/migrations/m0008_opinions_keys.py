from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from piccolo_conf import DB

ID = "2026-11-22T19:10:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "second opinions and appeals: who may not be the same person is the database's to know"

STATEMENTS = """
ALTER TABLE campaign ADD CHECK (second_opinions BETWEEN 0 AND 100);
ALTER TABLE model ADD CHECK (pinned IS NULL OR active), ADD CHECK ((pinned IS NULL) = (pinned_by IS NULL));

ALTER TABLE opinion ADD CHECK (verdict IN ('accept', 'decline', 'forward')),
    ADD CHECK (settled IN ('accept', 'decline', 'forward')),
    ADD CHECK (account <> first), ADD CHECK (settled_by <> first AND settled_by <> account),
    ADD CHECK ((account IS NULL) = (verdict IS NULL)), ADD CHECK ((answered IS NULL) = (verdict IS NULL)),
    ADD CHECK (verdict IS NULL OR reason <> ''),
    ADD CHECK ((settled IS NULL) = (settled_by IS NULL)), ADD CHECK ((settled IS NULL) = (settled_at IS NULL)),
    ADD CHECK (settled IS NULL OR verdict IS NOT NULL);
CREATE INDEX opinion_waiting ON opinion (campaign, id) WHERE verdict IS NULL;
CREATE FUNCTION opinion_is_fair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT d.moderator INTO NEW.first FROM decision d WHERE d.id = NEW.decision;
    ELSIF (NEW.decision, NEW.first) IS DISTINCT FROM (OLD.decision, OLD.first)
        OR (OLD.verdict IS NOT NULL AND (NEW.account, NEW.verdict, NEW.reason)
            IS DISTINCT FROM (OLD.account, OLD.verdict, OLD.reason)) THEN
        RAISE EXCEPTION 'an opinion once given is not changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fair BEFORE INSERT OR UPDATE ON opinion FOR EACH ROW EXECUTE FUNCTION opinion_is_fair();

ALTER TABLE appeal ADD UNIQUE (idea, decision), ADD CHECK (state IN ('waiting', 'confirmed', 'overturned')),
    ADD CHECK (moderator <> decided_by), ADD CHECK (moderator <> author), ADD CHECK (length(text) <= 2000),
    ADD CHECK ((state = 'waiting') = (answered IS NULL)), ADD CHECK ((state = 'waiting') = (moderator IS NULL)),
    ADD CHECK (state = 'waiting' OR reason <> '');
DROP INDEX appeal_idea;
CREATE INDEX appeal_waiting ON appeal (id) WHERE state = 'waiting';
CREATE FUNCTION appeal_is_fair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT d.moderator INTO NEW.decided_by FROM decision d WHERE d.id = NEW.decision;
        IF NOT EXISTS (SELECT FROM idea i WHERE i.id = NEW.idea AND i.author = NEW.author) THEN
            RAISE EXCEPTION 'only an idea''s author appeals' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (NEW.idea, NEW.decision, NEW.author, NEW.decided_by)
            IS DISTINCT FROM (OLD.idea, OLD.decision, OLD.author, OLD.decided_by) THEN
        RAISE EXCEPTION 'what an appeal is about is not changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fair BEFORE INSERT OR UPDATE ON appeal FOR EACH ROW EXECUTE FUNCTION appeal_is_fair();

ALTER TABLE blocked_word ADD CHECK (length(words) >= 2);
DROP INDEX blocked_word_campaign;
CREATE UNIQUE INDEX blocked_word_once ON blocked_word (campaign, lower(words));

DROP INDEX lesson_campaign;
CREATE INDEX lesson_campaign ON lesson (campaign, created);
ALTER TABLE doubt ADD CHECK (probability BETWEEN 0 AND 1), ADD CHECK (margin BETWEEN 0 AND 1);
DROP INDEX doubt_campaign;
CREATE INDEX doubt_next ON doubt (campaign, margin, idea);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ideas", description=DESCRIPTION)

    async def run() -> None:
        # One block, because the driver takes one statement at a time.
        await DB.run_ddl(f"DO $migration$ BEGIN {STATEMENTS} END $migration$")

    manager.add_raw(run)
    return manager
