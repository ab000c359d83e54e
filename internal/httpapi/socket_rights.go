package httpapi

import (
	"context"
	"encoding/json"
	"slices"

	"loramanager/internal/accounts"
	"loramanager/internal/events"
	"loramanager/internal/lora"
)

// eventAccountChanged is what accounts announce; its data are accounts.Change.
const eventAccountChanged = "account_changed"

// hearing is what one must be allowed to hear of an event. Whoever may open a live
// connection may hear of the library, of jobs and of engines.
var hearing = map[string]lora.Permission{
	EventSystemChanged:   lora.ReadSystem,
	EventTransferChanged: lora.ExportLibrary,
	EventBackupsChanged:  lora.MakeBackups,
	EventDownloadChanged: lora.ManageFiles,
}

// mayHear reports whether an event is for the eyes of an actor.
func mayHear(actor *lora.Actor, e events.Event) bool {
	switch e.Type {
	case eventAccountChanged:
		return actor.AccountID != "" && dataOf[accounts.Change](e).AccountID == actor.AccountID
	case eventSettingsChanged:
		whose := dataOf[SettingsChanged](e).AccountID
		return whose == "" || whose == actor.AccountID
	}
	need, narrow := hearing[e.Type]
	return !narrow || actor.May(need)
}

// dataOf is the data of an event, which is JSON when it comes from another process.
func dataOf[T any](e events.Event) (data T) {
	switch d := e.Data.(type) {
	case T:
		data = d
	case json.RawMessage:
		_ = json.Unmarshal(d, &data) // what makes no sense concerns nobody
	}
	return data
}

// revoke ends live connections as soon as what let them in is revoked, on whichever server
// that was.
func (s *Server) revoke() {
	for s.closing.Err() == nil {
		sub := s.events.Subscribe(func(e events.Event) bool { return e.Type == eventAccountChanged })
		s.heed(sub)
		sub.Leave()
		if sub.Cut() != events.Slow {
			return
		}
		s.sockets.recheck(s.closing) // some news was lost
	}
}

// heed ends connections until the subscription or the server ends.
func (s *Server) heed(sub *events.Subscription) {
	for {
		select {
		case e, ok := <-sub.C:
			switch {
			case !ok:
				return
			case e.Type == events.EventResync:
				s.sockets.recheck(s.closing)
			default:
				s.sockets.revoked(dataOf[accounts.Change](e))
			}
		case <-s.closing.Done():
			return
		}
	}
}

// revoked ends the connections of the sessions and keys that a change names; of all where
// it names none.
func (s *sockets) revoked(c accounts.Change) {
	if c.AccountID == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.open {
		a := k.want.actor
		if a.AccountID != c.AccountID {
			continue
		}
		bySession := a.SessionID != "" && (c.SessionIDs == nil || slices.Contains(c.SessionIDs, a.SessionID))
		byKey := a.KeyID != "" && (c.KeyIDs == nil || slices.Contains(c.KeyIDs, a.KeyID))
		if bySession || byKey {
			k.cancel(errLoggedOut)
		}
	}
}

// recheck ends the connections of those who are no longer let in.
func (s *sockets) recheck(ctx context.Context) {
	s.mu.Lock()
	all := make([]*socket, 0, len(s.open))
	for k := range s.open {
		all = append(all, k)
	}
	s.mu.Unlock()
	for _, k := range all {
		if ctx.Err() == nil && !s.alive(ctx, k.want.actor) {
			k.cancel(errLoggedOut)
		}
	}
}

// aliveAccount asks whether what an actor came in with still lets it in. While the
// database does not say, it does.
func (s *Server) aliveAccount(ctx context.Context, actor *lora.Actor) bool {
	if actor.Account == 0 {
		return true
	}
	alive, err := s.accounts.Alive(ctx, *actor)
	return alive || err != nil
}
