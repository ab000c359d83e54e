package httpapi

import (
	"context"
	"net/http"
	"path"

	"loramanager/internal/digest"
	"loramanager/internal/lora"
)

// DigestsReply lists what is known of one file's digests.
type DigestsReply struct {
	Digests    []Digest         `json:"digests" doc:"Computed from the file"`
	Claimed    []lora.Claim     `json:"claimed" doc:"Stated by sidecars or the file's own header"`
	Mismatches []DigestMismatch `json:"mismatches"`
	State      string           `json:"state" enum:"done,queued,running,unavailable"`
}

// Digest is one computed digest.
type Digest struct {
	Kind  string `json:"kind" doc:"sha256, autov1, autov2, autov3, blake3, crc32"`
	Value string `json:"value"`
}

// DigestMismatch is a claim that does not hold, explained.
type DigestMismatch struct {
	Kind        string `json:"kind"`
	Computed    string `json:"computed"`
	Claimed     string `json:"claimed"`
	Explanation string `json:"explanation"`
}

// FoundByDigest are the adapters a digest or the beginning of one belongs to.
type FoundByDigest struct {
	Rule      string             `json:"rule" doc:"The kind of digest that decided; empty when nothing was found"`
	Matches   []lora.DigestMatch `json:"matches"`
	Ambiguous bool               `json:"ambiguous" doc:"More than one content matches"`
}

// DuplicateList are groups of adapters with the same content.
type DuplicateList struct {
	Groups      []lora.DuplicateGroup `json:"groups"`
	Total       int                   `json:"total" doc:"Groups on all pages"`
	WastedBytes int64                 `json:"wasted_bytes" doc:"Disk space that deleting all but one of each group would free"`
}

type duplicatesQuery struct {
	Page    int `query:"page" default:"1"`
	PerPage int `query:"per_page" default:"24" doc:"At most 200"`
}

type digestInput struct {
	Value string `path:"value" maxLength:"128" doc:"A digest or its usual short form: 8, 10, 12 or 64 hexadecimal digits"`
}

func (s *Server) routeDigests() {
	route(s, http.MethodGet, "/adapters/{id}/digests", "listDigests", "digests", "List an adapter's digests", s.listDigests)
	route(s, http.MethodPost, "/adapters/{id}/digests", "computeDigests", "digests", "Compute an adapter's digests next", s.computeDigests, accepted)
	route(s, http.MethodGet, "/digests/{value}", "findByDigest", "digests", "Find adapters by a digest", s.findByDigest)
	route(s, http.MethodGet, "/duplicates", "listDuplicates", "digests", "List duplicates", s.listDuplicates)
}

func (s *Server) listDigests(ctx context.Context, in *ByID) (*reply[DigestsReply], error) {
	adapter, err := s.store.Adapter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	known, err := s.store.Digests(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	state, err := s.digestState(ctx, &adapter, known.State)
	if err != nil {
		return nil, err
	}
	body := DigestsReply{Digests: []Digest{}, Claimed: list(known.Claimed), Mismatches: mismatches(known), State: state}
	for _, kind := range computedKinds {
		if value := known.Computed[string(kind)]; value != "" {
			body.Digests = append(body.Digests, Digest{Kind: string(kind), Value: value})
		}
	}
	return answer(body, nil)
}

// computedKinds are the digests computed from a file, in the order they are shown.
var computedKinds = []digest.Kind{digest.SHA256, digest.AutoV1, digest.AutoV2, digest.AutoV3, digest.BLAKE3, digest.CRC32}

// digestState says in the user's words where a file stands in the lane.
func (s *Server) digestState(ctx context.Context, a *lora.Adapter, stored string) (string, error) {
	switch {
	case stored == "done":
		return "done", nil
	case stored == "failed", a.FileState == lora.FileMissing, a.FileState == lora.FileTrashed:
		return "unavailable", nil
	}
	lane, err := s.library.Digesting(ctx)
	if err != nil {
		return "", err
	}
	if lane.Running && lane.CurrentPath == path.Join(a.Folder, a.FileName) {
		return "running", nil
	}
	return "queued", nil
}

// mismatches explains the claims that do not hold.
func mismatches(d lora.Digests) []DigestMismatch {
	c := d.Computed
	computed := digest.Set{
		SHA256: c[string(digest.SHA256)], AutoV1: c[string(digest.AutoV1)], AutoV2: c[string(digest.AutoV2)],
		AutoV3: c[string(digest.AutoV3)], BLAKE3: c[string(digest.BLAKE3)], CRC32: c[string(digest.CRC32)],
	}
	claimed := map[digest.Kind]string{}
	for _, claim := range d.Claimed {
		claimed[digest.Kind(claim.Kind)] = claim.Value
	}
	found := []DigestMismatch{}
	for _, f := range digest.Compare(computed, claimed) {
		kind := digest.Kind(f.Subject)
		found = append(found, DigestMismatch{Kind: f.Subject, Computed: computed.Map()[kind], Claimed: claimed[kind], Explanation: f.Message + " " + f.Advice})
	}
	return found
}

func (s *Server) computeDigests(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.library.RequestDigests(ctx, in.ID)
}

func (s *Server) findByDigest(ctx context.Context, in *digestInput) (*reply[FoundByDigest], error) {
	rule, matches, ambiguous, err := s.store.FindDigest(ctx, in.Value)
	for i := range matches {
		matches[i].Adapter = shown(matches[i].Adapter)
	}
	return answer(FoundByDigest{Rule: rule, Matches: list(matches), Ambiguous: ambiguous}, err)
}

func (s *Server) listDuplicates(ctx context.Context, in *duplicatesQuery) (*reply[DuplicateList], error) {
	size := min(max(in.PerPage, 1), maxPerPage)
	groups, total, wasted, err := s.store.Duplicates(ctx, (clampPage(in.Page)-1)*size, size)
	for i := range groups {
		groups[i].Adapters = shownAll(groups[i].Adapters)
	}
	return answer(DuplicateList{Groups: list(groups), Total: total, WastedBytes: wasted}, err)
}
