/** The length of what a chart counts by. Days and hours are those of the reader's clock. */
export type ChartUnit = 'hour' | 'day'

/** The moment the hour or day of `time` begins, on the reader's clock. */
export function slotStart(time: number, unit: ChartUnit): number {
  // Within an hour the offset of a clock is the same, and may be half an hour or 45 minutes.
  const date = new Date(time)
  if (unit === 'hour')
    return time - ((date.getMinutes() * 60 + date.getSeconds()) * 1000 + date.getMilliseconds())
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** The moment the next hour or day begins. Days have 23 or 25 hours when the clocks are changed. */
export function slotEnd(start: number, unit: ChartUnit): number {
  if (unit === 'hour') return start + 3_600_000
  const date = new Date(start)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime()
}

/** The beginnings of all hours or days that lie wholly or partly in a span of time, its end excluded. */
export function slotsWithin(start: number, end: number, unit: ChartUnit): number[] {
  const starts: number[] = []
  for (let slot = slotStart(start, unit); slot < end; slot = slotEnd(slot, unit)) starts.push(slot)
  return starts
}

const everyHours = [1, 2, 3, 4, 6, 8, 12]
const everyMonths = [1, 2, 3, 6, 12, 24, 60, 120]

/** Which beginnings of hours or days get a mark when there is room for so many: round hours, Mondays, firsts of months. */
export function marksOf(starts: readonly number[], unit: ChartUnit, most: number): number[] {
  const rules: ((date: Date) => boolean)[] = [
    ...(unit === 'hour' ? everyHours.map((step) => (date: Date) => date.getHours() % step === 0) : []),
    (date) => date.getHours() === 0 || unit === 'day',
    ...(unit === 'day' ? [(date: Date) => date.getDate() % 2 === 1 && date.getDate() < 31] : []),
    (date) => isMidnight(date, unit) && date.getDay() === 1,
    (date) => isMidnight(date, unit) && dayNumber(date) % 14 === mondays,
    ...everyMonths.map(
      (step) => (date: Date) =>
        isMidnight(date, unit) &&
        date.getDate() === 1 &&
        (date.getFullYear() * 12 + date.getMonth()) % step === 0,
    ),
  ]
  for (const rule of rules) {
    const marked = starts.filter((start) => rule(new Date(start)))
    if (marked.length <= most) return marked
  }
  return []
}

/** Counts days from the first of 1970, a Thursday: its Mondays leave 4 when divided by 7. */
function dayNumber(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000
}
const mondays = 4

/** Some zones change their clocks at midnight, so that a day begins at one o'clock. */
function isMidnight(date: Date, unit: ChartUnit): boolean {
  return unit === 'day' || date.getHours() === 0
}
