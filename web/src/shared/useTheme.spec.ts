import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick } from 'vue'
import { usePreferences } from './preferences'
import { useTheme } from './useTheme'

describe('useTheme', () => {
  let scope: EffectScope
  const media = Object.assign(new EventTarget(), { matches: false, media: '(prefers-color-scheme: dark)' })
  const isDark = () => document.documentElement.classList.contains('dark')

  beforeEach(() => {
    scope = effectScope()
    media.matches = false
    vi.spyOn(window, 'matchMedia').mockReturnValue(media as unknown as MediaQueryList)
    usePreferences().value.theme = 'system'
    scope.run(useTheme)
  })
  afterEach(() => {
    scope.stop()
  })

  it('follows the system', async () => {
    expect(isDark()).toBe(false)
    media.matches = true
    media.dispatchEvent(Object.assign(new Event('change'), { matches: true }))
    await nextTick()
    expect(isDark()).toBe(true)
  })

  it('prefers what was chosen to what the system says', async () => {
    usePreferences().value.theme = 'dark'
    await nextTick()
    expect(isDark()).toBe(true)
  })

  it('puts the density on the page', async () => {
    usePreferences().value.density = 'compact'
    await nextTick()
    expect(document.documentElement.dataset.density).toBe('compact')
  })
})
