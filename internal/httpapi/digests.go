package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// DigestsReply lists what is known of one file's digests.
type DigestsReply struct {
	Digests    []Digest         `json:"digests" doc:"Computed from the file"`
	Claimed    []ClaimedDigest  `json:"claimed" doc:"Stated by sidecars or the file's own header"`
	Mismatches []DigestMismatch `json:"mismatches"`
	State      string           `json:"state" enum:"done,queued,running,unavailable"`
}

// Digest is one computed digest.
type Digest struct {
	Kind  string `json:"kind" doc:"sha256, autov1, autov2, autov3, blake3, crc32"`
	Value string `json:"value"`
}

// ClaimedDigest is a digest somebody else states.
type ClaimedDigest struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Source string `json:"source"`
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
	Rule      string        `json:"rule" doc:"Which kinds of digest the value was compared with"`
	Matches   []DigestMatch `json:"matches"`
	Ambiguous bool          `json:"ambiguous" doc:"More than one content matches"`
}

// DigestMatch is one adapter a digest belongs to.
type DigestMatch struct {
	Adapter lora.Adapter `json:"adapter"`
	Kind    string       `json:"kind"`
}

// DuplicateList are groups of adapters with the same content.
type DuplicateList struct {
	Groups      []DuplicateGroup `json:"groups"`
	Total       int              `json:"total" doc:"Groups on all pages"`
	WastedBytes int              `json:"wasted_bytes" doc:"Disk space that deleting all but one of each group would free"`
}

// DuplicateGroup is one content that lies on disk more than once.
type DuplicateGroup struct {
	Key       string         `json:"key"`
	Kind      string         `json:"kind" enum:"same_file,same_tensors"`
	SizeBytes int            `json:"size_bytes" doc:"Size of one copy"`
	Adapters  []lora.Adapter `json:"adapters"`
}

type duplicatesQuery struct {
	Page    int `query:"page" default:"1"`
	PerPage int `query:"per_page" default:"24"`
}

func (s *Server) routeDigests() {
	route(s, http.MethodGet, "/adapters/{id}/digests", "listDigests", "digests", "List an adapter's digests", s.listDigests)
	route(s, http.MethodPost, "/adapters/{id}/digests", "computeDigests", "digests", "Compute an adapter's digests next", s.computeDigests, accepted)
	route(s, http.MethodGet, "/digests/{value}", "findByDigest", "digests", "Find adapters by a digest", s.findByDigest)
	route(s, http.MethodGet, "/duplicates", "listDuplicates", "digests", "List duplicates", s.listDuplicates)
}

func (s *Server) listDigests(context.Context, *ByID) (*reply[DigestsReply], error) { return nil, nil }
func (s *Server) computeDigests(context.Context, *ByID) (*none, error)             { return nil, nil }
func (s *Server) findByDigest(context.Context, *struct {
	Value string `path:"value" maxLength:"128" doc:"A digest, or at least its first eight digits"`
}) (*reply[FoundByDigest], error) {
	return nil, nil
}
func (s *Server) listDuplicates(context.Context, *duplicatesQuery) (*reply[DuplicateList], error) {
	return nil, nil
}
