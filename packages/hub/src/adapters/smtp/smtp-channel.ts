/** E-mail over SMTP. Neighbour: notify/outbox hands over what is due. */
import { createTransport } from 'nodemailer';
import type { ChannelSender } from '../../notify/channel.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; kept out of every log. A password travels encrypted or not at all. */
  readonly url: string;
  /** Sender, such as `SLMM <alerts@example.org>`. */
  readonly from: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 20_000;

/** The message id is the notification's, so that a mail sent twice (a crash between sending and remembering) is seen to be the same one. */
export function createSmtpChannel(options: SmtpOptions): ChannelSender<'email'> & { close(): void } {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const url = new URL(options.url);
  const secure = url.protocol === 'smtps:';
  const signsIn = url.username !== '';
  const transport = createTransport({
    host: url.hostname,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: signsIn,
    ...(!signsIn ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    kind: 'email',
    async send(message, channel) {
      try {
        const info = await transport.sendMail({
          from: options.from,
          to: channel.address,
          subject: message.subject,
          text: message.text,
          html: message.html,
          messageId: `<${message.id}@slmm>`,
          date: new Date(message.createdMs),
        });
        return { kind: 'delivered', detail: info.response.slice(0, 200) };
      } catch (error) {
        const detail = error instanceof Error ? error.message.slice(0, 200) : String(error);
        return isNoSuchPerson(error)
          ? { kind: 'rejected', detail, disable: false }
          : { kind: 'failed', detail, retryAfterS: null };
      }
    },
    close: () => transport.close(),
  };
}

/** That there is no such mailbox is a last word. Any other refusal is of us (sign-in, relaying, a block list), which somebody can mend in time. */
function isNoSuchPerson(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('responseCode' in error) || !('command' in error)) return false;
  return error.command === 'RCPT TO' && [550, 551, 553].includes(Number(error.responseCode));
}
