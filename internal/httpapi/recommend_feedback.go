package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// FeedbackRequest judges one adapter of an answer.
type FeedbackRequest struct {
	SessionID string            `json:"session_id" minLength:"1" maxLength:"100" doc:"Of the answer"`
	LoraID    string            `json:"recommended_lora_id" minLength:"1" maxLength:"100"`
	Type      lora.FeedbackType `json:"feedback_type" enum:"positive,negative,activated,ignored,dismissed"`
	Reason    field[string]     `json:"feedback_reason,omitempty" doc:"At most 2,000 characters"`
	Implicit  field[laxBool]    `json:"implicit_signal,omitempty" doc:"Taken from what the user did, not said"`
}

// GivenFeedback is feedback with the adapter's name.
type GivenFeedback struct {
	lora.Feedback
	LoraName string `json:"lora_name" doc:"Empty when the adapter is gone"`
}

// FeedbackList is a page of feedback, newest first.
type FeedbackList struct {
	Feedback   []GivenFeedback `json:"feedback"`
	NextCursor *string         `json:"next_cursor" doc:"null on the last page"`
}

// PreferenceRequest says what the user likes.
type PreferenceRequest struct {
	Type       lora.PreferenceType `json:"preference_type" enum:"archetype,style,technical,author,tag"`
	Value      string              `json:"preference_value" minLength:"1" maxLength:"200"`
	Confidence float64             `json:"confidence" minimum:"0" maximum:"1" doc:"0 dislikes, 0.5 does not care, 1 likes"`
	Explicit   field[laxBool]      `json:"explicit,omitempty" doc:"The user said so; true when absent"`
}

// PreferenceList is all that the user likes, or is seen to like.
type PreferenceList struct {
	Preferences []lora.Preference `json:"preferences"`
}

type listFeedbackInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After string `query:"after" doc:"next_cursor of the page before"`
}

func (s *Server) routeRecommendFeedback() {
	const tag = tagRecommend
	route(s, http.MethodPost, "/recommendations/feedback", "giveFeedback", tag, "Judge a recommendation", s.giveFeedback,
		describe("The latest word about an adapter in one answer counts. It changes later answers."))
	route(s, http.MethodGet, "/recommendations/feedback", "listFeedback", tag, "Feedback, newest first", s.listFeedback)
	route(s, http.MethodDelete, "/recommendations/feedback/{id}", "withdrawFeedback", tag, "Take feedback back", s.withdrawFeedback)
	route(s, http.MethodPost, "/recommendations/preferences", "setPreference", tag, "Say what you like", s.setPreference,
		describe("One preference for each type and value: the confidence is replaced."))
	route(s, http.MethodGet, "/recommendations/preferences", "listPreferences", tag, "What you like, or are seen to like", s.listPreferences)
	route(s, http.MethodDelete, "/recommendations/preferences/{id}", "deletePreference", tag, "Forget a preference", s.deletePreference)
}

func (s *Server) giveFeedback(context.Context, *struct{ Body FeedbackRequest }) (*reply[lora.Feedback], error) {
	return nil, errNoRecommendations()
}

func (s *Server) listFeedback(context.Context, *listFeedbackInput) (*reply[FeedbackList], error) {
	return nil, errNoRecommendations()
}

func (s *Server) withdrawFeedback(context.Context, *ByID) (*none, error) {
	return nil, errNoRecommendations()
}

func (s *Server) setPreference(context.Context, *struct{ Body PreferenceRequest }) (*reply[lora.Preference], error) {
	return nil, errNoRecommendations()
}

func (s *Server) listPreferences(context.Context, *none) (*reply[PreferenceList], error) {
	return nil, errNoRecommendations()
}

func (s *Server) deletePreference(context.Context, *ByID) (*none, error) {
	return nil, errNoRecommendations()
}
