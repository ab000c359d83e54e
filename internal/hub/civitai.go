package hub

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// civitai asks Civitai, or a site with the same API.
type civitai struct{ *client }

const civitaiAPI = "/api/v1"

// LookUp implements Hub. Files are looked up a hundred at a time by SHA-256; those that are
// not found so one by one by the digest of their tensors, which outlasts edits of the
// header.
func (c *civitai) LookUp(ctx context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error) {
	answers := make([]*lora.HubVersion, len(queries))
	if err := c.inBulk(ctx, queries, answers); err != nil {
		return nil, err
	}
	for i := range queries {
		digest := queries[i].Digests["autov3"]
		if answers[i] != nil || digest == "" {
			continue
		}
		var o object
		_, err := c.get(ctx, civitaiAPI+"/model-versions/by-hash/"+strings.ToUpper(digest[:min(len(digest), 12)]), &o)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return answers[:i], err
		}
		answers[i] = c.version(o, o.object("model"))
	}
	return answers, nil
}

// inBulk asks for all files whose SHA-256 is known.
func (c *civitai) inBulk(ctx context.Context, queries []lora.HubQuery, answers []*lora.HubVersion) error {
	var asked []string
	for i := range queries {
		if digest := queries[i].Digests["sha256"]; digest != "" {
			asked = append(asked, strings.ToUpper(digest))
		}
	}
	if len(asked) == 0 {
		return nil
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	var reply any
	request := guard.Request{Method: http.MethodPost, URL: c.base + civitaiAPI + "/model-versions/by-hash", Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
	if _, err := c.ask(ctx, request, &reply); err != nil {
		if isMissing(err) {
			return nil // none of them
		}
		return err
	}
	byDigest := map[string][]*lora.HubVersion{}
	for _, o := range objectsOf(reply, 10*MaxLookUp) {
		v := c.version(o, o.object("model"))
		if v == nil {
			continue
		}
		for _, f := range v.Files {
			byDigest[f.Digests["sha256"]] = append(byDigest[f.Digests["sha256"]], v)
		}
	}
	for i := range queries {
		if digest := queries[i].Digests["sha256"]; digest != "" {
			answers[i] = choose(byDigest[digest], queries[i].VersionID)
		}
	}
	return nil
}

// choose takes, of several versions with the same file, the one that was found before.
func choose(versions []*lora.HubVersion, before string) *lora.HubVersion {
	for _, v := range versions {
		if v.VersionID == before {
			return v
		}
	}
	if len(versions) == 0 {
		return nil
	}
	return versions[0]
}

// Models implements Hub. What a list leaves out is asked for by itself: lists have gaps,
// and only the model's own answer says that it is gone.
func (c *civitai) Models(ctx context.Context, ids []string) ([]lora.HubModel, error) {
	models := []lora.HubModel{}
	query := url.Values{"ids": {strings.Join(ids, ",")}, "limit": {"100"}, "nsfw": {"true"}}
	var list object
	if _, err := c.get(ctx, civitaiAPI+"/models?"+query.Encode(), &list); err != nil && !isMissing(err) {
		return models, err
	}
	seen := map[string]bool{}
	for _, o := range list.objects("items", MaxModels) {
		if m, ok := c.model(o); ok && !seen[m.ModelID] {
			seen[m.ModelID] = true
			models = append(models, m)
		}
	}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		var o object
		_, err := c.get(ctx, civitaiAPI+"/models/"+url.PathEscape(id), &o)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return models, err
		}
		if m, ok := c.model(o); ok {
			models = append(models, m)
		}
	}
	return models, nil
}

// Version implements Hub.
func (c *civitai) Version(ctx context.Context, modelID, versionID string) (lora.HubVersion, error) {
	var v *lora.HubVersion
	if versionID != "" {
		var o object
		if _, err := c.get(ctx, civitaiAPI+"/model-versions/"+url.PathEscape(versionID), &o); err != nil {
			return lora.HubVersion{}, err
		}
		if v = c.version(o, o.object("model")); v == nil {
			return lora.HubVersion{}, c.odd()
		}
		modelID = v.ModelID
	}
	var o object
	_, err := c.get(ctx, civitaiAPI+"/models/"+url.PathEscape(modelID), &o)
	if err != nil {
		if v != nil && isMissing(err) {
			return *v, nil
		}
		return lora.HubVersion{}, err
	}
	m, _ := c.model(o)
	for i := range m.Versions {
		if v == nil || m.Versions[i].VersionID == v.VersionID {
			return m.Versions[i], nil
		}
	}
	if v == nil {
		return lora.HubVersion{}, c.fail(lora.HubMissing, 0, lora.NotFound, "%s has no version of this model that could be read.", c.title)
	}
	return *v, nil
}

func (c *client) odd() error {
	return c.fail(lora.HubOdd, 0, lora.Unavailable, "The answer of %s does not describe a version of a model.", c.title)
}

var (
	civitaiPage     = regexp.MustCompile(`^/models/(\d+)`)
	civitaiDownload = regexp.MustCompile(`^/api/download/models/(\d+)`)
	civitaiAIR      = regexp.MustCompile(`^urn:air:[a-z0-9_-]+:[a-z0-9_-]+:civitai:(\d+)@(\d+)`)
)

// civitaiHosts are the sites that show the same models under the same numbers.
var civitaiHosts = []string{"civitai.com", "www.civitai.com", "civitai.red", "www.civitai.red"}

// Read implements Hub: pages of models, download addresses and AIRs.
func (c *civitai) Read(address string) (Ref, bool) {
	if m := civitaiAIR.FindStringSubmatch(address); m != nil {
		return Ref{ModelID: m[1], VersionID: m[2]}, true
	}
	u, ok := c.here(address, civitaiHosts...)
	if !ok {
		return Ref{}, false
	}
	if m := civitaiDownload.FindStringSubmatch(u.Path); m != nil {
		return Ref{VersionID: m[1]}, true
	}
	m := civitaiPage.FindStringSubmatch(u.Path)
	if m == nil {
		return Ref{}, false
	}
	version := u.Query().Get("modelVersionId")
	if strings.Trim(version, "0123456789") != "" {
		version = ""
	}
	return Ref{ModelID: m[1], VersionID: version}, true
}

// here reads an address that lies at the hub's base or one of its usual hosts.
func (c *client) here(address string, hosts ...string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	base, err := url.Parse(c.base)
	if err == nil && strings.EqualFold(u.Host, base.Host) {
		return u, true
	}
	for _, host := range hosts {
		if strings.EqualFold(u.Hostname(), host) {
			return u, true
		}
	}
	return nil, false
}
