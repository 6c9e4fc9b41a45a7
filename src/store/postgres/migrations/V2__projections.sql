-- What the events say, as tables: for whoever asks the database by SQL. No answer stands here.
--
-- A row is of one of two sorts:
-- - what one event did, under a key that has the event in it: written once, never changed;
-- - how something stands, under its own key: the row of the latest event that said so.
-- So the tables are a function of the set of events alone, in whatever order transactions commit:
-- nothing is deleted, and no row is made of another. What follows from several rows (whether an
-- ask is in force) is said by views.
--
-- The event is named by (era, transaction, ordinal) as in `events`, without a foreign key: the row
-- is written in the event's own transaction, and per-home tables must not reach for what is not
-- the home's. Foreign keys join rows of one event only: an event may name a home, a body or a
-- decision that no event has told of.
--
-- Ids compare byte by byte (COLLATE "C"), as the program orders them.
--
-- People are not here: who answers for a home stands in the ledger alone, names and addresses with
-- it, and nothing that is asked by SQL needs a copy.


-- Who is who.

CREATE TABLE organisations (
    organisation_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    ods text,
    gss text,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (organisation_id)
);
COMMENT ON TABLE organisations IS 'The bodies that ask, as last registered';
COMMENT ON COLUMN organisations.organisation_id IS 'Our id of it';
COMMENT ON COLUMN organisations.name IS 'Its name';
COMMENT ON COLUMN organisations.kind IS 'What kind of body it is';
COMMENT ON COLUMN organisations.ods IS 'ODS code; null where it has none';
COMMENT ON COLUMN organisations.gss IS 'GSS code; null where it has none';
COMMENT ON COLUMN organisations.era IS 'Of the event';
COMMENT ON COLUMN organisations.transaction IS 'Of the event';
COMMENT ON COLUMN organisations.ordinal IS 'Of the event';

CREATE TABLE organisation_successions (
    organisation_id text COLLATE "C" NOT NULL,
    successor text COLLATE "C",
    ended_on date,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (organisation_id)
);
COMMENT ON TABLE organisation_successions IS 'Which body ended, and who came after it';
COMMENT ON COLUMN organisation_successions.organisation_id IS 'Who ended';
COMMENT ON COLUMN organisation_successions.successor IS 'Who came after; null if nobody did';
COMMENT ON COLUMN organisation_successions.ended_on IS 'The first day on which it is no longer; null if that was taken back';
COMMENT ON COLUMN organisation_successions.era IS 'Of the event';
COMMENT ON COLUMN organisation_successions.transaction IS 'Of the event';
COMMENT ON COLUMN organisation_successions.ordinal IS 'Of the event';

CREATE TABLE powers (
    organisation_id text COLLATE "C" NOT NULL,
    areas text[] NOT NULL,
    statutory text[] NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (organisation_id)
);
COMMENT ON TABLE powers IS 'What a body was last granted to ask';
COMMENT ON COLUMN powers.organisation_id IS 'The body';
COMMENT ON COLUMN powers.areas IS 'GSS codes of the areas whose homes it may target, beside its own';
COMMENT ON COLUMN powers.statutory IS 'The statutory powers that it may invoke';
COMMENT ON COLUMN powers.era IS 'Of the event';
COMMENT ON COLUMN powers.transaction IS 'Of the event';
COMMENT ON COLUMN powers.ordinal IS 'Of the event';

CREATE TABLE homes (
    home_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    provider text,
    ods text,
    council_code text COLLATE "C" NOT NULL,
    icb_code text COLLATE "C",
    services text[] NOT NULL,
    beds int,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (home_id)
);
CREATE INDEX homes_by_council ON homes (council_code);
CREATE INDEX homes_by_icb ON homes (icb_code);
COMMENT ON TABLE homes IS 'Care homes, as last registered';
COMMENT ON COLUMN homes.home_id IS 'CQC location id';
COMMENT ON COLUMN homes.name IS 'Its name';
COMMENT ON COLUMN homes.provider IS 'Who runs it; null where unknown';
COMMENT ON COLUMN homes.ods IS 'ODS code; null where unknown';
COMMENT ON COLUMN homes.council_code IS 'GSS code of its council';
COMMENT ON COLUMN homes.icb_code IS 'GSS code of its integrated care board; null where unknown';
COMMENT ON COLUMN homes.services IS 'Its services, normalised as those that fields apply to';
COMMENT ON COLUMN homes.beds IS 'Beds that it is registered for; null where unknown';
COMMENT ON COLUMN homes.era IS 'Of the event';
COMMENT ON COLUMN homes.transaction IS 'Of the event';
COMMENT ON COLUMN homes.ordinal IS 'Of the event';

