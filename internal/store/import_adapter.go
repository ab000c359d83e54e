package store

import (
	"context"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"loramanager/internal/digest"
	"loramanager/internal/lora"
)

// unseenCompanions is the stamp of sidecars of a file that no scan has looked at here: it
// equals none, so that the next scan reads the file.
const unseenCompanions = math.MaxUint64

// importedAdapter is a step with an adapter and the row it becomes.
type importedAdapter struct {
	step  lora.ImportStep
	row   *stored // nil when nothing is written
	fresh bool
}

// takeAdapter looks through an adapter and lets it wait for its batch.
func (i *importer) takeAdapter(ctx context.Context, step *lora.ImportStep) error {
	a := step.Record.Adapter
	if i.named {
		return lora.Errorf(lora.Internal, "The adapter %s comes after what names adapters.", shownName(a))
	}
	bytes, err := checkArchived(a)
	if err != nil {
		return err
	}
	if a.ID != "" {
		if i.seen[a.ID] {
			return lora.FieldErrorf(lora.Invalid, "id", "The id of the adapter %s belongs to another adapter of this import, too. Nothing was imported.", shownName(a))
		}
		i.seen[a.ID] = true
	}
	i.adapters = append(i.adapters, importedAdapter{step: *step})
	if i.held += bytesHeld(bytes); !i.full(len(i.adapters)) {
		return nil
	}
	return i.writeAdapters(ctx)
}

// writeAdapters writes the batch that waits.
func (i *importer) writeAdapters(ctx context.Context) error {
	if len(i.adapters) == 0 {
		return nil
	}
	list := i.adapters
	names, byID, err := i.meet(ctx, list)
	if err != nil {
		return err
	}
	if err := i.reserveKeys(ctx, len(list)); err != nil {
		return err
	}
	for n := range list {
		if err := i.decide(ctx, &list[n], byID, names); err != nil {
			return err
		}
	}
	if err := i.writeImported(ctx, list); err != nil {
		return err
	}
	if err := i.writeImportedFacts(ctx, list); err != nil {
		return err
	}
	clear(i.adapters)
	clear(i.places)
	i.adapters, i.held = i.adapters[:0], 0
	return nil
}

