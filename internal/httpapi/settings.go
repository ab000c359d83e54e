package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
)

// Settings are the user's choices, kept on the server so that every browser shows the same.
type Settings struct {
	Theme          string `json:"theme" enum:"system,light,dark"`
	Language       string `json:"language" maxLength:"20" doc:"BCP 47 tag, or system for the browser's own"`
	Density        string `json:"density" enum:"comfortable,compact"`
	CardSize       string `json:"card_size" enum:"small,medium,large"`
	NSFWBlurFrom   int    `json:"nsfw_blur_from" minimum:"0" maximum:"100" doc:"Pictures of adapters with this NSFW level or more are blurred; 0 blurs none"`
	NSFWHideFrom   int    `json:"nsfw_hide_from" minimum:"0" maximum:"100" doc:"Adapters with this NSFW level or more are hidden; 0 hides none"`
	AutoplayVideos bool   `json:"autoplay_videos"`
	DefaultSort    string `json:"default_sort" maxLength:"20"`
	DefaultOrder   string `json:"default_order" enum:"asc,desc"`
}

// SettingsPatch changes only the settings it names; unknown keys are refused.
type SettingsPatch struct {
	_              struct{} `additionalProperties:"false"`
	Theme          *string  `json:"theme,omitempty" enum:"system,light,dark"`
	Language       *string  `json:"language,omitempty" maxLength:"20"`
	Density        *string  `json:"density,omitempty" enum:"comfortable,compact"`
	CardSize       *string  `json:"card_size,omitempty" enum:"small,medium,large"`
	NSFWBlurFrom   *int     `json:"nsfw_blur_from,omitempty" minimum:"0" maximum:"100"`
	NSFWHideFrom   *int     `json:"nsfw_hide_from,omitempty" minimum:"0" maximum:"100"`
	AutoplayVideos *bool    `json:"autoplay_videos,omitempty"`
	DefaultSort    *string  `json:"default_sort,omitempty" maxLength:"20"`
	DefaultOrder   *string  `json:"default_order,omitempty" enum:"asc,desc"`
}

// defaultSettings are in force until the user changes them.
var defaultSettings = Settings{
	Theme: "system", Language: "system", Density: "comfortable", CardSize: "medium", NSFWBlurFrom: 4,
	AutoplayVideos: true, DefaultSort: "created_at", DefaultOrder: "desc",
}

func (s *Server) routeSettings() {
	route(s, http.MethodGet, "/settings", "readSettings", "settings", "Read the settings", s.readSettings)
	route(s, http.MethodPatch, "/settings", "patchSettings", "settings", "Change settings", s.patchSettings)
}

// SettingsChanged says that settings are not what they were.
type SettingsChanged struct {
	AccountID string `json:"account_id,omitempty" doc:"Whose; everybody's when absent"`
}

func (s *Server) readSettings(ctx context.Context, _ *none) (*reply[Settings], error) {
	stored, err := s.store.Settings(ctx)
	if account := accountOf(ctx); account != 0 && err == nil {
		var own map[string]json.RawMessage
		own, err = s.store.AccountSettings(ctx, account)
		maps.Copy(stored, own)
	}
	return settingsOf(stored, err)
}

func (s *Server) patchSettings(ctx context.Context, in *struct{ Body SettingsPatch }) (*reply[Settings], error) {
	text, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	var patch map[string]json.RawMessage
	if err := json.Unmarshal(text, &patch); err != nil {
		return nil, err
	}
	// A key without an account changes what everybody sees who chose nothing else.
	changed := SettingsChanged{}
	if actor := actorOf(ctx); actor.Account != 0 {
		changed.AccountID = actor.AccountID
		_, err = s.store.PatchAccountSettings(ctx, actor.Account, patch)
	} else {
		_, err = s.store.PatchSettings(ctx, patch)
	}
	if err != nil {
		return nil, err
	}
	if len(patch) > 0 {
		s.options.Announcer.Announce(eventSettingsChanged, changed)
	}
	return s.readSettings(ctx, nil)
}

// settingsOf lays what is stored over the defaults. What an older or newer version
// stored and this one does not know, or cannot read, is left out.
func settingsOf(stored map[string]json.RawMessage, err error) (*reply[Settings], error) {
	settings := defaultSettings
	for name, value := range stored {
		one, marshalErr := json.Marshal(map[string]json.RawMessage{name: value})
		if marshalErr != nil {
			continue
		}
		before := settings
		if json.Unmarshal(one, &settings) != nil {
			settings = before
		}
	}
	return answer(settings, err)
}
