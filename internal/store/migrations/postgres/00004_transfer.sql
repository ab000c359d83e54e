-- +goose Up
-- Exports, imports, backups and restores: what ran, what was said about it, and what an
-- import still owes to the disk when it is stopped after its transaction.
CREATE TABLE transfer (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    body       TEXT NOT NULL, -- lora.Transfer as JSON
    journal    BYTEA,         -- files that are still to be put in their place
    started_at BIGINT NOT NULL
);
CREATE INDEX transfer_started ON transfer (started_at);
CREATE INDEX transfer_owing ON transfer (id) WHERE journal IS NOT NULL;

CREATE TABLE backup_schedule (
    id          TEXT PRIMARY KEY,
    body        TEXT NOT NULL, -- lora.BackupSchedule as JSON
    next_run_at BIGINT,        -- NULL while it is switched off
    last_run_at BIGINT
);
CREATE INDEX backup_schedule_next ON backup_schedule (next_run_at) WHERE next_run_at IS NOT NULL;

-- What a hub said about a file, kept so that it can be read without the hub.
CREATE TABLE hub_snapshot (
    adapter_key  BIGINT PRIMARY KEY REFERENCES adapter (key) ON DELETE CASCADE,
    hub          TEXT NOT NULL,
    state        TEXT NOT NULL, -- found, gone, absent or failed
    model_id     TEXT NOT NULL,
    version_id   TEXT NOT NULL,
    error        TEXT NOT NULL,
    looked_up_at BIGINT NOT NULL,
    body         TEXT -- lora.HubVersion as JSON; last, since it is long
);
CREATE INDEX hub_snapshot_model ON hub_snapshot (hub, model_id);

CREATE TABLE hub_model (
    hub        TEXT NOT NULL,
    model_id   TEXT NOT NULL,
    versions   TEXT NOT NULL, -- the same in short, to look for newer ones
    fetched_at BIGINT NOT NULL,
    body       TEXT NOT NULL, -- lora.HubModel as JSON, with all its versions; last, since it is long
    PRIMARY KEY (hub, model_id)
);

-- Versions nobody wants to hear of again; an empty version stands for the whole model.
CREATE TABLE hub_ignored (
    hub        TEXT NOT NULL,
    model_id   TEXT NOT NULL,
    version_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (hub, model_id, version_id)
);

CREATE TABLE download (
    id         TEXT PRIMARY KEY,
    state      TEXT NOT NULL,
    position   BIGINT NOT NULL,
    body       TEXT NOT NULL, -- lora.Download as JSON
    created_at BIGINT NOT NULL
);
CREATE INDEX download_position ON download (position);

-- Where an adapter came from when it was imported or moved in.
CREATE TABLE provenance (
    adapter_key BIGINT PRIMARY KEY REFERENCES adapter (key) ON DELETE CASCADE,
    origin      TEXT NOT NULL, -- archive, download, or the program it came from
    detail      TEXT NOT NULL,
    at          BIGINT NOT NULL
);

