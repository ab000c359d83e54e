package storetest

import (
	"fmt"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// foundArchived looks up archived adapters in a catalog that has some of them in other
// forms.
func foundArchived(s *suite) {
	file := Archived(2)     // the same file under another id and name
	trashed := Archived(4)  // in the trash
	tensors := Archived(6)  // another file with the same tensors
	placed := Archived(8)   // listed where the archived one lay
	unnamed := Archived(10) // no version
	known := Archived(12)   // the same id
	unnamed.Version = nil
	s.importAll(create(file), create(trashed), create(tensors), create(placed), create(unnamed), create(known))
	s.ok(s.setTrashed(trashed.ID, "t/x"))
	other := func(a lora.ArchivedAdapter, name string) lora.ArchivedAdapter {
		a.ID, a.Name = uuid.NewString(), name
		return a
	}
	strange := func(a lora.ArchivedAdapter) lora.ArchivedAdapter {
		a.SHA256, a.Digests = nil, nil
		return a
	}
	here := other(strange(placed), "g")
	here.RootPath = "/srv/loras"
	similar := other(tensors, "f")
	similar.SHA256, similar.Digests = ptr(fmt.Sprintf("%064x", 1<<50)), map[string]string{"autov3": tensors.Digests["autov3"]}
	byName := strange(unnamed)
	byName.ID = uuid.NewString()
	versioned := byName
	versioned.Version = ptr("v9")
	copied := known
	copied.Name, copied.Version = unnamed.Name, nil
	for _, c := range []struct {
		what       string
		archived   lora.ArchivedAdapter
		by         lora.MatchedBy
		id         string
		holder     string
		sameTensor string
	}{
		{"the same id", known, lora.MatchedID, known.ID, "", ""},
		{"the same id, while another has its name", copied, lora.MatchedID, known.ID, unnamed.ID, ""},
		{"the same file", other(file, "d"), lora.MatchedDigest, file.ID, "", ""},
		{"the same file in the trash", other(trashed, "e"), lora.MatchedDigest, trashed.ID, "", ""},
		{"the same name, and no version as well", byName, lora.MatchedName, unnamed.ID, "", ""},
		{"the same name in another version", versioned, lora.MatchedNothing, "", "", ""},
		{"the name of one in the trash", other(strange(trashed), trashed.Name), lora.MatchedNothing, "", "", ""},
		{"the same place", here, lora.MatchedPath, placed.ID, "", ""},
		{"the same tensors", similar, lora.MatchedNothing, "", "", tensors.ID},
		{"nothing", other(Archived(14), "h"), lora.MatchedNothing, "", "", ""},
	} {
		matches, err := s.FindArchived(s.ctx, []lora.ArchivedAdapter{c.archived})
		s.ok(err)
		m, id := matches[0], ""
		if m.Adapter != nil {
			id = m.Adapter.ID
		}
		if m.By != c.by || id != c.id || m.NameHolder != c.holder || m.SameTensors != c.sameTensor {
			s.Errorf("%s: %+v, want %+v", c.what, m, c)
		}
	}
	many := make([]lora.ArchivedAdapter, 1200)
	for i := range many {
		many[i] = other(Archived(100+i), fmt.Sprint(i))
	}
	many[1100] = known
	matches, err := s.FindArchived(s.ctx, many)
	s.ok(err)
	if len(matches) != len(many) || matches[1100].By != lora.MatchedID || matches[1099].By != lora.MatchedNothing || matches[1100].RelPath != known.RelPath {
		s.Errorf("of many: %d, %+v", len(matches), matches[1100])
	}
}
