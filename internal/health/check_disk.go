package health

import (
	"context"
	"fmt"
	"strings"

	humanize "github.com/dustin/go-humanize"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	dataName     = "data folder"
	picturesName = "pictures"
	makeRoom     = "Make room on the disk, or empty the trash of the history."
)

func (c *Checker) lookData(context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "disk:data", Area: "disk", Name: dataName, Link: trashPage, Facts: map[string]any{}}
	return []lora.Check{c.room(check, c.o.DataDir, lora.CheckError)}, nil
}

// nothingKept is the digest of no picture: asking for it shows whether the store answers.
var nothingKept = strings.Repeat("0", 64)

func (c *Checker) lookPictures(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "disk:pictures", Area: "disk", Name: picturesName, Link: trashPage, Facts: map[string]any{}}
	_, err := c.o.Pictures.Has(ctx, nothingKept)
	switch {
	case err != nil && lora.CodeOf(err) != lora.NotFound:
		check = bad(check, lora.CheckError, "The picture store does not answer: "+reason(err), "Check its address, its keys and the network between. Generations fail until it is back.")
	case c.o.PicturesDir == "":
		check = good(check, "The bucket answers.")
	default:
		check = c.room(check, c.o.PicturesDir, lora.CheckError)
	}
	return []lora.Check{check}, nil
}

// room judges what is free on the disk of a folder; worst is how bad hardly any is.
func (c *Checker) room(check lora.Check, dir string, worst lora.CheckState) lora.Check {
	free, total, known := guard.DiskSpace(dir)
	if !known {
		return bad(check, lora.CheckUnknown, "The system does not tell how much is free.", "")
	}
	check.Facts["free_bytes"] = int(min(free, 1<<62))   //nolint:gosec // bounded
	check.Facts["total_bytes"] = int(min(total, 1<<62)) //nolint:gosec // bounded
	switch size := humanize.Bytes(free) + " free"; {    // in the units of the web app
	case free < c.o.Limits.FreeError:
		return bad(check, worst, fmt.Sprintf("The disk of the %s is full: %s.", check.Name, size), makeRoom)
	case free < c.o.Limits.FreeWarning:
		return bad(check, lora.CheckWarning, fmt.Sprintf("The disk of the %s is nearly full: %s.", check.Name, size), makeRoom)
	default:
		return good(check, size+".")
	}
}

// rootProbe looks at one library folder, on its own: a network drive that hangs must not
// hide how the others are.
func (c *Checker) rootProbe(id string, root lora.Root) *probe {
	look := func(context.Context) ([]lora.Check, func(*Status)) {
		check := lora.Check{ID: id, Area: "disk", Name: root.Name, Link: foldersPage, Facts: map[string]any{"path": guard.DisplayName(root.Path)}}
		folder, err := guard.OpenRoot(root.Path)
		if err != nil {
			return []lora.Check{bad(check, lora.CheckWarning, fmt.Sprintf("The folder %s cannot be reached: %s", root.Name, reason(err)),
				"Connect its disk or network drive, or check its permissions. Its adapters are kept and are back with it.")}, nil
		}
		if err := folder.Close(); err != nil {
			return []lora.Check{bad(check, lora.CheckWarning, "The folder cannot be used: "+reason(err), "Check its disk.")}, nil
		}
		check = c.room(check, root.Path, lora.CheckWarning)
		if check.State == lora.CheckWarning {
			check.Advice = "Make room on the disk: files can still be read, but none be downloaded, moved or edited there."
		}
		return []lora.Check{check}, nil
	}
	first := lora.Check{ID: id, Area: "disk", Name: root.Name, Link: foldersPage, State: lora.CheckUnknown, Detail: "Nobody looked yet.", Facts: map[string]any{}}
	return &probe{id: id, every: rootEvery, limit: rootLimit, look: look, root: root, checks: []lora.Check{first}}
}
