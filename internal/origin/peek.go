package origin

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
)

// peekBytes is what the first request asks for: it holds most headers whole.
const peekBytes = 128 << 10

// peekTags is how many training tags a peek lists.
const peekTags = 20

// Peek reads the header of a file at a hub and says what it is, whether it is in the
// library already and whether it fits. Only the header is fetched.
func (g *Origin) Peek(ctx context.Context, r FileRequest) (lora.HubPeek, error) {
	h, v, file, err := g.find(ctx, r)
	if err != nil {
		return lora.HubPeek{}, err
	}
	peek := lora.HubPeek{Version: v, File: file, Size: file.SizeBytes, Here: []string{}, Space: []lora.HubSpace{}}
	if peek.Size == 0 {
		peek.Size = -1
	}
	if sha := file.Digests["sha256"]; sha != "" {
		if peek.Here, err = g.o.Adapters.AdaptersOf(ctx, sha); err != nil {
			return peek, err
		}
	}
	ext := strings.ToLower(path.Ext(file.Name))
	switch {
	case !v.Downloadable:
		peek.Note = v.Why
	case ext != ".safetensors" && ext != ".sft" || file.URL == "":
		peek.Note = "Only the header of a safetensors file can be read before it is downloaded."
	default:
		if err := g.header(ctx, h, &peek); err != nil {
			return peek, err
		}
	}
	peek.Space, err = g.space(ctx, peek.Size)
	return peek, err
}

// header fetches the header and has it judged. A file that is no safetensors file is a
// note: knowing that is what peeking is for.
func (g *Origin) header(ctx context.Context, h *patient, peek *lora.HubPeek) error {
	var remote remoteHead
	err := h.ask(ctx, prompt, func() (err error) {
		remote, err = fetchHead(ctx, h, peek.File.URL, g.o.Limits.HeaderBytes)
		return err
	})
	if err != nil {
		return err
	}
	if remote.size >= 0 {
		peek.Size = remote.size
	}
	size := remote.size
	if size < 0 { // it is only the length that cannot be checked then
		size = max(int64(len(remote.data)), peek.File.SizeBytes)
	}
	header, err := safetensors.ReadContext(ctx, bytes.NewReader(remote.data), size, safetensors.Limits{HeaderBytes: g.o.Limits.HeaderBytes})
	broken := (*safetensors.Error)(nil)
	switch {
	case header == nil && errors.As(err, &broken):
		peek.Note = "This is no sound safetensors file: " + broken.Message
		return nil
	case header == nil:
		return err
	case errors.As(err, &broken) && remote.size >= 0:
		peek.Note = broken.Message
	}
	peek.Report = inspect.Inspect(header, inspect.Options{FileName: peek.File.Name, SidecarBase: peek.Version.BaseModel, Tags: peekTags})
	return nil
}

// remoteHead is the beginning of a file at a hub.
type remoteHead struct {
	data []byte
	size int64 // of the whole file; -1 when the hub does not say
}

// fetchHead fetches the header of a safetensors file, with a second request where it is
// longer than most. A hub that sends the whole file is read only as far as needed.
func fetchHead(ctx context.Context, h Hub, address string, limit int64) (remoteHead, error) {
	body, part, err := h.Fetch(ctx, address, 0, peekBytes-1, "")
	if err != nil {
		return remoteHead{}, err
	}
	defer closing(body)
	data, err := io.ReadAll(io.LimitReader(body, peekBytes))
	if err != nil {
		return remoteHead{}, err
	}
	head := remoteHead{data, part.Size}
	if len(data) < 8 {
		return head, nil
	}
	length := binary.LittleEndian.Uint64(data)
	if length > uint64(limit) || int64(length)+8 <= int64(len(data)) { //nolint:gosec // bounded by limit
		return head, nil // too long to be one, or all there
	}
	return head.goOn(ctx, h, address, int64(length)+8) //nolint:gosec // bounded by limit
}

// goOn fetches the rest of a beginning of some length.
func (r remoteHead) goOn(ctx context.Context, h Hub, address string, length int64) (remoteHead, error) {
	have := int64(len(r.data))
	body, part, err := h.Fetch(ctx, address, have, length-1, "")
	if err != nil {
		return remoteHead{}, err
	}
	defer closing(body)
	if part.From == 0 { // the whole file comes, whatever is asked for
		if _, err := io.CopyN(io.Discard, body, have); err != nil {
			return remoteHead{}, err
		}
	}
	rest, err := io.ReadAll(io.LimitReader(body, length-have))
	r.data = append(r.data, rest...)
	return r, err
}

// space says for each library folder whether a file fits.
func (g *Origin) space(ctx context.Context, size int64) ([]lora.HubSpace, error) {
	roots, err := g.o.Library.Roots(ctx)
	if err != nil {
		return nil, err
	}
	roots = slices.DeleteFunc(roots, func(r lora.Root) bool { return !r.Writable || r.State == "offline" })
	list := make([]lora.HubSpace, len(roots))
	for i, r := range roots {
		list[i] = lora.HubSpace{RootID: r.ID, FreeBytes: -1, Fits: true}
		if free, ok := guard.FreeBytes(r.Path); ok {
			list[i].FreeBytes = int64(min(free, 1<<62)) //nolint:gosec // bounded
			list[i].Fits = list[i].FreeBytes >= max(size, 0)+spareBytes
		}
	}
	return list, nil
}
