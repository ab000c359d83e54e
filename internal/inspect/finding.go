package inspect

import (
	"fmt"

	"loramanager/internal/lora"
)

// baseFindings compare the answer with what the texts claim and with the modules it does not explain.
func (f *file) baseFindings(t *table, r *lora.Report, v verdict, votes []vote) []lora.Finding {
	var out []lora.Finding
	if len(f.modules) == 0 {
		return nil
	}
	if r.Base.ID == lora.UnknownBase {
		out = append(out, lora.Finding{
			Code: "unknown_base", Severity: lora.Info,
			Message: "The base model of this adapter cannot be told from its contents.",
			Advice:  "Set the base model by hand if you know it; it is then used for filters and recommendations.",
		})
	} else {
		out = append(out, f.foreignModules(t, r)...)
		out = append(out, disagreements(t, r, v, votes)...)
	}
	if r.Kind == kindMixed {
		out = append(out, lora.Finding{
			Code: "mixed_kinds", Severity: lora.Info,
			Message: fmt.Sprintf("The adapter mixes %d kinds of modules.", len(r.Kinds)),
			Advice:  "Nothing to do; some tools may ignore one of the kinds.",
		})
	}
	if ranks := distinctRanks(r.Ranks); ranks > 1 {
		out = append(out, lora.Finding{
			Code: "mixed_ranks", Severity: lora.Info,
			Message: fmt.Sprintf("The modules have %d different ranks; the most common one is shown.", ranks),
			Advice:  "Nothing to do: resized and block-weighted adapters look like this.",
		})
	}
	return out
}

func distinctRanks(shares []lora.RankShare) int {
	seen := map[int64]bool{}
	for _, s := range shares {
		seen[s.Rank] = true
	}
	return len(seen)
}

// foreignModules reports modules that the base does not have, or not with these widths.
func (f *file) foreignModules(t *table, r *lora.Report) []lora.Finding {
	base := t.byID[r.Base.ID]
	n, total, sample := f.foreign.count, f.foreign.count, ""
	if n > 0 {
		sample = f.modules[f.foreign.sample].name
	}
	for i := range f.found {
		g := &f.found[i]
		total += g.count
		ok := false
		for j := range t.patterns[g.pattern].entries {
			if e := &t.patterns[g.pattern].entries[j]; e.base == base && g.fit(e) >= fitsBeyond {
				ok = true
				break
			}
		}
		if !ok {
			if n == 0 {
				sample = f.modules[g.sample].name
			}
			n += g.count
		}
	}
	if n == 0 {
		return nil
	}
	sev := lora.Info
	if n*10 > total {
		sev = lora.Warning
	}
	return []lora.Finding{{
		Code: "foreign_modules", Severity: sev, Subject: clip80(sample),
		Message: fmt.Sprintf("%d of %d modules do not map to %s, so a tool may skip them.", n, total, r.Base.Name),
		Advice:  "Try the adapter with its full effect in mind; if it looks weak, look for a version made for this base model.",
	}}
}

// disagreements are texts that name another product line than the shapes do.
func disagreements(t *table, r *lora.Report, v verdict, votes []vote) []lora.Finding {
	var out []lora.Finding
	for _, vt := range votes {
		row := &t.rows[vt.base]
		if row.line == t.rows[t.byID[r.Base.ID]].line {
			continue
		}
		switch {
		case vt.source == "modelspec":
			out = append(out, lora.Finding{
				Code: "bogus_architecture", Severity: lora.Warning, Subject: vt.key,
				Message: fmt.Sprintf("The file claims the architecture %s, but it is made for %s.", clip80(vt.value), r.Base.Name),
				Advice:  "Trust the detected base model; tools that believe the claim may refuse or misfile this adapter.",
			})
		case vt.source == "ss_base_model_version" && v.base >= 0:
			out = append(out, lora.Finding{
				Code: "base_mismatch", Severity: lora.Warning, Subject: vt.key,
				Message: fmt.Sprintf("The trainer noted %s as base model, but the shapes say %s.", clip80(vt.value), r.Base.Name),
				Advice:  "Trust the detected base model unless the adapter does not work with it.",
			})
		case vt.source == "sidecar":
			out = append(out, lora.Finding{
				Code: "sidecar_base_differs", Severity: lora.Info, Subject: clip80(vt.value),
				Message: fmt.Sprintf("A file beside the adapter says %s, but the contents say %s.", clip80(vt.value), r.Base.Name),
				Advice:  "Refresh the sidecar file, or set the base model by hand if the detection is wrong.",
			})
		}
	}
	return out
}

const (
	siteHeaderLimit = 16 << 20 // above this Civitai and SD.Next do not read a header
	largeMetadata   = 4 << 20
)

// metadataFindings are oddities of the header as a whole.
func metadataFindings(h *lora.Header) []lora.Finding {
	var out []lora.Finding
	size, largest, largestKey := 0, 0, ""
	for k, v := range h.Metadata {
		size += len(k) + len(v)
		if len(v) > largest || len(v) == largest && k < largestKey {
			largest, largestKey = len(v), k
		}
	}
	switch {
	case h.HeaderBytes > siteHeaderLimit:
		out = append(out, lora.Finding{
			Code: "huge_header", Severity: lora.Warning, Subject: clip80(largestKey),
			Message: fmt.Sprintf("The header is %d MiB; some sites and tools read at most 16 MiB and treat the file as broken.", h.HeaderBytes>>20),
			Advice:  "Remove the training table or thumbnail from the metadata.",
		})
	case size > largeMetadata:
		out = append(out, lora.Finding{
			Code: "large_metadata", Severity: lora.Info, Subject: clip80(largestKey),
			Message: fmt.Sprintf("The metadata take %d MiB, which slows down every tool that lists the file.", size>>20),
			Advice:  "Nothing to do; removing the largest entry makes listing faster.",
		})
	}
	return out
}