CREATE TABLE home_successions (
    home_id text COLLATE "C" NOT NULL,
    successor text COLLATE "C",
    ended_on date,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (home_id)
);
COMMENT ON TABLE home_successions IS 'Which home ended, and what it is registered as since';
COMMENT ON COLUMN home_successions.home_id IS 'The home that ended';
COMMENT ON COLUMN home_successions.successor IS 'The home after it; null if there is none';
COMMENT ON COLUMN home_successions.ended_on IS 'The first day on which it is no longer; null if that was taken back';
COMMENT ON COLUMN home_successions.era IS 'Of the event';
COMMENT ON COLUMN home_successions.transaction IS 'Of the event';
COMMENT ON COLUMN home_successions.ordinal IS 'Of the event';

CREATE TABLE tokens (
    token_id text COLLATE "C" NOT NULL,
    label text NOT NULL,
    role text NOT NULL,
    organisation_id text COLLATE "C",
    homes text[] NOT NULL,
    is_lead boolean NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (token_id)
);
COMMENT ON TABLE tokens IS 'Static tokens, as issued; their secrets, and hashes of them, stand in the ledger alone';
COMMENT ON COLUMN tokens.token_id IS 'Public id';
COMMENT ON COLUMN tokens.label IS 'What it is for, in the words of whoever issued it';
COMMENT ON COLUMN tokens.role IS 'What its bearer may be';
COMMENT ON COLUMN tokens.organisation_id IS 'The body that a requester is bound to';
COMMENT ON COLUMN tokens.homes IS 'The homes that a home person is bound to';
COMMENT ON COLUMN tokens.is_lead IS 'Whether a home person may invite others';
COMMENT ON COLUMN tokens.issued_at IS 'When it was issued';
COMMENT ON COLUMN tokens.expires_at IS 'From when it opens nothing; null for no end';
COMMENT ON COLUMN tokens.era IS 'Of the event';
COMMENT ON COLUMN tokens.transaction IS 'Of the event';
COMMENT ON COLUMN tokens.ordinal IS 'Of the event';

CREATE TABLE token_revocations (
    token_id text COLLATE "C" NOT NULL,
    revoked_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (token_id)
);
COMMENT ON TABLE token_revocations IS 'Tokens that were revoked';
COMMENT ON COLUMN token_revocations.token_id IS 'The token';
COMMENT ON COLUMN token_revocations.revoked_at IS 'When';
COMMENT ON COLUMN token_revocations.era IS 'Of the event';
COMMENT ON COLUMN token_revocations.transaction IS 'Of the event';
COMMENT ON COLUMN token_revocations.ordinal IS 'Of the event';

CREATE TABLE token_rotations (
    token_id text COLLATE "C" NOT NULL,
    rotated_at timestamptz NOT NULL,
    former_ends_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (token_id)
);
COMMENT ON TABLE token_rotations IS 'When a token last got another secret';
COMMENT ON COLUMN token_rotations.token_id IS 'The token';
COMMENT ON COLUMN token_rotations.rotated_at IS 'When';
COMMENT ON COLUMN token_rotations.former_ends_at IS 'From when the secret before it opens nothing';
COMMENT ON COLUMN token_rotations.era IS 'Of the event';
COMMENT ON COLUMN token_rotations.transaction IS 'Of the event';
COMMENT ON COLUMN token_rotations.ordinal IS 'Of the event';

-- Who asks what. These stand by organisation; an ask is one row a revision.

