import { MeetingError, SERVER_ERROR_CODES, type MeetingErrorCode } from './errors';
import type { MeetingInfo } from './protocol';

export interface MeetingDetails extends MeetingInfo {
  has_password?: boolean;
  webrtc_config?: { ice_servers?: RTCIceServer[]; rtpCapabilities?: unknown };
}

export interface NewMeeting {
  meeting_title: string;
  meeting_password?: string;
}

type Fetch = typeof fetch;

/** The REST endpoints a client needs. `url` is the server's address; empty means the page's own. */
export class RestApi {
  constructor(
    private readonly url = '',
    private readonly fetchImpl: Fetch = (...args) => fetch(...args),
  ) {}

  /** Null when this server takes no guests, so that a token must come from elsewhere. */
  async guestToken(name: string): Promise<string | null> {
    try {
      return (await this.call<{ token: string }>('POST', '/api/guest-token', null, { name })).token;
    } catch (error) {
      const code = MeetingError.from(error).code;
      if (code === 'not-found' || code === 'forbidden' || code === 'unauthorized') return null;
      throw error;
    }
  }

  async createMeeting(token: string, meeting: NewMeeting): Promise<MeetingDetails> {
    return (await this.call<{ meeting: MeetingDetails }>('POST', '/api/meetings', token, meeting)).meeting;
  }

  async getMeeting(token: string, meetingId: string): Promise<MeetingDetails> {
    const path = `/api/meetings/${encodeURIComponent(meetingId)}`;
    return (await this.call<{ meeting: MeetingDetails }>('GET', path, token)).meeting;
  }

  private async call<T>(method: string, path: string, token: string | null, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await this.fetchImpl(this.url + path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new MeetingError('unreachable', String(error), { cause: error });
    }
    const answer = (await response.json().catch(() => null)) as Answer<T> | null;
    if (response.ok && answer?.success) return answer.data;
    throw failure(response.status, answer && !answer.success ? answer : null);
  }
}

type Refusal = { success: false; message?: string; error?: { code?: string } };
type Answer<T> = { success: true; data: T } | Refusal;

const CODE_OF_STATUS: Record<number, MeetingErrorCode> = {
  400: 'invalid-payload',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  422: 'invalid-payload',
  429: 'rate-limited',
  503: 'unavailable',
};

function failure(status: number, refusal: Refusal | null): MeetingError {
  const code =
    SERVER_ERROR_CODES.find((known) => known === refusal?.error?.code) ??
    CODE_OF_STATUS[status] ??
    'internal';
  return new MeetingError(code, refusal?.message ?? `HTTP ${status}`);
}
