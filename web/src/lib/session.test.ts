import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Session, TokenNeeded } from './session';

class MemoryStorage {
  private readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

const jwt = (claims: object) => `h.${btoa(JSON.stringify(claims))}.s`;
const inAnHour = () => Date.now() / 1000 + 3600;

let guestToken: ReturnType<typeof vi.fn<(name: string) => Promise<string | null>>>;
let session: Session;

beforeEach(() => {
  guestToken = vi.fn(async (name) => jwt({ name, exp: inAnHour() }));
  session = new Session({ guestToken }, new MemoryStorage(), new MemoryStorage());
});

describe('a guest', () => {
  it('keeps the token while the name stays the same', async () => {
    const first = await session.token('Alex');
    expect(await session.token('Alex')).toBe(first);
    expect(guestToken).toHaveBeenCalledTimes(1);
    await session.token('Sasha');
    expect(guestToken).toHaveBeenLastCalledWith('Sasha');
  });

  it('is one guest, not two, when two parts of a page ask at once', async () => {
    const [first, second] = await Promise.all([session.token('Alex'), session.token('Alex')]);
    expect(first).toBe(second);
    expect(guestToken).toHaveBeenCalledTimes(1);
  });

  it('gets a new token before the old one ends', async () => {
    guestToken.mockResolvedValueOnce(jwt({ name: 'Alex', exp: Date.now() / 1000 + 5 }));
    await session.token('Alex');
    await session.token('Alex');
    expect(guestToken).toHaveBeenCalledTimes(2);
  });

  it('is told that a token is needed where there are no guests', async () => {
    guestToken.mockResolvedValue(null);
    await expect(session.token('Alex')).rejects.toBeInstanceOf(TokenNeeded);
  });
});

describe('a token in the address', () => {
  const history = { state: null, replaceState: vi.fn() };
  const visit = (href: string) =>
    session.adoptFromAddress({ href } as Location, history as unknown as History);

  it('is used, and taken out of the address', async () => {
    const token = jwt({ sub: 'u1', name: 'Ada' });
    visit(`https://meet.example/m/abc?x=1&token=${token}#y`);
    expect(await session.token('anything')).toBe(token);
    expect(session.fixedName).toBe('Ada');
    expect(history.replaceState).toHaveBeenCalledWith(null, '', '/m/abc?x=1#y');
    expect(guestToken).not.toHaveBeenCalled();
  });

  it('leaves other addresses alone', () => {
    history.replaceState.mockClear();
    visit('https://meet.example/m/abc');
    expect(history.replaceState).not.toHaveBeenCalled();
    expect(session.fixedName).toBeNull();
  });
});
