import { describe, expect, it } from 'vitest'
import { historyOf, hostsOf, usesOf } from './resources'
import { sampleOf } from './testing'

const gpu = {
  id: 0,
  name: 'Card',
  driver: 'amd' as const,
  memory_used: 2,
  memory_total: 8,
  utilization: null,
  temperature: null,
  fan_speed: null,
  power_draw_watts: null,
}

describe('usesOf', () => {
  it('has no figure for what was not measured', () => {
    expect(usesOf(sampleOf()).map(({ key, share }) => [key, share])).toEqual([
      ['cpu', null],
      ['memory', null],
      ['disk', null],
    ])
  })

  it('tells of a graphics card only what its driver tells', () => {
    const uses = usesOf(sampleOf({ cpu_percent: 50, memory_used: 1, memory_total: 4, gpus: [gpu] }))
    expect(uses.map(({ key, share }) => [key, share])).toEqual([
      ['cpu', 0.5],
      ['memory', 0.25],
      ['disk', null],
      ['gpu', null],
      ['gpu_memory', 0.25],
    ])
  })

  it('stays within its scale when a figure does not', () => {
    expect(usesOf(sampleOf({ cpu_percent: 104 }))[0]!.share).toBe(1)
    expect(usesOf(sampleOf({ memory_used: 4, memory_total: 0 }))[1]!.share).toBeNull()
  })
})

describe('historyOf', () => {
  it('leaves a gap where no sample was taken for long', () => {
    const taken = [0, 1, 2, 40, 41].map((minute) =>
      sampleOf({ at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(), cpu_percent: minute }),
    )
    const { at, lines } = historyOf(taken, 'studio')
    expect(lines[0]!.values).toEqual([0, 1, 2, null, 40, 41])
    expect(at[3]).toBe(Date.UTC(2026, 0, 1, 0, 3))
  })

  it('keeps two cards of the same make apart', () => {
    const gpus = [
      { ...gpu, memory_used: 2 },
      { ...gpu, id: 1, memory_used: 6 },
    ]
    expect(historyOf([sampleOf({ gpus })], 'studio').lines).toEqual([
      { key: 'gpu_memory', name: 'Card (0)', values: [25] },
      { key: 'gpu_memory', name: 'Card (1)', values: [75] },
    ])
  })

  it('leaves gaps where nothing was measured, and no line for what never was', () => {
    const samples = [
      sampleOf({ at: '2026-01-01T00:00:00Z', memory_used: 1, memory_total: 2 }),
      sampleOf({ at: '2026-01-01T00:01:00Z', host: 'attic', cpu_percent: 99 }),
      sampleOf({ at: '2026-01-01T00:02:00Z', cpu_percent: 10 }),
    ]
    expect(historyOf(samples, 'studio')).toEqual({
      at: [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-01T00:02:00Z')],
      lines: [
        { key: 'cpu', name: '', values: [null, 10] },
        { key: 'memory', name: '', values: [50, null] },
      ],
    })
    expect(hostsOf(samples)).toEqual(['attic', 'studio'])
  })
})
