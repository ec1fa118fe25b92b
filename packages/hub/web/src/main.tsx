import { render } from 'preact';
import { HubView } from './shell/hub-view.ts';
import { App } from './shell/app.tsx';
import './shell/page.css';
import { readTheme, showTheme } from './shell/theme.ts';
import { HubContext } from './shell/use-hub.ts';

showTheme(readTheme());
const hub = new HubView();
const place = document.getElementById('app');
if (place !== null) {
  render(
    <HubContext.Provider value={hub}>
      <App />
    </HubContext.Provider>,
    place,
  );
}
void hub.start();
