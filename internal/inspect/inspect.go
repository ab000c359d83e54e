package inspect

import (
	"cmp"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// Options are the things around a file that help to judge it. All may be zero.
type Options struct {
	// FileName is the name of the file, without folders. It is the least trusted witness of the base model.
	FileName string
	// SidecarBase is what a file beside the adapter calls its base model ("Illustrious").
	SidecarBase string
	// AdapterConfig is PEFT's adapter_config.json. It may be hostile; more than 1 MiB is ignored.
	AdapterConfig []byte
	// Alphas reads a scalar tensor from the file, see ScalarReader. Without it
	// alphas are known only as far as the metadata tell them. It is called once
	// for every module with an alpha, which costs a scan of many files dearly.
	Alphas func(t lora.Tensor) (float64, bool)
	// Tags is how many training tags the report lists at most; 500 when 0.
	Tags int
}

// Inspect says what a file is from its checked header. It never fails: what
// cannot be told is "unknown". It reads nothing but its arguments and keeps
// no reference to them.
func Inspect(h *lora.Header, o Options) *lora.Report { return inspect(bases(), h, o) }

func inspect(t *table, h *lora.Header, o Options) *lora.Report {
	f := openFile(h)
	defer f.close()
	for i := range f.modules {
		f.geo = append(f.geo, f.measure(&f.modules[i]))
	}
	geo := f.geo
	f.collect(t, geo)

	cfg, cfgFinding := parseAdapterConfig(o.AdapterConfig)
	r := &lora.Report{
		Format: "safetensors", HeaderBytes: h.HeaderBytes, FileBytes: h.FileBytes,
		Modules: len(f.modules), KeyDialect: f.dialect(), Coverage: f.coverage(),
		EmbeddedDigests: map[string]string{}, Findings: []lora.Finding{},
	}
	f.count(r, geo)
	f.rank(r, geo, &o, cfg)

	v := f.judge(f.scores(t))
	votes := t.votes(h, &o, cfg)
	r.Base = f.baseModel(t, v, votes, h, &o)

	describe(r, h, cfg, o.Tags)
	r.Findings = append(r.Findings, cfgFinding...)
	r.Findings = append(r.Findings, f.defects(geo)...)
	r.Findings = append(r.Findings, f.baseFindings(t, r, v, votes)...)
	r.Findings = append(r.Findings, metadataFindings(h)...)
	sortFindings(r.Findings)
	return r
}

// baseModel joins shapes, keys and texts into the final answer with its evidence.
func (f *file) baseModel(t *table, v verdict, votes []vote, h *lora.Header, o *Options) lora.BaseModel {
	base, confidence := t.decide(v, votes)
	b := lora.BaseModel{ID: lora.UnknownBase, Name: "Unknown", Family: lora.UnknownBase, Evidence: []lora.Evidence{}}
	if v.base >= 0 {
		shown := v.base
		if base >= 0 {
			shown = base
		}
		b.Evidence = append(b.Evidence, f.evidence(t, shown)...)
	}
	for i := range votes {
		b.Evidence = append(b.Evidence, votes[i].evidence(t))
	}
	if base < 0 || confidence < leastBase {
		return b
	}
	row := &t.rows[base]
	b.ID, b.Name, b.Family, b.Confidence = row.id, row.name, row.family(), round2(confidence)
	md := h.Metadata
	b.Variant = f.variantOf(t, base, votes, []string{
		o.SidecarBase, md["ss_base_model_version"], md["ss_sd_model_name"], md["modelspec.architecture"],
		md["ss_output_name"], md["modelspec.title"], o.FileName,
	})
	return b
}

// count fills kinds, data types and the number of parameters.
func (f *file) count(r *lora.Report, geo []geometry) {
	kinds := map[string]int{}
	for i := 0; i < len(geo); { // runs of one kind, so that the map is not asked for every module
		j := i
		for j < len(geo) && geo[j].kind == geo[i].kind {
			j++
		}
		kinds[geo[i].kind] += j - i
		i = j
	}
	r.Kinds = make([]lora.KindShare, 0, len(kinds))
	for k, n := range kinds {
		r.Kinds = append(r.Kinds, lora.KindShare{Kind: k, Modules: n})
	}
	slices.SortFunc(r.Kinds, func(a, b lora.KindShare) int {
		return cmp.Or(cmp.Compare(b.Modules, a.Modules), cmp.Compare(a.Kind, b.Kind))
	})
	r.Kind = fileKind(kinds)
	f.countValues(r)
}

// countValues fills the number of stored values and their types, most values first.
func (f *file) countValues(r *lora.Report) {
	type share struct {
		dtype string
		n     int64
	}
	var shares []share
	for i := range f.h.Tensors {
		tn := &f.h.Tensors[i]
		n := elements(tn.Shape)
		r.Parameters = addSaturated(r.Parameters, n)
		at := slices.IndexFunc(shares, func(s share) bool { return s.dtype == tn.DType })
		if at < 0 {
			shares = append(shares, share{dtype: tn.DType})
			at = len(shares) - 1
		}
		shares[at].n = addSaturated(shares[at].n, n)
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(b.n, a.n) })
	r.DTypes = make([]string, len(shares))
	for i := range shares {
		r.DTypes[i] = strings.Clone(shares[i].dtype)
	}
}

// fileKind is the kind all modules share. A LoCon is a LoRA that also has convolutions, so both together are one.
func fileKind(kinds map[string]int) string {
	switch {
	case len(kinds) == 0:
		return kindUnknown
	case len(kinds) == 1:
		for k := range kinds {
			return k
		}
	case len(kinds) == 2 && kinds[kindLoRA] > 0 && kinds[kindLoCon] > 0:
		return kindLoCon
	}
	return kindMixed
}

func elements(shape []int64) int64 {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d != 0 && n > 1<<62/d {
			return 0
		}
		n *= d
	}
	return n
}

func addSaturated(a, b int64) int64 {
	if a > 1<<62-b {
		return 1 << 62
	}
	return a + b
}
