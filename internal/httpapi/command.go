package httpapi

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// command is what a client asked for; the socket's writer runs it.
type command func(*socket)

// interest is what a client wants to hear of.
type interest struct {
	actor      *lora.Actor // who listens
	subscribed bool
	allJobs    bool
	jobs       []string
	allTopics  bool
	topics     []string
	previews   bool
}

// topicOf names the topic of an event type; what has none goes to every subscriber.
func topicOf(eventType string) string {
	switch eventType {
	case jobs.EventGenerationStarted, jobs.EventProgressUpdate, jobs.EventGenerationComplete, jobs.EventQueueUpdate, jobs.EventResultsChanged:
		return "jobs"
	case "engines_changed":
		return "engines"
	case "compositions_changed":
		return "compositions"
	case "scan_progress", "scan_finished":
		return "scan"
	case "adapters_changed":
		return "adapters"
	case "digest_progress":
		return "digests"
	case EventRecommendChanged:
		return "recommend"
	case EventSystemChanged:
		return "system"
	case EventTransferChanged, EventBackupsChanged:
		return "transfers"
	case EventHubChanged, EventLookUpProgress, EventDownloadChanged:
		return "hub"
	}
	return ""
}

// ofAllJobs reports whether an event concerns those who follow other jobs, too.
func ofAllJobs(eventType string) bool {
	return eventType == jobs.EventQueueUpdate || eventType == jobs.EventResultsChanged
}

// wants reports whether the client asked for the event: for the job it is of, or for
// its topic and all jobs.
func (i interest) wants(e events.Event) bool {
	if !i.subscribed || !mayHear(i.actor, e) {
		return false
	}
	if e.Topic != "" && !ofAllJobs(e.Type) && !i.allJobs {
		return slices.Contains(i.jobs, e.Topic)
	}
	topic := topicOf(e.Type)
	return topic == "" || i.allTopics || slices.Contains(i.topics, topic)
}

// clientFrame is any frame a client may send.
type clientFrame struct {
	Type            string          `json:"type"`
	JobIDs          *[]string       `json:"job_ids"`
	Topics          *[]string       `json:"topics"`
	IncludePreviews bool            `json:"include_previews"`
	LastSeq         json.RawMessage `json:"last_seq"`
}

// parseCommand reads a frame. Whatever it is, the answer keeps the connection alive.
func parseCommand(kind websocket.MessageType, data []byte) command {
	if kind != websocket.MessageText {
		return complain("Frames must be text that holds one JSON object.")
	}
	var f clientFrame
	if err := json.Unmarshal(data, &f); err != nil {
		return complain("The frame is not a JSON object of the known form: {\"type\":\"subscribe\",\"job_ids\":null,\"topics\":null}.")
	}
	switch f.Type {
	case "subscribe":
		return subscribe(f)
	case "resume":
		var last uint64
		if err := json.Unmarshal(f.LastSeq, &last); err != nil {
			return complain("resume needs last_seq, the number of the last event seen.")
		}
		return resume(last)
	}
	return complain("Unknown type of frame. Known are subscribe and resume.")
}

func complain(message string) command {
	return func(k *socket) { k.send(frame("error", time.Now(), 0, map[string]any{"message": message})) }
}

// subscribe adds to what the client hears of. The first time it begins to listen,
// from the greeting on, so that nothing falls between the two.
func subscribe(f clientFrame) command {
	return func(k *socket) {
		k.want.subscribed = true
		k.want.previews = k.want.previews || f.IncludePreviews
		if f.JobIDs == nil {
			k.want.allJobs = true
		} else {
			k.want.jobs = addMissing(k.want.jobs, *f.JobIDs)
		}
		if f.Topics == nil {
			k.want.allTopics = true
		} else {
			k.want.topics = addMissing(k.want.topics, *f.Topics)
		}
		k.send(frame("subscription_confirmed", time.Now(), 0, map[string]any{
			"job_ids": f.JobIDs, "topics": f.Topics, "include_previews": f.IncludePreviews,
		}))
		if k.sub == nil {
			k.listen(k.greeted, 0)
			return
		}
		last := k.all.hub.Last()
		k.drain()
		k.listen(last, k.sent)
	}
}

// resume sends what happened after the event last, or says that it is too long ago.
func resume(last uint64) command {
	return func(k *socket) {
		if !k.want.subscribed {
			k.want = interest{actor: k.want.actor, subscribed: true, allJobs: true, allTopics: true, previews: k.want.previews}
		}
		if k.sub != nil {
			k.sub.Leave()
		}
		k.listen(last, 0)
	}
}

// listen subscribes anew with the present interest and sends what was missed after
// the event after, except what has been sent up to the number sent.
func (k *socket) listen(after, sent uint64) {
	wants := k.want
	wants.jobs, wants.topics = slices.Clone(wants.jobs), slices.Clone(wants.topics)
	sub, missed := k.all.hub.Resume(after, wants.wants)
	k.sub = sub
	if missed.Gap {
		k.send(frame("resync", time.Now(), missed.Last, map[string]any{
			"reason": "Some events after that number are no longer known. Read everything again.",
		}))
		return
	}
	for _, e := range missed.Events {
		if k.ctx.Err() != nil {
			return
		}
		if e.Seq > sent {
			k.deliver(e)
		}
	}
}

// drain sends what the present subscription still holds and leaves it.
func (k *socket) drain() {
	k.sub.Leave()
	for e := range k.sub.C {
		if k.ctx.Err() != nil {
			return
		}
		k.deliver(e)
	}
}

// maxInterests bounds what one client can make the server remember.
const maxInterests = 1000

func addMissing(have, more []string) []string {
	for _, item := range more {
		if len(have) < maxInterests && !slices.Contains(have, item) {
			have = append(have, item)
		}
	}
	return have
}
