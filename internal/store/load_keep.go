package store

import (
	"context"
	"fmt"

	"loramanager/internal/lora"
)

// keptHere is what a load leaves of the state it replaces, beside the tables of
// keepStatements.
type keptHere struct {
	roots     []lora.Root
	passwords []enginePassword
}

// enginePassword is the password of an engine at an address.
type enginePassword struct{ name, url, password string }

// keep notes what stays of what is here.
func (l *loader) keep(ctx context.Context) error {
	err := l.each(ctx, "SELECT id, path, name, writable, network, created_at FROM root WHERE NOT removed ORDER BY created_at, id", nil, func(r *record) error {
		l.kept.roots = append(l.kept.roots, lora.Root{ID: r.text(), Path: r.text(), Name: r.text(), Writable: r.truth(), Network: r.truth(), CreatedAt: r.moment()})
		return nil
	})
	if err == nil {
		err = l.each(ctx, "SELECT name, config, password FROM engine WHERE password <> ''", nil, func(r *record) error {
			var config lora.EngineConfig
			p := enginePassword{name: r.text()}
			r.decode(&config)
			p.url, p.password = config.URL, r.text()
			l.kept.passwords = append(l.kept.passwords, p)
			return nil
		})
	}
	if err == nil {
		err = l.keepAccounts(ctx)
	}
	if err == nil { // processes that hold these adapters learn that they are gone
		err = l.do(ctx, "INSERT INTO tombstone (id, change) SELECT id, CAST(? AS BIGINT) FROM adapter WHERE TRUE ON CONFLICT (id) DO UPDATE SET change = excluded.change", l.change)
	}
	if err == nil {
		err = l.do(ctx, fmt.Sprintf(l.pool.dialect.load.scratch, "here_picture")+"SELECT * FROM picture")
	}
	if err == nil {
		err = l.do(ctx, fmt.Sprintf(l.pool.dialect.load.scratch, "here_pair")+`SELECT a.value AS a, b.value AS b
			FROM adapter_pair p JOIN facet a ON a.id = p.a JOIN facet b ON b.id = p.b WHERE p.jobs <> 0`)
	}
	return err
}

// giveBack joins what stays with what was loaded.
func (l *loader) giveBack(ctx context.Context) error {
	for _, step := range []func(ctx context.Context) error{l.giveAccounts, l.giveKeys, l.giveAudit, l.giveRoots, l.givePasswords, l.givePictures, l.givePairs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return l.do(ctx, "DELETE FROM tombstone WHERE id IN (SELECT id FROM adapter)")
}

// giveKeys lets new keys begin after those that were loaded.
func (l *loader) giveKeys(ctx context.Context) error {
	last, err := l.number(ctx, "SELECT MAX(k) FROM (SELECT MAX(key) AS k FROM adapter UNION ALL SELECT MAX(key) AS k FROM activity) m")
	if err == nil {
		err = l.do(ctx, "UPDATE catalog_change SET next_key = ? WHERE next_key <= ?", last+1, last)
	}
	for _, sequence := range l.pool.dialect.load.sequences {
		if err != nil {
			return err
		}
		err = l.do(ctx, sequence)
	}
	return err
}

// giveRoots lets library folders that are here keep their ids, which scans that run know
// them by, and brings back those that the dump does not know.
func (l *loader) giveRoots(ctx context.Context) error {
	ids, byPath := make(map[string]bool), make(map[string]string)
	err := l.each(ctx, "SELECT id, path, removed FROM root", nil, func(r *record) error {
		id, path := r.text(), r.text()
		if ids[id] = true; !r.truth() {
			byPath[path] = id
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.loaded.Roots = make(map[string]string)
	for i := range l.kept.roots {
		here := &l.kept.roots[i]
		there, known := byPath[here.Path]
		switch {
		case known && there != here.ID && !ids[here.ID]:
			l.loaded.Roots[there] = here.ID
			if err = l.do(ctx, "UPDATE adapter SET root_id = ? WHERE root_id = ?", here.ID, there); err == nil {
				err = l.do(ctx, "UPDATE root SET id = ?, writable = ?, network = ? WHERE id = ?", here.ID, here.Writable, here.Network, there)
			}
		case !known && !ids[here.ID]:
			err = l.do(ctx, "INSERT INTO root (id, path, name, writable, network, created_at) VALUES (?, ?, ?, ?, ?, ?)",
				here.ID, []byte(here.Path), here.Name, here.Writable, here.Network, here.CreatedAt.UnixMicro())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// givePasswords gives engines the passwords they had here. One at another address is
// another engine, which must not be told them.
func (l *loader) givePasswords(ctx context.Context) error {
	urls := make(map[string]string)
	err := l.each(ctx, "SELECT name, config FROM engine", nil, func(r *record) error {
		var config lora.EngineConfig
		name := r.text()
		r.decode(&config)
		urls[name] = config.URL
		return nil
	})
	for _, p := range l.kept.passwords {
		if err != nil {
			return err
		}
		if url, there := urls[p.name]; there && url == p.url {
			err = l.do(ctx, "UPDATE engine SET password = ? WHERE name = ?", p.password, p.name)
		}
	}
	return err
}

// givePictures keeps the records of pictures whose files are here, as pictures that no
// job has any more.
func (l *loader) givePictures(ctx context.Context) error {
	err := l.do(ctx, `INSERT INTO picture (sha256, type, width, height, size_bytes, state, uploaded, job_id, created_at, loose_since)
		SELECT sha256, type, width, height, size_bytes, state, uploaded, job_id, created_at, COALESCE(loose_since, CAST(? AS BIGINT)) FROM here_picture
		WHERE sha256 NOT IN (SELECT sha256 FROM picture)`, l.now)
	if err == nil {
		err = l.do(ctx, "DROP TABLE here_picture")
	}
	return err
}

// givePairs tells those who remember pairs of adapters which of them no longer count. They
// are named by facets, which stay.
func (l *loader) givePairs(ctx context.Context) error {
	for _, statement := range []string{
		`INSERT INTO facet (kind, value) SELECT 'adapter', u.v FROM (SELECT a AS v FROM here_pair UNION SELECT b AS v FROM here_pair) u
			WHERE TRUE ON CONFLICT (kind, value) DO NOTHING`,
		`INSERT INTO adapter_pair (a, b, jobs, kept, change) SELECT CASE WHEN a.id < b.id THEN a.id ELSE b.id END, CASE WHEN a.id < b.id THEN b.id ELSE a.id END, 0, 0, n.n
			FROM here_pair p JOIN facet a ON a.kind = 'adapter' AND a.value = p.a JOIN facet b ON b.kind = 'adapter' AND b.value = p.b CROSS JOIN catalog_change n
			WHERE TRUE ON CONFLICT (a, b) DO NOTHING`,
		"DROP TABLE here_pair",
	} {
		if err := l.do(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
