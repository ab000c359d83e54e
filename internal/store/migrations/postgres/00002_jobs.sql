-- +goose Up
-- Jobs, their results and pictures, and what prompts and engines are set up with.

-- The queue as a whole: one row, which claims and moves take first on PostgreSQL.
CREATE TABLE queue_state (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    paused BOOLEAN NOT NULL
);
INSERT INTO queue_state (one, paused) VALUES (1, FALSE);

-- What the queue and the orders of the history read; it is rewritten with every beat,
-- so the long texts stand in job_body. Keys rise with the time a job was accepted. An
-- unrated job has the rating -1.
CREATE TABLE job (
    key             BIGINT PRIMARY KEY,
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    mode            TEXT NOT NULL,
    engine          TEXT NOT NULL,
    routed          BOOLEAN NOT NULL,
    status          TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    position        DOUBLE PRECISION NOT NULL,
    attempt         BIGINT NOT NULL,
    max_attempts    BIGINT NOT NULL,
    not_before      BIGINT,
    composition_id  TEXT NOT NULL,
    parent_id       TEXT NOT NULL,
    owner           TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    error_class     TEXT NOT NULL DEFAULT '',
    error           TEXT NOT NULL DEFAULT '',
    worker          TEXT NOT NULL DEFAULT '',
    life            TEXT NOT NULL DEFAULT '',
    lease_until     BIGINT,
    token           BIGINT NOT NULL DEFAULT 0,
    submitted       BOOLEAN NOT NULL DEFAULT FALSE,
    handle          TEXT NOT NULL DEFAULT '',
    cancelling      BOOLEAN NOT NULL DEFAULT FALSE,
    progress        DOUBLE PRECISION NOT NULL DEFAULT 0,
    step            BIGINT NOT NULL DEFAULT 0,
    steps           BIGINT NOT NULL DEFAULT 0,
    eta             DOUBLE PRECISION,
    message         TEXT NOT NULL DEFAULT '',
    rating          BIGINT NOT NULL DEFAULT -1,
    rated_at        BIGINT,
    favorite        BOOLEAN NOT NULL DEFAULT FALSE,
    favorited_at    BIGINT,
    pixels          BIGINT NOT NULL DEFAULT 0,
    trashed_at      BIGINT,
    created_at      BIGINT NOT NULL,
    started_at      BIGINT,
    finished_at     BIGINT
);
CREATE UNIQUE INDEX job_id ON job (id);
CREATE UNIQUE INDEX job_idempotency ON job (owner, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX job_open ON job (priority, position, key) WHERE status IN ('pending', 'running', 'retrying');
CREATE INDEX job_lane ON job (engine, priority DESC, position, key) WHERE status IN ('pending', 'retrying');
CREATE INDEX job_running ON job (engine) WHERE status = 'running';
CREATE INDEX job_retrying ON job (not_before) WHERE status = 'retrying';
CREATE INDEX job_failed ON job (key) WHERE status = 'failed' AND trashed_at IS NULL;
CREATE INDEX job_unsuccessful ON job (key) WHERE status IN ('failed', 'cancelled') AND trashed_at IS NULL;
CREATE INDEX job_delivery ON job (key) WHERE kind = 'delivery' AND trashed_at IS NULL;
-- The orders of the history.
CREATE INDEX job_newest ON job (key) WHERE status = 'succeeded' AND trashed_at IS NULL;
CREATE INDEX job_rating ON job (rating, key) WHERE status = 'succeeded' AND trashed_at IS NULL;
CREATE INDEX job_favorite ON job (favorite, key) WHERE status = 'succeeded' AND trashed_at IS NULL;
CREATE INDEX job_largest ON job (pixels, key) WHERE status = 'succeeded' AND trashed_at IS NULL;
CREATE INDEX job_trash ON job (key) WHERE trashed_at IS NOT NULL;

CREATE TABLE job_body (
    job_key  BIGINT PRIMARY KEY REFERENCES job (key) ON DELETE CASCADE,
    prompt   TEXT NOT NULL,
    params   TEXT NOT NULL,
    adapters TEXT NOT NULL,
    tags     TEXT NOT NULL DEFAULT '[]',
    result   TEXT
);

-- The words of prompts and adapter names of jobs that have ended, by the key of the job.
CREATE TABLE job_words (
    job_key BIGINT PRIMARY KEY REFERENCES job (key) ON DELETE CASCADE,
    words   TSVECTOR NOT NULL
);
CREATE INDEX job_words_words ON job_words USING gin (words);

-- Beginnings of words are found by the index above; SQLite needs a table of words here.

-- What jobs that have ended can be found by: adapters, base models, engines, models,
-- tags, compositions, sizes, stars, favourites. results counts the jobs of the history that have it.
CREATE TABLE facet (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    results BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX facet_value ON facet (kind, value);
CREATE TABLE job_facet (
    facet_id BIGINT NOT NULL REFERENCES facet (id),
    job_key  BIGINT NOT NULL REFERENCES job (key) ON DELETE CASCADE,
    PRIMARY KEY (facet_id, job_key)
);
CREATE INDEX job_facet_job ON job_facet (job_key);

-- The record of a picture exists before its file does and until after it is gone.
-- loose_since is set while no job has the picture.
CREATE TABLE picture (
    sha256      TEXT PRIMARY KEY,
    type        TEXT NOT NULL,
    width       BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    state       TEXT NOT NULL,
    uploaded    BOOLEAN NOT NULL,
    job_id      TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    loose_since BIGINT
);
CREATE INDEX picture_loose ON picture (loose_since) WHERE loose_since IS NOT NULL;
CREATE INDEX picture_size ON picture (size_bytes, loose_since) WHERE loose_since IS NULL;

CREATE TABLE job_image (
    job_key    BIGINT NOT NULL REFERENCES job (key) ON DELETE CASCADE,
    place      BIGINT NOT NULL,
    sha256     TEXT NOT NULL REFERENCES picture (sha256),
    seed       BIGINT,
    infotext   TEXT NOT NULL,
    size_bytes BIGINT NOT NULL, -- the picture's, which never changes
    shared     BOOLEAN NOT NULL, -- the picture had another job or place at some time
    PRIMARY KEY (job_key, place)
);
CREATE INDEX job_image_picture ON job_image (sha256);
CREATE INDEX job_image_size ON job_image (job_key, shared, size_bytes);

-- Pictures a job starts from. They need not be there any more.
CREATE TABLE job_input (
    job_key BIGINT NOT NULL REFERENCES job (key) ON DELETE CASCADE,
    sha256  TEXT NOT NULL,
    PRIMARY KEY (job_key, sha256)
);
CREATE INDEX job_input_picture ON job_input (sha256);

CREATE TABLE composition (
    id         TEXT PRIMARY KEY,
    version    BIGINT NOT NULL, -- the latest
    deleted_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE composition_version (
    composition_id TEXT NOT NULL REFERENCES composition (id) ON DELETE CASCADE,
    version        BIGINT NOT NULL,
    name           TEXT NOT NULL,
    body           TEXT NOT NULL,
    restored       BIGINT,
    made_at        BIGINT NOT NULL,
    PRIMARY KEY (composition_id, version)
);

CREATE TABLE preset (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    engine     TEXT NOT NULL,
    params     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE workflow (
    name       TEXT PRIMARY KEY,
    graph      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE engine (
    name     TEXT PRIMARY KEY,
    config   TEXT NOT NULL,
    password TEXT NOT NULL
);

-- Prompts name adapters by the names of their files, in any case, and by the names they
-- were trained as, where those differ. The latter are noted when a file is read.
CREATE INDEX adapter_file_name ON adapter (LOWER(file_name));
CREATE TABLE alias (
    adapter_key BIGINT PRIMARY KEY REFERENCES adapter (key) ON DELETE CASCADE,
    name        TEXT NOT NULL
);
CREATE INDEX alias_name ON alias (name);
