/** The actions that first ask for something. */
export type BulkDialog = 'addTags' | 'removeTags' | 'rating'
