// Package infotext reads what producers note about a picture (A1111 text, ComfyUI and
// InvokeAI graphs, SwarmUI JSON, ...) and writes what we note. Texts in, facts out.
package infotext
