package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func TestTheChartsValuesAreWhatItsSchemaSays(t *testing.T) {
	t.Parallel()
	chart := filepath.Join(folder, "helm/loramanager")
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(chart, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change map[string]any
		wrong  bool
	}{
		{"a store is named", nil, false},
		{"no store is named", map[string]any{"pictures": map[string]any{"s3Endpoint": "", "s3Bucket": "loras"}}, true},
		{"a word that is none of the chart's", map[string]any{"replicas": 3}, true},
		{"a key instead of where it is kept", map[string]any{"secrets": map[string]any{"apiKey": "topsecret"}}, true},
		{"a variable that cannot be one", map[string]any{"env": map[string]any{"not a name": "x"}}, true},
	} {
		var values map[string]any
		if err := yaml.Unmarshal(text, &values); err != nil {
			t.Fatal(err)
		}
		values["pictures"].(map[string]any)["s3Endpoint"] = "https://s3.example.com"
		maps.Copy(values, c.change)
		if err := schema.Validate(values); (err != nil) != c.wrong {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
