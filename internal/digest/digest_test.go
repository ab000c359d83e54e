package digest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/zeebo/blake3"
	"go.uber.org/goleak"

	"loramanager/internal/lora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// safetensors returns a file with a header of the given length and random tensors.
func safetensors(headerBytes, tensorBytes int) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(headerBytes))
	data = append(data, '{')
	data = append(data, bytes.Repeat([]byte{' '}, headerBytes-2)...)
	data = append(data, '}')
	random := rand.NewChaCha8([32]byte{1})
	tensors := make([]byte, tensorBytes)
	_, _ = random.Read(tensors)
	return append(data, tensors...)
}

func shaHex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func blakeHex(b []byte) string {
	sum := blake3.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// expected computes a Set in the plainest way.
func expected(data []byte, tensorsBegin int) Set {
	s := Set{SHA256: shaHex(data), AutoV2: shaHex(data)[:10], BLAKE3: blakeHex(data), CRC32: fmt.Sprintf("%08x", crc32.ChecksumIEEE(data))}
	if len(data) >= 2<<20 {
		s.AutoV1 = shaHex(data[0x100000:0x110000])[:8]
	}
	if tensorsBegin > 0 {
		s.AutoV3 = shaHex(data[tensorsBegin:])
	}
	return s
}

func TestPromise1_DigestsEqualThePlainComputation(t *testing.T) {
	t.Parallel()
	wrongLength := safetensors(100, 1000)
	binary.LittleEndian.PutUint64(wrongLength, 1<<62)
	cases := map[string]struct {
		data  []byte
		begin int
	}{
		"empty":                        {nil, 0},
		"eight bytes":                  {make([]byte, 8), 0},
		"not safetensors":              {[]byte("PK\x03\x04 and so on, longer than nine bytes"), 0},
		"header only":                  {safetensors(2, 0), 10},
		"small":                        {safetensors(100, 1000), 108},
		"a header length that lies":    {wrongLength, 0},
		"header across the first MiB":  {safetensors(1<<20+77, 3<<20), 8 + 1<<20 + 77},
		"header ends at a block":       {safetensors(1<<20-8, 1<<20), 1 << 20},
		"exactly one block":            {safetensors(92, 1<<20-100), 100},
		"exactly three blocks":         {safetensors(92, 3<<20-100), 100},
		"one byte below two MiB":       {safetensors(92, 2<<20-101), 100},
		"two MiB, the least of AutoV1": {safetensors(92, 2<<20-100), 100},
		"several blocks and a rest":    {safetensors(5000, 5<<20+123), 5008},
		"a header of over 16 MiB":      {safetensors(17<<20, 1<<20), 8 + 17<<20},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := expected(c.data, c.begin)
			for _, r := range []io.Reader{bytes.NewReader(c.data), iotest.HalfReader(bytes.NewReader(c.data)), iotest.DataErrReader(bytes.NewReader(c.data))} {
				got, err := Compute(t.Context(), r, int64(len(c.data)), Options{})
				if err != nil || got != want {
					t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
				}
			}
		})
	}
}

