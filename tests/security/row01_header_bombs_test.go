package security

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// entry is a sound header of one tensor of eight bytes.
const entry = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`

const (
	deep = 100_000
	many = 100_001
)

// list joins n items made by format with commas.
func list(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func bombsOfLength() []crafted {
	return []crafted{
		{"a length of 2^64-1", claim(1<<64-1, entry), "header_too_large"},
		{"a length of 2^63, negative when signed", claim(1<<63, entry), "header_too_large"},
		{"a length of 2^63-1", claim(1<<63-1, entry), "header_too_large"},
		{"a length of 2^64-8, which wraps when eight are added", claim(1<<64-8, entry), "header_too_large"},
		{"a length of 2^32, zero in 32 bits", claim(1<<32, entry), "header_too_large"},
		{"a length of 100 MB, what the reference allows", claim(100_000_000, entry), "header_too_large"},
		{"a length one above the limit", claim(16*mib+1, entry), "header_too_large"},
		{"a length at the limit in a file of 60 bytes", claim(16*mib, entry), "header_beyond_file"},
		{"a length one above the file", claim(uint64(len(entry))+1, entry), "header_beyond_file"},
		{"a length and nothing else", claim(64, ""), "header_beyond_file"},
		{"a length of zero", claim(0, entry), "header_length_zero"},
		{"seven bytes", make([]byte, 7), "too_short"},
		{"nothing", nil, "empty_file"},
		{"a mebibyte of zeros", make([]byte, mib), "header_length_zero"},
	}
}

func bombsOfJSON() []crafted {
	field := func(value string) string { return `{"a":` + value + `}` }
	meta := func(value string) string { return `{"__metadata__":` + value + `}` }
	return []crafted{
		{"a tensor of 100,000 open lists", container(field(strings.Repeat("[", deep)), 0), "too_deep"},
		{"a tensor of 100,000 closed lists", container(field(strings.Repeat("[", deep)+strings.Repeat("]", deep)), 0), "too_deep"},
		{"a tensor of 100,000 open objects", container(field(strings.Repeat(`{"a":`, deep)), 0), "unknown_field"},
		{"a header of 100,000 open objects", container(strings.Repeat(`{"a":`, deep), 0), "unknown_field"},
		{"metadata of 100,000 open lists", container(meta(strings.Repeat("[", deep)), 0), "too_deep"},
		{"a metadata value of 100,000 open lists", container(meta(`{"k":`+strings.Repeat("[", deep)), 0), "too_deep"},
		{"a shape of 100,000 open lists", container(strings.Replace(entry, "[2]", strings.Repeat("[", deep), 1), 8), "too_deep"},
		{"100,001 tensors", container("{"+list(many, `"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)+"}", 0), "too_many_tensors"},
		{"a million tensors cut off by the limit of the header", container("{"+list(250_000, `"%07d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)+"}", 0), "too_many_tensors"},
		{"100,001 metadata entries", container(meta("{"+list(many, `"%d":""`)+"}"), 0), "metadata_too_large"},
		{"a metadata value of 5 MiB", container(meta(`{"k":"`+strings.Repeat("v", 5*mib)+`"}`), 0), "metadata_too_large"},
		{"5 MiB of metadata in a thousand values", container(meta("{"+list(1000, `"%d":"`+strings.Repeat("v", 5*kib)+`"`)+"}"), 0), "metadata_too_large"},
		{"escapes that swell to 6 MiB of metadata", container(meta(`{"k":"`+strings.Repeat(`\uffff`, 2*mib)+`"}`), 0), "metadata_too_large"},
		{"a tensor name of a mebibyte", container(field("")[:1]+`"`+strings.Repeat("n", mib)+`":{}}`, 0), "name_too_long"},
		{"a metadata key of a mebibyte", container(meta(`{"`+strings.Repeat("k", mib)+`":""}`), 0), "name_too_long"},
		{"a field name of a mebibyte", container(field(`{"`+strings.Repeat("f", mib)+`":0}`), 0), "unknown_field"},
		{"a dtype of a mebibyte", container(strings.Replace(entry, "F32", strings.Repeat("F", mib), 1), 8), "unknown_dtype"},
		{"a dimension of a million digits", container(strings.Replace(entry, "[2]", "["+strings.Repeat("9", 1_000_000)+"]", 1), 8), "negative_or_huge_shape"},
		{"an exponent that makes a number of a billion digits", container(strings.Replace(entry, "[2]", "[1e999999999]", 1), 8), "wrong_type"},
		{"a shape of a million dimensions", container(strings.Replace(entry, "[2]", "["+strings.Repeat("1,", 1_000_000)+"1]", 1), 8), "too_many_dimensions"},
		{"a million offsets", container(strings.Replace(entry, "[0,8]", "["+strings.Repeat("0,", 1_000_000)+"0]", 1), 8), "invalid_offsets"},
		{"15 MiB of white space before the end", container("{"+strings.Repeat(" ", 15*mib), 0), "invalid_json"},
		{"15 MiB of white space and then text", container(entry+strings.Repeat(" ", 15*mib)+"x", 8), "text_after_header"},
		{"15 MiB of commas", container("{"+strings.Repeat(",", 15*mib), 0), "invalid_json"},
		{"a string of 15 MiB without an end", container(`{"`+strings.Repeat("s", 15*mib), 0), "invalid_json"},
		{"15 MiB of backslashes", container(`{"`+strings.Repeat(`\`, 15*mib), 0), "invalid_json"},
		{"100,000 names that differ in the last byte only, the first one twice", container("{"+
			list(20_000, `"`+strings.Repeat("x", 200)+`%08d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)+
			`,"`+strings.Repeat("x", 200)+`00000000":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), "duplicate_key"},
	}
}

func TestRow01_HeaderBombsGetTheirFindingAndNothingElse(t *testing.T) {
	t.Parallel()
	files := append(bombsOfLength(), bombsOfJSON()...)
	if len(files) < 40 {
		t.Fatalf("only %d files", len(files))
	}
	scanCrafted(t, files, 400*mib)
}

// A declared size must cost nothing: the file is 64 GiB of nothing.
func TestRow01_AHugeEmptyFileCostsNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, length := range map[string]uint64{"8gib.safetensors": 8 * gib, "16mib.safetensors": 16 * mib} {
		path := write(t, root, name, claim(length, "{"))
		if err := os.Truncate(path, 64*gib); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, harness.Options{})
	before, _ := s.Memory()
	s.ForgetPeak()
	_, scan := s.AddRoot(root)
	if scan.State != lora.ScanFinished || scan.Counts.Added != 2 {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	if after, known := s.Memory(); known && after.Peak-before.Now > 200*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-before.Now)/mib)
	}
	records := s.ByFile()
	if !hasFinding(records["8gib.safetensors"], "header_too_large") || !hasFinding(records["16mib.safetensors"], "nul_byte") {
		t.Errorf("%+v", records)
	}
	for _, name := range []string{"8gib.safetensors", "16mib.safetensors"} {
		if out := harness.Run(t, "inspect", filepath.Join(root, name)); out.Code != 1 {
			t.Errorf("inspect %s ended with %d: %s%s", name, out.Code, out.Out, out.Stderr)
		}
	}
}
