import { useI18n } from 'vue-i18n'
import { useSession } from '@/shared/useSession'
import { useShortcuts } from '@/shared/useShortcuts'

interface ViewerKeys {
  /** To the next picture, or the one before. */
  step: (by: 1 | -1) => void
  /** To the next result, or the one before. */
  show: (by: 1 | -1) => void
  zoom: (factor: number) => void
  toggleZoom: () => void
  rate: (stars: number) => void
  favorite: () => void
  remove: () => void
  compare: () => void
}

const zoomStep = 1.4

/** The keys of the viewer; they belong to its dialog, so only a component inside of it can have them. */
export function useViewerKeys(run: ViewerKeys): void {
  const { t } = useI18n()
  const { may } = useSession()
  const group = () => t('history.viewer.title')
  const on = (keys: string, label: () => string, action: () => void) => ({ keys, label, group, run: action })

  useShortcuts([
    on(
      'arrowright',
      () => t('history.viewer.next'),
      () => {
        run.step(1)
      },
    ),
    on(
      'arrowleft',
      () => t('history.viewer.previous'),
      () => {
        run.step(-1)
      },
    ),
    on(
      'j',
      () => t('history.viewer.nextResult'),
      () => {
        run.show(1)
      },
    ),
    on(
      'k',
      () => t('history.viewer.previousResult'),
      () => {
        run.show(-1)
      },
    ),
    on(
      '+',
      () => t('history.viewer.zoomIn'),
      () => {
        run.zoom(zoomStep)
      },
    ),
    on(
      '-',
      () => t('history.viewer.zoomOut'),
      () => {
        run.zoom(1 / zoomStep)
      },
    ),
    on('z', () => t('history.viewer.zoom'), run.toggleZoom),
    on('f', () => t('history.keys.favorite'), run.favorite),
    ...[0, 1, 2, 3, 4, 5].map((stars) =>
      on(
        String(stars),
        () => (stars === 0 ? t('history.keys.unrate') : t('history.keys.rate', { count: stars }, stars)),
        () => {
          run.rate(stars)
        },
      ),
    ),
    on('c', () => t('history.viewer.compare'), run.compare),
    { ...on('delete', () => t('history.keys.trash'), run.remove), when: () => may('results.edit') },
  ])
}
