import { ArrowLeftRight } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useCommands } from '@/shared/useCommands'

/** Lets the command palette open each part of the page. */
export function usePartCommands(parts: readonly string[]): void {
  const { t } = useI18n()
  const router = useRouter()
  useCommands(
    parts.map((part) => ({
      id: `transfer.${part}`,
      label: () => t(`transfer.parts.${part}`),
      group: () => t('nav.transfer'),
      icon: ArrowLeftRight,
      words: () => t('transfer.words'),
      run: () => void router.push(`/transfer/${part}`),
    })),
  )
}
