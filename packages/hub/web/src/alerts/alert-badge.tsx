import { hashOf } from '../shell/route.ts';
import { unseenCount } from './alert-model.ts';
import { useEvents } from './use-alerts.ts';

/** The way to the alerts, with how many are on and unseen. */
export function AlertBadge({ isHere }: { readonly isHere: boolean }) {
  const { value } = useEvents();
  const unseen = unseenCount(value ?? []);
  return (
    <a class="room-link" href={hashOf({ name: 'alerts', room: 'inbox' })} aria-current={isHere ? 'page' : undefined}>
      Alerts
      {unseen > 0 && (
        <span class="badge" data-unseen={unseen}>
          {unseen}
          <span class="unseen"> active and not acknowledged</span>
        </span>
      )}
    </a>
  );
}
