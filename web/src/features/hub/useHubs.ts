import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  cancelHubLookup,
  type HubLookupRequest,
  type LookUpState,
  lookUpAdapters,
  readHubState,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { announce } from '@/shared/announcer'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { useRead } from '@/shared/useRead'
import { latest } from './lookup/lookUps'

/** How often the state is read again at most, in milliseconds. */
const pause = 1_000

/** Which hubs are set up and how looking up goes. Every caller shares one state. */
export const useHubs = createSharedComposable(() => {
  const { t } = useI18n()
  const { number } = useFormat()
  const errorText = useErrorText()
  const { data, error, isReading, reload } = useRead(
    () => null,
    (_, signal) => readHubState({ signal }),
  )
  const refresh = useThrottleFn(reload, pause, true)
  const lookups = computed(() => data.value?.lookups)
  const configured = computed(() => data.value?.hubs.filter((hub) => hub.configured) ?? [])

  function take(told: LookUpState): void {
    if (!data.value) {
      void refresh()
      return
    }
    const before = data.value.lookups
    const now = latest(before, told)
    data.value = { ...data.value, lookups: now }
    if (before.running && !now.running) end(now)
  }

  function end({ found, absent, failed, error: why }: LookUpState): void {
    const counts = { found: number(found), absent: number(absent), failed: number(failed) }
    announce(why ? t('hub.lookup.endedEarly') : t('hub.lookup.ended', counts))
    if (why) showToast({ tone: 'danger', title: t('hub.lookup.endedEarly'), detail: why })
  }

  /** Begins a look-up; true when the server took it. */
  async function lookUp(what: HubLookupRequest): Promise<boolean> {
    try {
      take(await lookUpAdapters({ body: what }))
      return true
    } catch (failure) {
      showToast({ tone: 'danger', title: t('hub.failed'), detail: errorText(failure) })
      return false
    }
  }

  async function cancel(): Promise<void> {
    try {
      take(await cancelHubLookup())
    } catch (failure) {
      showToast({ tone: 'danger', title: t('hub.newer.failed'), detail: errorText(failure) })
    }
  }

  useLive({ lookup_progress: take, resync: () => void refresh() })

  return {
    hubs: computed(() => data.value?.hubs ?? []),
    configured,
    isKnown: computed(() => data.value !== undefined),
    isOn: computed(() => configured.value.length > 0),
    lookups,
    error,
    isReading,
    reload,
    lookUp,
    cancel,
  }
})
