package httpapi

import (
	"cmp"
	"context"
	"path"
	"strings"

	"loramanager/internal/infotext"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

func (s *Server) parsePrompt(ctx context.Context, in *struct{ Body ParseRequest }) (*reply[Rebuilt], error) {
	facts := infotext.ReadText(in.Body.Text)
	rebuilt, err := s.rebuild(ctx, &facts, in.Body.Dialect)
	return answer(rebuilt, err)
}

func (s *Server) readPicture(ctx context.Context, in *pictureInput) (*reply[RebuiltFromPicture], error) {
	picture, err := s.pictures.Texts(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	texts := make([]infotext.Text, 0, len(picture.Texts))
	for _, t := range picture.Texts {
		texts = append(texts, infotext.Text{Key: t.Key, Text: t.Text})
	}
	facts, found := infotext.Read(texts)
	if !found {
		return nil, lora.Errorf(lora.Invalid, "The picture holds no prompt. It was made by a tool that notes none, or the notes were taken out on the way.")
	}
	rebuilt, err := s.rebuild(ctx, &facts, "")
	return answer(RebuiltFromPicture{Rebuilt: rebuilt, Picture: PictureFacts{Width: picture.Width, Height: picture.Height, Type: picture.Type}}, err)
}

// dialectsOf are how producers write adapters into prompts.
var dialectsOf = map[infotext.Producer]prompt.Dialect{
	infotext.SDNext: prompt.SDNext, infotext.SDCpp: prompt.SDCppCLI, infotext.ComfyUI: prompt.ComfyUI, infotext.SwarmUI: prompt.SwarmUI,
	infotext.StabilityMatrix: prompt.StabilityMatrix,
}

// rebuild makes a composition of what a text or a picture says. Adapters are recognised
// by any digest that is stated, then by name.
func (s *Server) rebuild(ctx context.Context, facts *infotext.Facts, dialectName string) (Rebuilt, error) {
	dialect := dialectsOf[facts.Producer]
	if dialectName != "" || dialect == "" {
		var err error
		if dialect, err = prompt.DialectOf(dialectName); err != nil {
			return Rebuilt{}, below("body.", err)
		}
	}
	words, tagged := prompt.Strip(dialect, facts.Prompt)
	resolved, err := s.resolveStated(ctx, join(tagged, facts.Uses))
	if err != nil {
		return Rebuilt{}, err
	}
	entries, lost := prompt.Rebuild(resolved)
	producer := string(facts.Producer)
	if producer == "" {
		producer = "unknown"
	}
	return Rebuilt{
		Producer: producer, Dialect: string(dialect), Text: words, Negative: facts.Negative, Entries: list(entries), Lost: list(lost),
		Params: rebuiltParams(facts), Raw: facts.Raw,
	}, nil
}

// rebuiltParams are the parameters that are stated; nil when none is.
func rebuiltParams(facts *infotext.Facts) *RebuiltParams {
	if len(facts.Known) == 0 {
		return nil
	}
	p := &facts.Params
	return &RebuiltParams{
		Steps: stated(facts, "steps", p.Steps), SamplerName: stated(facts, "sampler_name", p.SamplerName), Scheduler: stated(facts, "scheduler", p.Scheduler),
		CFGScale: stated(facts, "cfg_scale", p.CFGScale), Width: stated(facts, "width", p.Width), Height: stated(facts, "height", p.Height),
		Seed: stated(facts, "seed", p.Seed), DenoisingStrength: p.DenoisingStrength, Model: stated(facts, "model", p.Model), VAE: stated(facts, "vae", p.VAE),
		ClipSkip: stated(facts, "clip_skip", p.ClipSkip), Hires: p.Hires,
	}
}

func stated[T any](facts *infotext.Facts, field string, value T) *T {
	if !facts.Knows(field) {
		return nil
	}
	return &value
}

// statedUse is an adapter as a prompt's tag and the notes beside it name it together.
type statedUse struct {
	lora.Use
	digests []string
}

// join brings the adapters that are tagged in a prompt together with those noted beside
// it. A tag says how an adapter was used; notes say which one it was.
func join(tagged []lora.Use, noted []infotext.FoundUse) []statedUse {
	uses := make([]statedUse, 0, len(tagged)+len(noted))
	for _, use := range tagged {
		uses = append(uses, statedUse{Use: use})
	}
	for i := range noted {
		n := &noted[i]
		known := false
		for j := range tagged {
			if stem(tagged[j].Name) == stem(n.Name) {
				uses[j].digests, known = append(uses[j].digests, n.Digests...), true
			}
		}
		if known {
			continue
		}
		use := lora.Use{Name: n.Name, Weight: 1, Sections: n.Sections}
		if n.Weight != nil {
			use.Weight = *n.Weight
		}
		if n.TextEncoder != nil {
			use.TextEncoder = []float64{*n.TextEncoder}
		}
		uses = append(uses, statedUse{Use: use, digests: n.Digests})
	}
	return uses
}

// stem is a name as tools shorten it: without folders and the ending of adapter files.
func stem(name string) string {
	name = path.Base(strings.ToLower(strings.ReplaceAll(name, `\`, "/")))
	return strings.TrimSuffix(name, ".safetensors")
}

// resolveStated finds adapters by any of their digests, then by name.
func (s *Server) resolveStated(ctx context.Context, stated []statedUse) ([]lora.ResolvedUse, error) {
	resolved := make([]lora.ResolvedUse, len(stated))
	for nth := 0; ; nth++ {
		var open []lora.Composed
		var at []int
		for i := range stated {
			if resolved[i].AdapterID == "" && (nth == 0 || nth < len(stated[i].digests)) {
				open, at = append(open, stated[i].nth(nth)), append(at, i)
			}
		}
		if len(open) == 0 {
			break
		}
		found, err := s.store.FindComposed(ctx, open)
		if err != nil {
			return nil, err
		}
		for i := range found {
			resolved[at[i]] = found[i]
		}
	}
	for i := range resolved {
		r := &resolved[i]
		if r.AdapterID == "" && len(stated[i].digests) > 0 {
			r.Digests = map[string]string{"sha256": stated[i].digests[0]}
		}
		r.Name = cmp.Or(r.Name, strings.TrimSuffix(r.FileName, path.Ext(r.FileName)))
	}
	return resolved, nil
}

// nth is the use with the nth of its digests to be found by.
func (u *statedUse) nth(n int) lora.Composed {
	c := lora.Composed{Use: u.Use}
	if n < len(u.digests) {
		c.Digest = u.digests[n]
	}
	return c
}
