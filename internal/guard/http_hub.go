package guard

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// Bounds of what a hub may answer.
const (
	hubReplyBytes   = 32 * mib // one answer of its API: a hundred versions with their pictures
	hubRedirects    = 5
	hubReplyTime    = 2 * time.Minute // one whole answer of its API
	hubPictureBytes = 64 * mib
)

// HubOptions say where a hub is and what may be told to it.
type HubOptions struct {
	// Base is the address its API stands below, such as https://civitai.com. It names the
	// one origin that is asked and that sees Token. http is taken on this machine only.
	Base  string
	Token Secret // sent as bearer token, to Base alone; none when empty
	// FileHosts are origins, such as https://files.lan:8443, to which the hub may refer
	// downloads although they are not public.
	FileHosts []string
	// Agent is what we call ourselves: hubs turn the names of common libraries away.
	Agent  string
	Limits Limits
}

// Hub calls one hub. Its API is asked at its own origin only. Files and pictures may lie
// elsewhere: at FileHosts, and at every public address under https on its usual port.
// Redirects, five at most, pass the same rules, and the token is left out of every request
// that does not go to the hub's own origin, and of all that follow.
type Hub struct {
	own    origin
	named  []origin // its own and those of FileHosts
	token  Secret
	agent  string
	api    *Outbound
	files  *Outbound
	images *Outbound
}

// HubClient returns a client for a hub. Errors are *lora.Error without a field.
func HubClient(o HubOptions) (*Hub, error) {
	own, err := hubOrigin(o.Base)
	if err != nil {
		return nil, err
	}
	h := &Hub{own: own, named: []origin{own}, token: o.Token, agent: o.Agent}
	for _, text := range o.FileHosts {
		also, err := hubOrigin(text)
		if err != nil {
			return nil, err
		}
		h.named = append(h.named, also)
	}
	api, files, images := o.Limits, o.Limits, o.Limits
	api.EngineReplyBytes, files.EngineReplyBytes, images.EngineReplyBytes = hubReplyBytes, o.Limits.UploadBytes, min(hubPictureBytes, o.Limits.PictureBytes)
	h.api = h.outbound(api, own.check)
	h.files, h.images = h.outbound(files, h.Check), h.outbound(images, h.Check)
	return h, nil
}

// hubOrigin reads an address an administrator configured.
func hubOrigin(text string) (origin, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return origin{}, lora.Errorf(lora.Invalid, "A hub's address is not one; write it as https://civitai.com, without a user name or anything behind ? or #.") // it may hold a password
	}
	o, err := originOf(u)
	if err != nil {
		return origin{}, err
	}
	if u.Scheme == "http" && !onThisMachine(u.Hostname()) {
		return origin{}, lora.Errorf(lora.Invalid, "The address %s must begin with https://: tokens and files must not be readable on the way.", DisplayName(text))
	}
	return o, nil
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// outbound returns a client whose every URL passes check and that carries the token home
// only.
func (h *Hub) outbound(limits Limits, check func(*url.URL) error) *Outbound {
	out := newOutbound(limits, h.dial, check)
	out.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > hubRedirects {
			return lora.Errorf(lora.Forbidden, "The hub redirected more than %d times.", hubRedirects)
		}
		left := func(r *http.Request) bool { return h.own.check(r.URL) != nil }
		if left(r) || slices.ContainsFunc(via, left) {
			r.Header.Del("Authorization")
		}
		r.Header.Del("Referer") // the address before may carry a key
		return nil
	}
	return out
}

// dial reaches named origins wherever they are, and everything else at public addresses.
func (h *Hub) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	any := func(netip.AddrPort) error { return nil }
	public := func(to netip.AddrPort) error {
		if isPublic(to) {
			return nil
		}
		return lora.Errorf(lora.Forbidden, "The hub sent us to %s, a private address. If that is meant, an administrator can add its host to the setting hub-file-hosts.", to)
	}
	d := &dialer{host: func(string) error { return nil }, address: public} // URLs were checked before
	host, port, err := splitHost(hostPort)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(h.named, func(o origin) bool { return o.host == joinHost(host, port) }) {
		d.address = any
	}
	return d.dial(ctx, network, hostPort)
}

// Check refuses, with a *lora.Error, an address that files must not be fetched from.
func (h *Hub) Check(u *url.URL) error {
	o, err := originOf(u)
	switch {
	case err != nil:
		return err
	case u.User != nil:
		return lora.Errorf(lora.Forbidden, "The hub sent us to an address with a user name in it.")
	case slices.Contains(h.named, o):
		return nil
	case o.scheme != "https":
		return lora.Errorf(lora.Forbidden, "The hub sent us to %s://%s; files are fetched by https only.", DisplayName(u.Scheme), DisplayName(u.Host))
	}
	if _, port, err := splitHost(o.host); err != nil || port != 443 {
		return lora.Errorf(lora.Forbidden, "The hub sent us to %s, which is not the usual port of https. If that is meant, an administrator can add it to the setting hub-file-hosts.", DisplayName(u.Host))
	}
	return nil
}

// Host is the host of the hub, with its port.
func (h *Hub) Host() string { return h.own.host }

// HasToken reports whether a token is configured.
func (h *Hub) HasToken() bool { return h.token != "" }

// Ask makes one call of the hub's API. The whole answer takes two minutes and 32 MiB at
// most.
func (h *Hub) Ask(ctx context.Context, r Request) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, hubReplyTime)
	reply, err := h.do(ctx, h.api, r)
	if err != nil {
		cancel()
		return nil, err
	}
	reply.Body = endingBody{reply.Body, cancel}
	return reply, nil
}

// endingBody ends its context when it is closed.
type endingBody struct {
	io.ReadCloser
	end context.CancelFunc
}

// Close implements io.Closer.
func (b endingBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// Fetch asks for a file, or a part of one, wherever the hub keeps it.
func (h *Hub) Fetch(ctx context.Context, r Request) (*Reply, error) { return h.do(ctx, h.files, r) }

// FetchPicture asks for a picture, wherever the hub keeps it. It is a stranger's: decode it
// with a Decoder before anybody sees it.
func (h *Hub) FetchPicture(ctx context.Context, r Request) (*Reply, error) {
	return h.do(ctx, h.images, r)
}

func (h *Hub) do(ctx context.Context, out *Outbound, r Request) (*Reply, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, lora.Errorf(lora.Invalid, "The hub gave an address that cannot be read.")
	}
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", h.agent)
	if token := h.token.Reveal(); token != "" && h.own.check(u) == nil {
		header.Set("Authorization", "Bearer "+token)
	}
	r.Header = header
	reply, err := out.Do(ctx, r)
	var leak *url.Error
	if errors.As(err, &leak) {
		err = leak.Err // the address in it may carry a signature
	}
	return reply, err
}

// Close lets go of connections that are not in use.
func (h *Hub) Close() {
	h.api.Close()
	h.files.Close()
	h.images.Close()
}
