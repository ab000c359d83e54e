package embedding_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/embedding"
	"loramanager/internal/embedding/embeddingtest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dims = 8

// open serves an endpoint and returns a client for it.
func open(t *testing.T, fault embeddingtest.Fault, o embedding.Options) (*embedding.Client, *embeddingtest.Endpoint, *[]time.Duration) {
	t.Helper()
	fake := embeddingtest.New(dims, o.Key.Reveal())
	fake.Set(fault)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	o.Limits = guard.Default()
	if o.URL = server.URL + "/v1" + o.URL; o.Model == "" {
		o.Model = "some-model"
	}
	c, err := embedding.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, fake, c.RecordWaits()
}

func texts(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("text ", i)
	}
	return list
}

func isVectorOf(v []float32, text string) bool {
	return slices.Equal(v, embeddingtest.Vector(text, len(v)))
}

func TestPromise1_VectorsComeInTheOrderOfTheTexts(t *testing.T) {
	t.Parallel()
	for _, fault := range []embeddingtest.Fault{embeddingtest.None, embeddingtest.Shuffled, embeddingtest.Unnumbered} {
		c, fake, _ := open(t, fault, embedding.Options{Batch: 5})
		list := texts(12)
		vectors, err := c.Embed(t.Context(), list)
		if err != nil || len(vectors) != len(list) {
			t.Fatalf("%q: %d vectors: %v", fault, len(vectors), err)
		}
		for i, v := range vectors {
			if len(v) != dims || !isVectorOf(v, list[i]) {
				t.Errorf("%q: vector %d is not that of %q", fault, i, list[i])
			}
		}
		if fake.Calls() != 3 {
			t.Errorf("%q: 12 texts, 5 at a time, took %d requests", fault, fake.Calls())
		}
	}
}

func TestPromise2_AnAnswerThatCannotBeUsedSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault embeddingtest.Fault
		says  string
	}{
		{embeddingtest.Garbage, "not the JSON of embeddings"},
		{embeddingtest.HTML, "it is a web page"},
		{embeddingtest.Error, "the model crashed"},
		{embeddingtest.Ragged, "its vectors have 8 dimensions, then 9"},
		{embeddingtest.Fewer, "it has 2 vectors for 3 texts"},
		{embeddingtest.Twice, "numbers its vectors wrongly"},
		{embeddingtest.Null, "holds null where a number belongs"},
		{embeddingtest.NaN, "not the JSON of embeddings"},
		{embeddingtest.Infinite, "holds 1e39 where a number belongs"},
		{embeddingtest.Words, `holds "0.5" where a number belongs`},
		{embeddingtest.Zero, "a vector is all zeros"},
		{embeddingtest.Base64, "encoded as text"},
		{embeddingtest.Giant, "it is longer than"},
		{embeddingtest.Cut, "cannot be reached"},
		{embeddingtest.Unknown, "embeddings-model"},
		{embeddingtest.Everything, "status 400"},
		{embeddingtest.Down, "the model is loading"},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			client, fake, _ := open(t, c.fault, embedding.Options{})
			vectors, err := client.Embed(t.Context(), texts(3))
			if vectors != nil || lora.CodeOf(err) != lora.Unavailable || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%v, %v; want an error that says %q", vectors, err, c.says)
			}
			fake.Set(embeddingtest.None)
			if _, err := client.Embed(t.Context(), texts(3)); err != nil {
				t.Errorf("when the endpoint works again: %v", err)
			}
		})
	}
}

func TestPromise2_AnotherLengthFromOneRequestToTheNextIsNoticed(t *testing.T) {
	t.Parallel()
	c, _, _ := open(t, embeddingtest.Changing, embedding.Options{Batch: 2})
	if _, err := c.Embed(t.Context(), texts(4)); !strings.Contains(fmt.Sprint(err), "8 dimensions, then 16") {
		t.Errorf("error %v", err)
	}
}

func TestPromise3_AnEndpointThatTakesFewerTextsIsAskedWithFewer(t *testing.T) {
	t.Parallel()
	for _, fault := range []embeddingtest.Fault{embeddingtest.TooMany400, embeddingtest.TooMany413, embeddingtest.TooMany422, embeddingtest.TooMany500} {
		c, fake, _ := open(t, fault, embedding.Options{Batch: 16})
		vectors, err := c.Embed(t.Context(), texts(16))
		if err != nil || slices.ContainsFunc(vectors, func(v []float32) bool { return v == nil }) {
			t.Fatalf("%q: %v", fault, err)
		}
		before := fake.Calls()
		if _, err := c.Embed(t.Context(), texts(16)); err != nil || fake.Calls()-before != 4 {
			t.Errorf("%q: the next 16 took %d requests, not 4: %v", fault, fake.Calls()-before, err)
		}
	}
}

