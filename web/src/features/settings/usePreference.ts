import { computed, type WritableComputedRef } from 'vue'
import { useErrorText } from '@/api/useErrorText'
import { useSettings } from '@/live/useSettings'
import type { Preferences } from '@/shared/preferences'
import { showToast } from '@/shared/toasts'

/** Makes single preferences usable with v-model; a failure to save is told and taken back. */
export function usePreference() {
  const { settings, save } = useSettings()
  const errorText = useErrorText()

  return <Name extends keyof Preferences>(name: Name): WritableComputedRef<Preferences[Name]> =>
    computed({
      get: () => settings.value[name],
      set: (value) => {
        save({ [name]: value }).catch((error: unknown) => {
          showToast({ tone: 'danger', title: errorText(error) })
        })
      },
    })
}
