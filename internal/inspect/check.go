package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// The checks a file goes through, and the code each leaves in lora.Finding.
//
//	 #  check                                   code                              room
//	 1  file of at least 8 bytes                (error of the reader)             safetensors
//	 2  header length above 0 and bounded       (error of the reader)             safetensors
//	 3  header begins with {                    (error of the reader)             safetensors
//	 4  UTF-8 JSON without duplicate keys       (error of the reader)             safetensors
//	 5  metadata is text to text                (error of the reader)             safetensors
//	 6  known data type                         (error of the reader)             safetensors
//	 7  shape times bits is the byte range      (error of the reader)             safetensors
//	 8  no holes, no overlaps                   (error of the reader)             safetensors
//	 9  data ends with the file                 (error of the reader)             safetensors
//	10  only blanks after the header            (error of the reader)             safetensors
//	11  every down has its up                   missing_up, missing_down, incomplete_loha,
//	                                            incomplete_lokr, incomplete_glora, incomplete_ia3,
//	                                            orphan_tensor                     inspect
//	12  down[0] is up[1]                        rank_mismatch                     inspect
//	13  alpha is one number                     alpha_not_scalar                  inspect
//	14  modules map to the base                 foreign_modules, unknown_base     inspect
//	15  finite values, up not zero              non_finite, untrained,
//	                                            zero_modules (CheckTensors)       inspect
//	16  one rank                                mixed_ranks                       inspect
//	17  no pointer, no web page                 lfs_pointer, html, empty,
//	                                            unsafe_format, gguf,
//	                                            unknown_format (FormatFinding)    inspect
//
// Beyond the seventeen: not_a_lora, unsupported_kind, mixed_kinds, extra_tensors,
// bundled_embedding, bogus_architecture, base_mismatch, sidecar_base_differs,
// empty_digest, bad_digest, bad_metadata, large_metadata, huge_header,
// bad_adapter_config, rslora, alpha_pattern.

// tally counts one defect over all modules, so that a file with 700 broken modules has one finding.
type tally struct {
	count  int
	sample string
}

func (t *tally) add(name string) {
	if t.count == 0 {
		t.sample = clip80(name)
	}
	t.count++
}

// modulesText is "1 module" or "12 modules".
func (t *tally) modulesText() string {
	if t.count == 1 {
		return "1 module"
	}
	return fmt.Sprintf("%d modules", t.count)
}

// incomplete says which tensors a module lacks.
func (f *file) incomplete(m *module, kind string) (code string) {
	switch {
	case m.has(roleDown) && !m.has(roleUp):
		return "missing_up"
	case m.has(roleUp) && !m.has(roleDown):
		return "missing_down"
	case m.has(roleHadaW1A) || m.has(roleHadaW1B) || m.has(roleHadaW2A) || m.has(roleHadaW2B):
		if !m.has(roleHadaW1A) || !m.has(roleHadaW1B) || !m.has(roleHadaW2A) || !m.has(roleHadaW2B) || m.has(roleHadaT1) != m.has(roleHadaT2) {
			return "incomplete_loha"
		}
	case f.isLoKr(m):
		left := m.has(roleLokrW1) || m.has(roleLokrW1A) && m.has(roleLokrW1B)
		right := m.has(roleLokrW2) || m.has(roleLokrW2A) && m.has(roleLokrW2B)
		if !left || !right {
			return "incomplete_lokr"
		}
	case kind == kindGLoRA:
		if !m.has(roleA1) || !m.has(roleA2) || !m.has(roleB1) || !m.has(roleB2) {
			return "incomplete_glora"
		}
	case kind == kindIA3 && !m.has(roleWeight):
		return "incomplete_ia3"
	case kind == kindUnknown || kind == kindDoRA && !m.has(roleDown):
		return "orphan_tensor"
	}
	return ""
}

func (f *file) isLoKr(m *module) bool {
	return m.has(roleLokrW1) || m.has(roleLokrW1A) || m.has(roleLokrW1B) || m.has(roleLokrW2) || m.has(roleLokrW2A) || m.has(roleLokrW2B)
}

// rankMismatch reports whether the inner dims of a product differ.
func (f *file) rankMismatch(m *module) bool {
	differ := func(a role, i int, b role, j int) bool {
		sa, sb := f.shape(m, a), f.shape(m, b)
		return len(sa) > i && len(sb) > j && sa[i] != sb[j]
	}
	if m.has(roleMid) {
		return differ(roleMid, 1, roleDown, 0) || differ(roleUp, 1, roleMid, 0)
	}
	tuckerA, tuckerB := m.has(roleHadaT1), m.has(roleLokrT2)
	return differ(roleUp, 1, roleDown, 0) ||
		!tuckerA && (differ(roleHadaW1A, 1, roleHadaW1B, 0) || differ(roleHadaW2A, 1, roleHadaW2B, 0)) ||
		differ(roleLokrW1A, 1, roleLokrW1B, 0) ||
		!tuckerB && differ(roleLokrW2A, 1, roleLokrW2B, 0)
}

