package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// links adds to e what links lead to. Where the walk of a library folder comes by
// itself, the file or folder is listed there, under its real name, and only there.
func (w *walker) links(ctx context.Context, dir string, e *entries) error {
	if len(e.links) == 0 {
		return nil
	}
	slices.Sort(e.links)
	disks := w.disks(ctx)
	var outside []string
	for _, name := range e.links {
		rel := path.Join(dir, name)
		type target struct {
			elsewhere bool
			info      fs.FileInfo
		}
		got, err := onDisk(ctx, w.folder, func(func()) (target, error) {
			w.folder.note("follow", rel)
			owner, to, err := guard.FollowLink(disks, w.folder.disk, rel)
			if err != nil {
				return target{}, err
			}
			info, err := owner.Stat(to)
			if err != nil {
				return target{}, err
			}
			if w.comesBy(owner, to, info) {
				return target{elsewhere: true}, nil
			}
			info, err = w.folder.disk.Stat(rel) // refuses what leads out
			return target{info: info}, err
		})
		switch {
		case errors.Is(err, errHanging), ctx.Err() != nil:
			return err
		case lora.CodeOf(err) == lora.Forbidden:
			outside = append(outside, name)
		case err != nil && kindOf(name) != notAdapter:
			w.report(rel, warning("link_broken", "The link leads nowhere: "+sentence(err), "Remove the link or restore what it leads to."))
		case err != nil:
		case got.elsewhere:
		case got.info.IsDir():
			e.folders = append(e.folders, rel)
		case got.info.Mode().IsRegular():
			e.files = append(e.files, name)
		}
	}
	w.reportOutside(dir, outside, e)
	return nil
}

// comesBy reports whether a walk lists the target of a link by itself.
func (w *walker) comesBy(owner *guard.Root, rel string, info fs.FileInfo) bool {
	if rel == "." {
		return true
	}
	if w.lib.skippedSomewhere(owner.Path(), rel) {
		return false
	}
	return info.IsDir() || kindOf(path.Base(rel)) != notAdapter
}

// manyLinks is how many links out of one folder are reported one by one.
const manyLinks = 20

// reportOutside names the links that lead out and were missed by somebody: adapters,
// what would belong to one, and what is called like a folder. Others are nobody's loss.
func (w *walker) reportOutside(dir string, links []string, e *entries) {
	if len(links) == 0 {
		return
	}
	stems := map[string]bool{}
	for _, name := range slices.Concat(e.files, links) {
		if kindOf(name) != notAdapter {
			stem, _, _ := sidecar.Split(name)
			stems[stem] = true
		}
	}
	links = slices.DeleteFunc(links, func(name string) bool {
		_, role, _ := sidecar.Match(name, func(stem string) bool { return stems[stem] })
		return kindOf(name) == notAdapter && role == sidecar.Other && isFileName(name)
	})
	const advice = "Add the folder they lead to as a library folder of its own."
	if len(links) > manyLinks {
		w.report(dir, warning("link_outside", fmt.Sprintf("%d links in this folder lead out of the library folders and were not followed.", len(links)), advice))
		return
	}
	for _, name := range links {
		w.report(path.Join(dir, name), warning("link_outside", "The link leads out of the library folders and was not followed.",
			"Add the folder it leads to as a library folder of its own."))
	}
}

// isFileName guesses by its ending whether a name is a file's. What a link that leads
// out really leads to is not looked at.
func isFileName(name string) bool {
	ending := strings.TrimPrefix(path.Ext(name), ".")
	isOther := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	return ending != "" && len(ending) <= 5 && !strings.ContainsFunc(ending, isOther) && strings.Trim(ending, "0123456789") != ""
}
