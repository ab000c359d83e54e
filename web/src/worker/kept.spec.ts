import { describe, expect, it } from 'vitest'
import { kindOf } from './kept'

const id = '0198a9c2-7c1e-7d53-9b5c-0a4f7d1b2c3d'

describe('what a browser keeps', () => {
  it.each([
    ['api/v1/adapters', 'facts'],
    [`api/v1/adapters/${id}`, 'facts'],
    [`api/v1/adapters/${id}/digests`, 'facts'],
    ['api/v1/adapters/facets', 'facts'],
    ['api/v1/base-models', 'facts'],
    [`api/v1/adapters/${id}/preview`, 'pictures'],
  ])('holds %s as %s', (path, kind) => {
    expect(kindOf(path)).toBe(kind)
  })

  it.each([
    'api/v1/session',
    'api/v1/account',
    'api/v1/account/keys',
    'api/v1/users',
    'api/v1/audit',
    'api/v1/settings',
    'api/v1/roles',
    'api/v1/keys',
    'api/v1/generation/jobs',
    'api/v1/backups',
    'api/health',
    `api/v1/adapters/${id}/preview/session`,
    'x/api/v1/adapters',
  ])('never holds %s', (path) => {
    expect(kindOf(path)).toBeUndefined()
  })
})
