package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/recommend"
)

const apiPrefix = "/api/v1"

// huma keeps its error constructor and two schema switches in package variables.
// They are set once, before any API exists, and never again.
func init() {
	huma.NewErrorWithContext = problemOfHuma
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return problemOfHuma(nil, status, message, errs...)
	}
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
}

// apiVersion is the contract's, not the program's.
const apiVersion = "1"

func humaConfig() huma.Config {
	config := huma.DefaultConfig("LoRA Manager", apiVersion)
	config.Info.Description = "Everything the web app can do. Errors are problem documents (RFC 9457); lists answer at most 200 items a page."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema keys in replies
	config.AllowAdditionalPropertiesByDefault = true
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "apiKey", In: "header", Name: "X-API-Key"},
		"bearer":  {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
	}
	return config
}

// schemaName is how clients call a type. The words of recommend, such as signal and
// weights, need to be told what they are about there.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if t.PkgPath() == reflect.TypeFor[recommend.Answer]().PkgPath() {
		return "Recommend" + name
	}
	return name
}

// Spec returns what the routes say about themselves, without a database behind them.
func Spec() ([]byte, error) {
	s, err := New(Options{})
	if err != nil {
		return nil, err
	}
	return s.docs.spec, nil
}

// spec returns the OpenAPI 3.1 description as indented JSON with sorted keys.
func (s *Server) spec() ([]byte, error) {
	raw, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	tidySchemas(doc)
	nullableObjects(s.api.OpenAPI().Components.Schemas, doc)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(doc)
	return out.Bytes(), err
}

// tidySchemas removes what would only disturb a client: number formats (a
// generated client would turn int64 into bigint) and the permission for keys that
// are not described (it would turn every type into a loose map).
func tidySchemas(node any) {
	switch v := node.(type) {
	case map[string]any:
		switch v["format"] {
		case "int64", "int32", "double", "float":
			delete(v, "format")
		}
		if _, described := v["properties"]; described && v["additionalProperties"] == true {
			delete(v, "additionalProperties")
		}
		for _, child := range v {
			tidySchemas(child)
		}
	case []any:
		for _, child := range v {
			tidySchemas(child)
		}
	}
}

// nullableObjects marks pointers to objects, and to words of a list, as "that or null",
// which huma leaves out: in a reply such a key is always there and may be null.
func nullableObjects(registry huma.Registry, doc map[string]any) {
	components, _ := doc["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	for name, s := range schemas {
		schema, _ := s.(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		t := registry.TypeFromRef("#/components/schemas/" + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			if key, ok := nullableKey(f); ok && properties[key] != nil {
				properties[key] = map[string]any{"anyOf": []any{properties[key], map[string]any{"type": "null"}}}
			}
		}
	}
}

func nullableKey(f reflect.StructField) (string, bool) {
	tag := strings.Split(f.Tag.Get("json"), ",")
	isObject := f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct && f.Type.Elem() != reflect.TypeFor[time.Time]()
	isWord := f.Type.Kind() == reflect.Pointer && f.Tag.Get("enum") != ""
	return tag[0], (isObject || isWord) && !slices.Contains(tag[1:], "omitempty")
}
