package httpapi

import (
	"context"
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

func (s *Server) routeSettings() {
	route(s, http.MethodGet, "/settings", "readSettings", "settings", "Read the settings", s.readSettings)
	route(s, http.MethodPatch, "/settings", "patchSettings", "settings", "Change settings", s.patchSettings)
}

func (s *Server) readSettings(context.Context, *none) (*reply[Settings], error) { return nil, nil }
func (s *Server) patchSettings(context.Context, *struct{ Body SettingsPatch }) (*reply[Settings], error) {
	return nil, nil
}
