import { connect } from 'mqtt';
import type { Relay, RelayTarget } from '../../diagnosis/relay.ts';

const LIMIT_MS = 10_000;

export interface MqttRelayOptions {
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** `{unit}` and `{host}` are replaced. */
  readonly topic: string;
  readonly payload: string;
}

/** {@link Relay} that listens to MQTT, at a broker of its own: a connection for one message, which the broker has to acknowledge. */
export class MqttRelay implements Relay {
  readonly #options: MqttRelayOptions;

  constructor(options: MqttRelayOptions) {
    this.#options = options;
  }

  async cycle({ unit, host }: RelayTarget): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const { url, username, password, payload } = this.#options;
    const topic = this.#options.topic.replaceAll('{unit}', unit).replaceAll('{host}', host);
    const client = connect(url, {
      reconnectPeriod: 0,
      connectTimeout: LIMIT_MS,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
    });
    return new Promise((resolve) => {
      const finish = (ok: boolean, detail: string): void => {
        clearTimeout(limit);
        client.removeAllListeners();
        client.on('error', () => undefined);
        client.end(!ok);
        resolve({ ok, detail });
      };
      const limit = setTimeout(
        () => finish(false, `the broker of the relay did not take the message within ${LIMIT_MS / 1000} s`),
        LIMIT_MS,
      );
      client.once('error', (error) => finish(false, `the broker of the relay: ${error.message}`));
      client.once('close', () => finish(false, 'the broker of the relay cannot be reached'));
      client.once('connect', () => {
        client.publish(topic, payload, { qos: 1, retain: false }, (error) => {
          if (error === undefined || error === null) finish(true, `${topic} was told.`);
          else finish(false, `the broker of the relay: ${error.message}`);
        });
      });
    });
  }
}
