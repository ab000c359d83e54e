package httpapi

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"loramanager/internal/guard"
)

const (
	cookieName      = "loramanager_session"
	sessionLifetime = 30 * 24 * time.Hour
	nonceBytes      = 12
)

// sessions makes and checks login cookies. A cookie is expiry, random name and a
// MAC over both under a key derived from the API key: nothing is stored, a restart
// keeps everybody logged in, and changing the key logs everybody out.
type sessions struct {
	macKey []byte
	now    func() time.Time
}

func newSessions(key guard.Secret, now func() time.Time) *sessions {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte("loramanager session cookie 1"))
	return &sessions{macKey: mac.Sum(nil), now: now}
}

// issue returns a new cookie.
func (s *sessions) issue(secure bool) http.Cookie {
	payload := make([]byte, 8+nonceBytes)
	binary.BigEndian.PutUint64(payload, uint64(s.now().Add(sessionLifetime).Unix())) //nolint:gosec // the clock is after 1970
	_, _ = rand.Read(payload[8:])                                                    // never fails, see crypto/rand
	value := base64.RawURLEncoding.EncodeToString(append(payload, s.sign(payload)...))
	return cookie(value, int(sessionLifetime/time.Second), secure)
}

// end returns the cookie that deletes the session's.
func (s *sessions) end(secure bool) http.Cookie { return cookie("", -1, secure) }

// read returns the random name of the request's session, when it ends, and whether it is
// valid.
func (s *sessions) read(r *http.Request) (name string, ends time.Time, ok bool) {
	c, err := r.Cookie(nameOfCookie(isSecure(r)))
	if err != nil {
		return "", time.Time{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(raw) != 8+nonceBytes+sha256.Size {
		return "", time.Time{}, false
	}
	payload, mac := raw[:8+nonceBytes], raw[8+nonceBytes:]
	ends = time.Unix(int64(binary.BigEndian.Uint64(payload)), 0) //nolint:gosec // signed by us, or not used
	if !hmac.Equal(mac, s.sign(payload)) || ends.Before(s.now().Truncate(time.Second)) {
		return "", time.Time{}, false
	}
	return string(payload[8:]), ends, true
}

func (s *sessions) sign(payload []byte) []byte {
	mac := hmac.New(sha256.New, s.macKey)
	mac.Write(payload)
	return mac.Sum(nil)
}

func cookie(value string, maxAge int, secure bool) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows the connection: without TLS a secure cookie would never come back
		Name: nameOfCookie(secure), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	}
}

// nameOfCookie adds the prefix with which browsers promise that no other host and no plain connection set it.
func nameOfCookie(secure bool) string {
	if secure {
		return "__Host-" + cookieName
	}
	return cookieName
}
