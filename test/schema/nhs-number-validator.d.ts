declare module 'nhs-number-validator' {
  /** Whether ten digits, as a string or a number, are an NHS number. */
  export function validate(nhsNumber: string | number): boolean;
}
