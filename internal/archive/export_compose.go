package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// composeOptions say what an archive is for and what goes into it besides records.
type composeOptions struct {
	Kind        archiveKind
	Folder      string // of the program's own, for what waits until the archive is written
	Compression compression
	Weights     bool // adapters' files
	Beside      bool // their sidecars and previews
	Pictures    bool
	Options     map[string]any // what the manifest says of how it was made
}

// composer lays out the archive of an export, in one part or several. Records are given to it in any
// order as long as those of one kind follow each other; nothing but text is read until
// the archive is written.
//
//	c, err := a.compose(options)
//	err = catalog.Export(ctx, scope, func(r lora.ArchiveRecord) error { return c.record(ctx, r) })
//	parts, err := c.finish(0)
//	err = parts[0].plan.WriteRange(ctx, to, 0, parts[0].plan.Size())
//	c.close()
type composer struct {
	archive  *Archive
	options  composeOptions
	at       time.Time
	pack     *pack
	roots    rootSet
	rootName map[string]string

	groups   []group
	data     []guard.ZipMember
	pictures []guard.ZipMember
	seen     map[string]struct{} // pictures, by digest
	current  *packing            // member of data/ that is being written
	kind     dataKind

	counts  lora.BackupCounts
	missing missing
	notes   []string
}

// group is what belongs to one adapter and stays in one part.
type group struct {
	metadata guard.ZipMember
	files    []guard.ZipMember
	entry    slice // of the manifest, with zeros where digests of files go
	cost     int64 // bytes of a part, at most
}

// missing counts what an archive could not take along.
type missing struct {
	files, beside, pictures, wildcards int
	first                              string // a file
}

func (a *Archive) compose(o composeOptions) (*composer, error) {
	level, err := o.Compression.level()
	if err != nil {
		return nil, err
	}
	p, err := newPack(a.options.Data, o.Folder+"/members", level)
	if err != nil {
		return nil, err
	}
	return &composer{
		archive: a, options: o, at: a.now().UTC().Truncate(time.Second), pack: p,
		rootName: make(map[string]string), seen: make(map[string]struct{}),
	}, nil
}

// close releases what the archive was to be written from. The folder is the caller's.
func (c *composer) close() {
	c.roots.close()
	_ = c.pack.close() // goes away with its folder
}

// record takes one record of the catalog.
func (c *composer) record(ctx context.Context, r lora.ArchiveRecord) error {
	if r.Adapter != nil {
		if err := c.endLines(); err != nil {
			return err
		}
		return c.adapter(r.Adapter)
	}
	switch {
	case r.Root != nil:
		c.rootName[r.Root.ID] = r.Root.Name
	case r.Composition != nil:
		c.counts.Compositions++
	case r.Job != nil:
		c.counts.Jobs++
		if err := c.addPictures(ctx, r.Job.Images, r.Inputs); err != nil {
			return err
		}
	}
	kind, line, err := encodeRecord(&r)
	if err != nil {
		return err
	}
	return c.line(kind, line)
}

func (c *composer) line(kind dataKind, line []byte) error {
	if c.kind != kind {
		if err := c.endLines(); err != nil {
			return err
		}
		c.kind, c.current = kind, c.pack.begin(kind.member(), c.at)
	}
	_, err := c.current.Write(append(line, '\n'))
	return err
}

func (c *composer) endLines() error {
	if c.current == nil {
		return nil
	}
	member, err := c.current.end()
	c.current, c.kind = nil, ""
	c.data = append(c.data, member)
	return err
}

