import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { uploadPicture } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'

/** What the server takes; other files are refused before they are sent. */
export const pictureTypes = ['image/png', 'image/jpeg', 'image/webp']
const mostBytes = 64 * 1024 * 1024

/** Sends pictures to the server, which keeps them by their SHA-256. */
export function usePictureUpload(onDone: (sha256: string) => void) {
  const { t } = useI18n()
  const errorText = useErrorText()
  const isUploading = ref(false)
  const problem = ref<string>()

  function refusal(file: File): string | undefined {
    if (!pictureTypes.includes(file.type)) return t('generate.picture.wrongType')
    return file.size > mostBytes ? t('generate.picture.tooLarge') : undefined
  }

  async function upload(file: File): Promise<void> {
    problem.value = refusal(file)
    if (problem.value || isUploading.value) return
    isUploading.value = true
    try {
      const { sha256 } = await uploadPicture({ body: file, headers: { 'Content-Type': file.type } })
      onDone(sha256)
    } catch (error) {
      problem.value = errorText(error)
    } finally {
      isUploading.value = false
    }
  }

  return { upload, isUploading, problem }
}

/** The first picture among what was dropped or pasted. */
export function pictureOf(data: DataTransfer | null): File | undefined {
  return Array.from(data?.files ?? []).find((file) => file.type.startsWith('image/'))
}