// meet reads the adapters of the catalog that a batch speaks of, and which names are taken.
func (i *importer) meet(ctx context.Context, list []importedAdapter) (*namer, map[string]*stored, error) {
	ids, wanted := make([]string, 0, 2*len(list)), make([]string, 0, len(list))
	for n := range list {
		step := &list[n].step
		wanted = append(wanted, step.Record.Adapter.Name)
		for _, id := range []string{step.AdapterID, step.Record.Adapter.ID} {
			if id != "" {
				ids = append(ids, clean(id))
			}
		}
	}
	rows, err := i.rowsOf(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[string]*stored, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	names, err := i.newNamer(ctx, wanted)
	return names, byID, err
}

// decide makes the row of one step.
func (i *importer) decide(ctx context.Context, one *importedAdapter, byID map[string]*stored, names *namer) error {
	step := &one.step
	a := step.Record.Adapter
	switch step.Action {
	case lora.ImportCreate:
		i.counts.Create++
		one.row, one.fresh = i.fresh(a, byID[a.ID] != nil), true
		if err := i.lie(ctx, one); err != nil {
			return err
		}
		byID[one.row.ID] = one.row
		i.created[one.row.ID] = true
		i.mean(a.ID, one.row.ID)
		return i.nameRow(ctx, one, names)
	case lora.ImportUpdate:
		i.counts.Update++
		one.row = byID[step.AdapterID]
		if err := i.meetOnce(one); err != nil {
			return err
		}
		row := one.row
		i.mean(a.ID, row.ID)
		if err := i.takeFields(one); err != nil {
			return err
		}
		if step.Place != nil {
			if err := i.lie(ctx, one); err != nil {
				return err
			}
		}
		return i.nameRow(ctx, one, names)
	case lora.ImportSame:
		i.counts.Same++
	case lora.ImportSkip, lora.ImportConflict:
		i.counts.Skip++
	}
	if step.AdapterID != "" {
		i.mean(a.ID, step.AdapterID)
	}
	return nil
}

// meetOnce refuses an update of an adapter that is gone, or that another adapter of the
// import has updated: the later one would silently win.
func (i *importer) meetOnce(one *importedAdapter) error {
	name := shownName(one.step.Record.Adapter)
	switch {
	case one.row == nil:
		return lora.Errorf(lora.Conflict, "The adapter that %s was to update was deleted meanwhile. Plan the import again.", name)
	case i.updated[one.row.ID]:
		return lora.Errorf(lora.Conflict, "Two adapters of the import, one of them %s, are the same adapter here. Leave one of them out.", name)
	}
	i.updated[one.row.ID] = true
	return nil
}

// mean notes which adapter of the catalog an id of the import stands for.
func (i *importer) mean(there, here string) {
	if there != "" && there != here {
		i.ids[there] = here
	}
}

// fresh makes the row of an adapter that is new. Its id and its times stay what they are
// where they can.
func (i *importer) fresh(a *lora.ArchivedAdapter, idTaken bool) *stored {
	row := &stored{Adapter: a.Adapter, key: i.key(), quickDigest: clean(a.QuickDigest)}
	if id, err := uuid.Parse(row.ID); err != nil || id.String() != row.ID || idTaken {
		row.ID = uuid.NewString()
	}
	if row.CreatedAt.IsZero() {
		row.CreatedAt = i.now
	}
	if row.UpdatedAt.IsZero() {
		row.UpdatedAt = i.now
	}
	row.health = lora.FileOK
	if a.FileState == lora.FileUnreadable || a.FileState == lora.FileUnsafe {
		row.health = a.FileState
	}
	row.TrashedAt, row.DuplicateCount, row.Preview = nil, 0, nil
	row.Sources = make(map[string]lora.Source, len(a.Sources))
	for n := range fields {
		if source := a.Sources[fields[n].name]; source != "" {
			row.Sources[fields[n].name] = source
		}
	}
	withDefaults(&row.Adapter)
	i.takeDigests(row, a)
	row.lineage = lineage(&row.Adapter)
	return row
}

// takeDigests notes what is known of the file that belongs to the record.
func (i *importer) takeDigests(row *stored, a *lora.ArchivedAdapter) {
	row.digestState, row.SHA256, row.autov3 = digestPending, nil, nil
	if sha256 := archivedSHA256(a); sha256 != "" {
		row.digestState, row.SHA256 = digestDone, &sha256
		if tensors := normalDigest(a.Digests[string(digest.AutoV3)]); tensors != "" {
			row.autov3 = &tensors
		}
	}
}

// archivedSHA256 is the digest that was computed from an archived adapter's file, empty
// when none was.
func archivedSHA256(a *lora.ArchivedAdapter) string {
	if a.SHA256 != nil {
		return normalDigest(*a.SHA256)
	}
	return normalDigest(a.Digests[string(digest.SHA256)])
}

// takeFields takes the fields of an update.
func (i *importer) takeFields(one *importedAdapter) error {
	a := one.step.Record.Adapter
	for _, name := range one.step.Fields {
		f := fieldsByName[name]
		if f == nil {
			return lora.FieldErrorf(lora.Internal, name, "No field of an adapter is called %q.", name)
		}
		f.take(&one.row.Adapter, &a.Adapter)
		if source := a.Sources[name]; source != "" {
			one.row.Sources[name] = source
		} else {
			one.row.Sources[name] = lora.FromUser
		}
	}
	withDefaults(&one.row.Adapter)
	one.row.UpdatedAt = i.now
	one.row.lineage = lineage(&one.row.Adapter)
	return nil
}

// nameRow gives a row its name: where it is taken that is a Conflict, unless the step
// lets it have a number.
func (i *importer) nameRow(ctx context.Context, one *importedAdapter, names *namer) error {
	row := one.row
	if row.FileState == lora.FileTrashed {
		return nil
	}
	if one.fresh && one.step.Rename {
		before := row.Name
		if err := names.settle(ctx, row, ""); err != nil {
			return err
		}
		if row.Name != before {
			row.lineage = lineage(&row.Adapter)
		}
		return nil
	}
	wanted := nameOf(row)
	holder, taken := names.taken[wanted]
	if taken && holder != row.key {
		return lora.FieldErrorf(lora.Conflict, "name", "There is another adapter called %s with this version. Plan the import again, or rename one of them.", shownName(one.step.Record.Adapter))
	}
	names.taken[wanted] = row.key
	return nil
}

// lie says where a row's file lies: at the place it will be put, or, missing, where it lay
// before.
func (i *importer) lie(ctx context.Context, one *importedAdapter) error {
	row, a := one.row, one.step.Record.Adapter
	row.companions = unseenCompanions
	row.previewRel, row.previewType, row.previewStamp = "", "", 0
	row.JSONFilePath, row.JSONFileMtime, row.JSONFileSize = nil, nil, nil
	if place := one.step.Place; place != nil {
		return i.lieAt(ctx, one, place)
	}
	id, ok := i.rootsByPath[a.RootPath]
	if !ok || a.RootPath == "" {
		id = i.run.RootID
	}
	root, ok := i.roots[id]
	if !ok {
		return orNoRoot(0, nil)
	}
	row.RootID, row.relPath = id, a.RelPath
	if row.relPath == "" {
		row.relPath = strings.ReplaceAll(clean(row.Name), "/", "_") + ".safetensors"
	}
	if err := i.freePlace(ctx, row); err != nil {
		return err
	}
	row.FileSize, row.mtimeNS, row.dev, row.inode = int(max(a.Stamp.Size, int64(a.FileSize))), a.Stamp.MtimeNS, 0, 0
	if row.mtimeNS == 0 && a.FileModifiedAt != nil {
		row.mtimeNS = a.FileModifiedAt.UnixNano()
	}
	row.FileState = lora.FileMissing
	row.Folder, row.FileName = splitRel(row.relPath)
	row.FilePath = displayed(path.Join(root, row.relPath))
	return nil
}

// lieAt puts a row at the place where its file will be.
func (i *importer) lieAt(ctx context.Context, one *importedAdapter, place *lora.ImportPlace) error {
	row := one.row
	root, ok := i.roots[place.RootID]
	switch {
	case !ok:
		return orNoRoot(0, nil)
	case row.FileState == lora.FileTrashed && !one.fresh:
		return lora.Errorf(lora.Conflict, "The adapter %s is in the trash now. Plan the import again.", shownName(one.step.Record.Adapter))
	}
	if err := i.takePlace(ctx, row, place.RootID, place.RelPath); err != nil {
		return err
	}
	row.RootID, row.relPath = place.RootID, place.RelPath
	row.FileSize, row.mtimeNS, row.dev, row.inode = int(place.Stamp.Size), place.Stamp.MtimeNS, place.Stamp.Dev, place.Stamp.Inode
	row.previewRel, row.previewType, row.previewStamp = place.PreviewRel, place.PreviewType, place.PreviewStamp
	if row.health == "" {
		row.health = lora.FileOK
	}
	row.FileState = row.health
	row.Folder, row.FileName = splitRel(place.RelPath)
	row.FilePath = displayed(path.Join(root, place.RelPath))
	if !one.fresh {
		row.quickDigest = clean(one.step.Record.Adapter.QuickDigest)
		i.takeDigests(row, one.step.Record.Adapter)
	}
	i.counts.Files++
	i.counts.FileBytes += int(place.Stamp.Size)
	return nil
}

// freePlace gives a missing file a place that no other adapter has, with a number where
// its own is taken.
func (i *importer) freePlace(ctx context.Context, row *stored) error {
	wanted := row.relPath
	extension := path.Ext(wanted)
	for n := 2; n <= 1000; n++ {
		err := i.takePlace(ctx, row, row.RootID, row.relPath)
		if lora.CodeOf(err) != lora.Conflict {
			return err
		}
		row.relPath = strings.TrimSuffix(wanted, extension) + " (" + strconv.Itoa(n) + ")" + extension
	}
	return lora.Errorf(lora.Conflict, "A thousand adapters are listed at the place of %s.", displayed(wanted))
}

// takePlace takes a place for a row; Conflict when another has it, in the catalog or in
// the batch that waits.
func (i *importer) takePlace(ctx context.Context, row *stored, rootID, relPath string) error {
	p := place{rootID, relPath}
	if key := i.places[p]; key != 0 && key != row.key {
		return lora.Errorf(lora.Conflict, "Another adapter of the import takes the place %s.", displayed(relPath))
	}
	if err := i.placeIsFree(ctx, rootID, relPath, row.key); err != nil {
		return err
	}
	i.places[p] = row.key
	return nil
}

// writeImported writes the rows of a batch.
func (i *importer) writeImported(ctx context.Context, list []importedAdapter) error {
	args := make([]any, 0, len(columns)*i.pool.dialect.rows+1)
	fresh := make([]*stored, 0, len(list))
	for n := range list {
		switch row := list[n].row; {
		case row == nil:
		case list[n].fresh:
			row.change = i.n
			fresh = append(fresh, row)
		default:
			if err := i.update(ctx, row); err != nil {
				return err
			}
		}
	}
	for part := range slices.Chunk(fresh, i.pool.dialect.rows) {
		if len(part) == i.pool.dialect.rows {
			args = args[:0]
			for _, row := range part {
				args = row.appendArgs(args)
			}
			if _, err := i.exec(ctx, insertStatements(len(part)), args...); err != nil {
				return err
			}
			continue
		}
		for _, row := range part { // only two statements are ever prepared
			if _, err := i.exec(ctx, insertStatements(1), row.appendArgs(args[:0])...); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeImportedFacts writes what is known of the files of a batch and where they come
// from.
func (i *importer) writeImportedFacts(ctx context.Context, list []importedAdapter) error {
	var digests, claims, aliases, origins tupleText
	replaced := []int64{}
	for n := range list {
		one := &list[n]
		if one.row == nil {
			continue
		}
		key, a := decimal(one.row.key), one.step.Record.Adapter
		if one.step.Origin != "" {
			origins.add(key, one.step.Origin, one.step.Detail, decimal(i.now.UnixMicro()))
		}
		if !one.fresh {
			if one.step.Place == nil {
				continue // another file, of which something else is known
			}
			replaced = append(replaced, one.row.key)
		}
		if sha256 := archivedSHA256(a); sha256 != "" {
			digests.add(key, string(digest.SHA256), sha256)
			for kind, value := range a.Digests {
				if kind != string(digest.SHA256) {
					digests.add(key, kind, writtenDigest(value))
				}
			}
		}
		for _, claim := range a.Claimed {
			claims.add(key, claim.Kind, writtenDigest(claim.Value), string(claim.Source))
		}
		if a.Alias != "" {
			aliases.add(key, a.Alias)
		}
	}
	for _, table := range []string{"digest", "claimed_digest", "alias"} {
		if len(replaced) == 0 {
			break
		}
		if _, err := i.exec(ctx, "DELETE FROM "+table+" WHERE adapter_key IN ("+i.pool.dialect.keys+")", i.pool.dialect.list(replaced)); err != nil {
			return err
		}
	}
	const key = "SELECT CAST(v.value ->> 0 AS BIGINT), v.value ->> 1"
	if err := i.insertTuples(ctx, "INSERT INTO digest (adapter_key, kind, value) "+key+", v.value ->> 2", digests, ""); err != nil {
		return err
	}
	if err := i.insertTuples(ctx, "INSERT INTO claimed_digest (adapter_key, kind, value, source) "+key+", v.value ->> 2, v.value ->> 3", claims, " ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	if err := i.insertTuples(ctx, "INSERT INTO alias (adapter_key, name) "+key, aliases, ""); err != nil {
		return err
	}
	return i.insertTuples(ctx, "INSERT INTO provenance (adapter_key, origin, detail, at) "+key+", v.value ->> 2, CAST(v.value ->> 3 AS BIGINT)", origins,
		" ON CONFLICT (adapter_key) DO UPDATE SET origin = excluded.origin, detail = excluded.detail, at = excluded.at")
}
