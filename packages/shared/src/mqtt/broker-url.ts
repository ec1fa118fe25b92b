/** Ways to speak MQTT that edge and hub know, as the beginning of a broker's URL. */
const PROTOCOLS: ReadonlySet<string> = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);

/** For settings that refuse what `isBrokerUrl` does not take. */
export const BROKER_URL_EXPECTED =
  'expected a URL like mqtt://broker:1883 or mqtts://broker:8883, without user name and password in it';

/** Whether this is the URL of a broker. One with a user name or password in it is refused: URLs stand in logs and answers. */
export function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return PROTOCOLS.has(protocol) && hostname !== '' && username === '' && password === '';
}