func TestPromise1_KnownAnswers(t *testing.T) {
	t.Parallel()
	// SHA256 and CRC32 of "123456789" stand in the standards, BLAKE3 in its reference vectors.
	s, err := Compute(t.Context(), strings.NewReader("123456789"), 9, Options{})
	if err != nil || s.SHA256 != "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225" || s.CRC32 != "cbf43926" {
		t.Errorf("%+v, %v", s, err)
	}
	pattern := make([]byte, 1025)
	for i := range pattern {
		pattern[i] = byte(i % 251)
	}
	s, err = Compute(t.Context(), bytes.NewReader(pattern), 1025, Options{})
	if err != nil || s.BLAKE3 != "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestPromise1_TheSystemsToolsAgree(t *testing.T) {
	t.Parallel()
	data := safetensors(5000, 3<<20+17)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Compute(t.Context(), bytes.NewReader(data), int64(len(data)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for tool, value := range map[string]string{"sha256sum": s.SHA256, "b3sum": s.BLAKE3, "crc32": s.CRC32} {
		out, err := exec.CommandContext(t.Context(), tool, path).Output()
		if errors.Is(err, exec.ErrNotFound) {
			continue
		}
		if err != nil || !strings.HasPrefix(string(out), value) {
			t.Errorf("%s says %s, not %s (%v)", tool, out, value, err)
		}
	}
}

func TestPromise2_ProgressAndPaceSeeEachBlockOnce(t *testing.T) {
	t.Parallel()
	data := safetensors(100, 3<<20)
	var seen []int64
	paced := 0
	_, err := Compute(t.Context(), bytes.NewReader(data), int64(len(data)), Options{
		Progress: func(done int64) { seen = append(seen, done) },
		Pace:     func(context.Context, int) error { paced++; return nil },
	})
	if want := []int64{1 << 20, 2 << 20, 3 << 20, int64(len(data))}; err != nil || fmt.Sprint(seen) != fmt.Sprint(want) || paced != len(want) {
		t.Errorf("progress %v, %d paces, %v", seen, paced, err)
	}
}

func TestPromise3_AChangingFileYieldsNoDigest(t *testing.T) {
	t.Parallel()
	data := safetensors(100, 2<<20)
	for _, size := range []int64{0, 1, int64(len(data)) - 1, int64(len(data)) + 1} {
		s, err := Compute(t.Context(), bytes.NewReader(data), size, Options{})
		if lora.CodeOf(err) != lora.Conflict || s != (Set{}) {
			t.Errorf("size %d: %+v, %v", size, s, err)
		}
	}
}

func TestErrorsEndComputeAndLeaveNothingRunning(t *testing.T) {
	t.Parallel()
	data := safetensors(100, 8<<20)
	broken := errors.New("the disk is gone")
	if _, err := Compute(t.Context(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)), int64(len(data)), Options{}); !errors.Is(err, broken) {
		t.Errorf("a read error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Compute(ctx, bytes.NewReader(data), int64(len(data)), Options{Progress: func(int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context became %v", err)
	}
	_, err = Compute(t.Context(), bytes.NewReader(data), int64(len(data)), Options{Pace: func(context.Context, int) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("an error of Pace became %v", err)
	}
}

func TestPromise4_NormalizeRefusesWhatIdentifiesNothing(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		" 0xABCDEF12 ":               "abcdef12",
		"0d9bd1b873":                 "0d9bd1b873",
		"9D5E1A2B3C4D":               "9d5e1a2b3c4d",
		strings.Repeat("1a", 32):     strings.Repeat("1a", 32),
		"":                           "",
		"abc":                        "",
		"abcdef123":                  "",
		"abcdefg1":                   "",
		"äbcdef1":                    "",
		"00000000":                   "",
		strings.Repeat("f", 64):      "",
		emptySHA256:                  "",
		"0x" + emptySHA256[:12]:      "",
		emptySHA256[:8]:              "",
		strings.ToUpper(emptySHA256): "",
		emptyBLAKE3:                  "",
	} {
		got, err := Normalize(token)
		if got != want || (err == nil) != (want != "") || err != nil && lora.CodeOf(err) != lora.Invalid {
			t.Errorf("Normalize(%q) = %q, %v", token, got, err)
		}
		if (len(Rules(token)) > 0) != (want != "") {
			t.Errorf("Rules(%q) = %v", token, Rules(token))
		}
	}
}

func TestRulesFollowTheLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1a", 32)
	for token, want := range map[string]string{
		long:           fmt.Sprint([]Rule{{SHA256, long}, {AutoV3, long}, {BLAKE3, long}, {SSHS, long}, {ModelSpec, long}}),
		"9d5e1a2b3c4d": fmt.Sprint([]Rule{{AutoV3, "9d5e1a2b3c4d"}, {SHA256, "9d5e1a2b3c4d"}, {SSHS, "9d5e1a2b3c4d"}}),
		"0d9bd1b873":   fmt.Sprint([]Rule{{AutoV2, "0d9bd1b873"}, {AutoV3, "0d9bd1b873"}}),
		"0x12345678":   fmt.Sprint([]Rule{{AutoV1, "12345678"}, {SSHSLegacy, "12345678"}, {CRC32, "12345678"}, {CRC32, "78563412"}, {SHA256, "12345678"}, {AutoV3, "12345678"}}),
	} {
		if got := fmt.Sprint(Rules(token)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", token, got, want)
		}
	}
}

