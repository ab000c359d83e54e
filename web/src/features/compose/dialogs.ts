/** The dialogs of the page, of which at most one is open. */
export type ComposeDialog = 'compositions' | 'saveAs' | 'rename' | 'history' | 'share' | 'rebuild' | 'pick'
