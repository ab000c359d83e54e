package httpapi

import (
	"context"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// BaseModelList are all base models that can be told apart.
type BaseModelList struct {
	Items []BaseModelName `json:"items"`
}

// BaseModelName names one base model.
type BaseModelName struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Family string `json:"family" doc:"Models of one family can stand in for each other"`
}

func (s *Server) listBaseModels(context.Context, *none) (*reply[BaseModelList], error) {
	body := BaseModelList{Items: []BaseModelName{}}
	for _, base := range inspect.Bases() {
		body.Items = append(body.Items, BaseModelName{ID: base.ID, Name: base.Name, Family: base.Family})
	}
	return answer(body, nil)
}

// baseName is the name people know a base model by; its id when there is none.
func baseName(id string) string {
	if id == lora.UnknownBase {
		return "Unknown"
	}
	for _, base := range inspect.Bases() {
		if base.ID == id {
			return base.Name
		}
	}
	return id
}

func baseFamily(id string) string {
	for _, base := range inspect.Bases() {
		if base.ID == id {
			return base.Family
		}
	}
	return id
}
