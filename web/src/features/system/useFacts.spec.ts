import { describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { mountInApp } from '@/shared/testing'
import { checkOf } from './testing'
import { useFacts } from './useFacts'

function factsOf(facts: Record<string, unknown>): string[] {
  let said: string[] = []
  const Host = defineComponent(() => {
    said = useFacts()(checkOf({ facts }))
    return () => h('div')
  })
  mountInApp(Host).wrapper.unmount()
  return said
}

describe('useFacts', () => {
  it('says what is known of an engine: how fast it answers, what waits for it', () => {
    expect(factsOf({ kind: 'a1111', latency_ms: 12.4, jobs: 1 })).toEqual([
      'answers in 12 ms',
      '1 job for it',
    ])
  })

  it('says which of several servers scans', () => {
    expect(factsOf({ scanner: 'box-1a2b' })).toEqual(['box-1a2b scans'])
  })

  it('leaves out what is nothing, and what it does not know', () => {
    expect(factsOf({ failed_24h: 0, oldest_seconds: 0, paused: true, something: {} })).toEqual([])
  })

  it('drops a figure of the wrong kind', () => {
    expect(factsOf({ size_bytes: 'much', path: 7 })).toEqual([])
  })
})
