import { readToken, type RestApi } from '@kcs-meet/sdk';
import { deviceStorage, tabStorage, type Kept } from './storage';

const TOKEN = 'kcs-meet.token';
const ORIGIN = 'kcs-meet.token-origin';
const NAME = 'kcs-meet.name';
/** A token that ends sooner than this is not worth starting with. */
const MIN_LIFE_SECONDS = 60;

/** Thrown when the server takes no guests and nobody gave us a token. */
export class TokenNeeded extends Error {}

/**
 * Who we are. The token lives in this tab only, so that two tabs are two guests; the name is remembered for next time.
 */
export class Session {
  private readonly asked = new Map<string, Promise<string>>();

  constructor(
    private readonly api: Pick<RestApi, 'guestToken'>,
    private readonly tab: Kept = tabStorage,
    private readonly device: Kept = deviceStorage,
  ) {}

  /** Takes `?token=` out of the address, so that it is neither shared with the link nor kept in the history. */
  adoptFromAddress(location: Location = window.location, history: History = window.history): void {
    const url = new URL(location.href);
    const token = url.searchParams.get('token');
    if (!token) return;
    this.adopt(token);
    url.searchParams.delete('token');
    history.replaceState(history.state, '', url.pathname + url.search + url.hash);
  }

  adopt(token: string): void {
    this.tab.setItem(TOKEN, token);
    this.tab.setItem(ORIGIN, 'given');
  }

  forget(): void {
    this.tab.removeItem(TOKEN);
    this.tab.removeItem(ORIGIN);
  }

  get rememberedName(): string {
    return this.device.getItem(NAME) ?? '';
  }

  set rememberedName(name: string) {
    this.device.setItem(NAME, name);
  }

  /** The name an operator's token carries; null for guests, who choose their own. */
  get fixedName(): string | null {
    const token = this.tab.getItem(TOKEN);
    if (!token || this.tab.getItem(ORIGIN) !== 'given') return null;
    const claims = readToken(token);
    return claims?.name ?? claims?.sub ?? '';
  }

  /** A token for this name: the one at hand if it still fits, else a new one for a guest. */
  async token(name: string): Promise<string> {
    const token = this.tab.getItem(TOKEN);
    if (token && this.fits(token, name)) return token;
    // Two who ask at once must not become two guests.
    const asked = this.asked.get(name) ?? this.askForGuestToken(name).finally(() => this.asked.delete(name));
    this.asked.set(name, asked);
    return asked;
  }

  private async askForGuestToken(name: string): Promise<string> {
    const fresh = await this.api.guestToken(name || 'Guest');
    if (!fresh) throw new TokenNeeded();
    this.tab.setItem(TOKEN, fresh);
    this.tab.setItem(ORIGIN, 'guest');
    return fresh;
  }

  private fits(token: string, name: string): boolean {
    // The server judges a token from outside; for our own we know when it is time for a new one.
    if (this.tab.getItem(ORIGIN) === 'given') return true;
    const claims = readToken(token);
    if (!claims?.exp || claims.exp < Date.now() / 1000 + MIN_LIFE_SECONDS) return false;
    return name === '' || claims.name === name;
  }
}
