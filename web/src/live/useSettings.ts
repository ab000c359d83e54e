import { createSharedComposable } from '@vueuse/core'
import { patchSettings, readSettings } from '@/api/generated'
import { parsePreferences, type Preferences, usePreferences } from '@/shared/preferences'
import { useLive } from './useLive'

/**
 * The preferences stored on the server, followed while anything on the page uses
 * them. A change shows at once and is taken back when the server refuses it.
 */
export const useSettings = createSharedComposable(() => {
  const settings = usePreferences()
  let unsaved = 0

  async function read() {
    if (unsaved > 0) return
    try {
      settings.value = parsePreferences(await readSettings())
    } catch {
      // What this browser remembers stays in use.
    }
  }

  /** Rejects with the server's ApiError after restoring what was there before. */
  async function save(change: Partial<Preferences>): Promise<void> {
    const before = { ...settings.value }
    settings.value = { ...before, ...change }
    unsaved++
    try {
      await patchSettings({ body: change })
    } catch (error) {
      const undone = Object.keys(change).map((key) => [key, before[key as keyof Preferences]])
      settings.value = parsePreferences({ ...settings.value, ...Object.fromEntries(undone) })
      throw error
    } finally {
      unsaved--
    }
  }

  useLive({ settings_changed: () => void read(), resync: () => void read() })
  void read()
  return { settings, save }
})
