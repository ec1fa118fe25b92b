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
        const code = typeof error === 'object' && error !== null && 'responseCode' in error ? Number(error.responseCode) : 0;
        const detail = error instanceof Error ? error.message.slice(0, 200) : String(error);
        // 5xx of the mail server is its last word on this message, except where it refuses us (530..538: sign-in).
        const final = code >= 540 && code < 600;
        return final ? { kind: 'rejected', detail, disable: false } : { kind: 'failed', detail, retryAfterS: null };
      }
    },
    close: () => transport.close(),
  };
}
