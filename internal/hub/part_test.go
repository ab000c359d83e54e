package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/hub"
	"loramanager/internal/lora"
	"loramanager/tests/fakehub"
)

// read fetches the download of version 5002.
func read(ctx context.Context, h hub.Hub, fake *fakehub.Hub, from, last int64, tag string) ([]byte, lora.HubPart, error) {
	body, part, err := h.Fetch(ctx, fake.URL()+"/api/download/models/5002?file=0", from, last, tag)
	if err != nil {
		return nil, part, err
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	return data, part, err
}

func TestPromise5_APartIsToldFromTheWhole(t *testing.T) {
	t.Parallel()
	fake, h := open(t, hub.Civitai, nil)
	whole := fakehub.Adapter(2, 0)
	data, part, err := read(t.Context(), h, fake, 0, -1, "")
	if err != nil || !bytes.Equal(data, whole) || part.From != 0 || part.Size != int64(len(whole)) || part.ETag == "" || part.Name != "ink_wash_v2.safetensors" {
		t.Fatalf("the whole: %d bytes, %+v, %v", len(data), part, err)
	}
	tag := part.ETag
	data, part, err = read(t.Context(), h, fake, 100, -1, tag)
	if err != nil || !bytes.Equal(data, whole[100:]) || part.From != 100 || part.Size != int64(len(whole)) {
		t.Errorf("the rest: %d bytes, %+v, %v", len(data), part, err)
	}
	data, part, err = read(t.Context(), h, fake, 8, 15, "")
	if err != nil || !bytes.Equal(data, whole[8:16]) || part.From != 8 {
		t.Errorf("a piece: %d bytes, %+v, %v", len(data), part, err)
	}
	fake.Show(fakehub.Whole, 1)
	data, part, err = read(t.Context(), h, fake, 100, -1, tag)
	if err != nil || len(data) != len(whole) || part.From != 0 {
		t.Errorf("the whole instead of the rest: %d bytes, %+v, %v", len(data), part, err)
	}
	data, part, err = read(t.Context(), h, fake, 100, -1, `"another"`)
	if err != nil || len(data) != len(whole) || part.From != 0 {
		t.Errorf("another file than before: %d bytes, %+v, %v", len(data), part, err)
	}
	if _, _, err = read(t.Context(), h, fake, int64(len(whole))+5, -1, ""); class(err) != lora.HubOdd {
		t.Errorf("beyond the end: %v", err)
	}
}

func TestPromise1_TheTokenGoesHomeOnly(t *testing.T) {
	t.Parallel()
	fake, h := open(t, hub.Civitai, nil)
	fake.Token = token
	if _, _, err := read(t.Context(), h, fake, 0, -1, ""); err != nil {
		t.Fatal(err) // the file host answers 400 to a token
	}
	if _, err := h.LookUp(t.Context(), []lora.HubQuery{query(1)}); err != nil {
		t.Fatal(err)
	}
	home := strings.TrimPrefix(fake.URL(), "http://")
	for _, s := range fake.Seen("/") {
		if (s.Authorization == "Bearer "+token) != (s.Host == home) {
			t.Errorf("%s %s%s carries %q", s.Method, s.Host, s.Path, s.Authorization)
		}
	}
	// From another host back home, the token stays away as well.
	fake.RedirectTo(fake.URL() + "/api/v1/models/1001?back")
	away := httptest.NewServer(http.RedirectHandler(fake.URL()+"/api/v1/models/1001?back", http.StatusFound))
	t.Cleanup(away.Close)
	_, h = open(t, hub.Civitai, func(o *hub.Options) {
		o.CivitaiURL, o.FileHosts = fake.URL(), []string{away.URL}
	})
	fake.RedirectTo(away.URL)
	fake.Show(fakehub.Redirected, 1)
	if _, _, err := read(t.Context(), h, fake, 0, -1, ""); err != nil {
		t.Fatal(err)
	}
	if back := fake.Seen("?back"); len(back) != 1 || back[0].Authorization != "" {
		t.Errorf("on the way back: %+v", back)
	}
}

func TestPromise1_TheTokenIsInNoError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"error":"you sent `+r.Header.Get("Authorization")+`"}`)
	}))
	t.Cleanup(server.Close)
	_, h := open(t, hub.Civitai, func(o *hub.Options) { o.CivitaiURL = server.URL })
	_, err := h.Models(t.Context(), []string{"1"})
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, h), token) {
		t.Errorf("the token is in %v", err)
	}
}

func TestWhatGoesWrongWithAFileIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakehub.Fault
		token guard.Secret
		class lora.HubErrorClass
		says  string
	}{
		"a login page without a token": {fakehub.LoginPage, "", lora.HubUnauthorised, "showed its login page"},
		"a login page with a token":    {fakehub.LoginPage, token, lora.HubUnauthorised, "token is not accepted"},
		"no token":                     {fakehub.Unauthorised, "", lora.HubUnauthorised, "wants a token"},
		"a bad token":                  {fakehub.Unauthorised, token, lora.HubUnauthorised, "does not accept the configured token"},
		"early access":                 {fakehub.Forbidden, token, lora.HubRefused, "early access"},
		"too many":                     {fakehub.TooMany, token, lora.HubBusy, "less often"},
		"a broken connection":          {fakehub.Cut, token, lora.HubUnreachable, "broke in the middle"},
		"redirects without end":        {fakehub.Loop, token, lora.HubRefused, "redirected more than 5 times"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, h := open(t, hub.Civitai, func(o *hub.Options) { o.CivitaiToken = c.token })
			fake.Show(c.fault, 20)
			_, _, err := read(t.Context(), h, fake, 0, -1, "")
			if class(err) != c.class || !strings.Contains(err.Error(), c.says) {
				t.Errorf("class %q, error %v; want %q and %q", class(err), err, c.class, c.says)
			}
		})
	}
}

func TestDownloadsAreNotLedIntoPrivateNetworks(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a service of the private network was called")
	}))
	t.Cleanup(inside.Close)
	for name, address := range map[string]string{
		"the metadata of a cloud":      "http://169.254.169.254/latest/meta-data/",
		"the same by https":            "https://169.254.169.254/",
		"the same as one number":       "https://2852039166/",
		"this machine":                 "https://127.0.0.1/",
		"this machine on another port": inside.URL,
		"this machine by its name":     "https://localhost/",
		"this machine in IPv6":         "https://[::1]/",
		"this machine inside IPv6":     "https://[::ffff:127.0.0.1]/",
		"a private network":            "https://10.0.0.1/",
		"a public host by http":        "http://example.com/",
		"a public host on an odd port": "https://example.com:8443/",
		"a user name in the address":   "https://user@example.com/",
		"a file":                       "file:///etc/passwd",
		"another scheme":               "gopher://example.com/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, h := open(t, hub.Civitai, nil)
			fake.RedirectTo(address)
			fake.Show(fakehub.Redirected, 1)
			_, _, err := read(t.Context(), h, fake, 0, -1, "")
			if class(err) != lora.HubRefused {
				t.Errorf("class %q, error %v", class(err), err)
			}
			if _, err := h.Picture(t.Context(), address); class(err) != lora.HubRefused {
				t.Errorf("as a picture: class %q, error %v", class(err), err)
			}
		})
	}
	_, h := open(t, hub.Civitai, func(o *hub.Options) {
		o.CivitaiURL = httptestRedirect(t, "https://example.com/api").URL
	})
	if _, err := h.Models(t.Context(), []string{"1"}); class(err) != lora.HubRefused {
		t.Errorf("the API was followed to another host: %v", err)
	}
}

func httptestRedirect(t *testing.T, to string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.RedirectHandler(to, http.StatusFound))
	t.Cleanup(s.Close)
	return s
}
