/** Why a step of the machine went as it did: for the log, the database and the page. Pure. Neighbour: machine.ts gives one with every step. */

export type Because =
  | { readonly code: 'outside-window' | 'no-value' | 'silence' | 'ended' }
  | { readonly code: 'below' | 'above'; readonly value: number; readonly threshold: number }
  | {
      readonly code: 'holding' | 'clearing';
      readonly value: number;
      readonly threshold: number;
      readonly doneMs: number;
      readonly neededMs: number;
    };

/** The reason in words. `over` a limit is its loud side, or its low side where a rule watches for too little. */
export function sentenceOf(because: Because): string {
  switch (because.code) {
    case 'outside-window':
      return 'outside the schedule';
    case 'no-value':
      return 'not enough readings to believe the value';
    case 'silence':
      return 'no readings: what was there is held';
    case 'ended':
      return 'ended from outside';
    case 'below':
      return `${number(because.value)} is on the quiet side of ${number(because.threshold)}`;
    case 'above':
      return `${number(because.value)} is over the limit of ${number(because.threshold)}`;
    case 'holding':
      return `${number(because.value)} is over ${number(because.threshold)}, for ${seconds(because.doneMs)} of the ${seconds(because.neededMs)} that it takes`;
    case 'clearing':
      return `${number(because.value)} is clear of ${number(because.threshold)}, for ${seconds(because.doneMs)} of the ${seconds(because.neededMs)} that it takes`;
  }
}

const number = (value: number): string => (Math.round(value * 10) / 10).toString();
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
