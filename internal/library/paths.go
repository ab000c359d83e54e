package library

import (
	"context"
	"errors"
	"path/filepath"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// PathResult is one adapter found by ScanPaths.
type PathResult struct {
	Path    string // absolute, displayable
	Adapter lora.Adapter
	Report  *lora.Report // nil when the file could not be opened
	Err     error        // why it, or a whole folder, could not be read
}

// ScanPaths reads adapters below the given files and folders without a catalog and
// calls each for every one, in the order of the disk and from one goroutine. The paths
// are ones that a user of the command line typed. It ends early with ctx.
func (l *Library) ScanPaths(ctx context.Context, paths []string, each func(PathResult)) error {
	for _, p := range paths {
		if err := l.scanPath(ctx, p, each); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			each(PathResult{Path: guard.DisplayName(p), Err: err})
		}
	}
	return nil
}

func (l *Library) scanPath(ctx context.Context, p string, each func(PathResult)) error {
	abs, err := filepath.Abs(p)
	if err != nil {
		return err
	}
	f, err := l.openFolder(ctx, lora.Root{Path: abs, Name: filepath.Base(abs)})
	only := ""
	if lora.CodeOf(err) == lora.Invalid { // not a folder
		f, only, err = l.folderOf(ctx, abs)
	}
	if err != nil {
		return err
	}
	defer f.close()
	w := walker{
		lib: l, folder: f, deep: only == "", isNew: func(string) bool { return false },
		disks: func(context.Context) []*guard.Root { return []*guard.Root{f.disk} },
		report: func(rel string, finding lora.Finding) {
			if only == "" {
				each(PathResult{Path: displayPath(f.root, rel), Err: errors.New(finding.Message)})
			}
		},
		emit: func(s sighting) error {
			if only == "" || s.rel == only {
				each(l.readPath(ctx, f, &s))
			}
			return ctx.Err()
		},
	}
	return w.walk(ctx, []string{"."})
}

// readPath reads one file as a scan would.
func (l *Library) readPath(ctx context.Context, f *folder, s *sighting) PathResult {
	result := PathResult{Path: displayPath(f.root, s.rel)}
	got, err := onDisk(ctx, f, func(beat func()) (contents, error) { return f.read(s, l.o.Limits, beat) })
	if err != nil {
		result.Err = err
		return result
	}
	result.Report = got.report
	result.Adapter = propose(f.root, &task{sighting: *s}, &got, l.now())
	return result
}
