package httpapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
)

//go:embed docs.html
var docsTemplate string

// apiDocs is the API's description, once as JSON and once as a page for people.
// Both are made when the server starts and only sent afterwards.
type apiDocs struct {
	spec, page       []byte
	specTag, pageTag string
}

func newAPIDocs(spec []byte) (*apiDocs, error) {
	var doc specDoc
	if err := json.Unmarshal(spec, &doc); err != nil {
		return nil, err
	}
	t, err := template.New("docs").Funcs(template.FuncMap{"typeName": typeName, "lower": strings.ToLower}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, doc.view()); err != nil {
		return nil, err
	}
	return &apiDocs{spec: spec, page: page.Bytes(), specTag: etagOf(spec), pageTag: etagOf(page.Bytes())}, nil
}

func (d *apiDocs) serveSpec(w http.ResponseWriter, r *http.Request) {
	sendTagged(w, r, "application/json", d.specTag, d.spec)
}

func (d *apiDocs) servePage(w http.ResponseWriter, r *http.Request) {
	sendTagged(w, r, "text/html; charset=utf-8", d.pageTag, d.page)
}

func sendTagged(w http.ResponseWriter, r *http.Request, contentType, tag string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if slices.Contains(splitTagList(r.Header.Get("If-None-Match")), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}

// specDoc is the part of the description the page shows.
type specDoc struct {
	Info struct {
		Title, Version, Description string
	}
	Paths      map[string]map[string]*specOperation
	Components struct {
		Schemas map[string]*specSchema
	}
}

type specOperation struct {
	Method               string `json:"-"`
	Path                 string `json:"-"`
	OperationID          string
	Summary, Description string
	Tags                 []string
	Parameters           []struct {
		Name, In, Description string
		Required              bool
		Schema                *specSchema
	}
	RequestBody *specBody
	Responses   map[string]*specBody
}

type specBody struct {
	Description string
	Content     map[string]struct{ Schema *specSchema }
}

// Type is the schema of the body, of JSON where it can be several, and nil when there is none.
func (b *specBody) Type() *specSchema {
	if b == nil {
		return nil
	}
	for _, media := range slices.Sorted(maps.Keys(b.Content)) {
		return b.Content[media].Schema
	}
	return nil
}

type specSchema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format, Description  string
	Items                *specSchema
	Properties           map[string]*specSchema
	Required             []string
	Enum                 []any
	AnyOf                []*specSchema
	AdditionalProperties any
	Default              any
}

type docsView struct {
	Title, Version, Description string
	Groups                      []docsGroup
	Schemas                     []docsSchema
}

type docsGroup struct {
	Name       string
	Operations []*specOperation
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name     string
	Required bool
	Schema   *specSchema
}

func (d *specDoc) view() docsView {
	v := docsView{Title: d.Info.Title, Version: d.Info.Version, Description: d.Info.Description}
	byTag := map[string][]*specOperation{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if op := d.Paths[path][method]; op != nil {
				op.Method, op.Path = strings.ToUpper(method), path
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], op)
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		v.Groups = append(v.Groups, docsGroup{Name: tag, Operations: byTag[tag]})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := docsSchema{Name: name}
		schema := d.Components.Schemas[name]
		for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
			s.Fields = append(s.Fields, docsField{Name: field, Required: slices.Contains(schema.Required, field), Schema: schema.Properties[field]})
		}
		v.Schemas = append(v.Schemas, s)
	}
	return v
}

// docsType is a type as the page writes it: words, and the schema they link to.
type docsType struct{ Before, Ref, After string }

func typeName(s *specSchema) docsType {
	switch {
	case s == nil:
		return docsType{Before: "nothing"}
	case s.Ref != "":
		return docsType{Ref: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}
	case len(s.AnyOf) > 0:
		t := typeName(s.AnyOf[0])
		t.After += " or null"
		return t
	case s.Items != nil:
		t := typeName(s.Items)
		t.Before = "list of " + t.Before
		return t
	}
	var names []string
	switch t := s.Type.(type) {
	case string:
		names = append(names, t)
	case []any:
		for _, name := range t {
			text, _ := name.(string)
			names = append(names, text)
		}
	}
	if len(names) == 0 {
		names = append(names, "any value")
	}
	return docsType{Before: strings.Join(names, " or ")}
}
