package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// DeliveryWrite is a prompt to be sent out.
type DeliveryWrite struct {
	Prompt string         `json:"prompt" maxLength:"65536"`
	Mode   string         `json:"mode" maxLength:"200" doc:"http, file (or cli), or an engine"`
	Params map[string]any `json:"params,omitempty" nullable:"true"`
}

// DeliveryAccepted names the job that was accepted.
type DeliveryAccepted struct {
	DeliveryID string `json:"delivery_id"`
}

// DeliveryReply is one delivery.
type DeliveryReply struct {
	Delivery DeliveryView `json:"delivery"`
}

// DeliveryView is a job in the words of the delivery routes.
type DeliveryView struct {
	ID         string         `json:"id"`
	Prompt     string         `json:"prompt"`
	Mode       string         `json:"mode"`
	Params     map[string]any `json:"params"`
	Status     lora.JobStatus `json:"status" enum:"pending,running,retrying,succeeded,failed,cancelled"`
	Result     map[string]any `json:"result" nullable:"true"`
	CreatedAt  time.Time      `json:"created_at"`
	StartedAt  *time.Time     `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at"`
	ParentID   *string        `json:"parent_id" doc:"The generation whose pictures it carries"`
}

// DeliveryList are deliveries, newest first.
type DeliveryList struct {
	Deliveries []DeliveryView `json:"deliveries"`
}

// DeliveryTargets say where deliveries may go.
type DeliveryTargets struct {
	HTTPAllowed  []string `json:"http_allowed" doc:"Hosts, with or without port, that the administrator allowed"`
	FileFolder   *string  `json:"file_folder" doc:"null when no folder is configured"`
	Placeholders []string `json:"placeholders" doc:"What a template may hold"`
}

type listDeliveriesInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) routeDeliveries() {
	const tag, path = "deliveries", "/deliveries"
	route(s, http.MethodPost, path, "createDelivery", tag, "Send a prompt out", s.createDelivery, created)
	route(s, http.MethodGet, path, "listDeliveries", tag, "List deliveries", s.listDeliveries)
	route(s, http.MethodGet, path+"/{id}", "readDelivery", tag, "Read a delivery", s.readDelivery)
	route(s, http.MethodGet, "/delivery-targets", "listDeliveryTargets", tag, "Where deliveries may go", s.listDeliveryTargets)
}

func deliveryView(j *lora.Job) DeliveryView {
	return DeliveryView{
		ID: j.ID, Prompt: j.Prompt, Mode: j.Mode, Params: objectOrEmpty(j.Params), Status: j.Status, Result: objectOf(j.Result),
		CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt, ParentID: textOrNull(j.ParentID),
	}
}

func (s *Server) createDelivery(ctx context.Context, in *struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"A request repeated with the same key makes no second job"`
	Body           DeliveryWrite
}) (*reply[DeliveryAccepted], error) {
	params, err := json.Marshal(in.Body.Params)
	if err != nil {
		return nil, err
	}
	job, err := s.jobs.AcceptDelivery(ctx, jobs.DeliveryRequest{Prompt: in.Body.Prompt, Mode: in.Body.Mode, Params: params, Terms: jobs.Terms{IdempotencyKey: in.IdempotencyKey, Owner: ownerOf(ctx), Account: accountOf(ctx)}})
	return answer(DeliveryAccepted{DeliveryID: job.ID}, below("body.", err))
}

func (s *Server) readDelivery(ctx context.Context, in *ByID) (*reply[DeliveryReply], error) {
	j, err := s.theJob(ctx, in.ID, "delivery not found")
	return answer(DeliveryReply{Delivery: deliveryView(&j)}, err)
}

func (s *Server) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*reply[DeliveryList], error) {
	deliveries, _, err := s.store.ListJobs(ctx, nil, lora.Delivery, in.Limit, "")
	views := make([]DeliveryView, 0, len(deliveries))
	for i := range deliveries {
		views = append(views, deliveryView(&deliveries[i]))
	}
	return answer(DeliveryList{Deliveries: views}, err)
}

func (s *Server) listDeliveryTargets(context.Context, *none) (*reply[DeliveryTargets], error) {
	return answer(DeliveryTargets{
		HTTPAllowed: list(s.options.DeliveryHosts), FileFolder: textOrNull(s.options.DeliveryFolder), Placeholders: []string{"{prompt}", "{negative}", "{seed}"},
	}, nil)
}
