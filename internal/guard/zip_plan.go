package guard

import (
	"context"
	"encoding/hex"
	"io"
	"sort"
	"sync"

	"loramanager/internal/lora"
)

// The two members that depend on all others, and the comment that seals an archive.
const (
	ZipChecksums  = "checksums.sha256"
	ZipManifest   = "manifest.json"
	zipSealPrefix = "seal:v1:"
	zipSealBytes  = len(zipSealPrefix) + 64
)

// ZipSource opens what a member holds: its content, or for a deflated one what deflate
// made of it. It may be opened several times and gives the same bytes each time; an error
// of Read or Close says that it does not any more.
type ZipSource interface {
	Open(ctx context.Context) (io.ReadCloser, error)
}

// ZipMember is one member of an archive that is about to be written.
type ZipMember struct {
	Name     string // with / between folders
	Size     int64  // bytes of the content
	Packed   int64  // bytes in the archive; of a stored member the same as Size
	Modified int64  // seconds since 1970
	Deflated bool
	Known    bool // CRC32 and SHA256 are; always so of a deflated member
	CRC32    uint32
	SHA256   [32]byte
	Source   ZipSource

	descriptor bool // the CRC was not known when the layout was frozen
	digests    bool // what it holds depends on the digests of those before
	offset     int64
}

// late reports whether CRC and sizes stand behind the content.
func (m *ZipMember) late() bool { return m.descriptor }

// ZipPlan is an archive whose layout is settled before its first byte is written: its size
// is known, and any range of it can be written, also several at a time. Digests that are
// computed while one range is written are remembered for the next.
//
// Add, AddChecksums and AddLate lay it out; the first call of Size or WriteRange freezes
// it. A sealed plan ends in a comment with the SHA-256 of all that no checksum covers.
type ZipPlan struct {
	members []ZipMember
	names   map[string]struct{}
	sealed  bool

	freeze sync.Once
	end    zipEnd
	size   int64

	mu   sync.Mutex // guards CRC32, SHA256 and Known of members, and seal
	seal string
}

// NewZipPlan begins a sealed archive.
func NewZipPlan() *ZipPlan {
	return &ZipPlan{names: make(map[string]struct{}), sealed: true}
}

// Add appends a member and returns its number. Invalid when the name cannot be the name of
// a member, Conflict when it is taken.
func (p *ZipPlan) Add(m ZipMember) (int, error) {
	if err := checkZipName(m.Name); err != nil {
		return 0, err
	}
	folded := foldName(m.Name)
	if _, taken := p.names[folded]; taken {
		return 0, lora.Errorf(lora.Conflict, "The archive has %s already.", DisplayName(m.Name))
	}
	if m.Size < 0 || m.Packed < 0 || m.Deflated && !m.Known || !m.Deflated && m.Size != m.Packed {
		return 0, lora.Errorf(lora.Internal, "The sizes of %s do not go together.", DisplayName(m.Name))
	}
	m.descriptor = !m.Known
	p.names[folded] = struct{}{}
	p.members = append(p.members, m)
	return len(p.members) - 1, nil
}

// AddLate appends a stored member that is opened only when the digests of all members
// before it are known, because it tells them. Its size must be known now.
func (p *ZipPlan) AddLate(name string, size, modified int64, source ZipSource) (int, error) {
	return p.Add(ZipMember{Name: name, Size: size, Packed: size, Modified: modified, Source: source, digests: true})
}

// AddChecksums appends the member that lists the SHA-256 of every member before it, in
// the form of sha256sum.
func (p *ZipPlan) AddChecksums(modified int64) (int, error) {
	list := &zipChecksumList{plan: p, members: len(p.members)}
	return p.AddLate(ZipChecksums, list.size(), modified, list)
}

// Members returns how many members there are.
func (p *ZipPlan) Members() int { return len(p.members) }

// Name returns the name of member i.
func (p *ZipPlan) Name(i int) string { return p.members[i].Name }

// Size returns how many bytes the archive has.
func (p *ZipPlan) Size() int64 {
	p.layOut()
	return p.size
}

func (p *ZipPlan) layOut() {
	p.freeze.Do(func() {
		p.names = nil
		var at int64
		for i := range p.members {
			p.members[i].offset = at
			at = p.members[i].endOffset()
		}
		p.end = zipEnd{members: int64(len(p.members)), offset: at}
		if p.sealed {
			p.end.comment = zipSealBytes
		}
		for i := range p.members {
			p.end.size += p.members[i].centralBytes()
		}
		p.size = at + p.end.size + p.end.bytes() + int64(p.end.comment)
	})
}

func (m *ZipMember) endOffset() int64 {
	return m.offset + m.localBytes() + m.Packed + m.descriptorBytes()
}

// firstEndingAfter returns the first member that has bytes at or behind an offset.
func (p *ZipPlan) firstEndingAfter(offset int64) int {
	return sort.Search(len(p.members), func(i int) bool { return p.members[i].endOffset() > offset })
}

// member copies member i as it is known now.
func (p *ZipPlan) member(i int) ZipMember {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members[i]
}

// learn remembers the digests of member i. False when others were known before.
func (p *ZipPlan) learn(i int, crc uint32, sha [32]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := &p.members[i]
	if m.Known {
		return m.CRC32 == crc && m.SHA256 == sha
	}
	m.CRC32, m.SHA256, m.Known = crc, sha, true
	return true
}

// Digest returns the SHA-256 of member i, reading it when it is not known.
func (p *ZipPlan) Digest(ctx context.Context, i int) ([32]byte, error) {
	p.layOut()
	m, err := p.settled(ctx, i)
	return m.SHA256, err
}

// zipChecksumList is the content of checksums.sha256.
type zipChecksumList struct {
	plan    *ZipPlan
	members int
}

const zipChecksumExtra = 2*32 + len("  \n")

func (l *zipChecksumList) size() int64 {
	var n int64
	for i := range l.members {
		n += int64(zipChecksumExtra + len(l.plan.members[i].Name))
	}
	return n
}

// Open implements ZipSource.
func (l *zipChecksumList) Open(context.Context) (io.ReadCloser, error) {
	return &zipChecksumReader{list: l}, nil
}

type zipChecksumReader struct {
	list *zipChecksumList
	next int
	line []byte // what is left of the current one
	room []byte
}

// Read implements io.Reader.
func (r *zipChecksumReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(r.line) == 0 {
			if r.next == r.list.members {
				break
			}
			m := r.list.plan.member(r.next)
			r.room = hex.AppendEncode(r.room[:0], m.SHA256[:])
			r.room = append(append(append(r.room, "  "...), m.Name...), '\n')
			r.line = r.room
			r.next++
		}
		copied := copy(p[n:], r.line)
		r.line = r.line[copied:]
		n += copied
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close implements io.Closer.
func (r *zipChecksumReader) Close() error { return nil }