CREATE TABLE asks (
    organisation_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    submitted_on date NOT NULL,
    on_behalf boolean NOT NULL,
    purpose text NOT NULL,
    legal_basis text NOT NULL,
    statutory_power text,
    agreement text,
    filed_elsewhere text,
    is_private boolean NOT NULL,
    continues text,
    cadence text,
    periods text[],
    begins_on date NOT NULL,
    first_day date NOT NULL,
    last_day date,
    expires_on date,
    fields int NOT NULL,
    PRIMARY KEY (organisation_id, era, transaction, ordinal)
);
COMMENT ON TABLE asks IS 'Each revision of each ask, as submitted or amended';
COMMENT ON COLUMN asks.organisation_id IS 'Who asks';
COMMENT ON COLUMN asks.era IS 'Of the event';
COMMENT ON COLUMN asks.transaction IS 'Of the event';
COMMENT ON COLUMN asks.ordinal IS 'Of the event';
COMMENT ON COLUMN asks.ask_id IS 'The ask''s id within the body';
COMMENT ON COLUMN asks.recorded_at IS 'When this revision was recorded';
COMMENT ON COLUMN asks.submitted_on IS 'The day of its first submission, in London';
COMMENT ON COLUMN asks.on_behalf IS 'Whether somebody else submitted it for the body';
COMMENT ON COLUMN asks.purpose IS 'What the answers are for';
COMMENT ON COLUMN asks.legal_basis IS 'By which right it asks';
COMMENT ON COLUMN asks.statutory_power IS 'The granted power by which fields are statutory';
COMMENT ON COLUMN asks.agreement IS 'Reference of the sharing agreement or impact assessment';
COMMENT ON COLUMN asks.filed_elsewhere IS 'The system in which homes file the answers themselves; null for answers that are sent';
COMMENT ON COLUMN asks.is_private IS 'Whether other askers are not told who asks';
COMMENT ON COLUMN asks.continues IS 'The ask of a predecessor that it carries on, by its name';
COMMENT ON COLUMN asks.cadence IS 'How often; null where it names its periods';
COMMENT ON COLUMN asks.periods IS 'The very periods asked for; null where it has a cadence';
COMMENT ON COLUMN asks.begins_on IS 'The first day on which it asks';
COMMENT ON COLUMN asks.first_day IS 'First day of its first period';
COMMENT ON COLUMN asks.last_day IS 'Last day of its last period; null for no end';
COMMENT ON COLUMN asks.expires_on IS 'The day after which no further period is asked for; null for none';
COMMENT ON COLUMN asks.fields IS 'How many fields it has';

CREATE TABLE ask_fields (
    organisation_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    place int NOT NULL,
    question_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    label text NOT NULL,
    type text NOT NULL,
    timing text NOT NULL,
    element_id text COLLATE "C",
    reference text,
    moment text,
    applies_to text[],
    is_conditional boolean NOT NULL,
    PRIMARY KEY (organisation_id, era, transaction, ordinal, place),
    FOREIGN KEY (organisation_id, era, transaction, ordinal) REFERENCES asks
);
COMMENT ON TABLE ask_fields IS 'The fields of each revision of each ask';
COMMENT ON COLUMN ask_fields.organisation_id IS 'Who asks';
COMMENT ON COLUMN ask_fields.era IS 'Of the event';
COMMENT ON COLUMN ask_fields.transaction IS 'Of the event';
COMMENT ON COLUMN ask_fields.ordinal IS 'Of the event';
COMMENT ON COLUMN ask_fields.place IS 'Its place in the ask, from 0';
COMMENT ON COLUMN ask_fields.question_id IS 'What it means: equal meanings have equal ids';
COMMENT ON COLUMN ask_fields.name IS 'The requester''s own name of it';
COMMENT ON COLUMN ask_fields.label IS 'The requester''s own wording';
COMMENT ON COLUMN ask_fields.type IS 'What kind of answer it takes';
COMMENT ON COLUMN ask_fields.timing IS 'Of which time it speaks: a state, events of a span, or a standing fact';
COMMENT ON COLUMN ask_fields.element_id IS 'The dictionary''s element that it names; null for none';
COMMENT ON COLUMN ask_fields.reference IS 'Of which span of the period, where not of the period itself';
COMMENT ON COLUMN ask_fields.moment IS 'The moment of a state, where not the end of the span';
COMMENT ON COLUMN ask_fields.applies_to IS 'The services of the homes that it is asked of; null for every home';
COMMENT ON COLUMN ask_fields.is_conditional IS 'Whether it is put on an answer to another field only';

