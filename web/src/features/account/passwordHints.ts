/** What the server asks of a password, besides that it is not among the commonest. */
export const shortest = 10
export const longest = 256

export type PasswordHint = 'length' | 'name' | 'variety'

/** What can be said about a password before it is sent, in the order to show it. */
export function passwordHints(password: string, name: string): { hint: PasswordHint; isMet: boolean }[] {
  const length = Array.from(password).length
  const folded = password.toLocaleLowerCase()
  const login = name.trim().toLocaleLowerCase()
  return [
    { hint: 'length', isMet: length >= shortest && length <= longest },
    { hint: 'name', isMet: length > 0 && (login === '' || folded !== login) },
    { hint: 'variety', isMet: new Set(folded).size >= 5 },
  ]
}
