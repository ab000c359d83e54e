-- +goose Up
-- Who may do what, who did what, and what is each person's own. Account 0 is the one
-- user of a server without accounts.
CREATE TABLE account (
    key            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL,
    name           TEXT NOT NULL, -- to log in with
    folded         TEXT NOT NULL, -- the same without differences of case
    display_name   TEXT NOT NULL,
    role           TEXT NOT NULL,
    password       TEXT NOT NULL, -- argon2id in PHC form; empty when there is none
    must_change    BOOLEAN NOT NULL,
    totp_secret    TEXT NOT NULL,
    totp_on        BOOLEAN NOT NULL,
    totp_step      BIGINT NOT NULL, -- the last one that was used; none is taken twice
    recovery_codes TEXT NOT NULL,   -- SHA-256 of each that is left, as a JSON list
    job_quota      BIGINT NOT NULL, -- jobs that may wait or run at once; 0 is any number
    disabled       BOOLEAN NOT NULL,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT
);
CREATE UNIQUE INDEX account_id ON account (id);
CREATE UNIQUE INDEX account_folded ON account (folded);

CREATE TABLE passkey (
    id           TEXT PRIMARY KEY, -- the credential's, base64url
    account_key  BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    body         TEXT NOT NULL, -- the credential as JSON
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkey_account ON passkey (account_key);

-- An account of a sign-in provider that stands for one of ours.
CREATE TABLE identity (
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account_key);

CREATE TABLE session (
    id          TEXT PRIMARY KEY, -- SHA-256 of what the cookie holds
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    method      TEXT NOT NULL, -- password, totp, passkey, oidc or setup
    address     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_key);

CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    account_key  BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL, -- SHA-256 of the key
    start        TEXT NOT NULL, -- its first characters, to know it by
    scopes       TEXT NOT NULL, -- as a JSON list
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
CREATE INDEX api_key_account ON api_key (account_key);

-- Sign-ins that are under way: what was asked of the browser or the provider.
CREATE TABLE login_flow (
    id         TEXT PRIMARY KEY, -- SHA-256 of what the browser holds
    kind       TEXT NOT NULL,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Wrong passwords, keys and codes, by what was tried from where, each minute.
CREATE TABLE login_attempt (
    who    TEXT NOT NULL,
    minute BIGINT NOT NULL,
    wrong  BIGINT NOT NULL,
    PRIMARY KEY (who, minute)
);

-- Tokens with which the first account can be made while there is none.
CREATE TABLE setup_token (
    hash       TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE audit (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         BIGINT NOT NULL,
    account_id TEXT NOT NULL, -- empty when nobody was logged in
    actor      TEXT NOT NULL, -- the name at that time
    via        TEXT NOT NULL, -- session, api_key, key, local or none
    address    TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action     TEXT NOT NULL, -- the operation's id
    target     TEXT NOT NULL,
    status     BIGINT NOT NULL,
    detail     TEXT NOT NULL -- as JSON, without secrets
);
CREATE INDEX audit_account ON audit (account_id, key);
CREATE INDEX audit_action ON audit (action, key);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE account_setting (
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (account_key, name)
);

-- What one account thinks of an adapter; NULL is what the library says.
CREATE TABLE adapter_mark (
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    adapter_key BIGINT NOT NULL REFERENCES adapter (key) ON DELETE CASCADE,
    favorite    BOOLEAN,
    rating      BIGINT,
    change      BIGINT NOT NULL,
    PRIMARY KEY (account_key, adapter_key)
);
CREATE INDEX adapter_mark_adapter ON adapter_mark (adapter_key);
CREATE INDEX adapter_mark_change ON adapter_mark (change);

-- The same of a job with its images.
CREATE TABLE result_mark (
    account_key  BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    job_key      BIGINT NOT NULL REFERENCES job (key) ON DELETE CASCADE,
    favorite     BOOLEAN,
    favorited_at BIGINT,
    rating       BIGINT,
    rated_at     BIGINT,
    PRIMARY KEY (account_key, job_key)
);
CREATE INDEX result_mark_job ON result_mark (job_key);

-- Work that one of several servers does: who holds it, until when.
CREATE TABLE lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    token      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Whose job it is, for quotas and fair shares.
ALTER TABLE job ADD COLUMN account BIGINT NOT NULL DEFAULT 0;
CREATE INDEX job_account_open ON job (account) WHERE status IN ('pending', 'running', 'retrying');

-- Workers look for jobs account by account within a priority.
DROP INDEX job_lane;
CREATE INDEX job_lane ON job (engine, priority DESC, account, position, key) WHERE status IN ('pending', 'retrying');

-- When a job of an account was last begun on an engine, so that they take turns.
CREATE TABLE job_turn (
    engine  TEXT NOT NULL,
    account BIGINT NOT NULL,
    served  BIGINT NOT NULL,
    PRIMARY KEY (engine, account)
);
