package enginetest

import (
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"time"
)

// Habit is a way for an engine to be sick.
type Habit string

// The habits of one reply. Engines that are not there at all, that have expired
// certificates or that restart in the middle need no habit.
const (
	Dribble      Habit = "dribble"       // a byte a second
	Hang         Habit = "hang"          // accepts and says nothing
	SlowHead     Habit = "slow_head"     // the head of the reply never ends
	CutBody      Habit = "cut_body"      // closes the connection in the middle
	Drop         Habit = "drop"          // closes it without an answer, as a crash does
	Garbage      Habit = "garbage"       // not HTTP
	Fail         Habit = "fail"          // 500
	Limit        Habit = "limit"         // 429 with Retry-After
	Busy         Habit = "busy"          // 503
	Page         Habit = "page"          // HTML with 200
	BrokenJSON   Habit = "broken_json"   // not JSON
	DeepJSON     Habit = "deep_json"     // nested without end
	Endless      Habit = "endless"       // 2 GiB of text
	Base64Bomb   Habit = "base64_bomb"   // one picture of 2 GiB
	HugePicture  Habit = "huge_picture"  // says it is 65,535 pixels square
	WrongType    Habit = "wrong_type"    // numbers for pictures
	NoPictures   Habit = "no_pictures"   // 200 without pictures
	Duplicates   Habit = "duplicates"    // a thousand pictures
	LocalFile    Habit = "local_file"    // a file:// address for a picture
	ToMetadata   Habit = "to_metadata"   // redirects to a cloud's credentials
	ToElsewhere  Habit = "to_elsewhere"  // redirects to another port
	RedirectLoop Habit = "redirect_loop" // redirects to itself
)

// Habits are all of them.
func Habits() []Habit {
	return []Habit{
		Dribble, Hang, SlowHead, CutBody, Drop, Garbage, Fail, Limit, Busy, Page, BrokenJSON, DeepJSON, Endless, Base64Bomb,
		HugePicture, WrongType, NoPictures, Duplicates, LocalFile, ToMetadata, ToElsewhere, RedirectLoop,
	}
}

// Sick gives a healthy engine the habit, for the requests that match. Replies are made in
// the shape of the A1111 family, which sd-server imitates.
func Sick(healthy http.Handler, habit Habit, match func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !match(r) {
			healthy.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // so that a hijacked connection has nothing left in it
		switch habit {
		case Dribble, Hang, SlowHead, CutBody, Drop, Garbage:
			onWire(w, r, habit)
		case Endless, Base64Bomb, DeepJSON:
			atLength(w, r, habit)
		default:
			shortly(w, r, habit)
		}
	})
}

// Generations matches the requests that make pictures in the A1111 family.
func Generations(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "2img") || strings.HasSuffix(r.URL.Path, "/control"))
}

// onWire misbehaves below HTTP.
func onWire(w http.ResponseWriter, r *http.Request, habit Habit) {
	if habit == Hang {
		<-r.Context().Done()
		return
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	write := func(text string) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
	gone := make(chan struct{})
	go func() { // ends with the connection, whoever closes it
		defer close(gone)
		_, _ = conn.Read(make([]byte, 1))
	}()
	second := func() {
		select {
		case <-time.After(time.Second):
		case <-gone:
		}
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
	switch habit {
	case Garbage:
		write("SSH-2.0-OpenSSH_9.6\r\n\r\n")
	case CutBody:
		write(head + "\r\n" + `{"images":["iVBORw0KGgo`)
	case SlowHead:
		for i := 0; write(head[i%len(head):i%len(head)+1]) && i < 3600; i++ {
			second()
		}
	case Dribble:
		for alive := write(head + "\r\n" + `{"images":["`); alive; alive = write("A") {
			second()
		}
	}
}

// atLength sends far too much.
func atLength(w http.ResponseWriter, r *http.Request, habit Habit) {
	w.Header().Set("Content-Type", "application/json")
	begin, filler := `{"info":"`, strings.Repeat("A", 64<<10)
	switch habit {
	case Base64Bomb:
		begin = `{"images":["`
	case DeepJSON:
		begin, filler = `{"info":`, strings.Repeat("[", 64<<10)
	}
	const total = 2 << 30
	_, err := io.WriteString(w, begin)
	for sent := 0; sent < total && err == nil && r.Context().Err() == nil; sent += len(filler) {
		_, err = io.WriteString(w, filler)
	}
}

// shortly sends a short reply that is wrong.
func shortly(w http.ResponseWriter, r *http.Request, habit Habit) {
	reply := func(images any) {
		answer(w, http.StatusOK, map[string]any{"images": images, "parameters": map[string]any{}, "info": ""})
	}
	switch habit {
	case Fail:
		answer(w, http.StatusInternalServerError, map[string]any{"error": "OutOfMemoryError", "detail": "", "errors": "CUDA out of memory"})
	case Limit:
		w.Header().Set("Retry-After", "7")
		answer(w, http.StatusTooManyRequests, map[string]any{"detail": "rate limit exceeded"})
	case Busy:
		answer(w, http.StatusServiceUnavailable, map[string]any{"detail": "loading"})
	case Page:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Gradio</title>") // nobody minds
	case BrokenJSON:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"images": [,]}`) // nobody minds
	case HugePicture:
		reply([]string{base64.StdEncoding.EncodeToString(hugePNG())})
	case WrongType:
		answer(w, http.StatusOK, map[string]any{"images": 7, "info": []int{1}})
	case NoPictures:
		reply([]string{})
	case Duplicates:
		picture := base64Text(Picture(8, 8, "again"))
		images := make([]string, 1000)
		for i := range images {
			images[i] = picture
		}
		reply(images)
	case LocalFile:
		reply([]string{"file:///etc/passwd"})
	case ToMetadata:
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
	case ToElsewhere:
		http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusTemporaryRedirect)
	case RedirectLoop:
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect) //nolint:gosec // to itself, on purpose
	}
}

// hugePNG is the head of a PNG of 65,535 pixels square.
func hugePNG() []byte {
	picture := Picture(8, 8, "huge")
	binary.BigEndian.PutUint32(picture[16:], 65535)
	binary.BigEndian.PutUint32(picture[20:], 65535)
	return picture
}
