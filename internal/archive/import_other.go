package archive

import (
	"context"

	"loramanager/internal/lora"
)

// fileOnly forgets what a source says of an adapter but what its file is.
func fileOnly(in Incoming) Incoming {
	said := in.Record.Adapter
	a := &lora.ArchivedAdapter{RelPath: said.RelPath, Digests: said.Digests, QuickDigest: said.QuickDigest}
	a.ID, a.Name, a.FileName, a.FileModifiedAt = said.ID, said.Name, said.FileName, said.FileModifiedAt
	a.Weight, a.Visibility, a.Sources = 1, "Public", map[string]lora.Source{"name": lora.FromFile}
	in.Record.Adapter, in.Fields = a, []string{}
	return in
}

// takeOther keeps what is no adapter and counts it.
func (p *planner) takeOther(ctx context.Context, source int, in Incoming) error {
	include, r := p.request.Include, in.Record
	if len(in.Files) == 1 && in.Files[0].Kind == FileWildcard {
		return p.takeWildcard(ctx, source, in.Files[0])
	}
	wanted := false
	switch {
	case r.Composition != nil:
		if wanted = include.Compositions; wanted {
			p.further.Compositions++
		}
	case r.Preset != nil, r.Workflow != nil, r.Search != nil:
		wanted = include.Compositions
	case r.Job != nil:
		if wanted = include.Jobs; wanted {
			p.further.Jobs++
		}
	case r.Setting != nil, r.Engine != nil, r.Root != nil:
		if wanted = include.Settings; wanted && r.Setting != nil {
			p.further.Settings++
		}
	case r.Preference != nil, r.Session != nil:
		wanted = include.Taste
	case r.Figure != nil:
		wanted = include.Jobs
	}
	if !wanted {
		return nil
	}
	if r.Job != nil {
		if err := p.bringPictures(ctx, &in); err != nil {
			return err
		}
	}
	kind, line, err := encodeRecord(&in.Record)
	if err != nil {
		return err
	}
	_, _, err = p.others.add(&further{Source: source, Kind: kind, Line: line, Files: in.Files})
	return err
}

// bringPictures keeps of a job's pictures those that are not here.
func (p *planner) bringPictures(ctx context.Context, in *Incoming) error {
	wanted := in.Files[:0:0]
	for _, file := range in.Files {
		if file.Kind != FilePicture {
			continue
		}
		has, err := p.ports.Pictures.Has(ctx, file.SHA256)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		wanted = append(wanted, file)
		if !p.brought[file.SHA256] {
			p.brought[file.SHA256] = true
			p.further.Images++
			p.pictureBytes += file.Size
		}
	}
	in.Files = wanted
	return nil
}
