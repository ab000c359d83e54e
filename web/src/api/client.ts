import type { CreateClientConfig } from './generated/client.gen'
import { basePath } from './base'
import { apiFetch } from './fetch'

/** Configures the generated client; it calls this once, when it is first imported. */
export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: basePath,
  fetch: apiFetch,
  throwOnError: true,
})
