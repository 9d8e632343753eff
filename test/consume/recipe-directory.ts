/** The files that the pages below docs/consume show. */
export const recipeDirectory = new URL('../../docs/consume', import.meta.url).pathname;
