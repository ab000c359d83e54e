/**
 * The path under which the app is served, without a slash at its end: "" at the
 * root of a host, "/lora" below it. The server writes it into <base href>.
 */
export const basePath = new URL('.', document.baseURI).pathname.replace(/\/$/, '')

/** Turns a server path such as "/api/v1/adapters/1/preview" into one that works under any base path. */
export function serverUrl(path: string): string {
  return basePath + path
}
