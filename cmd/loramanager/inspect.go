package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/library"
	"loramanager/internal/lora"
)

type inspectCmd struct {
	Files []pathArg `arg:"" name:"file" help:"Adapter files."`
	JSON  bool      `help:"Print JSON, one object for each file."`
	Deep  bool      `help:"Also read the weights and look for values that are not finite."`
}

// Run prints a report of each file. errDefects says that at least one has a defect.
func (c *inspectCmd) Run(ctx context.Context, io streams) error {
	bad := false
	lib := library.New(library.Options{})
	defer func() { _ = lib.Close() }()
	for i, path := range pathsOf(c.Files) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		report, err := lib.InspectFile(ctx, path, c.Deep)
		if err != nil {
			bad = true
			_, _ = fmt.Fprintf(io.err, "%s: %s\n", guard.DisplayName(path), guard.DisplayName(err.Error()))
			continue
		}
		bad = bad || report.Worst() == lora.Defect
		if c.JSON {
			if err := json.NewEncoder(io.out).Encode(report); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			_, _ = fmt.Fprintln(io.out)
		}
		printReport(&page{out: io.out, colour: io.terminal}, path, report)
	}
	if bad {
		return errDefects
	}
	return nil
}

func printReport(p *page, path string, r *lora.Report) {
	p.title(guard.DisplayName(path))
	p.row("format", r.Format+", "+bytesText(r.FileBytes)+" ("+bytesText(r.HeaderBytes)+" header)")
	p.row("base model", baseText(&r.Base))
	for _, e := range r.Base.Evidence {
		p.row("", fmt.Sprintf("%s: %s", e.Source, e.Text))
	}
	p.row("kind", kindText(r))
	p.row("rank", rankText(r))
	if r.Modules > 0 {
		p.row("covers", coverageText(r))
		p.row("values", fmt.Sprintf("%d in %s, keys as in %s", r.Parameters, strings.Join(r.DTypes, ", "), r.KeyDialect))
	}
	p.row("trainer", r.Trainer)
	p.row("title", r.Title)
	p.row("author", r.Author)
	p.row("trigger words", triggerText(r.TriggerWords))
	p.row("tags", tagText(r.Tags))
	for i, f := range r.Facts {
		label := ""
		if i == 0 {
			label = "training"
		}
		p.row(label, f.Label+": "+f.Value)
	}
	if len(r.Findings) == 0 {
		p.row("findings", "none")
	}
	for _, f := range r.Findings {
		p.finding(f)
	}
}

func baseText(b *lora.BaseModel) string {
	text := b.Name
	if b.Variant != "" {
		text += ", " + b.Variant
	}
	if b.ID == lora.UnknownBase {
		return text
	}
	return fmt.Sprintf("%s (%.0f %% sure)", text, 100*b.Confidence)
}

func kindText(r *lora.Report) string {
	var parts []string
	for _, k := range r.Kinds {
		parts = append(parts, fmt.Sprintf("%s in %d modules", k.Kind, k.Modules))
	}
	if len(parts) == 0 {
		return r.Kind
	}
	return r.Kind + " (" + strings.Join(parts, ", ") + ")"
}

func rankText(r *lora.Report) string {
	var parts []string
	for i, s := range r.Ranks {
		if i == 5 {
			parts = append(parts, fmt.Sprintf("and %d more", len(r.Ranks)-i))
			break
		}
		text := fmt.Sprintf("%d", s.Rank)
		if s.Alpha != nil {
			text += fmt.Sprintf(" alpha %g", *s.Alpha)
		}
		parts = append(parts, fmt.Sprintf("%s in %d modules", text, s.Modules))
	}
	return strings.Join(parts, ", ")
}

func coverageText(r *lora.Report) string {
	parts := []string{fmt.Sprintf("%d modules of the model", r.Coverage.Backbone)}
	for _, name := range []string{"te1", "te2", "te3"} {
		if n := r.Coverage.TextEncoders[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d of text encoder %s", n, name[2:]))
		}
	}
	if r.Coverage.Other > 0 {
		parts = append(parts, fmt.Sprintf("%d others", r.Coverage.Other))
	}
	return strings.Join(parts, ", ")
}

const listedWords = 12

func triggerText(words []lora.TriggerWord) string {
	var parts []string
	for _, w := range words[:min(len(words), listedWords)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", w.Word, w.Source))
	}
	return strings.Join(parts, ", ")
}

func tagText(tags []lora.TagCount) string {
	var parts []string
	for _, t := range tags[:min(len(tags), listedWords)] {
		parts = append(parts, fmt.Sprintf("%s ×%d", t.Tag, t.Count))
	}
	return strings.Join(parts, ", ")
}
