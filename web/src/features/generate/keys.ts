/**
 * Names each click once: a click repeated because its answer was lost has the same
 * key, so that the server makes one job of both.
 */
export class RequestKeys {
  private pending: { request: string; key: string } | undefined

  keyFor(request: string): string {
    if (this.pending?.request !== request) this.pending = { request, key: newKey() }
    return this.pending.key
  }

  /** The server has answered: the next click is another one. */
  done(): void {
    this.pending = undefined
  }
}

/** crypto.randomUUID does not exist on pages that a phone reads over plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
