package engine

// samplingOf finds the names of a sampler and a scheduler in an engine's lists. Where no
// scheduler is named, one behind the sampler counts, as in "DPM++ 2M Karras". Without any
// name the usual ones are taken; where these are empty the engine is left its own.
func samplingOf(samplers, schedulers []string, sampler, scheduler, usualSampler, usualScheduler string) (string, string, error) {
	if sampler == "" {
		sampler = usualSampler
	}
	if sampler != "" {
		name, behind, ok := findSampler(samplers, sampler)
		if !ok {
			return "", "", notListed("sampler", sampler)
		}
		sampler = name
		if scheduler == "" {
			scheduler = behind
		}
	}
	if scheduler == "" {
		scheduler = usualScheduler
	}
	if scheduler != "" {
		name, ok := findScheduler(schedulers, scheduler)
		if !ok {
			return "", "", notListed("scheduler", scheduler)
		}
		scheduler = name
	}
	return sampler, scheduler, nil
}

// sampling is samplingOf for ComfyUI, which has no sampler and scheduler of its own.
func (l *comfyLists) sampling(sampler, scheduler string) (string, string, error) {
	return samplingOf(l.Samplers, l.Schedulers, sampler, scheduler, "euler", "normal")
}
