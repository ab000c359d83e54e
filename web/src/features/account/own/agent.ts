const browsers: [string, RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /(?:Chrome|CriOS|Chromium)\//],
  ['Safari', /\bVersion\/[\d.]+.*Safari\//],
]
const systems: [string, RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
]

/** Which browser a user agent names and on which system; undefined for what it does not tell. */
export function readAgent(agent: string): { browser: string | undefined; system: string | undefined } {
  const first = (known: [string, RegExp][]) => known.find(([, pattern]) => pattern.test(agent))?.[0]
  return { browser: first(browsers), system: first(systems) }
}
