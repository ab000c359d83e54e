package jobs

import "loramanager/internal/lora"

// CheckParams refuses generation parameters that Accept would refuse, for those who keep
// parameters to be used later.
func CheckParams(p lora.GenerationParams) error { return checkParams(p) }

// CheckUses refuses adapters that Accept would refuse; field is how the error calls them.
func CheckUses(field string, uses []lora.Use) error {
	c := &checker{}
	c.uses(field, uses)
	return c.err
}
