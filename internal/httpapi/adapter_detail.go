package httpapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

func (s *Server) readAdapter(ctx context.Context, in *ByID) (*reply[AdapterDetail], error) {
	adapter, err := s.adapter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body := AdapterDetail{Adapter: shown(adapter), Previews: s.previewsOf(ctx, &adapter), TriggerWords: []lora.TriggerWord{}}
	versions, err := s.store.Versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body.Versions = make([]AdapterVersion, 0, len(versions))
	for i := range versions {
		v := &versions[i]
		body.Versions = append(body.Versions, AdapterVersion{
			ID: v.ID, Name: v.Name, Version: v.Version, FileName: v.FileName, BaseModel: v.BaseModel, Active: v.Active,
		})
	}
	twins, err := s.store.Twins(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body.Duplicates = make([]AdapterDuplicate, 0, len(twins))
	for i := range twins {
		t := &twins[i]
		kind := "same_tensors"
		if t.SameFile {
			kind = "same_file"
		}
		body.Duplicates = append(body.Duplicates, AdapterDuplicate{
			ID: t.Adapter.ID, Name: t.Adapter.Name, Folder: t.Adapter.Folder, FileName: t.Adapter.FileName, Kind: kind,
		})
	}
	report, err := s.store.Report(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if report != nil {
		wire := wireReport(report)
		body.Base, body.TriggerWords = wire.Base, wire.TriggerWords
	}
	body.Base = judged(&adapter, body.Base)
	body.Provenance, err = s.store.Provenance(ctx, in.ID)
	return answer(body, err)
}

// judged is the base model in force with the evidence for it. What the user or a
// sidecar said goes before what the file shows, and stands first among the evidence.
func judged(a *lora.Adapter, file lora.BaseModel) lora.BaseModel {
	file.Evidence = list(file.Evidence)
	if a.BaseModel == file.ID {
		return file
	}
	base := lora.BaseModel{ID: a.BaseModel, Name: baseName(a.BaseModel), Variant: a.BaseVariant, Confidence: a.BaseConfidence}
	base.Family = baseFamily(a.BaseModel)
	source := a.Sources["base_model"]
	text := "a file beside the adapter says " + base.Name
	if source == lora.FromUser {
		text = "you set " + base.Name
	}
	base.Evidence = append([]lora.Evidence{{Source: string(source), Text: text, Base: a.BaseModel, Weight: 1}}, file.Evidence...)
	return base
}

// previewsOf lists what lies beside the file now. A disk that does not answer costs
// the list, not the page.
func (s *Server) previewsOf(ctx context.Context, a *lora.Adapter) []NamedPreview {
	found, err := s.library.Previews(ctx, a.ID)
	if err != nil {
		s.log.DebugContext(ctx, "previews cannot be listed", "adapter_id", a.ID, "error", err)
	}
	previews := make([]NamedPreview, 0, len(found))
	for n := range found {
		previews = append(previews, namedPreview(a.ID, n, &found[n]))
	}
	return previews
}

func namedPreview(id string, n int, p *library.PreviewFile) NamedPreview {
	tag := strings.Trim(etagOf([]byte(previewKey(id, p))), `"`)
	return NamedPreview{
		Name: p.Name, Type: p.Type, ETag: tag,
		URL: fmt.Sprintf("%s/adapters/%s/preview?n=%d&v=%s", apiPrefix, url.PathEscape(id), n, tag),
	}
}