CREATE TABLE ask_targets (
    organisation_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    target text COLLATE "C" NOT NULL,
    is_area boolean NOT NULL,
    PRIMARY KEY (organisation_id, era, transaction, ordinal, target),
    FOREIGN KEY (organisation_id, era, transaction, ordinal) REFERENCES asks
);
COMMENT ON TABLE ask_targets IS 'Of whom each revision of each ask is asked';
COMMENT ON COLUMN ask_targets.organisation_id IS 'Who asks';
COMMENT ON COLUMN ask_targets.era IS 'Of the event';
COMMENT ON COLUMN ask_targets.transaction IS 'Of the event';
COMMENT ON COLUMN ask_targets.ordinal IS 'Of the event';
COMMENT ON COLUMN ask_targets.target IS 'GSS code of an area, or a home''s CQC location id';
COMMENT ON COLUMN ask_targets.is_area IS 'Whether it is an area: every home in it';

CREATE TABLE ask_withdrawals (
    organisation_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    reason text NOT NULL,
    on_behalf boolean NOT NULL,
    PRIMARY KEY (organisation_id, era, transaction, ordinal)
);
COMMENT ON TABLE ask_withdrawals IS 'Asks that were taken back';
COMMENT ON COLUMN ask_withdrawals.organisation_id IS 'Who asked';
COMMENT ON COLUMN ask_withdrawals.era IS 'Of the event';
COMMENT ON COLUMN ask_withdrawals.transaction IS 'Of the event';
COMMENT ON COLUMN ask_withdrawals.ordinal IS 'Of the event';
COMMENT ON COLUMN ask_withdrawals.ask_id IS 'The ask''s id within the body';
COMMENT ON COLUMN ask_withdrawals.recorded_at IS 'When';
COMMENT ON COLUMN ask_withdrawals.reason IS 'Why';
COMMENT ON COLUMN ask_withdrawals.on_behalf IS 'Whether somebody else took it back for the body';

CREATE TABLE acknowledgements (
    organisation_id text COLLATE "C" NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    through bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (organisation_id, ask_id)
);
COMMENT ON TABLE acknowledgements IS 'Up to where a body last said that it has stored what it was given';
COMMENT ON COLUMN acknowledgements.organisation_id IS 'Whose asks';
COMMENT ON COLUMN acknowledgements.ask_id IS 'Which ask; empty for all of the body''s';
COMMENT ON COLUMN acknowledgements.through IS 'Everything that changed up to this ledger sequence is stored';
COMMENT ON COLUMN acknowledgements.recorded_at IS 'When it said so';
COMMENT ON COLUMN acknowledgements.era IS 'Of the event';
COMMENT ON COLUMN acknowledgements.transaction IS 'Of the event';
COMMENT ON COLUMN acknowledgements.ordinal IS 'Of the event';

-- What means the same, and what the dictionary holds.

CREATE TABLE decisions (
    decision_id text COLLATE "C" NOT NULL,
    question_a text COLLATE "C" NOT NULL,
    question_b text COLLATE "C" NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    organisation_id text COLLATE "C",
    decided_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (decision_id)
);
COMMENT ON TABLE decisions IS 'Decisions that two questions are the same, related or different';
COMMENT ON COLUMN decisions.decision_id IS 'Its id';
COMMENT ON COLUMN decisions.question_a IS 'The first question';
COMMENT ON COLUMN decisions.question_b IS 'The second question';
COMMENT ON COLUMN decisions.verdict IS 'What was decided';
COMMENT ON COLUMN decisions.reason IS 'Why; empty if not said';
COMMENT ON COLUMN decisions.organisation_id IS 'Whose own decision it is; null for the data lead''s';
COMMENT ON COLUMN decisions.decided_at IS 'When';
COMMENT ON COLUMN decisions.era IS 'Of the event';
COMMENT ON COLUMN decisions.transaction IS 'Of the event';
COMMENT ON COLUMN decisions.ordinal IS 'Of the event';

CREATE TABLE decision_undoings (
    decision_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    undone_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (decision_id)
);
COMMENT ON TABLE decision_undoings IS 'Decisions that were taken back';
COMMENT ON COLUMN decision_undoings.decision_id IS 'The decision';
COMMENT ON COLUMN decision_undoings.reason IS 'Why; empty if not said';
COMMENT ON COLUMN decision_undoings.undone_at IS 'When';
COMMENT ON COLUMN decision_undoings.era IS 'Of the event';
COMMENT ON COLUMN decision_undoings.transaction IS 'Of the event';
COMMENT ON COLUMN decision_undoings.ordinal IS 'Of the event';

