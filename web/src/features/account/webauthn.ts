/** Bytes as WebAuthn writes them in JSON: base64 for addresses, without padding. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (char) => char.charCodeAt(0))
}

function toBase64(bytes: ArrayBuffer | null): string | undefined {
  if (!bytes) return undefined
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

type Json<Options> = Omit<Options, 'challenge'> & { challenge: string }
type NamedById = { id: string } & Omit<PublicKeyCredentialDescriptor, 'id'>
type RequestJson = Json<Omit<PublicKeyCredentialRequestOptions, 'allowCredentials'>> & {
  allowCredentials?: NamedById[]
}
type CreationJson = Json<Omit<PublicKeyCredentialCreationOptions, 'user' | 'excludeCredentials'>> & {
  user: { id: string } & Omit<PublicKeyCredentialUserEntity, 'id'>
  excludeCredentials?: NamedById[]
}

const withBytes = (named: NamedById[] | undefined) =>
  named?.map((one) => ({ ...one, id: fromBase64(one.id) }))

/** True where the browser can ask passkeys at all: on secure pages only. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && typeof navigator.credentials !== 'undefined'
}

/** True where the browser offers passkeys in the name field. */
export async function offersPasskeys(): Promise<boolean> {
  if (!knowsPasskeys() || !('isConditionalMediationAvailable' in PublicKeyCredential)) return false
  return PublicKeyCredential.isConditionalMediationAvailable()
}

/** Has a passkey sign the server's challenge. Rejects with a DOMException when the user gives up. */
export async function askPasskey(
  options: unknown,
  how: { signal: AbortSignal; isConditional: boolean },
): Promise<object> {
  const publicKey = options as RequestJson
  const credential = (await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: fromBase64(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
    mediation: how.isConditional ? 'conditional' : 'optional',
    signal: how.signal,
  })) as PublicKeyCredential
  const answer = credential.response as AuthenticatorAssertionResponse
  return {
    ...shellOf(credential),
    response: {
      clientDataJSON: toBase64(answer.clientDataJSON),
      authenticatorData: toBase64(answer.authenticatorData),
      signature: toBase64(answer.signature),
      userHandle: toBase64(answer.userHandle),
    },
  }
}

/** Has the browser or a security key make a passkey. Rejects with a DOMException when the user gives up. */
export async function makePasskey(options: unknown): Promise<object> {
  const publicKey = options as CreationJson
  const credential = (await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: fromBase64(publicKey.challenge),
      user: { ...publicKey.user, id: fromBase64(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
    },
  })) as PublicKeyCredential
  const answer = credential.response as AuthenticatorAttestationResponse
  return {
    ...shellOf(credential),
    response: {
      clientDataJSON: toBase64(answer.clientDataJSON),
      attestationObject: toBase64(answer.attestationObject),
      transports: answer.getTransports(),
    },
  }
}

function shellOf(credential: PublicKeyCredential) {
  return {
    id: credential.id,
    rawId: toBase64(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  }
}

/** True when the user, or the browser for them, gave up: nothing to complain about. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)
}
