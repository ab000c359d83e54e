package archive

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// given is one file that an import was given: an upload, or a file of this computer.
type given struct {
	rel  string // its name, with its folders when a folder was given
	open func() (*guard.File, error)
}

// openSources turns uploads and paths into sources: each archive is one, all other files
// together are one more. Sources that were opened before an error are returned with it.
func (a *Archive) openSources(ctx context.Context, request ImportRequest) ([]Source, error) {
	all, err := a.given(ctx, request)
	if err != nil {
		return nil, err
	}
	var sources []Source
	var plain []given
	keys := guard.AgeKeys{Passphrase: guard.Secret(request.Passphrase)}
	for _, key := range request.Identities {
		keys.Identities = append(keys.Identities, guard.Secret(key))
	}
	for _, one := range all {
		if err := ctx.Err(); err != nil {
			return sources, context.Cause(ctx)
		}
		source, err := a.openArchive(one, keys)
		if err != nil {
			return sources, err
		}
		if source != nil {
			sources = append(sources, source)
			continue
		}
		plain = append(plain, one)
	}
	if len(plain) > 0 {
		files, err := newFilesSource(plain)
		if err != nil {
			return sources, err
		}
		sources = append(sources, files)
	}
	return sources, nil
}

// given lists the files of a request.
func (a *Archive) given(ctx context.Context, request ImportRequest) ([]given, error) {
	var all []given
	for _, id := range request.UploadIDs {
		file, upload, err := a.options.Import.Uploads.Open(id)
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		all = append(all, given{upload.Path, func() (*guard.File, error) {
			file, _, err := a.options.Import.Uploads.Open(id)
			return file, err
		}})
	}
	for _, name := range request.Paths {
		found, err := givenPath(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// maxGiven bounds how many files one folder brings.
const maxGiven = 500_000

// givenPath lists a file, or all files below a folder, without following links.
func givenPath(ctx context.Context, name string) ([]given, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, lora.FieldErrorf(lora.Invalid, "paths", "%s is no path.", guard.DisplayName(name))
	}
	parent, err := guard.OpenRoot(filepath.Dir(abs))
	if err != nil {
		return nil, err
	}
	defer func() { _ = parent.Close() }()
	info, err := parent.Stat(filepath.Base(abs))
	if err != nil {
		return nil, err
	}
	at := func(dir, rel string) func() (*guard.File, error) {
		return func() (*guard.File, error) {
			root, err := guard.OpenRoot(dir)
			if err != nil {
				return nil, err
			}
			defer func() { _ = root.Close() }() // files stay usable
			return root.Open(rel)
		}
	}
	if !info.IsDir() {
		return []given{{filepath.Base(abs), at(filepath.Dir(abs), filepath.Base(abs))}}, nil
	}
	root, err := guard.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	w := givenWalk{ctx: ctx, root: root, base: filepath.Base(abs), most: maxGiven, at: func(rel string) func() (*guard.File, error) { return at(abs, rel) }}
	err = w.folder(".")
	return w.found, err
}

// givenWalk lists a folder that is imported.
type givenWalk struct {
	ctx   context.Context //nolint:containedctx // lives as long as the walk
	root  *guard.Root
	base  string
	at    func(rel string) func() (*guard.File, error)
	most  int
	found []given
}

func (w *givenWalk) folder(rel string) error {
	var below []string
	full := false
	err := w.root.List(rel, func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			name := path.Join(rel, e.Name())
			switch {
			case strings.HasPrefix(e.Name(), "."):
			case e.IsDir():
				below = append(below, name)
			case e.Type().IsRegular() && len(w.found) == w.most:
				full = true
			case e.Type().IsRegular():
				w.found = append(w.found, given{path.Join(w.base, name), w.at(name)})
			}
		}
		return !full && w.ctx.Err() == nil
	})
	if full {
		return lora.FieldErrorf(lora.TooLarge, "paths", "%s has more than %d files. Import its folders one by one.", guard.DisplayName(w.base), w.most)
	}
	for _, name := range below {
		if err != nil {
			break
		}
		err = w.folder(name)
	}
	if err == nil {
		err = context.Cause(w.ctx)
	}
	return err
}