CREATE TABLE objections (
    decision_id text COLLATE "C" NOT NULL,
    objection_id text COLLATE "C" NOT NULL,
    organisation_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    on_behalf boolean NOT NULL,
    objected_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (decision_id, objection_id)
);
COMMENT ON TABLE objections IS 'Objections of bodies to decisions';
COMMENT ON COLUMN objections.decision_id IS 'The decision';
COMMENT ON COLUMN objections.objection_id IS 'Its id';
COMMENT ON COLUMN objections.organisation_id IS 'Which body objects';
COMMENT ON COLUMN objections.reason IS 'Why';
COMMENT ON COLUMN objections.on_behalf IS 'Whether somebody else said it for the body';
COMMENT ON COLUMN objections.objected_at IS 'When';
COMMENT ON COLUMN objections.era IS 'Of the event';
COMMENT ON COLUMN objections.transaction IS 'Of the event';
COMMENT ON COLUMN objections.ordinal IS 'Of the event';

CREATE TABLE objection_answers (
    decision_id text COLLATE "C" NOT NULL,
    objection_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    answered_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (decision_id, objection_id)
);
COMMENT ON TABLE objection_answers IS 'Why a decision that was objected to is kept';
COMMENT ON COLUMN objection_answers.decision_id IS 'The decision';
COMMENT ON COLUMN objection_answers.objection_id IS 'The objection';
COMMENT ON COLUMN objection_answers.reason IS 'Why';
COMMENT ON COLUMN objection_answers.answered_at IS 'When';
COMMENT ON COLUMN objection_answers.era IS 'Of the event';
COMMENT ON COLUMN objection_answers.transaction IS 'Of the event';
COMMENT ON COLUMN objection_answers.ordinal IS 'Of the event';

CREATE TABLE dictionaries (
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    version text NOT NULL,
    elements int NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (era, transaction, ordinal)
);
COMMENT ON TABLE dictionaries IS 'Editions of the data dictionary that were adopted whole';
COMMENT ON COLUMN dictionaries.era IS 'Of the event';
COMMENT ON COLUMN dictionaries.transaction IS 'Of the event';
COMMENT ON COLUMN dictionaries.ordinal IS 'Of the event';
COMMENT ON COLUMN dictionaries.version IS 'The edition, in the words of whoever keeps it';
COMMENT ON COLUMN dictionaries.elements IS 'How many elements it has';
COMMENT ON COLUMN dictionaries.recorded_at IS 'When it was adopted';

CREATE TABLE elements (
    element_id text COLLATE "C" NOT NULL,
    question_id text COLLATE "C",
    label text NOT NULL,
    definition text NOT NULL,
    type text NOT NULL,
    timing text NOT NULL,
    topic text NOT NULL,
    unit text,
    retired_on date,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (element_id)
);
COMMENT ON TABLE elements IS 'Elements, as last adopted or approved; which are in force, elements_in_force says';
COMMENT ON COLUMN elements.element_id IS 'Its id';
COMMENT ON COLUMN elements.question_id IS 'The question that every field naming it means; null where that is not known';
COMMENT ON COLUMN elements.label IS 'The question in plain English';
COMMENT ON COLUMN elements.definition IS 'What counts and what does not';
COMMENT ON COLUMN elements.type IS 'What kind of answer it takes';
COMMENT ON COLUMN elements.timing IS 'Of which time it speaks';
COMMENT ON COLUMN elements.topic IS 'The part of the form';
COMMENT ON COLUMN elements.unit IS 'Unit of entry, UCUM';
COMMENT ON COLUMN elements.retired_on IS 'Since when the edition itself has it retired';
COMMENT ON COLUMN elements.era IS 'Of the event';
COMMENT ON COLUMN elements.transaction IS 'Of the event';
COMMENT ON COLUMN elements.ordinal IS 'Of the event';