// adapter takes an adapter with its files.
func (c *composer) adapter(a *lora.ArchivedAdapter) error {
	text, err := encodeAdapter(a, c.rootName[a.RootID])
	if err != nil {
		return err
	}
	member, err := c.pack.member(metadataName(a.ID), text, c.at)
	if err != nil {
		return err
	}
	g := group{metadata: member, cost: memberCost(&member)}
	entry := manifestAdapter{ID: a.ID, Name: a.Name, Version: a.Version, MetadataPath: member.Name, Files: []manifestFile{}}
	for _, f := range c.filesOf(a) {
		entry.Files = append(entry.Files, c.file(a, f, len(entry.Files), &g))
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if g.entry, err = c.pack.keep(line); err != nil {
		return err
	}
	g.cost += int64(len(line)) + 1
	c.groups = append(c.groups, g)
	c.counts.Adapters++
	return nil
}

// wantedFile is a file of an adapter, below the adapter's library folder.
type wantedFile struct {
	kind   FileKind
	rel    string
	wanted bool
}

func (c *composer) filesOf(a *lora.ArchivedAdapter) []wantedFile {
	files := []wantedFile{{FilePrimary, a.RelPath, c.options.Weights}}
	if a.JSONFilePath != nil {
		if rel, below := strings.CutPrefix(*a.JSONFilePath, guard.DisplayName(strings.TrimSuffix(a.RootPath, "/"))+"/"); below {
			// What is shown of a folder may not be its name, but the adapter lies in the same.
			if path.Dir(rel) == guard.DisplayName(path.Dir(a.RelPath)) {
				rel = path.Join(path.Dir(a.RelPath), path.Base(rel))
			}
			files = append(files, wantedFile{FileSidecar, rel, c.options.Beside})
		}
	}
	if a.PreviewRel != "" {
		files = append(files, wantedFile{FilePreview, a.PreviewRel, c.options.Beside})
	}
	return files
}

// unknownDigest stands in the manifest where the digest of a file will be.
var unknownDigest = strings.Repeat("0", 64)

// file adds one file to an adapter's group and says what the manifest says of it.
func (c *composer) file(a *lora.ArchivedAdapter, f wantedFile, index int, g *group) manifestFile {
	base := path.Base(f.rel)
	listed := manifestFile{
		Kind: f.kind, OriginalPath: guard.DisplayName(path.Join(a.RootPath, f.rel)), OriginalName: strings.ToValidUTF8(base, "_"),
	}
	if !f.wanted || a.RelPath == "" {
		return listed
	}
	disk, ok := lookAt(c.roots.get(a.RootPath), f.rel)
	if !ok {
		c.miss(f, a)
		return listed
	}
	member := guard.ZipMember{Name: fileName(a.ID, index, base), Size: disk.size, Packed: disk.size, Modified: disk.mtimeNS / int64(time.Second), Source: disk}
	listed.Exists, listed.Size, listed.ArchivePath, listed.SHA256 = true, disk.size, member.Name, unknownDigest
	c.counts.Files++
	g.files = append(g.files, member)
	g.cost += memberCost(&member)
	return listed
}

func (c *composer) miss(f wantedFile, a *lora.ArchivedAdapter) {
	if f.kind != FilePrimary {
		c.missing.beside++
		return
	}
	c.missing.files++
	if c.missing.first == "" {
		c.missing.first = guard.DisplayName(path.Join(a.RootPath, f.rel))
	}
}

func (c *composer) addPictures(ctx context.Context, lists ...[]lora.Image) error {
	for _, list := range lists {
		for _, image := range list {
			if _, known := c.seen[image.SHA256]; known || !c.options.Pictures {
				continue
			}
			c.seen[image.SHA256] = struct{}{}
			if err := c.picture(ctx, image); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *composer) picture(ctx context.Context, image lora.Image) error {
	pictures := c.archive.options.Export.Pictures
	size, err := pictures.Size(ctx, image.SHA256)
	if lora.CodeOf(err) == lora.NotFound {
		c.missing.pictures++
		return nil
	}
	if err != nil {
		return err
	}
	m := guard.ZipMember{
		Name: pictureName(image.SHA256, image.Type), Size: size, Packed: size, Modified: c.at.Unix(), Source: keptPicture{pictures, image.SHA256},
	}
	c.counts.Images++
	c.pictures = append(c.pictures, m)
	return nil
}

// sentences say what the user should know of the archive.
func (c *composer) sentences() []string {
	notes := c.notes
	if n := c.missing.files; n > 0 {
		notes = append(notes, fmt.Sprintf("Files of %d adapters are not there and not in the archive, such as %s. What is known of them is.", n, c.missing.first))
	}
	if n := c.missing.beside; n > 0 {
		notes = append(notes, fmt.Sprintf("%d sidecars or previews are not there any more and not in the archive.", n))
	}
	if n := c.missing.pictures; n > 0 {
		notes = append(notes, fmt.Sprintf("%d pictures are not there any more and not in the archive.", n))
	}
	if n := c.missing.wildcards; n > 0 {
		notes = append(notes, fmt.Sprintf("%d wildcards cannot be read, or are larger than %d bytes, and are not in the archive.", n, maxWildcardBytes))
	}
	return notes
}
