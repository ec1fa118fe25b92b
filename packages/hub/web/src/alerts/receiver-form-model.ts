/** A receiver's fields as people fill them in, and the document that follows. Pure. Neighbour: receiver-form.tsx draws it. */
import type { ChannelView, ReceiverView, RuleBody } from './alert-api.ts';

export interface FormChannel {
  readonly kind: 'email' | 'webhook' | 'mqtt' | 'log';
  readonly address: string;
  readonly url: string;
  /** Masked ones are those that the receiver has. */
  readonly secrets: readonly string[];
  readonly disabled: string | null;
}

export interface ReceiverForm {
  /** `null` while it has not been chosen. */
  readonly id: string | null;
  readonly newId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly channels: readonly FormChannel[];
  readonly zone: string;
  readonly hasQuietHours: boolean;
  readonly quietFrom: string;
  readonly quietTo: string;
  /** Quiet hours beyond what this form has fields for, kept as they were. */
  readonly keptQuietHours: NonNullable<RuleBody['schedule']> | null;
  readonly maxPerHour: string;
  readonly groupWait: string;
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

export const newChannel = (kind: FormChannel['kind'], secret: string): FormChannel => ({
  kind,
  address: '',
  url: '',
  secrets: kind === 'webhook' ? [secret] : [],
  disabled: null,
});

export const emptyReceiver = (zone: string): ReceiverForm => ({
  id: null,
  newId: '',
  name: '',
  enabled: true,
  channels: [newChannel('email', '')],
  zone,
  hasQuietHours: false,
  quietFrom: '22:00',
  quietTo: '07:00',
  keptQuietHours: null,
  maxPerHour: '30',
  groupWait: '5',
});

export function receiverFormOf(receiver: ReceiverView): ReceiverForm {
  const quiet = receiver.quiet_hours ?? null;
  const window = quiet?.windows[0];
  const isSimple = quiet !== null && quiet.windows.length === 1 && window?.days.length === 7 && quiet.holidays.length === 0;
  return {
    id: receiver.id,
    newId: receiver.id,
    name: receiver.name,
    enabled: receiver.enabled,
    channels: (receiver.channels ?? []).map(channelOf),
    zone: receiver.zone ?? 'UTC',
    hasQuietHours: quiet !== null,
    quietFrom: window?.from ?? '22:00',
    quietTo: window?.to ?? '07:00',
    keptQuietHours: quiet !== null && !isSimple ? quiet : null,
    maxPerHour: String(receiver.max_per_hour ?? 30),
    groupWait: String(receiver.group_wait_s ?? 5),
  };
}

function channelOf({ kind, address, url, secrets, disabled }: ChannelView): FormChannel {
  return {
    kind: kind === 'email' || kind === 'webhook' || kind === 'mqtt' ? kind : 'log',
    address: address ?? '',
    url: url ?? '',
    secrets: secrets ?? [],
    disabled: disabled ?? null,
  };
}

/** The new secret beside the old one: receivers accept either until the old one is taken out. */
export const withNewSecret = (channel: FormChannel, secret: string): FormChannel => ({
  ...channel,
  secrets: [secret, ...channel.secrets].slice(0, 2),
});

/** The document, or what is wrong with the form in a sentence. */
export function receiverOf(
  form: ReceiverForm,
):
  | { readonly kind: 'receiver'; readonly id: string; readonly body: unknown }
  | { readonly kind: 'problem'; readonly text: string } {
  const problem = (text: string) => ({ kind: 'problem' as const, text });
  const id = form.id ?? form.newId.trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    return problem('The id needs 1 to 64 letters, digits, dots, dashes or underscores, and begins with a letter or digit.');
  if (form.channels.length === 0) return problem('Say by what they are told: add a channel.');
  for (const { kind, address, url } of form.channels) {
    if (kind === 'email' && address.trim() === '') return problem('An e-mail channel needs an address.');
    if (kind === 'webhook' && url.trim() === '') return problem('A webhook needs an address.');
  }
  const [most, wait] = [Number(form.maxPerHour), Number(form.groupWait)];
  if (!Number.isInteger(most) || most < 1) return problem('The most messages in an hour is a whole number of 1 or more.');
  if (!(wait >= 0 && wait <= 600)) return problem('Gather for 0 to 600 seconds.');
  const { from, to } = { from: form.quietFrom, to: form.quietTo };
  const simple = { windows: [{ days: EVERY_DAY, from, to }], holidays: [], on_holidays: 'off' };
  return {
    kind: 'receiver',
    id,
    body: {
      name: form.name.trim() === '' ? id : form.name.trim(),
      enabled: form.enabled,
      channels: form.channels.map(({ kind, address, url, secrets, disabled }) =>
        kind === 'email'
          ? { kind, address: address.trim() }
          : kind === 'webhook'
            ? { kind, url: url.trim(), secrets, disabled }
            : { kind },
      ),
      zone: form.zone,
      quiet_hours: form.hasQuietHours ? (form.keptQuietHours ?? simple) : null,
      max_per_hour: most,
      group_wait_s: wait,
    },
  };
}
