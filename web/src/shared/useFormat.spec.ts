import { describe, expect, it } from 'vitest'
import { defineComponent } from 'vue'
import { mountInApp } from './testing'
import { useFormat } from './useFormat'

function setUp() {
  let format: ReturnType<typeof useFormat> | undefined
  mountInApp(
    defineComponent(() => {
      format = useFormat()
      return () => null
    }),
  )
  return format!
}

describe('useFormat', () => {
  const { bytes, relative, duration, percent } = setUp()

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_536, '1.5 kB'],
    [239_075_328, '228 MB'],
    [1_073_741_824, '1 GB'],
    [2.5e15, '2,274 TB'],
  ])('writes %d bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text)
  })

  it.each([
    [0, 'now'],
    [-30, 'now'],
    [-90, '1 minute ago'],
    [-7_300, '2 hours ago'],
    [-90_000, 'yesterday'],
    [-1_300_000, '2 weeks ago'],
    [3_700, 'in 1 hour'],
  ])('writes a time %d seconds away as %s', (seconds, text) => {
    const now = Date.parse('2026-03-01T12:00:00Z')
    expect(relative(now + seconds * 1000, now)).toBe(text)
  })

  it.each([
    [0.42, '0.4 ms'],
    [38, '38 ms'],
    [0, '0 sec'],
    [400, '0.4 sec'],
    [12_400, '12 sec'],
    [108_000, '1 min 48 sec'],
    [7_500_000, '2 hr 5 min'],
  ])('writes %d milliseconds as %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text)
  })

  it('writes a share as a percentage', () => {
    expect(percent(0.256)).toBe('26%')
  })
})
