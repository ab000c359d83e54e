package origin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
)

// check compares a whole file with what it should be.
func (g *Origin) check(part *guard.Part, c *carried, digest string) error {
	if c.SHA256 != "" && c.SHA256 != digest {
		return wrong("The file that came is not the one the hub describes: its SHA-256 is %s… instead of %s…. It was refused.", digest[:12], c.SHA256[:12])
	}
	if ext := strings.ToLower(path.Ext(c.FileName)); ext == ".safetensors" || ext == ".sft" {
		_, err := safetensors.Read(part, part.Size(), safetensors.Limits{HeaderBytes: g.o.Limits.HeaderBytes})
		if broken := (*safetensors.Error)(nil); errors.As(err, &broken) {
			return wrong("The file that came is no sound safetensors file, so it was refused. %s", broken.Message)
		}
		if err != nil {
			return err
		}
	}
	if err := part.Sync(); err != nil {
		return err
	}
	_, err := g.change(g.ctx, c.ID, func(c *carried) error {
		c.SHA256, c.Bytes, c.BytesTotal, c.PerSecond = digest, part.Size(), part.Size(), 0
		return nil
	})
	return err
}

// maxSameName is how many files of one name may lie in a folder.
const maxSameName = 99

// place gives the file its name. The name is kept before the file has it, so that a restart
// in between finds the file.
func (g *Origin) place(ctx context.Context, root *guard.Root, c *carried) error {
	if c.Folder != "" {
		if err := root.MkdirAll(c.Folder); err != nil {
			return err
		}
	}
	ext := path.Ext(c.FileName)
	stem := strings.TrimSuffix(c.FileName, ext)
	for n := 1; n <= maxSameName; n++ {
		name := stem + ext
		if n > 1 {
			name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		rel := path.Join(c.Folder, name)
		if _, err := root.Lstat(rel); err == nil {
			continue
		}
		_, err := g.change(ctx, c.ID, func(c *carried) error {
			c.State, c.FileName = lora.DownloadVerifying, name
			return nil
		})
		if err != nil {
			return err
		}
		err = root.Rename(partOf(&c.Download), rel)
		if lora.CodeOf(err) != lora.Conflict {
			return err
		}
	}
	return lora.Errorf(lora.Conflict, "There are %d files of the name %s in the folder already.", maxSameName, guard.DisplayName(c.FileName))
}

// wasPlaced reports whether the file has its name already: a restart, or a database that
// was away, came between that and the record.
func (g *Origin) wasPlaced(ctx context.Context, root *guard.Root, c *carried) bool {
	if _, err := root.Lstat(partOf(&c.Download)); c.SHA256 == "" || err == nil {
		return false
	}
	file, err := root.Open(path.Join(c.Folder, c.FileName))
	if err != nil {
		return false
	}
	defer closing(file)
	if c.State != lora.DownloadVerifying && file.Size() != c.BytesTotal {
		return false
	}
	sum := sha256.New()
	_, err = io.Copy(sum, readWith(ctx, file))
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == c.SHA256
}

// arrive makes the file an adapter that knows where it came from. From here on nothing
// takes the file back: what fails is tried again.
func (g *Origin) arrive(ctx context.Context, c *carried) error {
	rel := path.Join(c.Folder, c.FileName)
	if err := g.o.Library.Arrived(ctx, []lora.Folder{{RootID: c.RootID, RelPath: rel}}); err != nil {
		return err
	}
	id, err := g.o.Adapters.AdapterAt(ctx, c.RootID, rel)
	if err != nil {
		return err
	}
	page := ""
	if id != "" {
		page = g.introduce(ctx, c, id)
	}
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	c.AdapterID = id
	g.over(c, lora.DownloadDone, "")
	if err := g.o.Downloads.FinishDownload(context.WithoutCancel(ctx), c.Download, page); err != nil {
		c.State, c.FinishedAt = lora.DownloadVerifying, nil
		return err
	}
	g.tell(c)
	return nil
}

// introduce keeps what the hub says of a new adapter and returns its page. A hub that does
// not answer just now is no reason to fail: a look-up brings it later.
func (g *Origin) introduce(ctx context.Context, c *carried, id string) string {
	h, err := g.hub(c.Hub)
	if err != nil {
		return ""
	}
	v, err := h.version(ctx, prompt, c.ModelID, c.VersionID)
	if err != nil {
		g.o.Logger.Info("what the hub says of a downloaded adapter comes with the next look-up", "adapter_id", id, "error", err)
		return ""
	}
	now := g.now()
	f := lora.HubFinding{HubSnapshot: lora.HubSnapshot{AdapterID: id, Hub: v.Hub, State: lora.HubFound, Version: &v, LookedUpAt: now}, Fill: fills(&v)}
	if err := g.o.Catalog.PutHubFindings(ctx, []lora.HubFinding{f}); err != nil {
		g.o.Logger.Warn("what the hub says of a downloaded adapter could not be kept", "adapter_id", id, "error", err)
		return v.PageURL
	}
	g.o.Announcer.Announce(eventChanged, changedFrame{[]string{id}})
	return v.PageURL
}
