package engine

import "loramanager/internal/lora"

// controlRequest is what SD.Next's /control has beside the fields of the others.
type controlRequest struct {
	Control      []sdnextUnit `json:"control,omitempty"`
	UnitType     string       `json:"unit_type,omitempty"`
	Inputs       []string     `json:"inputs,omitempty"`
	Inits        []string     `json:"inits,omitempty"`
	InputType    int          `json:"input_type,omitempty"`
	BatchCount   int          `json:"batch_count,omitempty"`
	WidthBefore  int          `json:"width_before,omitempty"`
	HeightBefore int          `json:"height_before,omitempty"`
}

type sdnextUnit struct {
	Process  string  `json:"process,omitempty"`
	Model    string  `json:"model"`
	Strength float64 `json:"strength"`
	Start    float64 `json:"start"`
	End      float64 `json:"end"`
	Image    string  `json:"image"`
	UnitType string  `json:"unit_type"`
}

// controlNetUnit is a unit of the ControlNet extension of A1111 and Forge.
type controlNetUnit struct {
	Enabled       bool    `json:"enabled"`
	Module        string  `json:"module"`
	Model         string  `json:"model"`
	Weight        float64 `json:"weight"`
	Image         string  `json:"image"`
	GuidanceStart float64 `json:"guidance_start"`
	GuidanceEnd   float64 `json:"guidance_end"`
	PixelPerfect  bool    `json:"pixel_perfect"`
	SaveMap       bool    `json:"save_detected_map"`
}

// separateInit tells SD.Next that the init image is not the control image.
const separateInit = 2

// controls adds the control units and returns the path the request then goes to.
func (a *a1111) controls(path string, r *a1111Request, order Order) (string, error) {
	if a.sdnext() {
		return a.sdnextControls(r, order)
	}
	var units []controlNetUnit
	for _, unit := range order.Params.Controls {
		picture, err := order.picture(unit.Image)
		if err != nil {
			return "", err
		}
		module := unit.Preprocessor
		if module == "" {
			module = "none"
		}
		units = append(units, controlNetUnit{
			Enabled: true, Module: module, Model: a.controlModel(unit.Model), Weight: unit.Weight,
			Image: encodeBase64(picture), GuidanceStart: unit.Start, GuidanceEnd: unit.End, PixelPerfect: true,
		})
	}
	r.AlwaysOn = map[string]any{"ControlNet": map[string]any{"args": units}}
	return path, nil
}

// sdnextControls turns the request into one for /control, which names some fields
// differently.
func (a *a1111) sdnextControls(r *a1111Request, order Order) (string, error) {
	const kind = "controlnet"
	for _, unit := range order.Params.Controls {
		picture, err := order.picture(unit.Image)
		if err != nil {
			return "", err
		}
		r.Control = append(r.Control, sdnextUnit{
			Process: unit.Preprocessor, Model: a.controlModel(unit.Model), Strength: unit.Weight, Start: unit.Start, End: unit.End,
			Image: encodeBase64(picture), UnitType: kind,
		})
	}
	r.UnitType, r.Inputs = kind, []string{r.Control[0].Image}
	r.BatchCount, r.NIter = r.NIter, 0
	r.WidthBefore, r.HeightBefore, r.Width, r.Height = r.Width, r.Height, 0, 0
	if len(r.InitImages) > 0 {
		r.Inits, r.InitImages, r.InputType = r.InitImages, nil, separateInit
	}
	return "/sdapi/v1/control", nil
}

func (a *a1111) controlModel(name string) string {
	if lists := a.lists.Load(); lists != nil {
		if listed, ok := offered(lists.controlModels.Value, name); ok {
			return listed
		}
	}
	return name
}

// expectedPictures bounds the pictures of a reply: those asked for and the maps of the
// control units, which A1111 and Forge append.
func expectedPictures(p lora.GenerationParams) int { return picturesAsked(p)*(1+len(p.Controls)) + 1 }
