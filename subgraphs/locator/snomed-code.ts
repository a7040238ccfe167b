// Verhoeff's tables: the products of the ten symmetries of a pentagon, and the permutation that is applied once more per place.
const PRODUCT = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
].map(digits);
const PERMUTATION = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
].map(digits);

/**
 * Whether a text has the form of a SNOMED CT concept's code: 6 to 18 digits, of a concept by the two digits before the
 * last, and with Verhoeff's check digit at the end (SNOMED CT Release File Specification, SCTID). An NHS number that
 * somebody put in the place of a code hardly ever has.
 */
export function isConceptCode(text: string): boolean {
  if (!/^[1-9]\d{2,14}(?:00|10)\d$/.test(text)) return false;
  return (
    digits(text)
      .reverse()
      .reduce((sum, digit, place) => PRODUCT[sum]?.[PERMUTATION[place % 8]?.[digit] ?? 0] ?? 0, 0) === 0
  );
}

function digits(text: string): number[] {
  return [...text].map(Number);
}
