/** The default of Jackson, a common JSON library of consumers: few of them could read what is deeper. */
export const maxDepth = 1_000;

/** Opening brackets and commas of one element. The provider's events have about thirty. */
export const maxElementParts = 10_000;