CREATE TABLE element_retirements (
    element_id text COLLATE "C" NOT NULL,
    retired_on date NOT NULL,
    reason text NOT NULL,
    successor text COLLATE "C",
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (element_id)
);
COMMENT ON TABLE element_retirements IS 'Elements, or proposals of one, that are no longer wanted';
COMMENT ON COLUMN element_retirements.element_id IS 'The element';
COMMENT ON COLUMN element_retirements.retired_on IS 'Since when';
COMMENT ON COLUMN element_retirements.reason IS 'Why; empty if not said';
COMMENT ON COLUMN element_retirements.successor IS 'The element to be used instead; null for none';
COMMENT ON COLUMN element_retirements.era IS 'Of the event';
COMMENT ON COLUMN element_retirements.transaction IS 'Of the event';
COMMENT ON COLUMN element_retirements.ordinal IS 'Of the event';

CREATE TABLE element_proposals (
    element_id text COLLATE "C" NOT NULL,
    label text NOT NULL,
    reason text NOT NULL,
    organisation_id text COLLATE "C",
    proposed_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (element_id)
);
COMMENT ON TABLE element_proposals IS 'Elements that were last proposed, settled or not';
COMMENT ON COLUMN element_proposals.element_id IS 'The element';
COMMENT ON COLUMN element_proposals.label IS 'The question in plain English';
COMMENT ON COLUMN element_proposals.reason IS 'Why; empty if not said';
COMMENT ON COLUMN element_proposals.organisation_id IS 'Of which body the proposer is; null for a data lead';
COMMENT ON COLUMN element_proposals.proposed_at IS 'When';
COMMENT ON COLUMN element_proposals.era IS 'Of the event';
COMMENT ON COLUMN element_proposals.transaction IS 'Of the event';
COMMENT ON COLUMN element_proposals.ordinal IS 'Of the event';

CREATE TABLE templates (
    template bytea NOT NULL,
    size_bytes int NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (template)
);
COMMENT ON TABLE templates IS 'Templates that submissions name; their text is the body of the event';
COMMENT ON COLUMN templates.template IS 'Digest of its bytes';
COMMENT ON COLUMN templates.size_bytes IS 'How many bytes it has';
COMMENT ON COLUMN templates.era IS 'Of the event';
COMMENT ON COLUMN templates.transaction IS 'Of the event';
COMMENT ON COLUMN templates.ordinal IS 'Of the event';

-- What homes sent, to whom, and who took it: never what was said. These stand by home.

CREATE TABLE receipts (
    home_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    receipt text NOT NULL,
    given_before boolean NOT NULL,
    period text NOT NULL,
    template bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    answers int NOT NULL,
    speaks_of text[] NOT NULL,
    PRIMARY KEY (home_id, era, transaction, ordinal)
);
COMMENT ON TABLE receipts IS 'What a home sent in one go: answers, or answers given before';
COMMENT ON COLUMN receipts.home_id IS 'The home';
COMMENT ON COLUMN receipts.era IS 'Of the event';
COMMENT ON COLUMN receipts.transaction IS 'Of the event';
COMMENT ON COLUMN receipts.ordinal IS 'Of the event';
COMMENT ON COLUMN receipts.receipt IS 'Receipt number';
COMMENT ON COLUMN receipts.given_before IS 'Whether it sent answers that were given before, and said nothing new';
COMMENT ON COLUMN receipts.period IS 'The form''s period';
COMMENT ON COLUMN receipts.template IS 'Digest of the template that the home saw';
COMMENT ON COLUMN receipts.sent_at IS 'When';
COMMENT ON COLUMN receipts.answers IS 'How many answers it names';
COMMENT ON COLUMN receipts.speaks_of IS 'The references that they speak of, each once: a sheet each';

CREATE TABLE releases (
    home_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    organisation_id text COLLATE "C" NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    fields int NOT NULL,
    PRIMARY KEY (home_id, era, transaction, ordinal, organisation_id, ask_id, period, reference),
    FOREIGN KEY (home_id, era, transaction, ordinal) REFERENCES receipts
);
COMMENT ON TABLE releases IS 'To which asks something that a home sent was released';
COMMENT ON COLUMN releases.home_id IS 'The home';
COMMENT ON COLUMN releases.era IS 'Of the event';
COMMENT ON COLUMN releases.transaction IS 'Of the event';
COMMENT ON COLUMN releases.ordinal IS 'Of the event';
COMMENT ON COLUMN releases.organisation_id IS 'Who asks';
COMMENT ON COLUMN releases.ask_id IS 'The ask';
COMMENT ON COLUMN releases.period IS 'The ask''s period';
COMMENT ON COLUMN releases.reference IS 'What the answers speak of';
COMMENT ON COLUMN releases.fields IS 'To how many fields of the ask';

