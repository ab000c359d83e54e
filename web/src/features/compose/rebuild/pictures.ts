/** The kinds of pictures that prompts are read from. */
export const pictureTypes = ['image/png', 'image/jpeg', 'image/webp']

/** The first picture among what was pasted or dropped. */
export function pictureIn(transfer: DataTransfer | null): File | null {
  return [...(transfer?.files ?? [])].find(({ type }) => pictureTypes.includes(type)) ?? null
}
