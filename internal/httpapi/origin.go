package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// origins are the foreign pages that may call this API from a browser.
type origins struct {
	any         bool // "*": everyone, but then without cookies
	names       []string
	credentials bool
	protection  *http.CrossOriginProtection
}

func newOrigins(names []string, credentials bool) (*origins, error) {
	o := &origins{credentials: credentials, protection: http.NewCrossOriginProtection()}
	for _, name := range names {
		if name == "*" {
			o.any, o.credentials = true, false
			continue
		}
		name = strings.TrimRight(name, "/")
		if err := o.protection.AddTrustedOrigin(name); err != nil {
			return nil, lora.Errorf(lora.Invalid, "CORS_ORIGINS: %q is not an origin such as http://localhost:5173.", name)
		}
		o.names = append(o.names, name)
	}
	return o, nil
}

func (o *origins) allows(origin string) bool {
	return o.any || slices.Contains(o.names, origin)
}

// sameHost reports whether origin is the page this server itself serves under host.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

const (
	corsMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
	corsMaxAge  = "600"
)

// cors answers preflights and lets allowed pages read the replies.
func (s *Server) cors(next http.Handler) http.Handler {
	o := s.origins
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		allowed := origin != "" && o.allows(origin)
		if allowed {
			if o.any && !slices.Contains(o.names, origin) {
				origin = "*"
			}
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "X-Request-ID, ETag, Retry-After, Content-Disposition, Accept-Ranges, Content-Range, Location, "+
				"Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires")
			if o.credentials {
				h.Set("Access-Control-Allow-Credentials", "true")
			}
		}
		if r.Method != http.MethodOptions || origin == "" || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		preflight(w, r, allowed)
	})
}

func preflight(w http.ResponseWriter, r *http.Request, allowed bool) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	if !allowed {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("Disallowed CORS origin"))
		return
	}
	_, _ = w.Write([]byte("OK"))
}

// refuseForeignPages stops changes that a page of another site asks the browser
// for. A request that carries the key in a header cannot come from such a page.
func (s *Server) refuseForeignPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.carriesKey(r) && s.origins.protection.Check(r) != nil {
			writeProblem(w, newProblem(r.Context(), http.StatusForbidden, lora.Forbidden,
				"A page of another site asked for this change, so it was refused. Pages you trust go into CORS_ORIGINS."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onlyTLS has browsers come back with TLS alone, for a year. It is said where the operator
// says that the server has a name of its own with TLS: other sites below the same name
// would have to speak it, too.
const onlyTLS = "max-age=31536000; includeSubDomains"

// securityHeaders go on every reply; handlers that serve strangers' pictures tighten them.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	always := strings.HasPrefix(s.options.PublicURL, "https://") && s.options.BasePath == ""
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "+
			"media-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'")
		if always {
			h.Set("Strict-Transport-Security", onlyTLS) // browsers pass over it where they came without
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}
