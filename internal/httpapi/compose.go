package httpapi

import (
	"net/http"

	"loramanager/internal/lora"
)

// ComposeRequest asks for a prompt. Without entries and composition_id it is composed
// from the active adapters.
type ComposeRequest struct {
	Prefix        field[string]    `json:"prefix,omitempty" doc:"At most 64 KiB"`
	Suffix        field[string]    `json:"suffix,omitempty" doc:"At most 64 KiB"`
	Negative      field[string]    `json:"negative,omitempty" doc:"At most 64 KiB"`
	Delivery      *ComposeDelivery `json:"delivery,omitempty"`
	Dialect       string           `json:"dialect,omitempty" default:"a1111" enum:"a1111,sdnext,swarmui,comfyui,stabilitymatrix,invokeai,sdcpp"`
	Entries       []lora.Composed  `json:"entries,omitempty" nullable:"true" maxItems:"200" doc:"These instead of the active adapters"`
	CompositionID field[string]    `json:"composition_id,omitempty" doc:"The texts and entries of this composition, where the request has none of its own"`
	Triggers      field[laxBool]   `json:"triggers,omitempty" doc:"Put in the trigger words chosen for each entry; true when absent"`
}

// ComposeDelivery sends the composed prompt on.
type ComposeDelivery struct {
	Mode   required[string] `json:"mode" nullable:"false" doc:"http, file (or cli), or an engine when sdnext is there"`
	HTTP   *DeliveryHTTP    `json:"http,omitempty"`
	CLI    *DeliveryFile    `json:"cli,omitempty"`
	SDNext *DeliveryEngine  `json:"sdnext,omitempty" doc:"Generate with the composed prompt"`
}

// DeliveryHTTP is where a prompt is posted.
type DeliveryHTTP struct {
	Host required[string] `json:"host" nullable:"false"`
	Port field[laxInt]    `json:"port,omitempty" doc:"80 when absent"`
	Path field[string]    `json:"path,omitempty" doc:"/ when absent"`
}

// DeliveryFile says how a prompt is written.
type DeliveryFile struct {
	Template field[string] `json:"template,omitempty" doc:"{prompt}, {negative} and {seed} are replaced"`
}

// DeliveryEngine are the parameters of a generation; the prompt is the composed one.
type DeliveryEngine struct {
	Params       *GenerationBody `json:"generation_params" nullable:"false"`
	Mode         string          `json:"mode,omitempty" enum:"immediate,deferred" default:"immediate"`
	SaveImages   field[laxBool]  `json:"save_images,omitempty" doc:"true when absent"`
	ReturnFormat string          `json:"return_format,omitempty" enum:"base64,file_path,url" default:"base64"`
}

// ComposeReply is a composed prompt.
type ComposeReply struct {
	Prompt    string            `json:"prompt"`
	Tokens    []string          `json:"tokens" doc:"One for each adapter, as the dialect writes it"`
	Warnings  []string          `json:"warnings"`
	Delivery  *ComposeDelivered `json:"delivery"`
	Dialect   string            `json:"dialect"`
	Negative  string            `json:"negative"`
	Structure any               `json:"structure" doc:"What goes beside the text, for dialects that keep adapters out of it; null for the others"`
	Dropped   []DroppedFeature  `json:"dropped"`
	Findings  []ComposeFinding  `json:"findings"`
}

// ComposeDelivered is the job that a composed prompt was handed to.
type ComposeDelivered struct {
	ID     string         `json:"id"`
	Status lora.JobStatus `json:"status" enum:"pending,running,retrying,succeeded,failed,cancelled"`
}

// DroppedFeature is something of an adapter that the dialect cannot say.
type DroppedFeature struct {
	Feature string `json:"feature"`
	Adapter string `json:"adapter"`
	Message string `json:"message"`
}

// ComposeFinding is something to know about a composed prompt.
type ComposeFinding struct {
	Code      string `json:"code" enum:"no_adapters,duplicate,zero_weight,mixed_base,missing_file,long_prompt,unknown_adapter"`
	Message   string `json:"message"`
	Adapter   string `json:"adapter,omitempty"`
	AdapterID string `json:"adapter_id,omitempty"`
}

// DialectsReply is one composition in every dialect.
type DialectsReply struct {
	Dialects []DialectText    `json:"dialects"`
	Warnings []string         `json:"warnings"`
	Findings []ComposeFinding `json:"findings"`
}

// DialectText is a composition in one dialect.
type DialectText struct {
	Dialect   string           `json:"dialect"`
	Label     string           `json:"label"`
	Prompt    string           `json:"prompt"`
	Negative  string           `json:"negative"`
	Structure any              `json:"structure"`
	Tokens    []DialectToken   `json:"tokens"`
	Dropped   []DroppedFeature `json:"dropped"`
}

// DialectToken is where an adapter stands in a prompt.
type DialectToken struct {
	Text      string `json:"text"`
	Start     int    `json:"start" doc:"In UTF-16 units of prompt, as browsers count"`
	End       int    `json:"end"`
	AdapterID string `json:"adapter_id" doc:"Empty when the catalog does not know it"`
}

func (s *Server) routeCompose() {
	route(s, http.MethodPost, "/compose", "compose", "compose", "Compose a prompt from adapters", s.composePrompt, ownValidation,
		describe("With delivery the prompt is also handed to a job."))
	route(s, http.MethodPost, "/compose/dialects", "composeDialects", "compose", "Compose in every dialect at once", s.composeDialects, ownValidation)
}
