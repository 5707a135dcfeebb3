export type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables are those that a copied .env.example leaves empty: they count as absent. */
export const present = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
