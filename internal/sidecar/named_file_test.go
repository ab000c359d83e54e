package sidecar

import (
	"strings"
	"testing"
)

func TestAModelNamesThePrimaryFileOfItsFirstVersion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ json, want string }{
		"the one marked as primary": {`{"modelVersions":[{"files":[{"name":"big.zip","sizeKB":9},{"name":"a.safetensors","primary":true}]}]}`, "a.safetensors"},
		"else the largest":          {`{"modelVersions":[{"files":[{"name":"small","sizeKB":1},{"name":"big.safetensors","sizeKB":"9.5"}]}]}`, "big.safetensors"},
		"of the first version":      {`{"modelVersions":[{"files":[{"name":"one"}]},{"files":[{"name":"two","primary":true}]}]}`, "one"},
		"no files":                  {`{"modelVersions":[{"files":null}]}`, ""},
		"odd files":                 {`{"modelVersions":[{"files":[3,"x",null]}]}`, ""},
		"no versions":               {`{"modelVersions":[]}`, ""},
		"a version that is none":    {`{"modelVersions":[7]}`, ""},
		"another kind of JSON":      {`{"nodes":[],"files":[{"name":"x"}]}`, ""},
		"a list":                    {`[{"modelVersions":[{"files":[{"name":"x"}]}]}]`, ""},
		"broken":                    {`{"modelVersions":[{"files":[{"name":"x"}]`, ""},
		"too deep":                  {`{"modelVersions":` + strings.Repeat("[", MaxDepth+1), ""},
	} {
		if got := NamedFile([]byte(c.json)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
