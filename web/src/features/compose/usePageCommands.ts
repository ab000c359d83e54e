import {
  FilePlus2,
  FolderOpen,
  History,
  ImageUp,
  ListRestart,
  Pencil,
  Plus,
  Power,
  Save,
  SaveAll,
  Send,
  Share2,
  Trash2,
  Undo2,
} from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { type Command, useCommands } from '@/shared/useCommands'
import { useLacking } from '@/shared/useLacking'
import { type Permission, useSession } from '@/shared/useSession'
import type { MenuItem } from '@/ui/menu'
import { useBench } from './bench/useBench'
import type { ComposeDialog } from './dialogs'
import type { useWork } from './useWork'

interface PageActions {
  work: ReturnType<typeof useWork>
  open: (dialog: ComposeDialog) => void
  save: () => void
  search: () => void
}

type Action = Omit<Command, 'label' | 'group' | 'id'> & {
  name: string
  isInMenu?: boolean
  isFirstOfGroup?: boolean
  tone?: 'danger'
  permission?: Permission
}

/** What can be done on the page, by key, in the palette and from its menu. */
export function usePageCommands({ work, open, save, search }: PageActions) {
  const { t } = useI18n()
  const { bench, isDirty, isEmpty, canBringBack, bringBack } = useBench()
  const { may } = useSession()
  const lacking = useLacking()
  const isKept = () => bench.value.id !== null
  const show = (dialog: ComposeDialog) => () => {
    open(dialog)
  }

  const actions: Action[] = [
    { name: 'search', icon: Plus, keys: 'a', run: search },
    { name: 'save', icon: Save, keys: 'mod+s', permission: 'library.edit', run: save },
    {
      name: 'send',
      icon: Send,
      keys: 'mod+enter',
      run: () => void work.sendToGenerate(),
      when: () => !isEmpty.value,
    },
    {
      name: 'new',
      icon: FilePlus2,
      run: work.startNew,
      when: () => !isEmpty.value || isKept(),
      isInMenu: true,
    },
    { name: 'open', icon: FolderOpen, keys: 'o', run: show('compositions') },
    { name: 'fromActive', icon: ListRestart, run: () => void work.startFromActive(), isInMenu: true },
    { name: 'rebuild', icon: ImageUp, keys: 'p', run: show('rebuild'), isInMenu: true },
    { name: 'bringBack', icon: Undo2, run: bringBack, when: () => canBringBack.value, isInMenu: true },
    {
      name: 'saveAs',
      icon: SaveAll,
      permission: 'library.edit',
      run: show('saveAs'),
      when: () => !isEmpty.value,
      isInMenu: true,
      isFirstOfGroup: true,
    },
    {
      name: 'rename',
      icon: Pencil,
      permission: 'library.edit',
      run: show('rename'),
      when: isKept,
      isInMenu: true,
    },
    { name: 'history', icon: History, run: show('history'), when: isKept, isInMenu: true },
    { name: 'share', icon: Share2, run: show('share'), when: isKept, isInMenu: true },
    {
      name: 'activate',
      icon: Power,
      permission: 'library.edit',
      run: () => void work.activate(),
      when: () => isKept() && !isDirty.value,
      isInMenu: true,
      isFirstOfGroup: true,
    },
    {
      name: 'delete',
      icon: Trash2,
      permission: 'library.edit',
      tone: 'danger',
      run: () => void work.remove(bench.value.id ?? '', bench.value.name),
      when: isKept,
      isInMenu: true,
      isFirstOfGroup: true,
    },
  ]

  useCommands(
    actions.map(({ name, permission, when, ...action }) => ({
      ...action,
      when: () => (when?.() ?? true) && (!permission || may(permission)),
      id: `compose:${name}`,
      label: () => t(`compose.action.${name}`),
      group: () => t('nav.compose'),
    })),
  )

  return {
    menu: computed<MenuItem[]>(() =>
      actions
        .filter(({ isInMenu, when }) => isInMenu && (when?.() ?? true))
        .map(({ name, icon, keys, run, tone, isFirstOfGroup, permission }) => ({
          label: t(`compose.action.${name}`),
          icon,
          keys,
          run,
          tone,
          isFirstOfGroup,
          reason: permission && lacking(permission),
        })),
    ),
  }
}
