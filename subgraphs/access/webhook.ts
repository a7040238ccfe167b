import { EVENT_MEDIA_TYPE, glassBrokenEvent } from './event.ts';
import type { Deliver } from './notifier.ts';

export interface WebhookOptions {
  readonly url: string;
  /** The bearer token to send (RFC 6750), read for each call, so that it can be renewed; `null` for none. */
  readonly token: (() => string) | null;
}

/** A notice was not taken. The message holds nothing of what was sent or answered. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

/** Delivers notices to a webhook, each as one CloudEvents event by POST. Any answer of success says that it was taken. */
export function createWebhook({ url, token }: WebhookOptions): Deliver {
  return async (notice, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': EVENT_MEDIA_TYPE,
        ...(token && { authorization: `Bearer ${token()}` }),
      },
      body: JSON.stringify(glassBrokenEvent(notice)),
      // A redirect would carry the token to wherever it leads.
      redirect: 'error',
      signal,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new WebhookError(`The webhook could not be reached: ${whatFailed(error)}.`);
    });
    await response.body?.cancel();
    if (!response.ok) throw new WebhookError(`The webhook answered with status ${response.status}.`);
  };
}

/** The kind of a failure, without its words, which may hold an address with a secret in it. */
function whatFailed(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}
