package storetest

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

var findTests = []test{
	{"adapters are found by id, digest, name, file, alias and path", func(s *suite) {
		sha := strings.Repeat("ab12", 16)
		f := plain("Nice Name", "styles/Flat_Art.v2.safetensors")
		f.Proposed.FileName, f.Proposed.Folder = "Flat_Art.v2.safetensors", "styles"
		f.ClaimedDigests = map[string]string{"autov2": "cd34cd34cd"}
		f.Report = &lora.Report{Facts: []lora.Fact{{Key: "ss_output_name", Label: "Output name", Value: "flat-out"}}}
		id := s.save(f).AdapterID
		s.ok(s.SaveDigests(s.ctx, id, f.Stamp, map[string]string{"sha256": sha, "crc32": "0badcafe"}))
		s.save(plain("other", "other.safetensors"))
		for what, use := range map[string]lora.Use{
			"its id":                     {AdapterID: id, Name: "whatever"},
			"an id that is gone":         {AdapterID: "gone", Name: "Nice Name"},
			"a digest":                   {Name: strings.ToUpper(sha)},
			"the beginning of a digest":  {Name: sha[:10]},
			"a short digest":             {Name: "0x0BADCAFE"},
			"a digest a sidecar states":  {Name: "cd34cd34"},
			"its name":                   {Name: "Nice Name"},
			"its file":                   {Name: "Flat_Art.v2.safetensors"},
			"its file without extension": {Name: "Flat_Art.v2"},
			"its file in another case":   {Name: "flat_art.V2"},
			"its path":                   {Name: "styles/Flat_Art.v2.safetensors"},
			"its path on Windows":        {Name: `Styles\flat_art.v2`},
			"the name it was trained as": {Name: "flat-out"},
		} {
			use.Weight = 0.5
			found, err := s.FindAdapters(s.ctx, []lora.Use{use})
			s.ok(err)
			got := found[0]
			if got.AdapterID != id || got.Name != use.Name || got.Weight != 0.5 || got.FileName != "Flat_Art.v2.safetensors" || got.RelPath != f.RelPath ||
				got.Folder != "/srv/loras" || got.BaseModel != "sdxl" || got.Digests["sha256"] != sha || !slices.Equal(got.Aliases, []string{"flat-out"}) {
				s.Errorf("by %s: %+v", what, got)
			}
		}
		for _, name := range []string{"", "Nice", "ab12ab1", "Art.v2", "else/Flat_Art.v2", "*"} {
			found, err := s.FindAdapters(s.ctx, []lora.Use{{AdapterID: "gone", Name: name}})
			s.ok(err)
			if found[0].AdapterID != "" || found[0].FileName != "" || found[0].Name != name {
				s.Errorf("by %q: %+v", name, found[0])
			}
		}
		composed, err := s.FindComposed(s.ctx, []lora.Composed{{Use: lora.Use{Name: "other"}, Digest: sha[:12]}, {Use: lora.Use{Name: "other"}}})
		s.ok(err)
		if composed[0].AdapterID != id || composed[1].FileName != "other.safetensors" {
			s.Errorf("composed %+v", composed)
		}
	}},
	{"of several that may be meant, the certain one is found, then one whose file is there", func(s *suite) {
		one, two := plain("a", "one/same.safetensors"), plain("b", "two/same.safetensors")
		one.Proposed.FileName, two.Proposed.FileName = "same.safetensors", "same.safetensors"
		a, b := s.save(one).AdapterID, s.save(two).AdapterID
		for i, id := range []string{a, b} {
			s.patch(id, `{"name":"same","version":"`+[]string{"1", "2"}[i]+`"}`)
		}
		find := func(name string) string {
			s.Helper()
			found, err := s.FindAdapters(s.ctx, []lora.Use{{Name: name}})
			s.ok(err)
			return found[0].AdapterID
		}
		if find("two/same") != b || find("one/same") != a || find("same") != a {
			s.Errorf("found %s, %s and %s of %s and %s", find("two/same"), find("one/same"), find("same"), a, b)
		}
		_, err := s.MarkMissing(s.ctx, []string{a})
		s.ok(err)
		if find("same") != b {
			s.Error("one without a file is preferred")
		}
		s.ok(s.setTrashed(b, "t"))
		if find("same") != a || find("two/same") == b {
			s.Error("one in the trash is found")
		}
		_, err = s.FindAdapters(s.ctx, make([]lora.Use, 201))
		s.fails(err, lora.TooLarge)
	}},
	{"a composition makes its adapters the active ones, and that can be undone", func(s *suite) {
		ids := s.fill(4)
		s.patch(ids[0], `{"active":true,"weight":0.25}`)
		s.patch(ids[3], `{"active":true}`)
		use := func(i int, weight float64, enabled bool) lora.Composed {
			return lora.Composed{Use: lora.Use{AdapterID: ids[i], Name: "x", Weight: weight}, Enabled: enabled}
		}
		undo, on, off, err := s.ActivateComposition(s.ctx, []lora.Composed{use(1, 0, true), use(0, 0.7, true), use(2, 1, false), {Use: lora.Use{AdapterID: "gone"}, Enabled: true}})
		s.ok(err)
		if on != 1 || off != 1 {
			s.Errorf("%d turned on, %d off", on, off)
		}
		s.finds("is:active", ids[0], ids[1])
		if a, b := s.adapter(ids[0]), s.adapter(ids[1]); a.Weight != 0.7 || *a.Ordinal != 1 || b.Weight != 0 || *b.Ordinal != 0 {
			s.Errorf("weights %v and %v", a.Weight, b.Weight)
		}
		if again, on, off, err := s.ActivateComposition(s.ctx, []lora.Composed{use(1, 0, true), use(0, 0.7, true)}); err != nil || again != "" || on != 0 || off != 0 {
			s.Errorf("again: %q, %d, %d, %v", again, on, off, err)
		}
		_, err = s.Undo(s.ctx, undo)
		s.ok(err)
		s.finds("is:active", ids[0], ids[3])
		if a := s.adapter(ids[0]); a.Weight != 0.25 {
			s.Errorf("the weight is %v", a.Weight)
		}
	}},
}
