import { inject, type InjectionKey, provide, type Ref, ref } from 'vue'

export interface Field {
  id: string
  describedBy: string | undefined
  isInvalid: boolean
}

const key: InjectionKey<Ref<Field>> = Symbol('field')

export function provideField(field: Ref<Field>): void {
  provide(key, field)
}

/** What a control inside a UiField puts on its element; nothing outside of one. */
export function useField(): Ref<Partial<Field>> {
  return inject<Ref<Partial<Field>>>(key, ref({}))
}
