const UK_DAY = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** The day that a calendar in the United Kingdom shows at a moment, `YYYY-MM-DD`. */
export function ukDate(moment: Date): string {
  return UK_DAY.format(moment);
}
