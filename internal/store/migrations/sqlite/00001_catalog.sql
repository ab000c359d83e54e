-- +goose Up
-- Times are microseconds since 1970, UTC. Lists and objects are JSON text.

-- The one row that every write to the catalog takes first: it numbers the commits
-- and hands out keys.
CREATE TABLE catalog_change (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    n        BIGINT NOT NULL,
    next_key BIGINT NOT NULL
);
INSERT INTO catalog_change (one, n, next_key) VALUES (1, 0, 1);

CREATE TABLE root (
    id           TEXT PRIMARY KEY,
    path         BLOB NOT NULL,
    name         TEXT NOT NULL,
    writable     BOOLEAN NOT NULL,
    network      BOOLEAN NOT NULL,
    removed      BOOLEAN NOT NULL DEFAULT FALSE,
    last_scan_at BIGINT,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX root_path ON root (path) WHERE NOT removed;

-- What the index in memory reads stands first; what only one adapter's page shows
-- stands last, where reading the rest does not touch it.
CREATE TABLE adapter (
    key                       INTEGER PRIMARY KEY,
    change                    BIGINT NOT NULL,
    id                        TEXT NOT NULL,
    name                      TEXT NOT NULL,
    version                   TEXT,
    author_username           TEXT,
    tags                      TEXT NOT NULL,
    trained_words             TEXT NOT NULL,
    triggers                  TEXT NOT NULL,
    notes                     TEXT NOT NULL,
    source_url                TEXT,
    root_id                   TEXT NOT NULL,
    folder                    TEXT NOT NULL,
    file_name                 TEXT NOT NULL,
    file_state                TEXT NOT NULL,
    file_health               TEXT NOT NULL,
    file_size                 BIGINT NOT NULL,
    file_mtime                BIGINT NOT NULL,
    base_model                TEXT NOT NULL,
    kind                      TEXT NOT NULL,
    trainer                   TEXT NOT NULL,
    rank                      BIGINT,
    alpha                     DOUBLE PRECISION,
    weight                    DOUBLE PRECISION NOT NULL,
    rating                    BIGINT NOT NULL,
    nsfw_level                BIGINT NOT NULL,
    active                    BOOLEAN NOT NULL,
    favorite                  BOOLEAN NOT NULL,
    use_count                 BIGINT NOT NULL,
    last_used_at              BIGINT,
    created_at                BIGINT NOT NULL,
    updated_at                BIGINT NOT NULL,
    preview_rel               BLOB NOT NULL,
    findings                  TEXT NOT NULL,
    sha256                    TEXT,
    autov3                    TEXT,
    trash_rel                 BLOB NOT NULL,
    rel_path                  BLOB NOT NULL,
    file_dev                  BIGINT NOT NULL,
    file_inode                BIGINT NOT NULL,
    companions                BIGINT NOT NULL,
    quick_digest              TEXT NOT NULL,
    preview_type              TEXT NOT NULL,
    preview_stamp             BIGINT NOT NULL,
    digest_state              TEXT NOT NULL,
    digest_asked              BIGINT NOT NULL,
    lineage                   TEXT NOT NULL,
    trashed_at                BIGINT,
    canonical_version_name    TEXT,
    visibility                TEXT NOT NULL,
    published_at              BIGINT,
    file_path                 TEXT NOT NULL,
    ordinal                   BIGINT,
    archetype                 TEXT,
    archetype_confidence      DOUBLE PRECISION,
    primary_file_name         TEXT,
    primary_file_size_kb      BIGINT,
    primary_file_sha256       TEXT,
    primary_file_download_url TEXT,
    primary_file_local_path   TEXT,
    supports_generation       BOOLEAN NOT NULL,
    sd_version                TEXT,
    base_variant              TEXT NOT NULL,
    base_confidence           DOUBLE PRECISION NOT NULL,
    weight_min                DOUBLE PRECISION,
    weight_max                DOUBLE PRECISION,
    json_file_path            TEXT,
    json_file_mtime           BIGINT,
    json_file_size            BIGINT,
    last_ingested_at          BIGINT,
    sources                   TEXT NOT NULL,
    activation_text           TEXT,
    negative_text             TEXT,
    stats                     TEXT,
    description               TEXT,
    extra                     TEXT
);
CREATE UNIQUE INDEX adapter_id ON adapter (id);
CREATE INDEX adapter_change ON adapter (change);
CREATE INDEX adapter_lineage ON adapter (lineage);
-- A trashed adapter gives its name and its place free.
CREATE UNIQUE INDEX adapter_name_version ON adapter (name, COALESCE(version, '')) WHERE file_state <> 'trashed';
CREATE UNIQUE INDEX adapter_place ON adapter (root_id, rel_path) WHERE file_state <> 'trashed';
CREATE INDEX adapter_digest_pending ON adapter (digest_asked, key)
    WHERE digest_state = 'pending' AND file_state IN ('ok', 'unreadable', 'unsafe');

CREATE TABLE tombstone (
    id     TEXT PRIMARY KEY,
    change BIGINT NOT NULL
);
CREATE INDEX tombstone_change ON tombstone (change);

CREATE TABLE digest (
    adapter_key BIGINT NOT NULL REFERENCES adapter (key) ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (adapter_key, kind)
);
CREATE INDEX digest_value ON digest (value);

CREATE TABLE claimed_digest (
    adapter_key BIGINT NOT NULL REFERENCES adapter (key) ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    source      TEXT NOT NULL,
    PRIMARY KEY (adapter_key, kind)
);
CREATE INDEX claimed_digest_value ON claimed_digest (value);

CREATE TABLE inspection (
    adapter_key INTEGER PRIMARY KEY REFERENCES adapter (key) ON DELETE CASCADE,
    report      BLOB NOT NULL
);

CREATE TABLE undo (
    id     TEXT PRIMARY KEY,
    at     BIGINT NOT NULL,
    action TEXT NOT NULL,
    before BLOB NOT NULL
);

CREATE TABLE activity (
    key        INTEGER PRIMARY KEY,
    at         BIGINT NOT NULL,
    text_key   TEXT NOT NULL,
    params     TEXT NOT NULL,
    adapter_id TEXT
);

CREATE TABLE scan (
    id         TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    body       BLOB NOT NULL
);

CREATE TABLE saved_search (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    q          TEXT NOT NULL,
    sort       TEXT NOT NULL,
    "order"    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
