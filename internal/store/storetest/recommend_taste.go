package storetest

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

func (s *suite) tasteChange() int64 {
	s.Helper()
	n, err := s.TasteChange(s.ctx)
	s.ok(err)
	return n
}

func feedbackIsKept(s *suite) {
	ids := s.fill(2)
	now := time.Now().UTC().Truncate(time.Microsecond)
	session := s.session(now, ids...)
	before := s.tasteChange()
	liked := lora.Feedback{
		ID: uuid.NewString(), SessionID: session.ID, AdapterID: ids[0], Type: lora.FeedbackPositive, Reason: ptr("fits"), CreatedAt: now,
		Kind: session.Kind, Query: session.Query,
	}
	dismissed := liked
	dismissed.ID, dismissed.AdapterID, dismissed.Type, dismissed.Reason, dismissed.Implicit = uuid.NewString(), ids[1], lora.FeedbackDismissed, nil, true
	s.ok(s.AddFeedback(s.ctx, liked))
	s.ok(s.AddFeedback(s.ctx, dismissed))
	list, err := s.Feedbacks(s.ctx, 10)
	s.ok(err)
	s.same("feedback, newest first", list, []lora.Feedback{dismissed, liked})
	if list[0].Kind != session.Kind || list[0].Query != session.Query {
		s.Errorf("the question is %q %q", list[0].Kind, list[0].Query)
	}
	list, err = s.Feedbacks(s.ctx, 1)
	s.ok(err)
	s.same("the newest feedback", list, []lora.Feedback{dismissed})
	if n := s.tasteChange(); n != before+2 {
		s.Errorf("two judgements counted the taste from %d to %d", before, n)
	}
	s.ok(s.DeleteFeedback(s.ctx, liked.ID))
	s.fails(s.DeleteFeedback(s.ctx, liked.ID), lora.NotFound)
	if sessions, feedback, preferences, err := s.RecommendCounts(s.ctx); err != nil || sessions != 1 || feedback != 1 || preferences != 0 {
		s.Errorf("%d sessions, %d feedback, %d preferences: %v", sessions, feedback, preferences, err)
	}
	if n := s.tasteChange(); n != before+3 {
		s.Errorf("taking one back counted the taste to %d, not %d", n, before+3)
	}
}

func feedbackNeedsBoth(s *suite) {
	ids := s.fill(1)
	session := s.session(time.Now(), ids...)
	f := lora.Feedback{ID: uuid.NewString(), SessionID: uuid.NewString(), AdapterID: ids[0], Type: lora.FeedbackNegative, CreatedAt: time.Now()}
	s.fails(s.AddFeedback(s.ctx, f), lora.NotFound)
	f.SessionID, f.AdapterID = session.ID, uuid.NewString()
	s.fails(s.AddFeedback(s.ctx, f), lora.NotFound)
	if n := s.tasteChange(); n != 0 {
		s.Errorf("what was refused counted the taste to %d", n)
	}
	f.AdapterID = ids[0]
	s.ok(s.AddFeedback(s.ctx, f))
	_, err := s.DeleteAdapters(s.ctx, ids)
	s.ok(err)
	if list, err := s.Feedbacks(s.ctx, 10); err != nil || len(list) != 0 {
		s.Errorf("feedback on an adapter that is gone: %v, %v", list, err)
	}
}

func preferencesAreReplaced(s *suite) {
	first, err := s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferTag, Value: "city", Confidence: 0.9, LearnedFrom: "explicit"})
	s.ok(err)
	other, err := s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferAuthor, Value: "city", Confidence: 0.1, LearnedFrom: "explicit"})
	s.ok(err)
	again, err := s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferTag, Value: "city", Confidence: 0.4, LearnedFrom: "feedback"})
	s.ok(err)
	if again.ID != first.ID || again.Confidence != 0.4 || again.LearnedFrom != "feedback" || again.EvidenceCount != 2 || !again.CreatedAt.Equal(first.CreatedAt) || again.LastEvidenceAt.Before(first.LastEvidenceAt) {
		s.Errorf("replaced: %+v, was %+v", again, first)
	}
	list, err := s.Preferences(s.ctx)
	s.ok(err)
	s.same("preferences, latest evidence first", list, []lora.Preference{again, other})
	s.ok(s.DeletePreference(s.ctx, other.ID))
	s.fails(s.DeletePreference(s.ctx, other.ID), lora.NotFound)
	if n := s.tasteChange(); n != 4 {
		s.Errorf("four changes counted the taste to %d", n)
	}
	for i := range 999 {
		_, err := s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferStyle, Value: fmt.Sprint(i), Confidence: 1, LearnedFrom: "explicit"})
		s.ok(err)
	}
	_, err = s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferStyle, Value: "one too many", Confidence: 1, LearnedFrom: "explicit"})
	s.fails(err, lora.TooLarge)
	_, err = s.PutPreference(s.ctx, lora.Preference{Type: lora.PreferStyle, Value: "7", Confidence: 0, LearnedFrom: "explicit"})
	s.ok(err)
}
