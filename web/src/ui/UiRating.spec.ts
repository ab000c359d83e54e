import { describe, expect, it } from 'vitest'
import { nextTick, reactive } from 'vue'
import { mountInApp } from '@/shared/testing'
import UiRating from './UiRating.vue'

function setUp(initial: number | null) {
  const props = reactive({
    label: 'Rating',
    modelValue: initial,
    'onUpdate:modelValue': (stars: number | null) => {
      props.modelValue = stars
    },
  })
  const { wrapper } = mountInApp(UiRating, props)
  return {
    props,
    slider: wrapper.get('[role=slider]'),
    star: (stars: number) => wrapper.get(`[data-stars="${stars}"]`),
  }
}

describe('UiRating', () => {
  it('rates with a click and takes the rating away with another on the same star', async () => {
    const { props, star } = setUp(null)
    await star(4).trigger('click')
    expect(props.modelValue).toBe(4)
    await star(4).trigger('click')
    expect(props.modelValue).toBeNull()
  })

  it.each([
    ['ArrowRight', 3, 4],
    ['ArrowRight', 5, 5],
    ['ArrowRight', null, 1],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 1, null],
    ['5', 1, 5],
    ['0', 3, null],
    ['Delete', 3, null],
    ['End', null, 5],
    ['x', 3, 3],
  ])('on %s goes from %s to %s', async (key, from, to) => {
    const { props, slider } = setUp(from)
    await slider.trigger('keydown', { key })
    expect(props.modelValue).toBe(to)
  })

  it('says its value in words', async () => {
    const { props, slider } = setUp(null)
    expect(slider.attributes('aria-valuetext')).toBe('Not rated')
    props.modelValue = 1
    await nextTick()
    expect(slider.attributes('aria-valuetext')).toBe('1 star')
  })
})