// defectTexts are the sentences for the checks of single modules; %s is "n modules".
var defectTexts = map[string][2]string{
	"missing_up":       {"%s have a down matrix but no up matrix, so they change nothing or fail to load.", "Download the file again; if it stays so, the training did not finish saving."},
	"missing_down":     {"%s have an up matrix but no down matrix, so they fail to load.", "Download the file again; if it stays so, the training did not finish saving."},
	"incomplete_loha":  {"%s lack one of the four LoHa matrices.", "Download the file again or ask its author for a complete one."},
	"incomplete_lokr":  {"%s lack a factor of their LoKr product.", "Download the file again or ask its author for a complete one."},
	"incomplete_glora": {"%s lack one of the four GLoRA matrices.", "Download the file again or ask its author for a complete one."},
	"incomplete_ia3":   {"%s have an IA3 flag but no weight.", "Download the file again or ask its author for a complete one."},
	"orphan_tensor":    {"%s hold an alpha or scale but no matrices to go with it.", "Most tools skip such modules; download the file again if the adapter looks weak."},
	"rank_mismatch":    {"%s have an up and a down matrix of different rank, so they cannot be multiplied.", "The file is damaged or was merged wrongly; get it again from its source."},
	"alpha_not_scalar": {"%s have an alpha that is not a single number.", "Tools disagree on how strong such an adapter is; check the result at weight 1 before using it."},
}

// defectOrder fixes the order of findings with the same severity.
var defectOrder = []string{
	"missing_up", "missing_down", "rank_mismatch", "incomplete_loha", "incomplete_lokr", "incomplete_glora",
	"incomplete_ia3", "orphan_tensor", "alpha_not_scalar",
}

// defects are the checks of the modules themselves.
func (f *file) defects(geo []geometry) []lora.Finding {
	var counts [16]tally
	index := func(code string) *tally { return &counts[slices.Index(defectOrder, code)] }
	var unsup tally
	method := ""
	for i := range f.modules {
		m := &f.modules[i]
		if geo[i].kind == kindUnsupported {
			if unsup.count == 0 {
				method = m.method
			}
			unsup.add(m.name)
			continue
		}
		if code := f.incomplete(m, geo[i].kind); code != "" {
			index(code).add(m.name)
		}
		if f.rankMismatch(m) {
			index("rank_mismatch").add(m.name)
		}
		if s := f.shape(m, roleAlpha); len(s) > 0 && elements(s) != 1 {
			index("alpha_not_scalar").add(m.name)
		}
	}
	var out []lora.Finding
	for i, code := range defectOrder {
		t := &counts[i]
		if t.count == 0 {
			continue
		}
		sev := lora.Defect
		if code == "orphan_tensor" || code == "alpha_not_scalar" {
			sev = lora.Warning
		}
		msg := fmt.Sprintf(defectTexts[code][0], t.modulesText())
		if t.count == 1 {
			msg = singular(msg)
		}
		out = append(out, lora.Finding{Code: code, Severity: sev, Message: msg, Advice: defectTexts[code][1], Subject: t.sample})
	}
	if unsup.count > 0 {
		out = append(out, lora.Finding{
			Code: "unsupported_kind", Severity: lora.Warning, Subject: unsup.sample,
			Message: fmt.Sprintf("This adapter uses %s, whose arithmetic is not known here, so ranks and merging are not offered for it.", method),
			Advice:  "Use it in the tool it was trained for.",
		})
	}
	return append(out, f.whatElse()...)
}

// singular turns "1 module have" into "1 module has" and so on.
func singular(s string) string {
	return strings.NewReplacer("module have", "module has", "module lack ", "module lacks ", "module hold ", "module holds ",
		"so they change", "so it changes", " or fail to load", " or fails to load", "so they fail", "so it fails", "so they cannot", "so it cannot", " of their ", " of its ").Replace(s)
}

// whatElse names files that are no adapters and parts that are none.
func (f *file) whatElse() []lora.Finding {
	var out []lora.Finding
	notLoRA := func(kind, subject string) {
		out = append(out, lora.Finding{
			Code: "not_a_lora", Severity: lora.Defect, Subject: clip80(subject),
			Message: "This file is " + kind + ", not a LoRA.",
			Advice:  "Move it to the folder your image tool keeps such files in.",
		})
	}
	switch {
	case f.odd != "" && (len(f.modules) == 0 || f.oddKind == "a Control-LoRA" || f.oddKind == "a ControlNet-LLLite"):
		notLoRA(f.oddKind, f.odd)
	case len(f.modules) > 0 && f.control*2 > len(f.modules) && f.raw > 0:
		notLoRA("a Control-LoRA", f.rawName)
	case len(f.modules) == 0 && f.raw > 0:
		notLoRA("a full checkpoint or another kind of model", f.rawName)
	case len(f.modules) == 0:
		notLoRA("empty: it holds no weights", "")
	case f.raw > 0:
		out = append(out, lora.Finding{
			Code: "extra_tensors", Severity: lora.Info, Subject: clip80(f.rawName),
			Message: fmt.Sprintf("The file also holds %d tensors that belong to no adapter module.", f.raw),
			Advice:  "Tools ignore them; nothing to do.",
		})
	}
	if f.bundled > 0 {
		out = append(out, lora.Finding{
			Code: "bundled_embedding", Severity: lora.Info,
			Message: "The file carries a textual inversion embedding along with the adapter.",
			Advice:  "Only some tools load it; elsewhere install the embedding separately.",
		})
	}
	return out
}

func sortFindings(list []lora.Finding) {
	order := map[lora.Severity]int{lora.Defect: 0, lora.Warning: 1, lora.Info: 2}
	slices.SortStableFunc(list, func(a, b lora.Finding) int { return cmp.Compare(order[a.Severity], order[b.Severity]) })
}
