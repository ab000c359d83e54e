import { useI18n } from 'vue-i18n'
import {
  deletePreference,
  listPreferences,
  type Preference,
  type PreferenceRequest,
  setPreference,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'
import { announceTuned } from '../tuned'

/** What the user likes and dislikes, said or learned. */
export function usePreferenceList() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { data, error, isReading, reload } = useRead(
    () => null,
    async (_, signal) => (await listPreferences({ signal })).preferences,
  )
  const refresh = () => void reload()
  useLive({ recommend_changed: refresh, resync: refresh })

  /** Saves a preference; rejects with the server's reason. */
  async function put(preference: PreferenceRequest): Promise<void> {
    await setPreference({ body: preference })
    announceTuned()
    await reload()
  }

  async function bringBack({ preference_type, preference_value, confidence, learned_from }: Preference) {
    try {
      await put({ preference_type, preference_value, confidence, explicit: learned_from === 'explicit' })
    } catch (failure) {
      showToast({ tone: 'danger', title: t('recommend.preferences.failed'), detail: errorText(failure) })
    }
  }

  async function remove(preference: Preference): Promise<void> {
    const before = data.value
    data.value = before?.filter(({ id }) => id !== preference.id)
    try {
      await deletePreference({ path: { id: preference.id } })
      announceTuned()
    } catch (failure) {
      data.value = before
      showToast({
        tone: 'danger',
        title: t('recommend.preferences.removeFailed'),
        detail: errorText(failure),
      })
      return
    }
    showToast({
      tone: 'success',
      title: t('recommend.preferences.removed', { value: preference.preference_value }),
      action: { label: t('ui.undo'), run: () => bringBack(preference) },
    })
  }

  return { preferences: data, error, isReading, reload, put, remove }
}