CREATE TABLE filings (
    home_id text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    organisation_id text COLLATE "C" NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    is_filed boolean NOT NULL,
    said_at timestamptz NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (home_id, period, organisation_id, ask_id)
);
COMMENT ON TABLE filings IS 'Asks that a home files elsewhere: whether it last said that it has';
COMMENT ON COLUMN filings.home_id IS 'The home';
COMMENT ON COLUMN filings.period IS 'The form''s period';
COMMENT ON COLUMN filings.organisation_id IS 'Who asks';
COMMENT ON COLUMN filings.ask_id IS 'The ask';
COMMENT ON COLUMN filings.is_filed IS 'Whether it is filed';
COMMENT ON COLUMN filings.said_at IS 'When the home said so';
COMMENT ON COLUMN filings.era IS 'Of the event';
COMMENT ON COLUMN filings.transaction IS 'Of the event';
COMMENT ON COLUMN filings.ordinal IS 'Of the event';

CREATE TABLE collections (
    home_id text COLLATE "C" NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    place int NOT NULL,
    organisation_id text COLLATE "C" NOT NULL,
    ask_id text COLLATE "C" NOT NULL,
    taker text COLLATE "C" NOT NULL,
    period text NOT NULL,
    reference text NOT NULL,
    fields int NOT NULL,
    collected_at timestamptz NOT NULL,
    PRIMARY KEY (home_id, era, transaction, ordinal, place)
);
COMMENT ON TABLE collections IS 'Who was given which of a home''s answers';
COMMENT ON COLUMN collections.home_id IS 'The home';
COMMENT ON COLUMN collections.era IS 'Of the event';
COMMENT ON COLUMN collections.transaction IS 'Of the event';
COMMENT ON COLUMN collections.ordinal IS 'Of the event';
COMMENT ON COLUMN collections.place IS 'Its place among what was given, from 0';
COMMENT ON COLUMN collections.organisation_id IS 'Whose ask';
COMMENT ON COLUMN collections.ask_id IS 'The ask';
COMMENT ON COLUMN collections.taker IS 'For which body it was taken';
COMMENT ON COLUMN collections.period IS 'The ask''s period';
COMMENT ON COLUMN collections.reference IS 'What the answers speak of';
COMMENT ON COLUMN collections.fields IS 'How many fields';
COMMENT ON COLUMN collections.collected_at IS 'When';

CREATE TABLE digests (
    home_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    begins_week boolean NOT NULL,
    asks int NOT NULL,
    era int NOT NULL,
    transaction bigint NOT NULL,
    ordinal int NOT NULL,
    PRIMARY KEY (home_id, day)
);
COMMENT ON TABLE digests IS 'Letters that told a home''s people what falls due';
COMMENT ON COLUMN digests.home_id IS 'The home';
COMMENT ON COLUMN digests.day IS 'The day in London';
COMMENT ON COLUMN digests.begins_week IS 'Whether it went to those, too, who want it once a week';
COMMENT ON COLUMN digests.asks IS 'How many asks were of the home by then';
COMMENT ON COLUMN digests.era IS 'Of the event';
COMMENT ON COLUMN digests.transaction IS 'Of the event';
COMMENT ON COLUMN digests.ordinal IS 'Of the event';

-- Of the program itself.
CREATE TABLE projection (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    version int NOT NULL
);
COMMENT ON TABLE projection IS 'Which version of the projections these tables hold; one row';
COMMENT ON COLUMN projection.is_only IS 'Keeps it to one row';
COMMENT ON COLUMN projection.version IS 'Another than the program''s: they are made anew from the events';
INSERT INTO projection VALUES (true, 0);
COMMENT ON TABLE schema_history IS 'The migrations that made this schema; kept by the program';
COMMENT ON COLUMN schema_history.version IS 'Number of the migration';
COMMENT ON COLUMN schema_history.name IS 'Its name';
COMMENT ON COLUMN schema_history.applied_on IS 'When it was applied: RFC 3339';
COMMENT ON COLUMN schema_history.checksum IS 'Of its text';
