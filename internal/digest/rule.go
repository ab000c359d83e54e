package digest

// Rule is one way in which a digest can identify a file: the stored value of Kind
// begins with Prefix.
type Rule struct {
	Kind   Kind
	Prefix string
}

// kindsByLength lists, for each length a digest occurs in, the kinds it can be, most
// likely first.
var kindsByLength = map[int][]Kind{
	64: {SHA256, AutoV3, BLAKE3, SSHS, ModelSpec},
	12: {AutoV3, SHA256, SSHS},
	10: {AutoV2, AutoV3},
	8:  {AutoV1, SSHSLegacy, CRC32, SHA256, AutoV3},
}

// Rules returns how to look for token, in the order in which the rules are to be
// tried; the first one that finds files decides. It is empty for what Normalize
// refuses. A CRC32 is looked for in both byte orders, because programs differ.
func Rules(token string) []Rule {
	value, err := Normalize(token)
	if err != nil {
		return nil
	}
	var rules []Rule
	for _, kind := range kindsByLength[len(value)] {
		rules = append(rules, Rule{kind, value})
		if kind == CRC32 {
			rules = append(rules, Rule{kind, swapBytes(value)})
		}
	}
	return rules
}

// swapBytes reverses the order of the bytes that hex stands for.
func swapBytes(hex string) string {
	out := make([]byte, 0, len(hex))
	for i := len(hex) - 2; i >= 0; i -= 2 {
		out = append(out, hex[i], hex[i+1])
	}
	return string(out)
}
