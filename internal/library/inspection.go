package library

import (
	"context"
	"errors"
	"path"
	"path/filepath"

	"loramanager/internal/guard"
	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/sidecar"
)

// tensorBudget bounds what a look at the weights reads of one file: more than any
// adapter has.
const tensorBudget = 16 << 30

// Inspect reads an adapter's file now and returns the full report. With tensors it
// also looks at every weight for broken values, which reads the whole file. It fails
// with NotFound when the file is missing and Unavailable when its disk does not answer.
func (l *Library) Inspect(ctx context.Context, id string, tensors bool) (*lora.Report, error) {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return nil, err
	}
	var report *lora.Report
	err = l.withFolder(ctx, place.RootID, func(f *folder) (err error) {
		report, err = l.inspectIn(ctx, f, lies(&place), tensors)
		return err
	})
	return report, err
}

// InspectFile reports on one file of this machine, in the catalog or not. The path is
// one that a user of the command line typed; its folder becomes a Root for the time.
func (l *Library) InspectFile(ctx context.Context, file string, tensors bool) (*lora.Report, error) {
	f, rel, err := l.folderOf(ctx, file)
	if err != nil {
		return nil, err
	}
	defer f.close()
	return l.inspectIn(ctx, f, rel, tensors)
}

// folderOf opens the folder a file lies in.
func (l *Library) folderOf(ctx context.Context, file string) (*folder, string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, "", &lora.Error{Code: lora.Invalid, Field: "path", Message: "The path cannot be used.", Err: err}
	}
	f, err := l.openFolder(ctx, lora.Root{Path: filepath.Dir(abs), Name: filepath.Base(filepath.Dir(abs))})
	return f, filepath.Base(abs), err
}

func (l *Library) inspectIn(ctx context.Context, f *folder, rel string, tensors bool) (*lora.Report, error) {
	return onDisk(ctx, f, func(beat func()) (*lora.Report, error) {
		s := sighting{rel: rel, kind: kindOf(path.Base(rel))}
		if s.kind == notAdapter {
			s.kind = safetensorsFile // the user asks; what it is shows inside
		}
		for _, name := range append(companionNames(rel, sidecar.Candidates), path.Join(path.Dir(rel), peftConfig)) {
			if info, err := f.disk.Lstat(name); err == nil && info.Mode().IsRegular() && (path.Base(name) != peftConfig || isPEFT(rel)) {
				s.sidecars = append(s.sidecars, companion{rel: name})
			}
		}
		file, err := f.disk.Open(rel)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		var c contents
		for _, from := range s.sidecars {
			c.readSidecar(f, from, l.o.Limits)
		}
		if s.kind != safetensorsFile {
			err := c.sniff(file, s.kind)
			return c.report, err
		}
		return c.fullReport(ctx, file, rel, l.o.Limits, tensors, beat)
	})
}

// fullReport reads every alpha, and with tensors every weight.
func (c *contents) fullReport(ctx context.Context, file *guard.File, rel string, limits guard.Limits, tensors bool, beat func()) (*lora.Report, error) {
	header, err := safetensors.Read(file, file.Size(), safetensors.Limits{HeaderBytes: limits.HeaderBytes})
	var refused *safetensors.Error
	if errors.As(err, &refused) {
		err := c.refuse(file, file.Size(), refused)
		return c.report, err
	}
	if err != nil {
		return nil, err
	}
	o := c.hints(rel, header, nil)
	o.Alphas = inspect.ScalarReader(header, file)
	report := inspect.Inspect(header, o)
	report.Findings = append(report.Findings, c.odd...)
	if !tensors {
		return report, nil
	}
	found, err := inspect.CheckTensors(ctx, header, beatingReader{file, beat}, tensorBudget)
	report.Findings = append(found, report.Findings...)
	return report, err
}

// beatingReader shows that a long read goes on.
type beatingReader struct {
	file *guard.File
	beat func()
}

func (r beatingReader) ReadAt(p []byte, off int64) (int, error) {
	r.beat()
	return r.file.ReadAt(p, off)
}
