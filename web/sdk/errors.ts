/** Codes the server sends (PROTOCOL 3), followed by those that arise in the client itself. */
export const SERVER_ERROR_CODES = [
  'unauthorized',
  'forbidden',
  'not-found',
  'invalid-payload',
  'not-joined',
  'wrong-password',
  'meeting-full',
  'meeting-ended',
  'cannot-consume',
  'invalid-state',
  'rate-limited',
  'unavailable',
  'internal',
] as const;

export type ServerErrorCode = (typeof SERVER_ERROR_CODES)[number];
export type ClientErrorCode = 'unreachable' | 'disconnected' | 'timeout' | 'unsupported' | 'left';
export type MeetingErrorCode = ServerErrorCode | ClientErrorCode;

const PLAIN_WORDS: Record<MeetingErrorCode, string> = {
  unauthorized: 'Your session is no longer valid. Please sign in again.',
  forbidden: 'You are not allowed to do that in this meeting.',
  'not-found': 'This meeting does not exist, or it was deleted.',
  'invalid-payload': 'The server did not understand the request.',
  'not-joined': 'You are not in the meeting yet.',
  'wrong-password': 'That password is not right.',
  'meeting-full': 'This meeting is full.',
  'meeting-ended': 'This meeting has ended.',
  'cannot-consume': 'Your browser cannot play this stream.',
  'invalid-state': 'That is not possible right now.',
  'rate-limited': 'Too many requests in a short time. Please wait a moment.',
  unavailable: 'The media service is not available right now. Please try again shortly.',
  internal: 'Something went wrong at the server.',
  unreachable: 'The server cannot be reached. Check your connection.',
  disconnected: 'The connection to the server was lost.',
  timeout: 'The server took too long to answer.',
  unsupported: 'This browser cannot take part in video meetings.',
  left: 'You have left the meeting.',
};

/** Every failure of the SDK. `message` is fit for people, `detail` is what the server or browser said. */
export class MeetingError extends Error {
  override readonly name = 'MeetingError';

  constructor(
    readonly code: MeetingErrorCode,
    readonly detail = '',
    options?: { cause?: unknown },
  ) {
    super(PLAIN_WORDS[code], options);
  }

  /** Reads `{code, message}` as the server sends it; a code from a newer server counts as `internal`. */
  static fromServer(error: unknown): MeetingError {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const detail = typeof message === 'string' ? message : '';
    return new MeetingError(isServerErrorCode(code) ? code : 'internal', detail);
  }

  /** Keeps a MeetingError as it is and wraps anything else. */
  static from(error: unknown, fallback: MeetingErrorCode = 'internal'): MeetingError {
    if (error instanceof MeetingError) return error;
    return new MeetingError(fallback, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function isServerErrorCode(code: unknown): code is ServerErrorCode {
  return (SERVER_ERROR_CODES as readonly unknown[]).includes(code);
}
