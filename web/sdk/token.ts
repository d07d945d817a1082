export interface TokenClaims {
  sub?: string;
  name?: string;
  role?: string;
  /** Seconds since 1970. */
  exp?: number;
}

/** Reads a JWT's claims without verifying them: only good for showing them. Null when it is no JWT. */
export function readToken(token: string): TokenClaims | null {
  const body = token.split('.')[1];
  if (!body) return null;
  try {
    const bytes = Uint8Array.from(atob(body.replace(/-/g, '+').replace(/_/g, '/')), (char) =>
      char.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? claims : null;
  } catch {
    return null;
  }
}
