package engine

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Headers of http deliveries. The signature is "t=<unix seconds>,v1=<hex>", the
// HMAC-SHA256 of the seconds, a dot and the body under the configured secret.
const (
	signatureHeader = "X-LoRA-Manager-Signature"
	deliveryHeader  = "X-LoRA-Manager-Delivery" // the job's id: the same on every try
)

// http posts the prompt as JSON or, when pictures belong to it, all of it as a form. Any
// 2xx is success.
func (d *deliverer) http(ctx context.Context, delivery lora.DeliveryTask) (map[string]any, error) {
	target, err := targetOf(paramsOf(delivery, deliverHTTP))
	if err != nil {
		return nil, err
	}
	body, kind, err := deliveryBody(delivery)
	if err != nil {
		return nil, failure(lora.EngineRefused, err, "The delivery could not be written.")
	}
	header := http.Header{"Content-Type": {kind}, deliveryHeader: {delivery.JobID}, "User-Agent": {"LoRA-Manager"}}
	if secret := d.options.Secret.Reveal(); secret != "" {
		header.Set(signatureHeader, sign(secret, time.Now(), body))
	}
	within, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	status, answered, text, err := d.targets.Do(within, guard.Request{Method: http.MethodPost, URL: target, Header: header, Body: body})
	if err != nil {
		return d.unanswered(ctx, within, err)
	}
	headers := map[string]any{}
	for name := range answered {
		headers[name] = strings.ToValidUTF8(answered.Get(name), "?")
	}
	result := map[string]any{"status": status, "detail": strings.ToValidUTF8(string(text), "?"), "headers": headers}
	if status < 200 || status > 299 {
		return result, refusedBy(status, answered, text)
	}
	return result, nil
}

// unanswered is the result of a delivery that got no answer.
func (d *deliverer) unanswered(ctx, within context.Context, err error) (map[string]any, error) {
	if ctx.Err() == nil && within.Err() != nil {
		text := fmt.Sprintf("Request timeout after %gs", d.options.Timeout.Seconds())
		return map[string]any{"status": "error", "detail": text}, failure(lora.EngineTimeout, err, "The target did not answer within %g seconds.", d.options.Timeout.Seconds())
	}
	var refused *lora.Error
	if errors.As(err, &refused) {
		return nil, refusedDelivery(err)
	}
	if ctx.Err() != nil {
		return nil, err
	}
	return nil, failure(lora.EngineUnreachable, err, "The target cannot be reached. Check its address, and that it runs.")
}

// refusedBy is the failure behind an answer that is no success.
func refusedBy(status int, header http.Header, body []byte) error {
	e := refusal(status, header, body)
	e.Message = fmt.Sprintf("The target answered HTTP %d.", status)
	if said := errorText(body); said != "" {
		e.Message += " It says: " + said
	}
	return e
}

// targetOf is the address of a delivery: url, or host with port (80) and path (/).
func targetOf(params map[string]any) (string, error) {
	if text, _ := params["url"].(string); text != "" {
		return text, nil
	}
	name, _ := params["host"].(string)
	if name == "" {
		return "", failure(lora.EngineRefused, nil, "Missing required parameter: host")
	}
	port := 80
	if given, ok := params["port"]; ok && given != nil {
		n, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(given)))
		if err != nil || n < 1 || n > 65535 {
			return "", failure(lora.EngineRefused, err, "The port of a delivery is a number from 1 to 65535.")
		}
		port = n
	}
	path, _ := params["path"].(string)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if strings.ContainsAny(name, "/@?#\\ ") {
		return "", failure(lora.EngineRefused, nil, "The host of a delivery is a name or an address, without http:// and without a path.")
	}
	u, err := url.Parse("http://" + net.JoinHostPort(strings.Trim(name, "[]"), strconv.Itoa(port)) + path)
	if err != nil {
		return "", failure(lora.EngineRefused, err, "The host or path of the delivery is not valid.")
	}
	return u.String(), nil
}

// deliveryBody writes what is delivered and says its content type.
func deliveryBody(delivery lora.DeliveryTask) (body []byte, kind string, err error) {
	if len(delivery.Pictures) == 0 {
		body, err = json.Marshal(struct {
			Prompt   string `json:"prompt"`
			Negative string `json:"negative_prompt,omitempty"`
			Seed     *int64 `json:"seed,omitempty"`
		}{delivery.Prompt, delivery.Negative, delivery.Seed})
		return body, "application/json", err
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	err = w.WriteField("prompt", delivery.Prompt)
	if delivery.Negative != "" {
		err = errors.Join(err, w.WriteField("negative_prompt", delivery.Negative))
	}
	if delivery.Seed != nil {
		err = errors.Join(err, w.WriteField("seed", strconv.FormatInt(*delivery.Seed, 10)))
	}
	for i, picture := range delivery.Pictures {
		kind := pictureType(picture.Data)
		part, partErr := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="image"; filename="%s"`, pictureName(delivery.JobID, i, picture.Data))},
			"Content-Type":        {kind},
		})
		if partErr == nil {
			_, partErr = part.Write(picture.Data)
		}
		err = errors.Join(err, partErr)
	}
	err = errors.Join(err, w.Close())
	return form.Bytes(), w.FormDataContentType(), err
}

// sign is the value of the signature header.
func sign(secret string, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(seconds + ".")) // never fails
	_, _ = mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
