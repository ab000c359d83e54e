package storetest

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

func hex(c string) string { return strings.Repeat(c, 32) }

var digestTests = []test{
	{"wanted digests come first, then the newest", func(s *suite) {
		ids := s.fill(4)
		s.ok(s.RequestDigests(s.ctx, ids[1]))
		s.order(ids[1], ids[3], ids[2], ids[0])
		s.ok(s.FailDigests(s.ctx, ids[3], "no permission"))
		_, err := s.MarkMissing(s.ctx, ids[:1])
		s.ok(err)
		s.order(ids[1], ids[2])
		done, pending, err := s.DigestCounts(s.ctx)
		s.ok(err)
		if done != 0 || pending != 2 {
			s.Errorf("%d done, %d pending", done, pending)
		}
		s.fails(s.RequestDigests(s.ctx, "unknown"), lora.NotFound)
	}},
	{"digests of a file that changed meanwhile are refused", func(s *suite) {
		f := plain("one", "1.safetensors")
		f.AdapterID = s.save(f).AdapterID
		stamp := f.Stamp
		s.ok(s.SaveDigests(s.ctx, f.AdapterID, stamp, map[string]string{"sha256": hex("1a"), "autov3": hex("2b"), "crc32": "0a0b0c0d"}))
		a := s.adapter(f.AdapterID)
		if a.SHA256 == nil || *a.SHA256 != hex("1a") {
			s.Errorf("sha256 %v", a.SHA256)
		}
		stamp.MtimeNS++
		s.fails(s.SaveDigests(s.ctx, f.AdapterID, stamp, map[string]string{"sha256": hex("3c")}), lora.Conflict)
		s.fails(s.SaveDigests(s.ctx, "unknown", stamp, nil), lora.NotFound)
		f.Replaced = true
		s.save(f)
		if a := s.adapter(f.AdapterID); a.SHA256 != nil {
			s.Errorf("after the file was replaced: %v", *a.SHA256)
		}
		d, err := s.Digests(s.ctx, f.AdapterID)
		s.ok(err)
		if len(d.Computed) != 0 || d.State != "pending" {
			s.Errorf("digests %+v", d)
		}
	}},
	{"claimed digests name who claims them", func(s *suite) {
		f := plain("one", "1.safetensors")
		f.Report = &lora.Report{EmbeddedDigests: map[string]string{"sshs": "0x" + strings.ToUpper(hex("4d"))}}
		f.ClaimedDigests = map[string]string{"sshs": hex("4d"), "sha256": strings.ToUpper(hex("5e")), "autov2": "0000000000"}
		id := s.save(f).AdapterID
		d, err := s.Digests(s.ctx, id)
		s.ok(err)
		want := []lora.Claim{{Kind: "sha256", Value: hex("5e"), Source: lora.FromSidecar}, {Kind: "sshs", Value: hex("4d"), Source: lora.FromFile}}
		if !slices.Equal(d.Claimed, want) {
			s.Errorf("claims %+v", d.Claimed)
		}
		s.finds("hash:5e5e5e", id)
		s.finds("4d4d4d4d", id)
		s.finds("hash:5e5e5f")
		_, err = s.Digests(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
	}},
	{"a digest is found by its usual short forms, and doubt is told", func(s *suite) {
		one, two := plain("one", "1.safetensors"), plain("two", "2.safetensors")
		a, b := s.save(one).AdapterID, s.save(two).AdapterID
		s.ok(s.SaveDigests(s.ctx, a, one.Stamp, map[string]string{"sha256": hex("1a"), "autov3": hex("2b")}))
		s.ok(s.SaveDigests(s.ctx, b, two.Stamp, map[string]string{"sha256": "1a1a1a1a1a1a" + strings.Repeat("0", 51) + "1", "autov3": hex("3c")}))
		rule, matches, ambiguous, err := s.FindDigest(s.ctx, " 0x"+strings.ToUpper(hex("1a")))
		s.ok(err)
		if rule != "sha256" || len(matches) != 1 || matches[0].Adapter.ID != a || ambiguous {
			s.Errorf("by sha256: %s, %d matches, ambiguous %v", rule, len(matches), ambiguous)
		}
		_, matches, ambiguous, err = s.FindDigest(s.ctx, "1a1a1a1a1a1a")
		s.ok(err)
		if len(matches) != 2 || !ambiguous {
			s.Errorf("by a prefix of both: %d matches, ambiguous %v", len(matches), ambiguous)
		}
		_, _, _, err = s.FindDigest(s.ctx, "xyz")
		s.fails(err, lora.Invalid)
		rule, matches, _, err = s.FindDigest(s.ctx, hex("9f"))
		s.ok(err)
		if rule != "" || len(matches) != 0 {
			s.Errorf("an unknown digest: %q, %v", rule, matches)
		}
	}},
	{"duplicates are told apart: same file, same tensors", func(s *suite) {
		var ids []string
		for _, d := range [][2]string{{"1a", "aa"}, {"1a", "aa"}, {"2b", "bb"}, {"3c", "bb"}, {"4d", "dd"}} {
			f := plain("n"+d[0], d[0]+d[1]+".safetensors")
			f.RelPath = strings.Repeat("x", len(ids)) + f.RelPath
			id := s.save(f).AdapterID
			s.ok(s.SaveDigests(s.ctx, id, f.Stamp, map[string]string{"sha256": hex(d[0]), "autov3": strings.Repeat(d[1]+"00", 16)}))
			ids = append(ids, id)
		}
		groups, total, wasted, err := s.Duplicates(s.ctx, 0, 10)
		s.ok(err)
		kinds := map[string]int{}
		for _, g := range groups {
			kinds[g.Kind] = len(g.Adapters)
		}
		if total != 2 || wasted != 2000 || kinds["same_file"] != 2 || kinds["same_tensors"] != 2 {
			s.Errorf("%d groups, %d bytes wasted: %v", total, wasted, kinds)
		}
		s.finds("is:duplicate", ids[:4]...)
		if n := s.adapter(ids[0]).DuplicateCount; n != 1 {
			s.Errorf("duplicate count %d", n)
		}
		twins, err := s.Twins(s.ctx, ids[2])
		s.ok(err)
		if len(twins) != 1 || twins[0].Adapter.ID != ids[3] || twins[0].SameFile {
			s.Errorf("twins %+v", twins)
		}
		s.ok(s.setTrashed(ids[0], "t"))
		s.finds("is:duplicate", ids[2], ids[3])
		if page, _, _, err := s.Duplicates(s.ctx, 5, 10); err != nil || len(page) != 0 {
			s.Errorf("a page beyond the end: %v, %v", page, err)
		}
	}},
}

func (s *suite) order(want ...string) {
	s.Helper()
	jobs, err := s.PendingDigests(s.ctx, 10)
	s.ok(err)
	var got []string
	for _, j := range jobs {
		got = append(got, j.AdapterID)
	}
	if !slices.Equal(got, want) {
		s.Errorf("the lane is %v, want %v", got, want)
	}
}
