package digest

import (
	"strings"

	"loramanager/internal/lora"
)

// wholeFile lists the kinds that change with any byte of the file, surest first.
var wholeFile = []Kind{SHA256, BLAKE3, AutoV2, CRC32, AutoV1}

// Compare explains how digests that sidecars and the header claim differ from those
// computed. It returns nothing when all agree or none can be compared. Each Finding
// carries the kind it is about as Subject.
func Compare(computed Set, claimed map[Kind]string) []lora.Finding {
	c := comparison{computed: computed, claimed: claimed}
	var findings []lora.Finding
	for _, kind := range []Kind{SHA256, AutoV3, SSHS, ModelSpec} {
		if isNothing(claimed[kind]) {
			findings = append(findings, lora.Finding{
				Code: "digest_of_nothing", Severity: lora.Info, Subject: string(kind),
				Message: "The digest stored as " + string(kind) + " is that of an empty file: the program that wrote it could not read the adapter.",
				Advice:  "Nothing needs to be done. The digest is ignored.",
			})
		}
	}
	if f := c.file(); f != nil {
		findings = append(findings, *f)
	}
	if f := c.trainer(); f != nil {
		findings = append(findings, *f)
	}
	return findings
}

type comparison struct {
	computed Set
	claimed  map[Kind]string
}

type verdict uint8

const (
	unknown verdict = iota
	equal
	different
)

// judge compares a claim with a computed digest. The shorter one decides the length.
func (c comparison) judge(claim Kind, value string) verdict {
	token, err := Normalize(c.claimed[claim])
	if err != nil || value == "" {
		return unknown
	}
	if len(token) > len(value) {
		token = token[:len(value)]
	}
	if strings.HasPrefix(value, token) || claim == CRC32 && swapBytes(token) == value {
		return equal
	}
	return different
}

// file judges what was published about the file: is it still that one, and if not,
// are at least the weights?
func (c comparison) file() *lora.Finding {
	whole, about := unknown, SHA256
	values := c.computed.Map()
	for _, kind := range wholeFile {
		if v := c.judge(kind, values[kind]); v != unknown {
			whole, about = v, kind
			break
		}
	}
	tensors := c.judge(AutoV3, c.computed.AutoV3)
	switch {
	case whole == different && tensors == equal:
		return &lora.Finding{
			Code: "header_edited", Severity: lora.Info, Subject: string(about),
			Message: "Another program has changed the header of this file since it was published; the weights are untouched.",
			Advice:  "Nothing needs to be done. Look the adapter up by its AutoV3 digest, which has not changed.",
		}
	case whole == different && tensors == different:
		return &lora.Finding{
			Code: "other_file", Severity: lora.Warning, Subject: string(about),
			Message: "The weights are not the ones the sidecar describes: it belongs to another file or version, or this file is damaged.",
			Advice:  "Compare the version on its page, and download the file again if it should be that one.",
		}
	case whole == different:
		return &lora.Finding{
			Code: "digest_mismatch", Severity: lora.Warning, Subject: string(about),
			Message: "The file is not byte for byte the one the sidecar describes. Either its header was edited, or it is another file.",
			Advice:  "If it works as expected, an edited header is the likely reason. Otherwise download it again.",
		}
	case whole == equal && tensors == different:
		return &lora.Finding{
			Code: "autov3_by_other_rule", Severity: lora.Info, Subject: string(AutoV3),
			Message: "The file is exactly the published one, but the published AutoV3 was computed by another rule, as happens with headers over 16 MiB and with values taken from the trainer.",
			Advice:  "Nothing needs to be done. Look the adapter up by its SHA256.",
		}
	case whole == unknown && tensors == different:
		return &lora.Finding{
			Code: "digest_mismatch", Severity: lora.Warning, Subject: string(AutoV3),
			Message: "The weights do not have the AutoV3 digest that the sidecar states.",
			Advice:  "Compare the version on its page, and download the file again if it should be that one.",
		}
	}
	return nil
}

// trainer judges the digest the trainer wrote into the header. Its two others were
// taken from bytes that no longer exist and are not compared.
func (c comparison) trainer() *lora.Finding {
	if c.judge(SSHS, c.computed.AutoV3) != different {
		return nil
	}
	return &lora.Finding{
		Code: "changed_since_training", Severity: lora.Info, Subject: string(SSHS),
		Message: "The weights are not those the trainer saved: the file was resized, merged, converted or its tensors were reordered afterwards, and the old digest was left in the header.",
		Advice:  "Nothing needs to be done. Do not look the adapter up by the trainer's digest.",
	}
}

func isNothing(claim string) bool {
	s := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(claim)), "0x")
	return len(s) >= 8 && (strings.HasPrefix(emptySHA256, s) || strings.HasPrefix(emptyBLAKE3, s))
}
