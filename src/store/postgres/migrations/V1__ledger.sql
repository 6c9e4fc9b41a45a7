-- The ledger, and what makes an append safe: revisions, request ids. Drafts stand beside it.
--
-- An event is named by where it was written: era, transaction and ordinal. The order of those is
-- the order of the ledger, which `ledger` numbers without a gap once no earlier transaction can
-- still add to it.

CREATE TABLE events (
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    recorded_at text NOT NULL,
    kind text NOT NULL,
    commitment bytea NOT NULL,
    salt bytea,
    body text,
    PRIMARY KEY (era, transaction, ordinal),
    CHECK ((salt IS NULL) = (body IS NULL))
);
COMMENT ON TABLE events IS 'What happened, as it was recorded; never changed, but that a body and its salt may be erased';
COMMENT ON COLUMN events.era IS 'Grows when the database was restored elsewhere, where transactions count anew';
COMMENT ON COLUMN events.transaction IS 'The transaction that recorded it';
COMMENT ON COLUMN events.ordinal IS 'Its place among the events of that transaction, from 0';
COMMENT ON COLUMN events.recorded_at IS 'When, as the chain covers it: RFC 3339';
COMMENT ON COLUMN events.kind IS 'What happened';
COMMENT ON COLUMN events.commitment IS 'BLAKE3 commitment to the body, salted';
COMMENT ON COLUMN events.salt IS 'The salt of the commitment; none of an erased body';
COMMENT ON COLUMN events.body IS 'What it says, as JSON; none of an erased one';

CREATE TABLE ledger (
    sequence bigint PRIMARY KEY,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    chain bytea NOT NULL,
    UNIQUE (era, transaction, ordinal),
    FOREIGN KEY (era, transaction, ordinal) REFERENCES events
);
COMMENT ON TABLE ledger IS 'The order of the events, without a gap, and their chain';
COMMENT ON COLUMN ledger.sequence IS 'The place in the ledger, from 1';
COMMENT ON COLUMN ledger.era IS 'Of the event';
COMMENT ON COLUMN ledger.transaction IS 'Of the event';
COMMENT ON COLUMN ledger.ordinal IS 'Of the event';
COMMENT ON COLUMN ledger.chain IS 'BLAKE3 over the chain value before and the header of the event';

CREATE TABLE ledger_head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    sequence bigint NOT NULL,
    chain bytea NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL
);
COMMENT ON TABLE ledger_head IS 'The last event of the ledger; one row, changed under the sealing lock only';
COMMENT ON COLUMN ledger_head.is_only IS 'Keeps it to one row';
COMMENT ON COLUMN ledger_head.sequence IS 'Its place; 0 before the first';
COMMENT ON COLUMN ledger_head.chain IS 'Its chain value';
COMMENT ON COLUMN ledger_head.era IS 'The era in which events are recorded now';
COMMENT ON COLUMN ledger_head.transaction IS 'The transaction of the last event of this era; 0 before the first';
COMMENT ON COLUMN ledger_head.ordinal IS 'Its ordinal; -1 before the first';
INSERT INTO ledger_head VALUES (true, 0, decode(repeat('00', 32), 'hex'), 1, 0, -1);

CREATE TABLE home_revisions (
    home_id text NOT NULL,
    key text NOT NULL,
    era int,
    transaction bigint,
    ordinal int,
    PRIMARY KEY (home_id, key)
);
COMMENT ON TABLE home_revisions IS 'Which event last changed a thing of a home; none of what never was';
COMMENT ON COLUMN home_revisions.home_id IS 'The home';
COMMENT ON COLUMN home_revisions.key IS 'What of it';
COMMENT ON COLUMN home_revisions.era IS 'Of the event';
COMMENT ON COLUMN home_revisions.transaction IS 'Of the event';
COMMENT ON COLUMN home_revisions.ordinal IS 'Of the event';

CREATE TABLE organisation_revisions (
    organisation_id text NOT NULL,
    key text NOT NULL,
    era int,
    transaction bigint,
    ordinal int,
    PRIMARY KEY (organisation_id, key)
);
COMMENT ON TABLE organisation_revisions IS 'Which event last changed a thing of an organisation, such as an ask';
COMMENT ON COLUMN organisation_revisions.organisation_id IS 'The organisation';
COMMENT ON COLUMN organisation_revisions.key IS 'What of it';
COMMENT ON COLUMN organisation_revisions.era IS 'Of the event';
COMMENT ON COLUMN organisation_revisions.transaction IS 'Of the event';
COMMENT ON COLUMN organisation_revisions.ordinal IS 'Of the event';

CREATE TABLE register_revisions (
    key text PRIMARY KEY,
    era int,
    transaction bigint,
    ordinal int
);
COMMENT ON TABLE register_revisions IS 'Which event last changed what is of no one home or organisation';
COMMENT ON COLUMN register_revisions.key IS 'What';
COMMENT ON COLUMN register_revisions.era IS 'Of the event';
COMMENT ON COLUMN register_revisions.transaction IS 'Of the event';
COMMENT ON COLUMN register_revisions.ordinal IS 'Of the event';

CREATE TABLE requests (
    request bytea PRIMARY KEY,
    content bytea NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    FOREIGN KEY (era, transaction, ordinal) REFERENCES events
);
COMMENT ON TABLE requests IS 'What makes a request safe to repeat';
COMMENT ON COLUMN requests.request IS 'Digest of caller, method and request id';
COMMENT ON COLUMN requests.content IS 'Digest of what was requested';
COMMENT ON COLUMN requests.era IS 'Of its first event';
COMMENT ON COLUMN requests.transaction IS 'Of its first event';
COMMENT ON COLUMN requests.ordinal IS 'Of its first event';

CREATE TABLE drafts (
    home_id text NOT NULL,
    period text NOT NULL,
    version text NOT NULL,
    draft text NOT NULL,
    PRIMARY KEY (home_id, period)
);
COMMENT ON TABLE drafts IS 'What was typed for a form and not sent; gone once it is sent';
COMMENT ON COLUMN drafts.home_id IS 'The home';
COMMENT ON COLUMN drafts.period IS 'The form''s period';
COMMENT ON COLUMN drafts.version IS 'Which state of which draft';
COMMENT ON COLUMN drafts.draft IS 'The draft, as JSON';

CREATE TABLE drafts_set_aside (
    home_id text NOT NULL,
    period text NOT NULL,
    version text NOT NULL,
    draft text NOT NULL,
    PRIMARY KEY (home_id, period, version)
);
COMMENT ON TABLE drafts_set_aside IS 'Drafts that did not read back';
COMMENT ON COLUMN drafts_set_aside.home_id IS 'The home';
COMMENT ON COLUMN drafts_set_aside.period IS 'The form''s period';
COMMENT ON COLUMN drafts_set_aside.version IS 'Which state of which draft';
COMMENT ON COLUMN drafts_set_aside.draft IS 'As it was found';
