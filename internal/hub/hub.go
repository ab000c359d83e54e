package hub

import (
	"context"
	"io"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// The names of the hubs.
const (
	Civitai     = "civitai"
	CivArchive  = "civarchive"
	HuggingFace = "huggingface"
)

// Hub is one place adapters come from. Errors are *lora.HubError, or the caller's own
// cancellation.
type Hub interface {
	// State names the hub and says where it is and whether it has a token.
	State() lora.HubState
	// LookUp finds the versions that files belong to, 100 files at most. The answers are in
	// the order of the queries, nil where the hub does not know the file. With an error
	// come the answers of the queries before the one that failed.
	LookUp(ctx context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error)
	// Models reads models with all their versions, 100 at most; those the hub does not know
	// are left out. With an error come those that were read before it.
	Models(ctx context.Context, ids []string) ([]lora.HubModel, error)
	// Version reads one version; an empty version id is the newest of the model.
	Version(ctx context.Context, modelID, versionID string) (lora.HubVersion, error)
	// Read takes the address of a page or a file of this hub apart.
	Read(address string) (Ref, bool)
	// Fetch asks for the bytes of a file from one position on, up to and with the last; the
	// whole file with 0 and -1. A tag says that the rest is wanted only if the file is still
	// the same. What comes is said by the part: hubs may send more than was asked for.
	Fetch(ctx context.Context, address string, from, last int64, tag string) (io.ReadCloser, lora.HubPart, error)
	// Picture fetches an example picture, bytes of a stranger.
	Picture(ctx context.Context, address string) ([]byte, error)
	// Close lets go of connections.
	Close()
}

// Ref names a version, or a file of one, of a hub. What an address does not say is empty.
type Ref = lora.HubRef

// Options say which hubs there are. An empty address switches a hub off.
type Options struct {
	CivitaiURL       string // https://civitai.com or https://civitai.red
	CivitaiToken     guard.Secret
	CivArchiveURL    string // https://civarchive.com
	HuggingFaceURL   string // https://huggingface.co
	HuggingFaceToken guard.Secret
	// FileHosts are origins that hubs may refer downloads to although they are not public.
	FileHosts []string
	UserAgent string // LoRA-Manager/1.0 when empty
	Limits    guard.Limits
}

// Bounds of one question.
const (
	MaxLookUp = 100
	MaxModels = 100
)

const defaultAgent = "LoRA-Manager/1.0"

// Open returns the hubs that are configured, in the order they are asked; nothing is sent
// yet. Errors are *lora.Error and name the setting that is wrong.
func Open(o Options) ([]Hub, error) {
	if o.UserAgent == "" {
		o.UserAgent = defaultAgent
	}
	if o.Limits == (guard.Limits{}) {
		o.Limits = guard.Default()
	}
	var hubs []Hub
	for _, wanted := range []struct {
		name, setting, address string
		token                  guard.Secret
		open                   func(*client) Hub
	}{
		{Civitai, "civitai-url", o.CivitaiURL, o.CivitaiToken, func(c *client) Hub { return &civitai{c} }},
		{CivArchive, "civarchive-url", o.CivArchiveURL, "", func(c *client) Hub { return &civArchive{c} }},
		{HuggingFace, "huggingface-url", o.HuggingFaceURL, o.HuggingFaceToken, func(c *client) Hub { return &huggingFace{c} }},
	} {
		if wanted.address == "" {
			continue
		}
		c, err := newClient(wanted.name, wanted.address, wanted.token, &o)
		if err != nil {
			return nil, &lora.Error{Code: lora.Invalid, Field: wanted.setting, Message: sentence(err), Err: err}
		}
		hubs = append(hubs, wanted.open(c))
	}
	return hubs, nil
}

func newClient(name, address string, token guard.Secret, o *Options) (*client, error) {
	base := strings.TrimRight(address, "/")
	out, err := guard.HubClient(guard.HubOptions{Base: base, Token: token, FileHosts: o.FileHosts, Agent: o.UserAgent, Limits: o.Limits})
	if err != nil {
		return nil, err
	}
	return &client{name: name, title: titles[name], base: base, token: token, out: out}, nil
}

// titles are the names of hubs as people write them.
var titles = map[string]string{Civitai: "Civitai", CivArchive: "CivArchive", HuggingFace: "Hugging Face"}
