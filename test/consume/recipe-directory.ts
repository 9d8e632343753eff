export const recipeDirectory = new URL('../../docs/consume', import.meta.url).pathname;
