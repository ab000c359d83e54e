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

func (s *Server) giveFeedback(ctx context.Context, in *struct{ Body FeedbackRequest }) (*reply[lora.Feedback], error) {
	b := &in.Body
	f := lora.Feedback{SessionID: b.SessionID, AdapterID: b.LoraID, Type: b.Type, Implicit: bool(b.Implicit.or(false))}
	if b.Reason.given() {
		f.Reason = &b.Reason.Value
	}
	kept, err := s.recommend.Judge(ctx, f)
	if lora.CodeOf(err) == lora.NotFound {
		err = s.unknownJudged(ctx, b)
	}
	return answer(kept, err)
}

// unknownJudged says in the contract's words what of a judgement is unknown.
func (s *Server) unknownJudged(ctx context.Context, b *FeedbackRequest) error {
	if _, err := s.store.Session(ctx, b.SessionID); lora.CodeOf(err) == lora.NotFound {
		return lora.Errorf(lora.NotFound, "Recommendation session %s not found", b.SessionID)
	}
	return lora.Errorf(lora.NotFound, "Adapter %s not found", b.LoraID)
}

func (s *Server) listFeedback(ctx context.Context, in *listFeedbackInput) (*reply[FeedbackList], error) {
	judged, next, err := s.recommend.Judgements(ctx, in.After, in.Limit)
	body := FeedbackList{Feedback: make([]GivenFeedback, 0, len(judged)), NextCursor: textOrNull(next)}
	for _, j := range judged {
		body.Feedback = append(body.Feedback, GivenFeedback{Feedback: j.Feedback, LoraName: j.Name})
	}
	return answer(body, err)
}

func (s *Server) withdrawFeedback(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.recommend.Withdraw(ctx, in.ID)
}

func (s *Server) setPreference(ctx context.Context, in *struct{ Body PreferenceRequest }) (*reply[lora.Preference], error) {
	b := &in.Body
	wish := lora.Preference{Type: b.Type, Value: b.Value, Confidence: b.Confidence}
	return answer(s.recommend.Prefer(ctx, wish, bool(b.Explicit.or(true))))
}

func (s *Server) listPreferences(ctx context.Context, _ *none) (*reply[PreferenceList], error) {
	preferences, err := s.recommend.Preferences(ctx)
	return answer(PreferenceList{Preferences: list(preferences)}, err)
}

func (s *Server) deletePreference(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.recommend.Forget(ctx, in.ID)
}