func TestPromise5_DifferencesAreExplained(t *testing.T) {
	t.Parallel()
	data := safetensors(500, 3<<20)
	computed := expected(data, 508)
	other := expected(safetensors(400, 2<<20), 408)
	cases := map[string]struct {
		claimed map[Kind]string
		want    string
	}{
		"nothing claimed":                 {nil, ""},
		"all the same":                    {computed.Map(), ""},
		"the same in other spellings":     {map[Kind]string{SHA256: "0x" + strings.ToUpper(computed.SHA256), AutoV3: computed.AutoV3[:12]}, ""},
		"CRC32 in the other byte order":   {map[Kind]string{CRC32: swapBytes(computed.CRC32)}, ""},
		"an edited header":                {map[Kind]string{SHA256: other.SHA256, AutoV2: other.AutoV2, CRC32: other.CRC32, AutoV3: computed.AutoV3[:12]}, "header_edited"},
		"another file":                    {other.Map(), "other_file"},
		"another file or header":          {map[Kind]string{AutoV2: other.AutoV2}, "digest_mismatch"},
		"only AutoV3, and different":      {map[Kind]string{AutoV3: other.AutoV3[:12]}, "digest_mismatch"},
		"AutoV3 by the scanner's rule":    {map[Kind]string{SHA256: computed.SHA256, AutoV3: other.AutoV3[:12]}, "autov3_by_other_rule"},
		"the trainer's digest, equal":     {map[Kind]string{SSHS: computed.AutoV3}, ""},
		"the trainer's digest, different": {map[Kind]string{SSHS: other.AutoV3}, "changed_since_training"},
		"the trainer's digest of nothing": {map[Kind]string{SSHS: emptySHA256}, "digest_of_nothing"},
		"the trainer's other digests":     {map[Kind]string{SSHSLegacy: other.AutoV1, ModelSpec: other.AutoV3}, ""},
		"garbage":                         {map[Kind]string{SHA256: "abc123", AutoV3: "none"}, ""},
		"two stories at once":             {map[Kind]string{SHA256: other.SHA256, AutoV3: computed.AutoV3, SSHS: other.AutoV3}, "header_edited changed_since_training"},
	}
	for name, c := range cases {
		var codes []string
		for _, f := range Compare(computed, c.claimed) {
			codes = append(codes, f.Code)
			if f.Message == "" || f.Advice == "" || f.Subject == "" || f.Severity == "" {
				t.Errorf("%s: incomplete %+v", name, f)
			}
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("0xABCDEF12")
	f.Fuzz(func(t *testing.T, token string) {
		s, err := Normalize(token)
		if err != nil {
			return
		}
		if again, err := Normalize(s); err != nil || again != s {
			t.Fatalf("%q became %q and then %q, %v", token, s, again, err)
		}
	})
}

func BenchmarkCompute(b *testing.B) {
	data := safetensors(50_000, 64<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Compute(b.Context(), bytes.NewReader(data), int64(len(data)), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSideBySide is the yardstick for BenchmarkCompute: only SHA256 and BLAKE3,
// each on a core of its own.
func BenchmarkSideBySide(b *testing.B) {
	data := safetensors(50_000, 64<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var both sync.WaitGroup
		both.Go(func() { sha256.Sum256(data) })
		both.Go(func() { blake3.Sum256(data) })
		both.Wait()
	}
}

// BenchmarkAlone shows what each hash costs on one core.
func BenchmarkAlone(b *testing.B) {
	data := safetensors(50_000, 64<<20)
	for name, sum := range map[string]func(){
		"sha256": func() { sha256.Sum256(data) },
		"blake3": func() { blake3.Sum256(data) },
		"crc32":  func() { crc32.ChecksumIEEE(data) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				sum()
			}
		})
	}
}
