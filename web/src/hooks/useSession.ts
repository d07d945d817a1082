import { MeetingError } from '@kcs-meet/sdk';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { api } from '../backend';
import { Session, TokenNeeded } from '../lib/session';

export interface SessionHandle {
  session: Session;
  /** Runs something that needs a token; a missing or expired one leads to the page that asks for it. */
  withToken<T>(name: string, run: (token: string) => Promise<T>): Promise<T>;
}

/** What the page that asks for a token must say; null while none is needed. */
export type TokenQuestion = 'needed' | 'expired' | null;

export function useSession(): SessionHandle & { question: TokenQuestion; answer(token: string): void } {
  const session = useMemo(() => {
    const created = new Session(api);
    created.adoptFromAddress();
    return created;
  }, []);
  const [question, setQuestion] = useState<TokenQuestion>(null);

  const withToken = useCallback(
    async <T>(name: string, run: (token: string) => Promise<T>): Promise<T> => {
      try {
        return await refreshing(session, name, run);
      } catch (error) {
        if (error instanceof TokenNeeded) setQuestion('needed');
        else if (error instanceof MeetingError && error.code === 'unauthorized') {
          session.forget();
          setQuestion('expired');
        }
        throw error;
      }
    },
    [session],
  );

  useEffect(() => {
    // Finds out early whether this server takes guests. Other failures show when something is really asked for.
    withToken(session.rememberedName, async () => {}).catch(() => {});
  }, [session, withToken]);

  const answer = useCallback(
    (token: string) => {
      session.adopt(token);
      setQuestion(null);
    },
    [session],
  );

  return { session, withToken, question, answer };
}

/** A guest whose token has run out gets a new one without being asked. */
async function refreshing<T>(session: Session, name: string, run: (token: string) => Promise<T>): Promise<T> {
  const token = await session.token(name);
  try {
    return await run(token);
  } catch (error) {
    const expired = error instanceof MeetingError && error.code === 'unauthorized';
    if (!expired || session.fixedName !== null) throw error;
    session.forget();
    return run(await session.token(name));
  }
}
