import type { Notice } from './notice-store.ts';

/** The type of the event, by which receivers know it (CloudEvents 1.0). */
export const EVENT_TYPE = 'example.caregraph.glass-broken';

/** Where it comes from (CloudEvents 1.0); together with the id it is unique, however often it is delivered. */
export const EVENT_SOURCE = 'https://caregraph.example/access';

/** The media type of an event in CloudEvents' structured mode (CloudEvents 1.0, HTTP protocol binding and JSON format). */
export const EVENT_MEDIA_TYPE = 'application/cloudevents+json; charset=utf-8';

/**
 * A notice as a CloudEvents 1.0 event in JSON. It tells the privacy officer that there is something to review, and nothing of
 * the patient: neither the number nor the reason, in which a user may have written anything.
 */
export function glassBrokenEvent({ review, user, organisation, role, at, until }: Notice): object {
  return {
    specversion: '1.0',
    id: review,
    source: EVENT_SOURCE,
    type: EVENT_TYPE,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { review, user, organisation, role, until: until.toISOString() },
  };
}
