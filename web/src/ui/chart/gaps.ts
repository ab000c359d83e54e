/** How many times the usual distance between samples may be exceeded before it is a gap. */
const patience = 3

/**
 * Puts a sample of nothing where none was taken for long: a line must not lead over
 * what nobody measured. Times are in milliseconds, ascending.
 */
export function withGaps<Sample>(
  samples: readonly Sample[],
  timeOf: (sample: Sample) => number,
  nothing: (before: Sample, time: number) => Sample,
): Sample[] {
  const times = samples.map(timeOf)
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0
  return samples.flatMap((sample, index) => {
    if ((distances[index] ?? 0) <= usual * patience) return [sample]
    return [sample, nothing(sample, (times[index] ?? 0) + usual)]
  })
}
