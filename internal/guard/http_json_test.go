package guard

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// reading reads a document with pictures under "images" and "image".
func reading(t *testing.T, text string, edit func(*JSONReply)) (any, [][]byte, error) {
	t.Helper()
	var pictures [][]byte
	j := JSONReply{
		Bytes: 1 << 16, PictureBytes: 1 << 16, Pictures: 3, PictureKeys: []string{"images", "image"}, Drop: []string{"parameters"},
		Picture: func(_ string, p []byte) error { pictures = append(pictures, p); return nil },
	}
	if edit != nil {
		edit(&j)
	}
	var v any
	err := j.Decode(iotest.HalfReader(strings.NewReader(text)), &v)
	return v, pictures, err
}

func TestPicturesAreTakenOutOfJSONAsTheyCome(t *testing.T) {
	t.Parallel()
	picture := bytes.Repeat([]byte{0xff, 0xfe, 1, 0, 7}, 4000)
	code := base64.StdEncoding.EncodeToString(picture)
	for name, c := range map[string]struct {
		text string
		rest string
		want [][]byte
	}{
		"a list":            {`{"images":["` + code + `","` + code + `"],"info":"{\"a\":1}"}`, `{"images":["",""],"info":"{\"a\":1}"}`, [][]byte{picture, picture}},
		"a data URL":        {`{"image":"data:image/png;base64,` + code + `"}`, `{"image":""}`, [][]byte{picture}},
		"nested":            {`{"result":{"images":[{"index":0},"` + code + `"]}}`, `{"result":{"images":[{"index":0},""]}}`, [][]byte{picture}},
		"escaped slashes":   {`{"image":"` + strings.ReplaceAll(code, "/", `\/`) + `"}`, `{"image":""}`, [][]byte{picture}},
		"without padding":   {`{"image":"` + strings.TrimRight(base64.StdEncoding.EncodeToString([]byte("ab")), "=") + `"}`, `{"image":""}`, [][]byte{[]byte("ab")}},
		"no picture":        {`{"images":[],"image":null}`, `{"images":[],"image":null}`, nil},
		"an empty picture":  {`{"image":""}`, `{"image":""}`, nil},
		"dropped members":   {`{"parameters":{"images":["` + code + `"],"x":[1,{"y":"z"}]},"a":1.5e-3}`, `{"parameters":null,"a":1.5e-3}`, nil},
		"a quote in a text": {`{"a\"b":"c\\\"d\\","e":[true,false,null,-1]}`, `{"a\"b":"c\\\"d\\","e":[true,false,null,-1]}`, nil},
		"white space":       {" {\n\t\"a\" :\r [ 1 , 2 ] } \n", `{"a":[1,2]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, pictures, err := reading(t, c.text, nil)
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal([]byte(c.rest), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(v, want) || !reflect.DeepEqual(pictures, c.want) {
				t.Errorf("got %v and %d pictures", v, len(pictures))
			}
		})
	}
}

func TestPromise10_AReplyCostsNoMoreThanItsBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 1<<18)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"a long text":                  {`{"a":"` + long + `"}`, ErrReplyTooLarge},
		"a long key":                   {`{"` + long + `":1}`, ErrReplyTooLarge},
		"a long number":                {`{"a":` + strings.Repeat("1", 1<<18) + `}`, ErrReplyTooLarge},
		"a long picture":               {`{"image":"` + long + `"}`, ErrReplyTooLarge},
		"many pictures":                {`{"images":["QQ==","QQ==","QQ==","QQ=="]}`, ErrReplyTooLarge},
		"deep":                         {`{"a":` + strings.Repeat("[", 1000), ErrNotJSON},
		"deep and dropped":             {`{"parameters":` + strings.Repeat("[", 1000), ErrNotJSON},
		"cut off":                      {`{"images":["QQ==`, ErrNotJSON},
		"cut off behind a colon":       {`{"a":`, ErrNotJSON},
		"something behind it":          {`{} {}`, ErrNotJSON},
		"nothing":                      {``, ErrNotJSON},
		"not JSON":                     {`<html>`, ErrNotJSON},
		"two commas":                   {`{"a":1,,"b":2}`, ErrNotJSON},
		"no quotes":                    {`{a:1}`, ErrNotJSON},
		"a file instead of a picture":  {`{"image":"file:///etc/passwd"}`, ErrNotBase64},
		"a data URL that never begins": {`{"image":"data:` + strings.Repeat("x", 1000) + `"}`, ErrNotBase64},
		"an odd escape":                {`{"image":"QQ\u003d="}`, ErrNotBase64},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := reading(t, c.text, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	refusal := errors.New("no more")
	if _, _, err := reading(t, `{"image":"QQ=="}`, func(j *JSONReply) { j.Picture = func(string, []byte) error { return refusal } }); !errors.Is(err, refusal) {
		t.Errorf("the error of the taker was lost: %v", err)
	}
}

func TestPromise10_ARepliesLengthAndSilenceAreBounded(t *testing.T) {
	t.Parallel()
	silence := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			_, _ = w.Write([]byte("beginning"))
			w.(http.Flusher).Flush()
			<-silence
			return
		}
		_, _ = w.Write(make([]byte, r.URL.Query()["n"][0][0]))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(silence) })
	limits := Default()
	limits.EngineReplyBytes, limits.EngineIdle = 'b', 50*time.Millisecond
	client, err := EngineClient(server.URL, limits)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{"/?n=a": nil, "/?n=b": nil, "/?n=c": ErrReplyTooLarge, "/silent": ErrIdle} {
		reply, err := client.Do(t.Context(), Request{Method: http.MethodGet, URL: server.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(reply.Body)
		_ = reply.Body.Close()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
	}
}

func FuzzJSONReply(f *testing.F) {
	for _, seed := range []string{`{"images":["QQ=="],"info":"{}"}`, `{"a":[1,{"b":"\\"}]}`, `[[["data:,QQ"]]]`, `{"image":"QQ\/=","parameters":{"x":1}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		j := JSONReply{Bytes: 4096, PictureBytes: 1024, Pictures: 4, PictureKeys: []string{"images", "image"}, Drop: []string{"parameters"},
			Picture: func(_ string, p []byte) error { total += len(p); return nil }}
		var v any
		err := j.Decode(bytes.NewReader(data), &v)
		if total > 4*1024 {
			t.Errorf("%d bytes of pictures came out", total)
		}
		if err == nil && !json.Valid(data) && !bytes.Contains(data, []byte(`"image`)) && !bytes.Contains(data, []byte(`"parameters"`)) {
			t.Error("what is not JSON was read")
		}
	})
}
