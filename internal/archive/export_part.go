package archive

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// part is one archive of those that together hold everything.
type part struct {
	plan *guard.ZipPlan
	head manifestHead
}

// The bytes that a member costs besides its content and its name, at most, and a manifest
// and the end of an archive without the list of adapters.
const (
	memberOverhead = 300
	partOverhead   = 8 << 10
)

// memberCost bounds how much larger a member makes an archive. Its name stands in two
// headers and in the list of checksums.
func memberCost(m *guard.ZipMember) int64 { return m.Packed + int64(3*len(m.Name)) + memberOverhead }

// finish ends the composition and lays out its parts, each of at most limit bytes unless
// one file alone is larger; 0 makes one part. Nothing may be added after it.
func (c *composer) finish(limit int64) ([]*part, error) {
	if err := c.endLines(); err != nil {
		return nil, err
	}
	if err := c.pack.flush(); err != nil {
		return nil, err
	}
	shares := c.shares(limit)
	parts := make([]*part, len(shares))
	for i, s := range shares {
		var err error
		if parts[i], err = c.lay(s, manifestPart{Number: i + 1, Of: len(shares)}); err != nil {
			return nil, err
		}
		if limit > 0 && parts[i].plan.Size() > limit {
			c.notes = append(c.notes, fmt.Sprintf("Part %d is larger than %d bytes: what belongs together stays together.", i+1, limit))
		}
	}
	c.groups, c.pictures, c.data, c.seen = nil, nil, nil, nil
	return parts, nil
}

// share is what goes into one part.
type share struct {
	groups         []group
	data, pictures []guard.ZipMember
}

// shares deals everything out in its order.
func (c *composer) shares(limit int64) []share {
	shares := []share{{data: c.data}}
	used := int64(partOverhead)
	for i := range c.data {
		used += memberCost(&c.data[i])
	}
	room := func(cost int64, full bool) *share {
		if limit > 0 && full && used+cost > limit {
			shares = append(shares, share{})
			used = partOverhead
		}
		used += cost
		return &shares[len(shares)-1]
	}
	occupied := func() bool {
		s := &shares[len(shares)-1]
		return len(s.groups)+len(s.data)+len(s.pictures) > 0
	}
	for i := range c.groups {
		s := room(c.groups[i].cost, occupied())
		s.groups = append(s.groups, c.groups[i])
	}
	for i := range c.pictures {
		s := room(memberCost(&c.pictures[i]), occupied())
		s.pictures = append(s.pictures, c.pictures[i])
	}
	return shares
}

// lay lays out one part.
func (c *composer) lay(s share, number manifestPart) (*part, error) {
	p := guard.NewZipPlan()
	made := &part{plan: p, head: c.head(s, number)}
	var err error
	add := func(members ...guard.ZipMember) {
		for i := range members {
			if err == nil {
				_, err = p.Add(members[i])
			}
		}
	}
	for i := range s.groups {
		add(s.groups[i].metadata)
	}
	add(s.data...)
	add(s.pictures...)
	m := &manifest{plan: p, groups: make([]listedGroup, len(s.groups))}
	for i := range s.groups {
		m.groups[i] = listedGroup{entry: s.groups[i].entry, first: p.Members(), files: len(s.groups[i].files)}
		add(s.groups[i].files...)
	}
	if err != nil {
		return nil, err
	}
	if m.sums, err = p.AddChecksums(c.at.Unix()); err != nil {
		return nil, err
	}
	if err := m.write(&made.head); err != nil {
		return nil, err
	}
	_, err = p.AddLate(guard.ZipManifest, m.size(), c.at.Unix(), m)
	return made, err
}

func (c *composer) head(s share, number manifestPart) manifestHead {
	h := manifestHead{
		Format: formatName, FormatVersion: formatVersion, Kind: c.options.Kind, Program: c.archive.options.Program,
		Schema: c.archive.options.Schema, Part: number, Options: c.options.Options, Counts: c.counts, GeneratedAt: c.at,
		ChecksumsSHA256: unknownDigest, AdapterCount: len(s.groups),
	}
	for i := range s.groups {
		h.MetadataTotal += s.groups[i].metadata.Size
		for j := range s.groups[i].files {
			h.FileTotalBytes += s.groups[i].files[j].Size
		}
	}
	h.TotalBytes = h.MetadataTotal + h.FileTotalBytes
	return h
}

// manifest is the content of manifest.json. It is written when all digests are known; its
// size is known before, since a digest has always 64 letters.
type manifest struct {
	plan   *guard.ZipPlan
	text   []byte // up to the list of adapters, with zeros where the checksums' digest goes
	groups []listedGroup
	sums   int // member that holds the checksums
}

// listedGroup is an adapter of a manifest and where its files are in the archive.
type listedGroup struct {
	entry        slice
	first, files int
}

const manifestTail = "]}\n"

func (m *manifest) write(head *manifestHead) error {
	text, err := json.Marshal(head)
	m.text = append(bytes.TrimSuffix(text, []byte("}")), `,"adapters":[`...)
	return err
}

func (m *manifest) size() int64 {
	n := int64(len(m.text) + len(manifestTail) + max(len(m.groups)-1, 0))
	for i := range m.groups {
		n += m.groups[i].entry.n
	}
	return n
}

// Open implements guard.ZipSource.
func (m *manifest) Open(ctx context.Context) (io.ReadCloser, error) {
	return &manifestReader{ctx: ctx, manifest: m, next: -1}, nil
}

// manifestReader hands out a manifest entry by entry.
type manifestReader struct {
	ctx      context.Context //nolint:containedctx // of one reading
	manifest *manifest
	next     int // -1 is the head
	left     []byte
	room     []byte
}

// Read implements io.Reader.
func (r *manifestReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.next > len(r.manifest.groups) {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
		r.next++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

func (r *manifestReader) fill() error {
	m := r.manifest
	switch {
	case r.next < 0:
		r.left = bytes.Clone(m.text)
		return r.enter(r.left, m.sums, 1)
	case r.next == len(m.groups):
		r.left = []byte(manifestTail)
		return nil
	}
	g := m.groups[r.next]
	r.room = r.room[:0]
	if r.next > 0 {
		r.room = append(r.room, ',')
	}
	begin := len(r.room)
	r.room = append(r.room, make([]byte, g.entry.n)...)
	if _, err := io.ReadFull(g.entry.reader(), r.room[begin:]); err != nil {
		return err
	}
	r.left = r.room
	return r.enter(r.left, g.first, g.files)
}

// enter writes the digests of members where zeros stand for them. No text of a user can
// look like that: in JSON its quotation marks are escaped.
func (r *manifestReader) enter(text []byte, first, count int) error {
	mark := []byte(`sha256":"` + unknownDigest + `"`)
	for i := range count {
		at := bytes.Index(text, mark)
		if at < 0 {
			return lora.Errorf(lora.Internal, "The manifest has no place for a digest.")
		}
		at += len(`sha256":"`)
		sum, err := r.manifest.plan.Digest(r.ctx, first+i)
		if err != nil {
			return err
		}
		hex.Encode(text[at:], sum[:])
		text = text[at:]
	}
	return nil
}

// Close implements io.Closer.
func (r *manifestReader) Close() error { return nil }
