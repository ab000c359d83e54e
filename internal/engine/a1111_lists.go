package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// a1111Lists are what the engine lists about itself.
type a1111Lists struct {
	product                      string
	current, format              lora.Known[string]
	samplers, schedulers         lora.Known[[]string]
	models, vaes, upscalers      lora.Known[[]string]
	controlModels, preprocessors lora.Known[[]string]
	loras                        []Handle
	progress                     bool // it tells progress
}

// listsAtOnce keeps the engine able to answer others while it is asked.
const listsAtOnce = 3

// longMetadata are members of a LoRA's header that are long and not needed here.
var longMetadata = []string{
	"ss_tag_frequency", "ss_bucket_info", "ss_datasets", "ss_dataset_dirs", "ss_reg_dataset_dirs", "ss_network_args",
	"ss_optimizer_args", "ss_training_comment", "sd_merge_models", "sd_merge_recipe", "modelspec.thumbnail", "tag_frequency", "bucket_info",
}

// readLists asks for all lists. The options must be there; every other list may be
// missing, which means that the engine lacks what it lists.
func (a *a1111) readLists(ctx context.Context) (*a1111Lists, error) {
	l := &a1111Lists{schedulers: fixed([]string{})}
	if err := a.readOptions(ctx, l); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(listsAtOnce)
	names := func(into *lora.Known[[]string], path string, members ...string) {
		group.Go(func() (err error) {
			*into, err = a.names(ctx, path, members...)
			return err
		})
	}
	names(&l.samplers, "/sdapi/v1/samplers", "name")
	names(&l.models, "/sdapi/v1/sd-models", "title", "model_name")
	names(&l.upscalers, "/sdapi/v1/upscalers", "name")
	vaes := "/sdapi/v1/sd-vae"
	switch a.kind {
	case lora.SDNext:
		names(&l.controlModels, "/sdapi/v1/controlnets")
		names(&l.preprocessors, "/sdapi/v1/preprocessors", "name")
	default:
		if a.kind == lora.Forge {
			vaes = "/sdapi/v1/sd-modules"
		}
		names(&l.schedulers, "/sdapi/v1/schedulers", "label", "name")
		names(&l.controlModels, "/controlnet/model_list", "model_list")
		names(&l.preprocessors, "/controlnet/module_list", "module_list")
	}
	names(&l.vaes, vaes, "model_name")
	group.Go(func() (err error) {
		l.loras, err = a.readLoRAs(ctx)
		return err
	})
	group.Go(func() (err error) {
		l.progress, err = a.tellsProgress(ctx)
		return err
	})
	group.Go(func() (err error) {
		l.product, err = a.productName(ctx)
		return err
	})
	return l, group.Wait()
}

// readOptions reads what is loaded. It is the proof that the API is there at all.
func (a *a1111) readOptions(ctx context.Context, l *a1111Lists) error {
	var options struct {
		Model  *string `json:"sd_model_checkpoint"`
		Format *string `json:"samples_format"`
	}
	err := a.json(ctx, call{Path: "/sdapi/v1/options"}, &options)
	if hasStatus(err, http.StatusNotFound) {
		return failure(lora.EngineNotFound, err, "The engine answers, but its API is not there. Start it with --api, and check the URL.")
	}
	if err != nil {
		return err
	}
	l.current, l.format = known("", lora.Unknown), known("", lora.Unknown)
	if options.Model != nil {
		l.current = reported(*options.Model)
	}
	if options.Format != nil {
		format := strings.ToLower(*options.Format)
		if format == "jpg" {
			format = "jpeg"
		}
		l.format = reported(format)
	}
	return nil
}

// names reads a list of names: a list of texts or of objects with one of the members, or
// an object with such a list. A missing list is an empty one; None is no name.
func (a *a1111) names(ctx context.Context, path string, members ...string) (lora.Known[[]string], error) {
	var list any
	err := a.json(ctx, call{Path: path}, &list)
	if hasStatus(err, http.StatusNotFound) || hasStatus(err, http.StatusMethodNotAllowed) {
		return fixed([]string{}), nil
	}
	if err != nil {
		return lora.Known[[]string]{}, err
	}
	if object, ok := list.(map[string]any); ok {
		for _, member := range members {
			if inner, ok := object[member].([]any); ok {
				list = inner
			}
		}
	}
	items, _ := list.([]any)
	found := make([]string, 0, len(items))
	for _, item := range items {
		if name := nameIn(item, members); name != "" && name != "None" && name != "none" && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return reported(found), nil
}

func nameIn(item any, members []string) string {
	if name, ok := item.(string); ok {
		return name
	}
	object, _ := item.(map[string]any)
	for _, member := range members {
		if name, _ := object[member].(string); name != "" {
			return name
		}
	}
	return ""
}

// readLoRAs reads the LoRAs with the digests that trainers note in their headers.
func (a *a1111) readLoRAs(ctx context.Context) ([]Handle, error) {
	var list []struct {
		Name     string          `json:"name"`
		Alias    *string         `json:"alias"`
		Path     *string         `json:"path"`
		Metadata json.RawMessage `json:"metadata"`
	}
	err := a.pictures(ctx, call{Path: "/sdapi/v1/loras"}, guard.JSONReply{Bytes: listBytes, Drop: longMetadata}, &list)
	if hasStatus(err, http.StatusNotFound) {
		return []Handle{}, nil
	}
	if err != nil {
		return nil, err
	}
	handles := make([]Handle, 0, len(list))
	for _, item := range list {
		h := Handle{Name: item.Name}
		if item.Path != nil {
			h.Path = strings.ReplaceAll(*item.Path, `\`, "/")
		}
		if item.Alias != nil && *item.Alias != item.Name && *item.Alias != "" {
			h.Aliases = []string{*item.Alias}
		}
		var meta struct {
			Hash string `json:"sshs_model_hash"`
		}
		_ = json.Unmarshal(item.Metadata, &meta) // there may be none, of any shape
		if len(meta.Hash) >= autoV3Length {
			h.Digests = []string{strings.ToLower(meta.Hash[:autoV3Length])}
		}
		if h.Name != "" {
			handles = append(handles, h)
		}
	}
	slices.SortFunc(handles, func(a, b Handle) int { return strings.Compare(a.Name+"\x00"+a.Path, b.Name+"\x00"+b.Path) })
	return handles, nil
}

// tellsProgress finds out whether the engine has progress, and with it interrupt: those
// that only imitate this API do not.
func (a *a1111) tellsProgress(ctx context.Context) (bool, error) {
	var answer json.RawMessage
	err := a.json(ctx, call{Path: "/sdapi/v1/progress", Query: url.Values{"skip_current_image": {"true"}}}, &answer)
	if hasStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// autoV3Length is the usual length of an abbreviated AutoV3 digest, in characters.
const autoV3Length = 12

// productName is what answers, with its version where it states one.
func (a *a1111) productName(ctx context.Context) (string, error) {
	switch a.kind {
	case lora.Forge:
		return "Forge", nil
	case lora.A1111:
		return "A1111", nil
	}
	var version map[string]any
	err := a.json(ctx, call{Path: "/sdapi/v1/version"}, &version)
	if err != nil && !hasStatus(err, http.StatusNotFound) {
		return "", err
	}
	for _, member := range []string{"version", "updated", "hash"} {
		if text, _ := version[member].(string); text != "" {
			return "SD.Next " + clip(text), nil
		}
	}
	return "SD.Next", nil
}