func TestPromise4_ARefusedTextDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	c, fake, _ := open(t, embeddingtest.TooLong, embedding.Options{Batch: 8})
	list := texts(8)
	list[0], list[5] = "LONG", "LONG too"
	vectors, err := c.Embed(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if refused := i == 0 || i == 5; refused != (v == nil) || v != nil && !isVectorOf(v, list[i]) {
			t.Errorf("vector %d is %v", i, v)
		}
	}
	before := fake.Calls()
	if _, err := c.Embed(t.Context(), texts(8)); err != nil || fake.Calls() != before+1 {
		t.Errorf("the next 8 took %d requests: %v", fake.Calls()-before, err)
	}
	if vectors, err := c.Embed(t.Context(), []string{"LONG"}); err != nil || vectors[0] != nil {
		t.Errorf("a refused text alone: %v, %v", vectors, err)
	}
}

func TestPromise5_NoErrorHoldsTheKey(t *testing.T) {
	t.Parallel()
	c, _, _ := open(t, embeddingtest.Telltale, embedding.Options{Key: "sk-very-secret"})
	_, err := c.Embed(t.Context(), texts(1))
	if text := fmt.Sprintf("%+v", err); strings.Contains(text, "secret") || !strings.Contains(text, "(key)") {
		t.Errorf("error %s", text)
	}
}

func TestPromise5_ABusyEndpointIsAskedAgainWhenItWantsTo(t *testing.T) {
	t.Parallel()
	c, fake, waits := open(t, embeddingtest.Busy, embedding.Options{})
	if _, err := c.Embed(t.Context(), texts(2)); err != nil || !slices.Equal(*waits, []time.Duration{time.Second}) {
		t.Errorf("waited %v: %v", *waits, err)
	}
	fake.Set(embeddingtest.Down)
	before := fake.Calls()
	if _, err := c.Embed(t.Context(), texts(2)); lora.CodeOf(err) != lora.Unavailable || fake.Calls()-before != 3 {
		t.Errorf("%d requests to an endpoint that is down: %v", fake.Calls()-before, err)
	}
}

func TestPromise5_AnEndpointThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	c, _, _ := open(t, embeddingtest.Slow, embedding.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Embed(ctx, texts(1)); lora.CodeOf(err) != lora.Unavailable || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("error %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := c.Embed(ctx, texts(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("when the caller stops: %v", err)
	}
}

func TestAnEndpointThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(embeddingtest.New(dims, ""))
	server.Close()
	c, err := embedding.New(embedding.Options{URL: server.URL, Model: "m", Limits: guard.Default()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Embed(t.Context(), texts(1)); lora.CodeOf(err) != lora.Unavailable || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("error %v", err)
	}
}

func TestTheKeyIsSentAndAWrongOneNamed(t *testing.T) {
	t.Parallel()
	fake := embeddingtest.New(dims, "right")
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	for key, ok := range map[guard.Secret]bool{"right": true, "wrong": false, "": false} {
		c, err := embedding.New(embedding.Options{URL: server.URL + "/v1", Model: "m", Key: key, Limits: guard.Default()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Embed(t.Context(), texts(1))
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "embeddings-key") {
			t.Errorf("with the key %q: %v", key.Reveal(), err)
		}
		c.Close()
	}
}

func TestAnAddressMayEndWithEmbeddingsAndALengthBeAsked(t *testing.T) {
	t.Parallel()
	c, _, _ := open(t, embeddingtest.None, embedding.Options{URL: "/embeddings/", Dimensions: 4})
	vectors, err := c.Embed(t.Context(), texts(1))
	if err != nil || len(vectors[0]) != 4 || c.Model() != "some-model@4" {
		t.Errorf("%v of %s: %v", vectors, c.Model(), err)
	}
}

func TestAWrongConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]embedding.Options{
		"embeddings-model":      {URL: "http://127.0.0.1:1/v1"},
		"embeddings-url":        {URL: "127.0.0.1:1", Model: "m"},
		"embeddings-batch":      {URL: "http://127.0.0.1:1/v1", Model: "m", Batch: 1000},
		"embeddings-dimensions": {URL: "http://127.0.0.1:1/v1", Model: "m", Dimensions: -1},
	} {
		_, err := embedding.New(o)
		var known *lora.Error
		if !errors.As(err, &known) || known.Code != lora.Invalid || known.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
