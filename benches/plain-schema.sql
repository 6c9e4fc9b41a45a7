-- The schema that a program without AskOnce would have: the peer of SubmitAsk.
CREATE TABLE asks (id bigserial PRIMARY KEY, organisation int NOT NULL, body jsonb NOT NULL);
CREATE TABLE fields (hash bytea PRIMARY KEY, label text NOT NULL);
CREATE TABLE ask_fields (
    ask bigint NOT NULL REFERENCES asks, hash bytea NOT NULL REFERENCES fields,
    name text NOT NULL, PRIMARY KEY (ask, name)
);
CREATE TABLE form_items (
    home int NOT NULL, period text NOT NULL, hash bytea NOT NULL REFERENCES fields,
    UNIQUE (home, period, hash)
);
