package lora_test

import (
	"errors"
	"fmt"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise2_EveryErrorHasOneOfTheCodes(t *testing.T) {
	t.Parallel()
	own := lora.FieldErrorf(lora.Conflict, "name", "The name %s is taken.", "x")
	for _, c := range []struct {
		why  string
		err  error
		want lora.Code
	}{
		{"no error has no code", nil, ""},
		{"an error of the house has its own", own, lora.Conflict},
		{"so it has when others wrapped it", fmt.Errorf("save: %w", own), lora.Conflict},
		{"any other error is internal", errors.New("disk on fire"), lora.Internal},
	} {
		if got := lora.CodeOf(c.err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
}

func TestTheCauseFollowsTheSentence(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such device")
	err := &lora.Error{Code: lora.Unavailable, Message: "The disk is gone.", Err: cause}
	if got := err.Error(); got != "The disk is gone: no such device" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause cannot be found")
	}
}
