package store

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// Bounds of one search for adapters.
const (
	maxFound  = 200  // uses
	maxNamed  = 5000 // adapters that have one of the names
	minDigest = 8    // digits of a prefix that says enough

	outputName = "ss_output_name"
)

// adapterFiles are the extensions that prompts leave out.
var adapterFiles = []string{"", ".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".bin"}

// sought is an adapter to be found, by its use and perhaps a digest.
type sought struct {
	use    lora.Use
	digest string // normal, or empty
}

// foundAdapter is an adapter that may be the one sought.
type foundAdapter struct {
	key       int64
	id, name  string
	fileName  string
	relPath   string
	root      string
	baseModel string
	present   bool
	digests   map[string]string // computed ones by kind
	claimed   []string
	aliases   []string
}

// FindAdapters finds the adapter of each use, 200 at most: by its id, by its name as a
// digest or the first 8 digits or more of one, as the adapter's name, as that of its
// file, as the name it was trained as, and as its path. Where a name means several adapters, one that another of these
// ways makes certain is preferred, then one whose file is there. A use without an adapter
// keeps all but its id.
func (s *Store) FindAdapters(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	list := make([]sought, len(uses))
	for i, use := range uses {
		list[i] = sought{use: use, digest: normalDigest(use.Name)}
	}
	return s.find(ctx, list)
}

// FindComposed is FindAdapters for adapters of a composition, whose digests count more
// than their names.
func (s *Store) FindComposed(ctx context.Context, entries []lora.Composed) ([]lora.ResolvedUse, error) {
	list := make([]sought, len(entries))
	for i := range entries {
		digest := normalDigest(entries[i].Digest)
		list[i] = sought{use: entries[i].Use, digest: cmp.Or(digest, normalDigest(entries[i].Name))}
	}
	return s.find(ctx, list)
}

func (s *Store) find(ctx context.Context, list []sought) ([]lora.ResolvedUse, error) {
	if len(list) > maxFound {
		return nil, lora.Errorf(lora.TooLarge, "%d adapters at once are too many; %d is the limit.", len(list), maxFound)
	}
	candidates, err := querier{pool: s.reader}.candidates(ctx, list)
	if err != nil {
		return nil, s.failed("find adapters", err)
	}
	resolved := make([]lora.ResolvedUse, len(list))
	for i := range list {
		resolved[i] = lora.ResolvedUse{Use: list[i].use, Digests: map[string]string{}}
		resolved[i].AdapterID = ""
		if a := list[i].choose(candidates); a != nil {
			resolved[i].AdapterID = a.id
			resolved[i].FileName, resolved[i].RelPath, resolved[i].Folder = a.fileName, a.relPath, a.root
			resolved[i].BaseModel, resolved[i].Digests, resolved[i].Aliases = a.baseModel, a.digests, a.aliases
		}
	}
	return resolved, nil
}

// candidates reads all adapters that may be one of those sought.
func (q querier) candidates(ctx context.Context, list []sought) (candidates []*foundAdapter, err error) {
	ids, names, files, digests := []string{}, []string{}, []string{}, []string{}
	for i := range list {
		name := clean(list[i].use.Name)
		ids, names = append(ids, clean(list[i].use.AdapterID)), append(names, name)
		file := path.Base(slashed(name))
		for _, extension := range adapterFiles {
			files = append(files, strings.ToLower(file)+extension, asciiLower(file)+extension)
		}
		if len(list[i].digest) >= minDigest {
			digests = append(digests, list[i].digest)
		}
	}
	keys, err := q.withDigests(ctx, digests)
	if err != nil {
		return nil, err
	}
	d := q.pool.dialect
	byKey := make(map[int64]*foundAdapter)
	err = q.each(ctx, `SELECT a.key, a.id, a.name, a.file_name, a.rel_path, a.base_model, a.file_state, r.path FROM adapter a LEFT JOIN root r ON r.id = a.root_id
		WHERE a.file_state <> 'trashed' AND a.key IN (
			SELECT key FROM adapter WHERE id IN (`+d.texts+`)
			UNION SELECT key FROM adapter WHERE file_state <> 'trashed' AND name IN (`+d.texts+`)
			UNION SELECT key FROM adapter WHERE LOWER(file_name) IN (`+d.texts+`)
			UNION SELECT adapter_key FROM alias WHERE name IN (`+d.texts+`)
			UNION `+d.keys+`) ORDER BY a.key LIMIT ?`,
		[]any{d.list(ids), d.list(names), d.list(distinct(files)), d.list(names), d.list(keys), int64(maxNamed)}, func(r *record) error {
			a := &foundAdapter{key: r.integer(), id: r.text(), name: r.text(), fileName: r.text(), relPath: r.text(), baseModel: r.text(), digests: map[string]string{}}
			a.present, a.root = r.text() != string(lora.FileMissing), r.text()
			byKey[a.key] = a
			candidates = append(candidates, a)
			return nil
		})
	if err != nil {
		return nil, err
	}
	return candidates, q.describe(ctx, byKey)
}

// withDigests returns the keys of adapters that have or claim a digest which begins
// with one of the prefixes.
func (q querier) withDigests(ctx context.Context, prefixes []string) ([]int64, error) {
	if len(prefixes) == 0 {
		return []int64{}, nil
	}
	d := q.pool.dialect
	return q.integers(ctx, `SELECT d.adapter_key FROM (`+d.names+`) p CROSS JOIN digest d WHERE d.value >= p.name AND d.value < p.name || 'g'
		UNION SELECT c.adapter_key FROM (`+d.names+`) p CROSS JOIN claimed_digest c WHERE c.value >= p.name AND c.value < p.name || 'g'`,
		d.list(prefixes), d.list(prefixes))
}

// describe adds digests, and the names that files state for themselves.
func (q querier) describe(ctx context.Context, byKey map[int64]*foundAdapter) error {
	keys := make([]int64, 0, len(byKey))
	for key := range byKey {
		keys = append(keys, key)
	}
	list := []any{q.pool.dialect.list(keys)}
	err := q.each(ctx, "SELECT adapter_key, kind, value FROM digest WHERE adapter_key IN ("+q.pool.dialect.keys+")", list, func(r *record) error {
		a := byKey[r.integer()]
		a.digests[r.text()] = r.text()
		return nil
	})
	if err == nil {
		err = q.each(ctx, "SELECT adapter_key, value FROM claimed_digest WHERE adapter_key IN ("+q.pool.dialect.keys+")", list, func(r *record) error {
			a := byKey[r.integer()]
			a.claimed = append(a.claimed, r.text())
			return nil
		})
	}
	if err != nil {
		return err
	}
	return q.each(ctx, "SELECT adapter_key, name FROM alias WHERE adapter_key IN ("+q.pool.dialect.keys+")", list, func(r *record) error {
		a := byKey[r.integer()]
		a.aliases = append(a.aliases, r.text())
		return nil
	})
}

// choose picks the adapter that is meant, nil when there is none.
func (w *sought) choose(candidates []*foundAdapter) *foundAdapter {
	var best *foundAdapter
	for _, matches := range w.ways() {
		fitting := []*foundAdapter{}
		for _, a := range candidates {
			if matches(a) {
				fitting = append(fitting, a)
			}
		}
		if len(fitting) == 0 {
			continue
		}
		slices.SortFunc(fitting, func(a, b *foundAdapter) int {
			return cmp.Or(compareTruth(b.present, a.present), strings.Compare(a.relPath, b.relPath), strings.Compare(a.id, b.id))
		})
		if len(fitting) == 1 || !fitting[1].present && fitting[0].present {
			return fitting[0]
		}
		if best == nil {
			best = fitting[0]
		}
	}
	return best
}

// ways are the ways in which an adapter can be meant, the surest first.
func (w *sought) ways() []func(a *foundAdapter) bool {
	name := slashed(w.use.Name)
	stem := stemOf(name)
	starts := func(digest string) bool { return len(w.digest) >= minDigest && strings.HasPrefix(digest, w.digest) }
	return []func(a *foundAdapter) bool{
		func(a *foundAdapter) bool { return a.id == w.use.AdapterID },
		func(a *foundAdapter) bool {
			for _, digest := range a.digests {
				if starts(digest) {
					return true
				}
			}
			return false
		},
		func(a *foundAdapter) bool { return slices.ContainsFunc(a.claimed, starts) },
		func(a *foundAdapter) bool { return a.name == w.use.Name },
		func(a *foundAdapter) bool { return stemOf(a.fileName) == stem || a.fileName == name },
		func(a *foundAdapter) bool { return strings.EqualFold(stemOf(a.fileName), stem) },
		func(a *foundAdapter) bool { return slices.Contains(a.aliases, w.use.Name) },
		func(a *foundAdapter) bool { return strings.Contains(name, "/") && stemOf(a.relPath) == stem },
		func(a *foundAdapter) bool {
			return strings.Contains(name, "/") && strings.HasSuffix("/"+strings.ToLower(stemOf(a.relPath)), "/"+strings.ToLower(strings.TrimPrefix(stem, "/")))
		},
	}
}

func compareTruth(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// slashed writes a path with / between its names.
func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// stemOf is a path without the extension of an adapter's file.
func stemOf(name string) string {
	extension := path.Ext(name)
	if extension != "" && slices.Contains(adapterFiles, strings.ToLower(extension)) {
		return strings.TrimSuffix(name, extension)
	}
	return name
}

// asciiLower is what LOWER makes of a text on databases that know ASCII only.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
