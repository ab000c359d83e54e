package lora_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"loramanager/internal/lora"
)

// otherwise are JSON fields with a name of their own, and why.
var otherwise = map[string]string{
	"Report.Base":   "base_model", // inside a report "Base" says enough in Go
	"Report.DTypes": "dtypes",     // one word, as in torch
	"Preview.ETag":  "etag",       // one word, as in HTTP
	"Scan.RootIDs":  "root_ids",   // a plural of ID
}

func TestPromise1_JSONFieldsAreCalledAsInGo(t *testing.T) {
	t.Parallel()
	for _, word := range []any{
		lora.Adapter{}, lora.Preview{}, lora.Root{}, lora.Scan{}, lora.ScanCounts{}, lora.Report{}, lora.Finding{},
		lora.BaseModel{}, lora.Evidence{}, lora.TriggerWord{}, lora.SavedSearch{}, lora.Skipped{},
	} {
		kind := reflect.TypeOf(word)
		for i := range kind.NumField() {
			field := kind.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			want, ok := otherwise[kind.Name()+"."+field.Name]
			if !ok {
				want = snake(field.Name)
			}
			if name != "-" && name != want {
				t.Errorf("%s.%s is %q in JSON, want %q", kind.Name(), field.Name, name, want)
			}
		}
	}
}

// snake writes PrimaryFileSizeKB as primary_file_size_kb.
func snake(name string) string {
	var out strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		startsWord := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
