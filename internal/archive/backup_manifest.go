package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// unknownSum stands in a manifest for the digest of the list of checksums until it is known.
var unknownSum = strings.Repeat("0", 2*sha256.Size)

// backupManifest is the last member of a backup. All of it but one digest is settled when
// the backup is laid out.
type backupManifest struct {
	plan   *guard.ZipPlan
	sums   int // number of the list of checksums
	before []byte
	after  []byte
	list   slice
}

func newBackupManifest(plan *guard.ZipPlan, sums int, head *manifestHead, list *pack) (*backupManifest, error) {
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	text = append(text[:len(text)-1], `,"adapters":[`...)
	key := []byte(`"checksums_sha256":"`)
	at := bytes.LastIndex(text, append(slices.Clone(key), unknownSum...)) + len(key)
	return &backupManifest{plan: plan, sums: sums, before: text[:at], after: text[at+len(unknownSum):], list: slice{list, 0, list.size}}, nil
}

const manifestEnd = "]}\n"

func (m *backupManifest) size() int64 {
	return int64(len(m.before)+len(unknownSum)+len(m.after)+len(manifestEnd)) + m.list.n
}

// Open implements guard.ZipSource.
func (m *backupManifest) Open(ctx context.Context) (io.ReadCloser, error) {
	sum, err := m.plan.Digest(ctx, m.sums)
	if err != nil {
		return nil, err
	}
	list, err := m.list.Open(ctx)
	if err != nil {
		return nil, err
	}
	all := io.MultiReader(bytes.NewReader(m.before), strings.NewReader(hex.EncodeToString(sum[:])), bytes.NewReader(m.after), list, strings.NewReader(manifestEnd))
	return struct {
		io.Reader
		io.Closer
	}{all, list}, nil
}

// sum is a SHA-256 that is read as text.
type sum struct{ hash.Hash }

func newSum() sum { return sum{sha256.New()} }

func (s sum) text() string { return hex.EncodeToString(s.Sum(nil)) }

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// backupOf reads the head of a backup's manifest, which its seal covers, as the
// description of the backup.
func backupOf(head *manifestHead, place string) (lora.Backup, bool) {
	text := func(key string) string { s, _ := head.Options[key].(string); return s }
	b := lora.Backup{
		ID: text("id"), Type: text("type"), Status: backupCompleted, Place: place, Bases: []string{}, Counts: head.Counts, Checksum: head.DatabaseChecksum,
		Schema: head.Schema, Program: head.Program, Note: text("note"), Label: text("label"), ScheduleID: text("schedule_id"), CreatedAt: head.GeneratedAt,
	}
	b.Weights, _ = head.Options["weights"].(bool)
	known := b.Type == backupFull || b.Type == backupIncremental || b.Type == backupRestorePoint
	return b, (head.Kind == kindBackup || head.Kind == kindRestorePoint) && backupID.MatchString(b.ID) && known && b.Checksum != ""
}
