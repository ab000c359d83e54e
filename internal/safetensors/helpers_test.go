package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// fileOf puts the length in front of a header and dataBytes zeros behind it.
func fileOf(header string, dataBytes int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, dataBytes)...)
}

func readBytes(file []byte) (*lora.Header, error) {
	return Read(bytes.NewReader(file), int64(len(file)), DefaultLimits())
}

// codeOf is the code of a finding, "" for no error; any other error fails the test.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is no finding: %v", err)
	}
	return e.Code
}

// realisticHeader is what kohya-style trainers write for an SDXL adapter: three
// tensors for each module and metadata full of escaped JSON.
func realisticHeader(tensors, metadataBytes int) (header string, dataBytes int) {
	var b strings.Builder
	b.WriteString(`{"__metadata__":{`)
	for i := range 40 {
		fmt.Fprintf(&b, `"ss_fact_%d":"%d.5e-05",`, i, i)
	}
	b.WriteString(`"ss_tag_frequency":"{`)
	for i := 0; b.Len() < metadataBytes; i++ {
		fmt.Fprintf(&b, `\"tag number %d\": %d, `, i, 1000-i)
	}
	b.WriteString(`}"}`)
	for i := range tensors {
		name := fmt.Sprintf("lora_unet_output_blocks_%d_1_transformer_blocks_%d_attn2_to_k", i/30, i/3)
		shape, size := "[]", 2
		switch i % 3 {
		case 0:
			name += ".lora_down.weight"
			shape, size = "[4,16]", 128
		case 1:
			name += ".lora_up.weight"
			shape, size = "[16,4]", 128
		default:
			name += ".alpha"
		}
		fmt.Fprintf(&b, `,"%s":{"dtype":"F16","shape":%s,"data_offsets":[%d,%d]}`, name, shape, dataBytes, dataBytes+size)
		dataBytes += size
	}
	b.WriteString("}")
	return b.String(), dataBytes
}

// shuffleTensors lists the tensors of a realistic header in another, fixed order.
func shuffleTensors(header string) string {
	metadata, tensors, _ := strings.Cut(header, `"},"lora`)
	list := strings.Split(`"lora`+strings.TrimSuffix(tensors, "}"), `,"lora`)
	for i := range list {
		list[i] = `"lora` + strings.TrimPrefix(list[i], `"lora`)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return metadata + `"},` + strings.Join(list, ",") + "}"
}
